//! The inbox: what is stored for a person, and what follows from the polls.
//!
//! That a poll which asks the person opened, or that its results are public, is computed from the
//! poll and its audience when the inbox is read. Nothing is stored about it, so no table says
//! whom a poll asked or who answered; and nobody of the staff sends it.

use crate::accounts::attributes::Attributes;
use crate::{
    accounts::AccountsPort,
    error::while_,
    platform::Platform,
    polls::record::Poll,
    staff::departments,
    store::{account, notice, poll},
};
use chrono::{DateTime, Days, Utc};
use ports::{
    caller::SignedIn,
    failure::Failure,
    roles::Role,
    states::State,
    views::account::{Matter, Notice},
};
use questionnaire::{Facts, Text};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _, sea_query::Expr,
};
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Days that results stay in the inbox.
const DAYS: u64 = 180;

/// A change of a person's roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleChange {
    /// A role was given.
    Given,
    /// A role was taken.
    Taken,
}

impl RoleChange {
    const ALL: [Self; 2] = [Self::Given, Self::Taken];

    const fn kind(self) -> &'static str {
        match self {
            Self::Given => "role_given",
            Self::Taken => "role_taken",
        }
    }
}

/// Tells a person of a change of roles.
///
/// # Errors
/// When the store cannot be written.
pub async fn role_changed(
    db: &impl ConnectionTrait,
    platform: &Platform,
    account: Uuid,
    change: RoleChange,
    role: Role,
    department: Option<Uuid>,
) -> Result<(), Failure> {
    notice::Entity::insert(notice::ActiveModel {
        id: Set(platform.uuid()),
        account_id: Set(account),
        at: Set(platform.now()),
        kind: Set(change.kind().to_owned()),
        params: Set(json!({ "role": role.code(), "department": department })),
    })
    .exec_without_returning(db)
    .await
    .map_err(while_("writing a notice"))?;
    Ok(())
}

/// A stored notice in the page's words; `None` for a kind that this version does not know.
fn stored(row: &notice::Model, departments: &BTreeMap<Uuid, Text>) -> Option<Matter> {
    let role = Role::from_code(row.params.get("role")?.as_str()?)?;
    let department = row.params.get("department").and_then(|id| id.as_str()?.parse().ok());
    let department = department.and_then(|id: Uuid| departments.get(&id).cloned());
    match row.kind.as_str() {
        "role_given" => Some(Matter::RoleGiven { role, department }),
        "role_taken" => Some(Matter::RoleTaken { role, department }),
        _ => None,
    }
}

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
            let closes_at = poll.closes_at.map(|at| platform.zone.local(at));
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

/// The polls that have something to say, of those that say it after `since`.
async fn speaking(
    platform: &Platform,
    since: Option<DateTime<Utc>>,
) -> Result<Vec<poll::Model>, Failure> {
    let said = |state: State, at: poll::Column| {
        let state = Condition::all().add(poll::Column::State.eq(state.code()));
        state.add_option(since.map(|since| at.gt(since)))
    };
    poll::Entity::find()
        .filter(
            Condition::any()
                .add(said(State::Open, poll::Column::OpenedAt))
                .add(said(State::Published, poll::Column::PublishedAt)),
        )
        .all(&platform.db)
        .await
        .map_err(while_("reading polls"))
}

/// What polls say to somebody with these facts.
fn from_polls(
    rows: Vec<poll::Model>,
    platform: &Platform,
    facts: &Facts,
    departments: &BTreeMap<Uuid, Text>,
) -> Result<Vec<(DateTime<Utc>, Matter)>, Failure> {
    let today = platform.today();
    let mut found = Vec::new();
    for row in rows {
        let poll = Poll::try_from(row)?;
        if poll.audience.admits(facts, today).is_ok() {
            found.extend(of_poll(&poll, departments, platform));
        }
    }
    Ok(found)
}

/// When the person last looked.
async fn seen_at(platform: &Platform, account: Uuid) -> Result<Option<DateTime<Utc>>, Failure> {
    let account = account::Entity::find_by_id(account)
        .one(&platform.db)
        .await
        .map_err(while_("reading the inbox"))?;
    Ok(account.ok_or(Failure::SignedOut)?.inbox_seen_at)
}

/// How many notices of the inbox the person has not seen. Every page says it, so it reads no more
/// than it must: nothing about the person where no poll has spoken since.
///
/// # Errors
/// When a store cannot be read.
pub async fn unread(
    platform: &Platform,
    attributes: &Attributes,
    account: Uuid,
) -> Result<u64, Failure> {
    let seen_at = seen_at(platform, account).await?;
    let new = Condition::all()
        .add(notice::Column::AccountId.eq(account))
        .add(notice::Column::Kind.is_in(RoleChange::ALL.map(RoleChange::kind)))
        .add_option(seen_at.map(|seen| notice::Column::At.gt(seen)));
    let stored = notice::Entity::find()
        .filter(new)
        .count(&platform.db)
        .await
        .map_err(while_("counting notices"))?;
    let rows = speaking(platform, seen_at).await?;
    if rows.is_empty() {
        return Ok(stored);
    }
    let facts = attributes.facts(account).await?;
    let polls = from_polls(rows, platform, &facts, &BTreeMap::new())?.len();
    Ok(stored + u64::try_from(polls).unwrap_or(u64::MAX))
}

/// The person's inbox, newest first.
///
/// # Errors
/// When a store cannot be read.
pub async fn inbox(port: &AccountsPort, person: &SignedIn) -> Result<Vec<Notice>, Failure> {
    let platform = &port.platform;
    let seen_at = seen_at(platform, person.account).await?;
    let departments = departments::names(&platform.db).await?;
    let rows = notice::Entity::find()
        .filter(notice::Column::AccountId.eq(person.account))
        .all(&platform.db)
        .await
        .map_err(while_("reading the inbox"))?;
    let facts = port.attributes.facts(person.account).await?;
    let rows_of_polls = speaking(platform, None).await?;
    let mut all = from_polls(rows_of_polls, platform, &facts, &departments)?;
    all.extend(rows.iter().filter_map(|row| Some((row.at, stored(row, &departments)?))));
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
