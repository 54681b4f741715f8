//! The inbox: what is stored for a person, and what follows from the polls.
//!
//! That a poll which asks the person opened, or that its results are public, is computed from the
//! poll and its audience when the inbox is read. Nothing is stored about it, so no table says
//! whom a poll asked or who answered; and nobody of the staff sends it.

pub mod stored;

use crate::{
    error::while_,
    identity::arrivals::Person,
    platform::Platform,
    polls::{catalogue::Catalogue, record::Poll},
    store::{account, department, notice},
};
use chrono::{DateTime, Days, Utc};
use ports::{
    caller::SignedIn,
    failure::Failure,
    states::State,
    views::account::{Matter, Notice},
};
use questionnaire::Text;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, sea_query::Expr};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Days that results stay in the inbox.
const DAYS: u64 = 180;

/// What a poll that asks the person has to say, and since when.
fn of_poll(
    poll: &Poll,
    departments: &BTreeMap<Uuid, Text>,
    platform: &Platform,
) -> Option<(DateTime<Utc>, Matter)> {
    let (id, title) = (poll.id, poll.title.clone());
    let department = departments.get(&poll.department).cloned().unwrap_or_default();
    let now = platform.now();
    match poll.state {
        State::Open if poll.closes_at.is_none_or(|closes| closes > now) => {
            let closes_at = poll.closes_at.map(|at| platform.zone.deadline(at));
            Some((poll.opened_at?, Matter::PollOpened { poll: id, title, department, closes_at }))
        }
        State::Published => {
            let at = poll.published_at?;
            let recent = now.checked_sub_days(Days::new(DAYS)).is_none_or(|oldest| at >= oldest);
            recent.then_some((at, Matter::ResultsPublished { poll: id, title, department }))
        }
        _ => None,
    }
}

/// When the person last looked.
async fn seen_at(platform: &Platform, account: Uuid) -> Result<Option<DateTime<Utc>>, Failure> {
    let account = account::Entity::find_by_id(account)
        .one(&platform.db)
        .await
        .map_err(while_("reading the inbox"))?;
    Ok(account.ok_or(Failure::SignedOut)?.inbox_seen_at)
}

/// How many notices of the inbox a person has not seen. Every page says it, so nothing is read for
/// it that is not at hand.
///
/// # Errors
/// When a store cannot be read.
pub async fn unread(
    platform: &Platform,
    catalogue: &Catalogue,
    person: &Person,
) -> Result<u64, Failure> {
    let (today, nobody) = (platform.today(), BTreeMap::new());
    let shelf = catalogue.shelf().await?;
    let new = shelf.polls.iter().filter(|poll| {
        poll.audience.admits(&person.facts, today).is_ok()
            && of_poll(poll, &nobody, platform)
                .is_some_and(|(at, _)| person.inbox_seen_at.is_none_or(|seen| at > seen))
    });
    Ok(person.notices + u64::try_from(new.count()).unwrap_or(u64::MAX))
}

/// The person's inbox, newest first.
///
/// # Errors
/// When a store cannot be read.
pub async fn inbox(
    platform: &Platform,
    catalogue: &Catalogue,
    person: &SignedIn,
) -> Result<Vec<Notice>, Failure> {
    let seen_at = seen_at(platform, person.account).await?;
    let departments = department::names(&platform.db).await?;
    let rows = notice::Entity::find()
        .filter(notice::Column::AccountId.eq(person.account))
        .all(&platform.db)
        .await
        .map_err(while_("reading the inbox"))?;
    let today = platform.today();
    let shelf = catalogue.shelf().await?;
    let asked =
        shelf.polls.iter().filter(|poll| poll.audience.admits(&person.facts, today).is_ok());
    let mut all: Vec<_> = asked.filter_map(|poll| of_poll(poll, &departments, platform)).collect();
    all.extend(rows.iter().filter_map(|row| Some((row.at, stored::matter(row, &departments)?))));
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    Ok(all
        .into_iter()
        .map(|(at, matter)| Notice {
            at: platform.zone.local(at),
            unread: seen_at.is_none_or(|seen| at > seen),
            matter,
        })
        .collect())
}

/// Keeps that the person has looked at the inbox.
///
/// # Errors
/// When the store cannot be written.
pub async fn seen(platform: &Platform, account: Uuid) -> Result<(), Failure> {
    account::Entity::update_many()
        .col_expr(account::Column::InboxSeenAt, Expr::val(platform.now()))
        .filter(account::Column::Id.eq(account))
        .exec(&platform.db)
        .await
        .map_err(while_("keeping that the inbox was seen"))?;
    Ok(())
}
