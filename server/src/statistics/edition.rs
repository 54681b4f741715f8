//! What is published of a poll as editions: by which name a reader knows one again, and how that is told
//! without loading any figures.
//!
//! A release never changes and may have many megabytes; what is said beside it does change. So all of it has
//! to be read once to name an edition. From then on its name follows from a [`Head`], for whoever asks, by a
//! file, a picture or the API, whether what they have is still what there is.
//!
//! Whatever can be decided by the head is decided before anything else: whose the poll is, and whether its
//! plan has the breakdown that is asked for. The figures come after that, and only those that are shown are
//! put into words.

use crate::{
    error::while_,
    http::etag::is_known,
    polls::record::Poll,
    statistics::{
        StatisticsPort,
        kept::ReleaseKey,
        release::{self, Release},
        tables::Words,
    },
    store::department,
};
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use moka::future::Cache;
use ports::{
    caller::SignedIn,
    failure::Failure,
    states::State,
    views::results::{Choice, Results},
};
use questionnaire::{Breakdown, Language, Text};
use sha2::{Digest as _, Sha256};
use std::{pin::Pin, slice, sync::Arc};
use uuid::Uuid;

/// How many editions are known by name at most: some megabytes.
const EDITIONS: u64 = 10_000;

/// An edition, by what all that it says follows from as long as the program runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Edition {
    release: ReleaseKey,
    /// The poll's, which rises with whatever changes of it.
    revision: i32,
    /// The department's name.
    department: Text,
    language: Language,
}

/// The names of editions ([`name`]) that were loaded once.
pub(super) type Editions = Cache<Edition, Arc<str>>;

/// The reading of a release.
type Loading<'a> = Pin<Box<dyn Future<Output = Result<Release, Failure>> + Send + 'a>>;

const NAMING: &str = "naming an edition";

/// No names yet.
pub(super) fn editions() -> Editions {
    Cache::new(EDITIONS)
}

/// A published poll without its figures.
pub(super) struct Head {
    pub(super) poll: Poll,
    department: Text,
    /// The release's digest, as it is stored.
    digest: String,
    /// Bytes of its text.
    pub(super) bytes: i32,
}

impl Head {
    pub(super) fn edition(&self, language: Language) -> Edition {
        let (release, department) = (self.key(), self.department.clone());
        Edition { release, revision: self.poll.revision, department, language }
    }

    /// Which release it is.
    pub(super) fn key(&self) -> ReleaseKey {
        ReleaseKey { poll: self.poll.id, digest: self.digest.clone() }
    }

    /// The breakdowns of the plan.
    pub(super) fn planned(&self) -> Vec<Breakdown> {
        self.poll.plan.breakdowns().collect()
    }
}

/// What there is for somebody who wants something.
pub(super) enum Found<T> {
    /// They have it already: the answer that says so.
    Known(Response),
    /// What the answer is made of.
    Loaded {
        /// Their turn to make it.
        turn: T,
        results: Box<Results>,
        tag: HeaderValue,
    },
}

/// What somebody asks for who may have it already.
pub(super) struct Wanted<'a> {
    pub(super) head: &'a Head,
    pub(super) language: Language,
    /// Which file of the edition it is, and in which form: the end of its tag.
    pub(super) end: &'a str,
    pub(super) headers: &'a HeaderMap,
}

impl Wanted<'_> {
    /// Its tag, of the name of its edition. Weak: it is compressed or not (RFC 9110 §8.8.3.3).
    fn tag(&self, name: &str) -> Result<HeaderValue, Failure> {
        let tag = format!("W/\"{name}-{}\"", self.end);
        HeaderValue::from_str(&tag).map_err(while_(NAMING))
    }

    /// The answer to whoever has what this tag stands for.
    fn known_by(&self, tag: &HeaderValue) -> Option<Response> {
        let known = is_known(self.headers, tag);
        known.then(|| tagged(StatusCode::NOT_MODIFIED.into_response(), tag.clone()))
    }
}

/// The answer with its tag.
pub(super) fn tagged(mut response: Response, tag: HeaderValue) -> Response {
    let said = response.headers_mut();
    said.insert(header::ETAG, tag);
    // The language may come from a cookie, and a release of the API belongs to a department: so nobody
    // keeps it for others.
    said.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

impl StatisticsPort {
    /// What there is for somebody who wants this. Nothing is loaded before it is their `turn`, and neither is
    /// needed for whoever has an edition that is known by name.
    pub(super) async fn conditional<T>(
        &self,
        reader: Option<&SignedIn>,
        wanted: &Wanted<'_>,
        turn: impl Future<Output = Result<T, Failure>>,
    ) -> Result<Found<T>, Failure> {
        let edition = wanted.head.edition(wanted.language);
        if let Some(name) = self.editions.get(&edition).await
            && let Some(known) = wanted.known_by(&wanted.tag(&name)?)
        {
            return Ok(Found::Known(known));
        }
        let turn = turn.await?;
        let results = self.whole(reader, wanted.head, wanted.language).await?;
        let tag = wanted.tag(&self.name_of(edition, &results).await?)?;
        Ok(match wanted.known_by(&tag) {
            Some(known) => Found::Known(known),
            None => Found::Loaded { turn, results: Box::new(results), tag },
        })
    }

    /// What can be told of a published poll without loading its release; `reader` as in
    /// [`Self::published`].
    pub(super) async fn head(
        &self,
        reader: Option<&SignedIn>,
        poll: Uuid,
    ) -> Result<Head, Failure> {
        let head = move |port: Self| async move {
            let poll = Poll::load(&port.platform.db, poll).await?;
            port.head_of(poll).await
        };
        self.read(reader, head).await
    }

    /// The same of a poll that was loaded.
    pub(super) async fn head_of(&self, poll: Poll) -> Result<Head, Failure> {
        if poll.state != State::Published {
            return Err(Failure::NotFound);
        }
        let db = &self.platform.db;
        let department = department::name(db, poll.department).await?;
        let (digest, bytes) = release::stored(db, poll.id).await?.ok_or_else(release::missing)?;
        Ok(Head { poll, department, digest, bytes })
    }

    /// All that is published of the poll.
    pub(super) async fn whole(
        &self,
        reader: Option<&SignedIn>,
        head: &Head,
        language: Language,
    ) -> Result<Results, Failure> {
        let key = head.key();
        let release = self.kept.release(&key, self.load(reader, &key)).await?;
        Ok(self.worded(head, &release, &head.planned(), language))
    }

    /// What a page shows of the poll: of its breakdowns the chosen one, and no figures where there is no
    /// such breakdown.
    pub(super) async fn shown(
        &self,
        reader: Option<&SignedIn>,
        head: &Head,
        chosen: Choice,
        language: Language,
    ) -> Result<Results, Failure> {
        let key = head.key();
        let release = if chosen == Choice::NotPlanned {
            self.outline(reader, &key).await?
        } else {
            self.kept.release(&key, self.load(reader, &key)).await?
        };
        let shown = if let Choice::By(by) = &chosen { slice::from_ref(by) } else { &[] };
        Ok(self.worded(head, &release, shown, language))
    }

    /// What is published of a poll without its figures.
    pub(super) async fn outline(
        &self,
        reader: Option<&SignedIn>,
        key: &ReleaseKey,
    ) -> Result<Arc<Release>, Failure> {
        self.kept.outline(key, self.load(reader, key)).await
    }

    /// Reads a release from where it is stored. Boxed: it is part of the work of every page of results, and
    /// hardly ever done.
    fn load<'a>(&'a self, reader: Option<&'a SignedIn>, key: &ReleaseKey) -> Loading<'a> {
        let poll = key.poll;
        let load = move |port: Self| async move {
            // There is one, but a replica may not know it yet.
            release::load(&port.platform.db, poll).await?.ok_or(Failure::NotFound)
        };
        Box::pin(self.read(reader, load))
    }

    /// What is published of a poll in words, with these of its breakdowns.
    fn worded(
        &self,
        head: &Head,
        release: &Release,
        shown: &[Breakdown],
        language: Language,
    ) -> Results {
        let words = Words { portal: &self.portal, zone: self.platform.zone, language };
        words.results(&head.poll, &head.department, release, shown)
    }

    /// The name of the edition that these results are, which is known from then on.
    async fn name_of(&self, edition: Edition, results: &Results) -> Result<Arc<str>, Failure> {
        if let Some(name) = self.editions.get(&edition).await {
            return Ok(name);
        }
        let name: Arc<str> = name(results)?.into();
        self.editions.insert(edition, Arc::clone(&name)).await;
        Ok(name)
    }
}

/// What tells two editions of the same results apart: the release, which never changes, and what is
/// said beside it, which does: words of the department, names of regions, days as they are counted, and the
/// portal's own sentences, which a new version of the program may correct.
fn name(results: &Results) -> Result<String, Failure> {
    let said = serde_json::to_vec(results).map_err(while_(NAMING))?;
    Ok(named(&results.digest, &said, locales::SENTENCES))
}

/// The name of a release of which this is said, by a program with these sentences.
fn named(digest: &str, said: &[u8], sentences: &str) -> String {
    let beside = Sha256::new().chain_update(sentences).chain_update(said).finalize();
    format!("{digest}-{}", hex::encode(&beside[..4]))
}

#[cfg(test)]
mod tests {
    use super::{Results, Uuid, name, named};
    use chrono::{DateTime, Utc};
    use ports::views::results::Method;

    /// A release of which nothing is published.
    fn results() -> Results {
        Results {
            poll: Uuid::nil(),
            address: "https://polls.example/".to_owned(),
            title: "Buses".to_owned(),
            language: None,
            department: Uuid::nil(),
            department_name: "Roads".to_owned(),
            purpose: "To plan lines".to_owned(),
            audience: vec!["Everybody".to_owned()],
            open: None,
            published: DateTime::<Utc>::UNIX_EPOCH.date_naive(),
            outcome: None,
            outcome_language: None,
            responses: None,
            residents: None,
            turnout: vec![],
            withheld: None,
            planned: vec![],
            participation: vec![],
            questions: vec![],
            method: Method {
                table: String::new(),
                most_noise: 5,
                variance: String::new(),
                never_up_to: 2,
                least_release: 10,
                least_breakdowns: 50,
                least_row: 10,
                least_told: Some(8),
                by_facts: false,
                several_accounts_at: None,
            },
            digest: "c0ffee".to_owned(),
        }
    }

    #[test]
    fn an_edition_is_named_by_the_sentences_of_this_program() {
        let results = results();
        let said = serde_json::to_vec(&results).unwrap();
        assert_eq!(name(&results), Ok(named("c0ffee", &said, locales::SENTENCES)));
    }

    #[test]
    fn a_corrected_sentence_makes_another_edition() {
        let name = named("c0ffee", b"said", "one");
        assert!(name.starts_with("c0ffee-"), "{name}");
        assert_eq!(name, named("c0ffee", b"said", "one"));
        assert_ne!(name, named("c0ffee", b"said", "two"));
        assert_ne!(name, named("c0ffee", b"else", "one"));
    }
}
