//! The final release as it is stored: made once by [`super::publisher`], never changed.
//!
//! Every page, chart and export reads what is stored here, so all of them agree to the byte; none
//! may count anything.
//!
//! The stored text may have many megabytes. Whoever needs none of the figures asks for the digest or the
//! moment alone; whoever needs them asks what is kept in memory (`kept`), before anything is loaded.

use crate::{
    error::while_,
    store::release::{Column, Entity, Model},
};
use chrono::{DateTime, Utc};
use disclosure::ProtectedTables;
use gather::padded;
use ports::failure::Failure;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    sea_query::{Expr, ExprTrait as _, Func, FunctionCall},
};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Bytes of the longest text that is looked at for whether it says nothing: such a release has no tables, and
/// takes a twentieth of that.
pub(super) const SAYS_LITTLE: i32 = 4096;

/// What was published of a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// When it was made.
    pub published_at: DateTime<Utc>,
    /// The figures.
    pub tables: ProtectedTables,
    /// SHA-256 of the stored text, in hexadecimal: two exports with one digest show one release.
    pub digest: String,
    /// Bytes of the stored text.
    pub bytes: u32,
}

impl Release {
    /// The same without its figures: what can be said of it where none of them is shown.
    #[must_use]
    pub fn outline(&self) -> Self {
        let Self { published_at, ref tables, ref digest, bytes } = *self;
        Self { published_at, tables: tables.without_figures(), digest: digest.clone(), bytes }
    }
}

/// The stored release of a poll, if it was published.
///
/// # Errors
/// When the store cannot be read, or somebody changed what is stored.
pub async fn load(db: &impl ConnectionTrait, poll: Uuid) -> Result<Option<Release>, Failure> {
    let row = Entity::find_by_id(poll).one(db).await.map_err(while_("reading a release"))?;
    row.map(read).transpose()
}

/// That a poll which is published has no release.
pub fn missing() -> Failure {
    Failure::internal("a published poll has no release")
}

/// The digest of a poll's release and how many bytes its text has, if it was published.
///
/// # Errors
/// When the store cannot be read.
pub async fn stored(
    db: &impl ConnectionTrait,
    poll: Uuid,
) -> Result<Option<(String, i32)>, Failure> {
    Entity::find_by_id(poll)
        .select_only()
        .column(Column::Digest)
        .expr(length())
        .into_tuple()
        .one(db)
        .await
        .map_err(while_("reading a release's digest"))
}

/// How many bytes the longest text of these polls' releases has, and how many of the polls have one.
///
/// # Errors
/// As [`stored`].
pub async fn longest(db: &impl ConnectionTrait, polls: Vec<Uuid>) -> Result<(i32, usize), Failure> {
    let lengths: Vec<i32> = Entity::find()
        .select_only()
        .expr(length())
        .filter(Column::PollId.is_in(padded(polls)))
        .into_tuple()
        .all(db)
        .await
        .map_err(while_("reading how long releases are"))?;
    Ok((lengths.iter().copied().max().unwrap_or_default(), lengths.len()))
}

/// Bytes of the stored text, which both databases know without reading it.
fn length() -> FunctionCall {
    Func::cust("octet_length").arg(Expr::col(Column::Content))
}

/// When the releases of these polls were made, and their digests, of those that have one.
///
/// # Errors
/// As [`stored`].
pub async fn made(
    db: &impl ConnectionTrait,
    polls: Vec<Uuid>,
) -> Result<BTreeMap<Uuid, (DateTime<Utc>, String)>, Failure> {
    let rows: Vec<(Uuid, DateTime<Utc>, String)> = Entity::find()
        .select_only()
        .columns([Column::PollId, Column::PublishedAt, Column::Digest])
        .filter(Column::PollId.is_in(padded(polls)))
        .into_tuple()
        .all(db)
        .await
        .map_err(while_("reading when releases were made"))?;
    Ok(rows.into_iter().map(|(poll, at, digest)| (poll, (at, digest))).collect())
}

/// Those of these polls of which nothing at all was published, because too few people answered.
///
/// # Errors
/// As [`load`].
pub async fn withheld(
    db: &impl ConnectionTrait,
    polls: Vec<Uuid>,
) -> Result<BTreeSet<Uuid>, Failure> {
    let rows = Entity::find()
        .filter(Column::PollId.is_in(padded(polls)))
        .filter(length().lte(SAYS_LITTLE))
        .all(db)
        .await
        .map_err(while_("looking for releases that say nothing"))?;
    let mut withheld = BTreeSet::new();
    for row in rows {
        let poll = row.poll_id;
        if read(row)?.tables.withheld().is_some() {
            withheld.insert(poll);
        }
    }
    Ok(withheld)
}

fn read(row: Model) -> Result<Release, Failure> {
    if digest(&row.content) != row.digest {
        return Err(Failure::internal("a stored release does not match its digest"));
    }
    let tables = serde_json::from_str(&row.content).map_err(while_("reading a release"))?;
    let bytes = u32::try_from(row.content.len()).unwrap_or(u32::MAX);
    Ok(Release { published_at: row.published_at, tables, digest: row.digest, bytes })
}

/// The digest of a text: SHA-256 in hexadecimal.
#[must_use]
pub fn digest(content: &str) -> String {
    hex::encode(Sha256::digest(content))
}

/// The same breakdown in the words of the crate that protects.
#[must_use]
pub const fn breakdown(breakdown: questionnaire::Breakdown) -> disclosure::Breakdown {
    match breakdown {
        questionnaire::Breakdown::Region => disclosure::Breakdown::Region,
        questionnaire::Breakdown::AgeBand => disclosure::Breakdown::AgeBand,
        questionnaire::Breakdown::Gender => disclosure::Breakdown::Gender,
        questionnaire::Breakdown::RegionByAgeBand => disclosure::Breakdown::RegionByAgeBand,
        questionnaire::Breakdown::RegionByGender => disclosure::Breakdown::RegionByGender,
        questionnaire::Breakdown::AgeBandByGender => disclosure::Breakdown::AgeBandByGender,
    }
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn the_digest_is_the_one_of_the_standard() {
        // FIPS 180-4, the example of one block.
        assert_eq!(
            digest("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
