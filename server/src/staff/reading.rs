//! A page of the log, with names in place of identifiers, and how much waits for somebody of the
//! staff. Accounts appear only as members of the staff: who acted, and who was given or lost a role.

use crate::{
    accounts::attributes::Attributes,
    clock::Zone,
    error::while_,
    platform::Platform,
    staff::{departments, roles},
    store::{self, Page, account, api_token, poll, poll_event, staff_log},
};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use ports::{
    actions::Action,
    failure::Failure,
    forms::FieldFault,
    roles::Role,
    states::State,
    views::{
        editor::reader::Reader,
        staff::{Actor, Log, LogFilter, LogLine, Object, Person},
    },
};
use questionnaire::Text;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Select,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Lines on a page.
const LINES: u64 = 50;

/// How the staff see these accounts; those that were deleted are missing.
///
/// # Errors
/// When the store cannot be read.
pub async fn people(
    platform: &Platform,
    attributes: &Attributes,
    accounts: impl IntoIterator<Item = Uuid>,
) -> Result<BTreeMap<Uuid, Person>, Failure> {
    let accounts: BTreeSet<Uuid> = accounts.into_iter().collect();
    let mut names = attributes.names(accounts.iter().copied()).await?;
    let rows = account::Entity::find()
        .filter(account::Column::Id.is_in(accounts))
        .all(&platform.db)
        .await
        .map_err(while_("reading the staff's codes"))?;
    let person = |row: account::Model| {
        let name = names.remove(&row.id);
        (row.id, Person { name, code: row.staff_code })
    };
    Ok(rows.into_iter().map(person).collect())
}

/// The moment at which a day begins.
fn beginning(zone: Zone, day: NaiveDate) -> Option<DateTime<Utc>> {
    let midnight = day.and_time(NaiveTime::MIN);
    // Clocks that are put forward at midnight show one o'clock next.
    zone.moment(midnight).or_else(|| zone.moment(midnight + TimeDelta::hours(1)))
}

/// The first and the last day that lines are asked of.
type Days = (Option<NaiveDate>, Option<NaiveDate>);

/// The days that were typed; blank is no bound.
fn days(filter: &LogFilter) -> Result<Days, Vec<FieldFault>> {
    let mut reader = Reader::default();
    let mut day =
        |field, typed: &str| (!typed.trim().is_empty()).then(|| reader.date(field, typed));
    let days = (day("from", &filter.from), day("to", &filter.to));
    reader.done(days)
}

/// The lines that are asked for, newest first.
async fn asked(
    platform: &Platform,
    filter: &LogFilter,
    (first, last): Days,
) -> Result<Select<staff_log::Entity>, Failure> {
    let mut query = staff_log::Entity::find()
        .order_by_desc(staff_log::Column::At)
        .order_by_desc(staff_log::Column::Id);
    if let Some(action) = filter.action {
        query = query.filter(staff_log::Column::Action.eq(action.code()));
    }
    if let Some(department) = filter.department {
        query = query.filter(staff_log::Column::DepartmentId.eq(department));
    }
    if let Some(from) = first.and_then(|day| beginning(platform.zone, day)) {
        query = query.filter(staff_log::Column::At.gte(from));
    }
    // The last day belongs to them.
    let end = last.and_then(|day| beginning(platform.zone, day.succ_opt()?));
    if let Some(end) = end {
        query = query.filter(staff_log::Column::At.lt(end));
    }
    if !filter.code.trim().is_empty() {
        let actor = account::Entity::find()
            .filter(account::Column::StaffCode.eq(roles::read_code(&filter.code)))
            .one(&platform.db)
            .await
            .map_err(while_("looking a staff code up"))?;
        // Of a code that nobody has there are no lines: nobody has this id either.
        let actor = actor.map_or_else(Uuid::nil, |row| row.id);
        query = query.filter(staff_log::Column::ActorId.eq(actor));
    }
    Ok(query)
}

/// The page (from 1) of the log.
///
/// # Errors
/// When the store cannot be read.
pub async fn page(
    platform: &Platform,
    attributes: &Attributes,
    filter: LogFilter,
    page: u64,
) -> Result<Log, Failure> {
    let days = match days(&filter) {
        Ok(days) => days,
        Err(faults) => {
            let departments = departments::all(&platform.db).await?;
            return Ok(Log { lines: Vec::new(), filter, faults, departments, page: 1, pages: 1 });
        }
    };
    let query = asked(platform, &filter, days).await?;
    let found = store::page(&platform.db, query, LINES, page).await;
    let Page { rows, page, pages } = found.map_err(while_("reading the log"))?;

    let object = |row: &staff_log::Model| row.object.as_deref().and_then(|id| id.parse().ok());
    let accounts = rows.iter().filter_map(|row| row.actor_id).chain(rows.iter().filter_map(object));
    let people = people(platform, attributes, accounts).await?;
    let departments = departments::all(&platform.db).await?;
    let names: BTreeMap<Uuid, &Text> =
        departments.iter().map(|department| (department.id, &department.name)).collect();
    let titles = titles(platform, rows.iter().filter_map(object).collect()).await?;
    let of_polls = rows.iter().filter(|row| Action::from_code(&row.action).is_some_and(of_poll));
    let gone = of_polls.filter_map(object).filter(|id| !titles.contains_key(id)).collect();
    let last_titles = last_titles(platform, gone).await?;
    let tokens = tokens(platform, rows.iter().filter_map(token).collect()).await?;
    let lines = rows
        .into_iter()
        .map(|row| {
            let object: Option<Uuid> = object(&row);
            let token = token(&row).and_then(|id| tokens.get(&id).cloned());
            let action = Action::from_code(&row.action);
            let poll = object.filter(|_| action.is_some_and(of_poll)).map(|poll| {
                let deleted = || Object::Deleted { poll, title: last_titles.get(&poll).cloned() };
                titles.get(&poll).cloned().map_or_else(deleted, Object::Poll)
            });
            let role = row.details.get("role").and_then(|role| Role::from_code(role.as_str()?));
            LogLine {
                at: platform.zone.local(row.at),
                actor: row.actor_id.map_or_else(
                    || nobody(&row.action),
                    |actor| people.get(&actor).cloned().map_or(Actor::Gone, Actor::Person),
                ),
                department: row
                    .department_id
                    .and_then(|id| names.get(&id).map(|name| (*name).clone())),
                action,
                object: poll.or_else(|| token.map(Object::Token)),
                // Only a line about a role is about a person.
                member: role.and(object).map(|id| people.get(&id).cloned().unwrap_or_default()),
                role,
            }
        })
        .collect();
    Ok(Log { lines, filter, faults: Vec::new(), departments, page, pages })
}

/// Who did what no person did.
fn nobody(action: &str) -> Actor {
    match Action::from_code(action) {
        Some(
            Action::DepartmentCreated
            | Action::DepartmentChanged
            | Action::RoleGiven
            | Action::RoleTaken,
        ) => Actor::Configuration,
        _ => Actor::Scheduler,
    }
}

/// Whether an action is done to a poll.
const fn of_poll(action: Action) -> bool {
    match action {
        Action::DepartmentCreated
        | Action::DepartmentChanged
        | Action::RoleGiven
        | Action::RoleTaken
        | Action::TokenCreated
        | Action::TokenRevoked => false,
        Action::PollCreated
        | Action::PollChanged
        | Action::PollDeleted
        | Action::PollSubmitted
        | Action::PollApproved
        | Action::PollReturned
        | Action::PollTakenBack
        | Action::PollOpened
        | Action::PollClosed
        | Action::PollPublished
        | Action::OutcomeWritten
        | Action::OutcomeRemoved
        | Action::StatisticsExported
        | Action::KeyDestroyed => true,
    }
}

/// The token for the API that a line names.
fn token(row: &staff_log::Model) -> Option<Uuid> {
    row.details.get("token")?.as_str()?.parse().ok()
}

/// The names of tokens; one that was revoked keeps its own.
async fn tokens(platform: &Platform, ids: Vec<Uuid>) -> Result<BTreeMap<Uuid, String>, Failure> {
    let rows = api_token::Entity::find()
        .filter(api_token::Column::Id.is_in(ids))
        .all(&platform.db)
        .await
        .map_err(while_("reading the names of tokens"))?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// How many polls wait for review, in all departments.
///
/// # Errors
/// When the store cannot be read.
pub async fn polls_in_review(db: &impl ConnectionTrait) -> Result<u64, Failure> {
    poll::Entity::find()
        .filter(poll::Column::State.eq(State::InReview.code()))
        .count(db)
        .await
        .map_err(while_("counting polls in review"))
}

/// Those of these drafts that are drafts again because a reviewer returned them.
///
/// # Errors
/// When the store cannot be read.
pub async fn returned(
    db: &impl ConnectionTrait,
    drafts: Vec<Uuid>,
) -> Result<BTreeSet<Uuid>, Failure> {
    let rows = poll_event::Entity::find()
        .filter(poll_event::Column::PollId.is_in(drafts))
        .filter(poll_event::Column::ToState.eq(State::Draft.code()))
        .order_by_asc(poll_event::Column::At)
        .all(db)
        .await
        .map_err(while_("reading histories of polls"))?;
    let mut returned = BTreeSet::new();
    for row in rows {
        // A reason is given by a reviewer; without one the poll was taken back. The last time counts.
        if row.from_state == State::InReview.code() && row.note.is_some() {
            returned.insert(row.poll_id);
        } else {
            returned.remove(&row.poll_id);
        }
    }
    Ok(returned)
}

/// Of each of these departments that has any, how many polls a reviewer [returned](returned).
///
/// # Errors
/// When the store cannot be read.
pub async fn polls_returned(
    db: &impl ConnectionTrait,
    departments: Vec<Uuid>,
) -> Result<BTreeMap<Uuid, u64>, Failure> {
    if departments.is_empty() {
        return Ok(BTreeMap::new());
    }
    let drafts: Vec<(Uuid, Uuid)> = poll::Entity::find()
        .select_only()
        .columns([poll::Column::Id, poll::Column::DepartmentId])
        .filter(poll::Column::State.eq(State::Draft.code()))
        .filter(poll::Column::DepartmentId.is_in(departments))
        .into_tuple()
        .all(db)
        .await
        .map_err(while_("listing drafts"))?;
    let returned = returned(db, drafts.iter().map(|(poll, _)| *poll).collect()).await?;
    let mut numbers: BTreeMap<Uuid, u64> = BTreeMap::new();
    for (_, department) in drafts.iter().filter(|(poll, _)| returned.contains(poll)) {
        *numbers.entry(*department).or_default() += 1;
    }
    Ok(numbers)
}

/// The titles that deleted polls had, as the lines about their deletion say; older lines say none.
async fn last_titles(
    platform: &Platform,
    polls: BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, Text>, Failure> {
    let polls = polls.into_iter().map(|poll| poll.to_string());
    let rows = staff_log::Entity::find()
        .filter(staff_log::Column::Action.eq(Action::PollDeleted.code()))
        .filter(staff_log::Column::Object.is_in(polls))
        .all(&platform.db)
        .await
        .map_err(while_("reading the titles of deleted polls"))?;
    let title = |mut row: staff_log::Model| {
        let title = serde_json::from_value(row.details.get_mut("title")?.take()).ok()?;
        Some((row.object?.parse().ok()?, title))
    };
    Ok(rows.into_iter().filter_map(title).collect())
}

/// The titles of those of the ids that are polls.
async fn titles(platform: &Platform, ids: Vec<Uuid>) -> Result<BTreeMap<Uuid, Text>, Failure> {
    let rows: Vec<(Uuid, serde_json::Value)> = poll::Entity::find()
        .select_only()
        .columns([poll::Column::Id, poll::Column::Title])
        .filter(poll::Column::Id.is_in(ids))
        .into_tuple()
        .all(&platform.db)
        .await
        .map_err(while_("reading titles"))?;
    // One that cannot be read is not left out: its poll would be called deleted.
    let titles = rows.into_iter().map(|(id, title)| {
        let title = serde_json::from_value(title).map_err(while_("reading titles"))?;
        Ok((id, title))
    });
    titles.collect()
}
