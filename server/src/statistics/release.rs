//! The final release: made once, stored, never changed.
//!
//! This is the one place where a poll's answers are counted for publication. Every page, chart and
//! export reads what is stored here, so all of them agree to the byte; none may count anything.

use crate::{
    error::{internal, while_},
    platform::Platform,
    polls::record::Poll,
    store::release::{ActiveModel, Column, Entity, Model},
};
use chrono::{DateTime, Utc};
use disclosure::{Parameters, ProtectedTables};
use ports::failure::Failure;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait as _};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use uuid::Uuid;
use vault::Vault;

/// What was published of a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// When it was made.
    pub published_at: DateTime<Utc>,
    /// The figures.
    pub tables: ProtectedTables,
    /// SHA-256 of the stored text, in hexadecimal: two exports with one digest show one release.
    pub digest: String,
}

/// Makes the release of a closed poll and stores it. If there is one already, nothing happens:
/// a release is immutable, and of several servers that publish at once one is first. `regions` are
/// the codes of the portal's regions, in the order of tables.
///
/// # Errors
/// While the poll is not closed in the vault; when a store fails. It can be called again.
pub async fn publish(
    platform: &Platform,
    vault: &Vault,
    poll: &Poll,
    regions: &[String],
) -> Result<(), Failure> {
    let stored = Entity::find_by_id(poll.id)
        .one(&platform.db)
        .await
        .map_err(while_("looking for a release"))?;
    if stored.is_some() {
        return Ok(());
    }
    let raw = vault
        .tables(poll.id, &poll.questionnaire, regions, poll.special.is_some())
        .await
        .map_err(while_("counting a closed poll"))?;
    let tables = disclosure::protect(raw, &plan(&poll.plan), &Parameters::default());
    let content = serde_json::to_string(&tables).map_err(while_("writing down a release"))?;
    let row = ActiveModel {
        poll_id: Set(poll.id),
        published_at: Set(platform.now()),
        digest: Set(digest(&content)),
        content: Set(content),
    };
    Entity::insert(row)
        .on_conflict_do_nothing_on([Column::PollId])
        .exec_without_returning(&platform.db)
        .await
        .map_err(while_("storing a release"))?;
    Ok(())
}

/// The stored release of a poll, if it was published.
///
/// # Errors
/// When the store cannot be read, or somebody changed what is stored.
pub async fn load(db: &impl ConnectionTrait, poll: Uuid) -> Result<Option<Release>, Failure> {
    let row = Entity::find_by_id(poll).one(db).await.map_err(while_("reading a release"))?;
    row.map(read).transpose()
}

fn read(row: Model) -> Result<Release, Failure> {
    if digest(&row.content) != row.digest {
        return Err(internal("a stored release does not match its digest"));
    }
    let tables = serde_json::from_str(&row.content).map_err(while_("reading a release"))?;
    Ok(Release { published_at: row.published_at, tables, digest: row.digest })
}

/// SHA-256 in hexadecimal.
pub(super) fn digest(content: &str) -> String {
    Sha256::digest(content).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The poll's plan in the words of the crate that protects.
fn plan(plan: &questionnaire::Plan) -> disclosure::Plan {
    plan.0.iter().copied().map(breakdown).collect()
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
