//! Releases that were read, kept in memory. Everybody who opens a page of results, a comparison, a file or
//! the API needs the same ones, and to read one takes its whole text out of the store, its digest and its
//! figures.
//!
//! What is kept goes by the poll and the digest ([`ReleaseKey`]), so nothing here can be out of date; that the text
//! has its digest is looked at whenever it is read. Whoever asks for a release that is being read waits for
//! that.
//!
//! Read, a release takes one and a half to two and a half times the bytes of its text: short codes become
//! strings of their own. So [`BYTES`] of text are 80 MB at most. While one is read its text is there twice,
//! as the store sent it and as it was taken from that, beside the figures; so only [`AT_A_TIME`] are read at
//! once, and others wait in a [`Queue`]. One that is longer than all that may be kept is read each time.
//!
//! Of each release there is an outline besides, which has no figures and stays much longer. It is all that
//! the page needs which says that there is no such breakdown, so such addresses load nothing.

use super::{queue::Queue, release::Release};
use moka::{future::Cache, policy::EvictionPolicy};
use ports::failure::Failure;
use std::sync::Arc;
use uuid::Uuid;

/// Which release.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ReleaseKey {
    /// Its poll.
    pub(super) poll: Uuid,
    /// Its digest, as it is stored.
    pub(super) digest: String,
}

/// Bytes of text whose figures are kept at most.
const BYTES: u32 = 32 * 1024 * 1024;
/// How many outlines are kept at most: a few megabytes.
const OUTLINES: u64 = 10_000;
/// How many releases are read at a time.
const AT_A_TIME: usize = 2;

/// What is kept. Clones share it.
#[derive(Clone)]
pub(super) struct Kept {
    releases: Cache<ReleaseKey, Arc<Release>>,
    /// What [`Release::outline`] leaves of those that were read.
    outlines: Cache<ReleaseKey, Arc<Release>>,
    loads: Arc<Queue>,
}

impl Default for Kept {
    fn default() -> Self {
        // By the last use: to be admitted by how often it was asked for, a large release would have to be
        // read again and again until it outweighs all the small ones in its place.
        let releases = Cache::builder()
            .max_capacity(u64::from(BYTES))
            .weigher(|_: &ReleaseKey, release: &Arc<Release>| release.bytes)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        let loads = Arc::new(Queue::new(AT_A_TIME));
        Self { releases, outlines: Cache::new(OUTLINES), loads }
    }
}

impl Kept {
    /// The release; `load` reads it where it is not kept.
    ///
    /// # Errors
    /// That of `load`; [`Failure::Busy`] where too many wait already to read others; when what is stored has
    /// another digest.
    pub(super) async fn release<F>(
        &self,
        key: &ReleaseKey,
        load: F,
    ) -> Result<Arc<Release>, Failure>
    where
        F: Future<Output = Result<Release, Failure>> + Send,
    {
        let read = async {
            let _turn = self.loads.turn().await?;
            let release = load.await?;
            if release.digest != key.digest {
                return Err(Failure::internal("a release has another digest than a moment ago"));
            }
            self.outlines.insert(key.clone(), Arc::new(release.outline())).await;
            Ok(Arc::new(release))
        };
        let found = self.releases.entry_by_ref(key).or_try_insert_with(read).await;
        let found = found.map_err(|failure: Arc<Failure>| Failure::of_another(&failure))?;
        if found.is_fresh() {
            // What is too much is let go of now, and not when somebody comes next.
            self.releases.run_pending_tasks().await;
        }
        Ok(found.into_value())
    }

    /// The release's outline; arguments and errors as with [`Self::release`].
    pub(super) async fn outline<F>(
        &self,
        key: &ReleaseKey,
        load: F,
    ) -> Result<Arc<Release>, Failure>
    where
        F: Future<Output = Result<Release, Failure>> + Send,
    {
        if let Some(outline) = self.outlines.get(key).await {
            return Ok(outline);
        }
        let release = self.release(key, load).await?;
        Ok(Arc::new(release.outline()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::publisher::of_nobody;
    use chrono::{DateTime, Utc};
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };
    use tokio::{task, time::timeout};

    const SHORT: Duration = Duration::from_millis(200);

    fn key(digest: &str) -> ReleaseKey {
        ReleaseKey { poll: Uuid::nil(), digest: digest.to_owned() }
    }

    async fn stored(digest: &str, bytes: u32) -> Result<Release, Failure> {
        // Others come meanwhile.
        task::yield_now().await;
        let published_at = DateTime::<Utc>::UNIX_EPOCH;
        Ok(Release { published_at, tables: of_nobody(), digest: digest.to_owned(), bytes })
    }

    /// What is found of this release without reading it.
    async fn known(kept: &Kept, digest: &str) -> [bool; 2] {
        let (key, broken) = (key(digest), async || Err(Failure::NotFound));
        let release = kept.release(&key, broken()).await;
        let outline = kept.outline(&key, broken()).await;
        [release, outline].map(|found| found.is_ok())
    }

    #[tokio::test]
    async fn many_who_come_at_once_read_a_release_once() {
        let (kept, key, reads) = (Kept::default(), key("a"), AtomicUsize::new(0));
        let load = async || {
            reads.fetch_add(1, Ordering::SeqCst);
            stored("a", 1).await
        };
        let (one, other, outline) = tokio::join!(
            kept.release(&key, load()),
            kept.release(&key, load()),
            kept.outline(&key, load())
        );
        assert!(one.is_ok() && other.is_ok() && outline.is_ok());
        assert!(kept.release(&key, load()).await.is_ok());
        assert_eq!(reads.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn no_more_is_kept_than_has_room_and_what_was_used_last_is() {
        let kept = Kept::default();
        for digest in ["first", "second", "third"] {
            kept.release(&key(digest), stored(digest, BYTES / 2)).await.unwrap();
            assert!(kept.releases.weighted_size() <= u64::from(BYTES));
        }
        assert_eq!(known(&kept, "first").await, [false, true]);
        assert_eq!(known(&kept, "second").await, [true, true]);
        assert_eq!(known(&kept, "third").await, [true, true]);
        // One for which there is no room pushes nothing out.
        kept.release(&key("huge"), stored("huge", BYTES + 1)).await.unwrap();
        assert_eq!(known(&kept, "huge").await, [false, true]);
        assert_eq!(known(&kept, "third").await, [true, true]);
    }

    #[tokio::test]
    async fn only_who_has_to_read_waits_for_a_turn() {
        let (kept, unknown) = (Kept::default(), key("unknown"));
        kept.release(&key("known"), stored("known", 1)).await.unwrap();
        let mut turns = Vec::new();
        while let Ok(turn) = timeout(SHORT, kept.loads.turn()).await {
            turns.push(turn.unwrap());
        }
        assert_eq!(turns.len(), AT_A_TIME);
        assert_eq!(known(&kept, "known").await, [true, true]);
        let waits = kept.release(&unknown, stored("unknown", 1));
        assert!(timeout(SHORT, waits).await.is_err());
        drop(turns);
        assert!(kept.release(&unknown, stored("unknown", 1)).await.is_ok());
    }

    #[tokio::test]
    async fn a_release_with_another_digest_is_neither_given_nor_kept() {
        let kept = Kept::default();
        assert!(kept.release(&key("a"), stored("b", 1)).await.is_err());
        assert_eq!(known(&kept, "a").await, [false, false]);
        assert_eq!(known(&kept, "b").await, [false, false]);
    }
}
