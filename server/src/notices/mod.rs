//! The inbox: what is stored for a person, and what follows from the polls.
//!
//! That a poll which asks the person opened, or what became of its results, is computed from the
//! poll and its audience when the inbox is read. Nothing is stored about it, so no table says
//! whom a poll asked or who answered; and nobody of the staff sends it.

pub mod stored;

use crate::{
    clock,
    error::while_,
    identity::arrivals::Person,
    platform::Platform,
    polls::{
        catalogue::{Catalogue, Shelf},
        listed::Listed,
    },
    staff::reading::last_words,
    store::{account, department, notice},
};
use chrono::{DateTime, Days, TimeDelta, Utc};
use ports::{
    actions::Action,
    caller::SignedIn,
    failure::Failure,
    states::State,
    views::account::{Matter, Notice},
};
use questionnaire::{Facts, Text};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, sea_query::Expr};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Days that results stay in the inbox.
const DAYS: u64 = 180;
/// How old the polls may be that an inbox is made of: the catalogue keeps them for a second, and it takes a
/// while to read them, and to store one after the moment that it tells.
const OLDEST: TimeDelta = TimeDelta::seconds(2);

/// Since when a poll has something to say at `now` to those whom it asks: while it is open, and while its
/// results stay in the inbox.
fn since(poll: &Listed, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let oldest = now.checked_sub_days(Days::new(DAYS));
    let stays = |at: &DateTime<Utc>| match poll.state {
        State::Open => poll.takes_answers(now),
        _ => oldest.is_none_or(|oldest| *at >= oldest),
    };
    poll.told_at().filter(stays)
}

/// The polls that ask somebody of whom these `facts` are known and have something to say at `now`, of those
/// that got it after `seen`; the newest first. The number in the header and the inbox are made of them.
fn speaking<'a>(
    platform: &Platform,
    shelf: &'a Shelf,
    facts: &'a Facts,
    seen: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> impl Iterator<Item = &'a Listed> {
    let today = platform.zone.day(now);
    shelf.told_after(seen).filter(move |poll| {
        since(poll, now).is_some() && poll.audience.admits(facts, today).is_ok()
    })
}

/// What a poll that asks the person has to say at `now`, and since when. `withheld` are those of which
/// nothing was published.
fn of_poll(
    poll: &Listed,
    shelf: &Shelf,
    withheld: &BTreeSet<Uuid>,
    platform: &Platform,
    now: DateTime<Utc>,
) -> Option<(DateTime<Utc>, Matter)> {
    let at = since(poll, now)?;
    let (id, title) = (poll.id, poll.title.clone());
    let department = shelf.departments.get(&poll.department).cloned().unwrap_or_default();
    let matter = if poll.state == State::Open {
        let closes_at = poll.closes_at.map(|at| platform.zone.zoned(at));
        Matter::PollOpened { poll: id, title, department, closes_at }
    } else if withheld.contains(&id) {
        Matter::ResultsWithheld { poll: id, title, department }
    } else {
        Matter::ResultsPublished { poll: id, title, department }
    };
    Some((at, matter))
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
    let shelf = catalogue.shelf().await?;
    let new = speaking(platform, &shelf, &person.facts, person.inbox_seen_at, platform.now());
    Ok(person.notices + u64::try_from(new.count()).unwrap_or(u64::MAX))
}

/// The names of the departments that stored notices are about, also of those that were deleted since.
async fn departments(
    platform: &Platform,
    rows: &[notice::Model],
) -> Result<BTreeMap<Uuid, Text>, Failure> {
    // Few people have any.
    if rows.is_empty() {
        return Ok(BTreeMap::new());
    }
    // Not those of the shelf: a notice may name one that is newer.
    let mut names = department::names(&platform.db).await?;
    let gone = rows.iter().filter_map(stored::place);
    let gone = gone.filter(|id| !names.contains_key(id)).collect();
    names.extend(last_words::<Text>(platform, Action::DepartmentDeleted, "name", gone).await?);
    Ok(names)
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
    let shelf = catalogue.shelf().await?;
    let seen_at = seen_at(platform, person.account).await?;
    let rows = notice::Entity::find()
        .filter(notice::Column::AccountId.eq(person.account))
        .all(&platform.db)
        .await
        .map_err(while_("reading the inbox"))?;
    let departments = departments(platform, &rows).await?;
    let now = platform.now();
    let asked: Vec<_> = speaking(platform, &shelf, &person.facts, None, now).collect();
    let published = asked.iter().filter(|poll| poll.state == State::Published).map(|poll| poll.id);
    let withheld = shelf.without_results(&platform.db, published.collect()).await?;
    let said = asked.iter().filter_map(|poll| of_poll(poll, &shelf, &withheld, platform, now));
    let mut all: Vec<_> = said.collect();
    all.extend(rows.iter().filter_map(|row| Some((row.at, stored::matter(row, &departments)?))));
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    Ok(all
        .into_iter()
        .map(|(at, matter)| Notice {
            at: platform.zone.zoned(at),
            unread: seen_at.is_none_or(|seen| at > seen),
            matter,
        })
        .collect())
}

/// The person's inbox as in [`inbox`], for the person to look at: it keeps up to when it was seen. That is
/// the moment before which nothing can be missing in it, by whichever server's clock: something may be
/// missing that came before what is there, and would never be new. So what is younger is new once more.
///
/// # Errors
/// When a store cannot be read or written.
pub async fn look(
    platform: &Platform,
    catalogue: &Catalogue,
    person: &SignedIn,
) -> Result<Vec<Notice>, Failure> {
    let asked = platform.now();
    let all = inbox(platform, catalogue, person).await?;
    let until = asked - OLDEST - clock::apart(&platform.db);
    keep_seen(platform, person.account, until).await?;
    Ok(all)
}

/// Keeps up to when a person has seen the inbox. A later moment that is kept already stays.
async fn keep_seen(
    platform: &Platform,
    account: Uuid,
    until: DateTime<Utc>,
) -> Result<(), Failure> {
    let earlier = Condition::any()
        .add(account::Column::InboxSeenAt.is_null())
        .add(account::Column::InboxSeenAt.lt(until));
    account::Entity::update_many()
        .col_expr(account::Column::InboxSeenAt, Expr::val(until))
        .filter(account::Column::Id.eq(account))
        .filter(earlier)
        .exec(&platform.writer)
        .await
        .map_err(while_("keeping that the inbox was seen"))?;
    Ok(())
}
