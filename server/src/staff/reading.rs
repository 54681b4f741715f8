//! What is read from the log: a page of it, with names in place of identifiers; what was called how that is
//! deleted; and when it was said what was decided because of a poll. Accounts appear only as members of the staff:
//! who acted, and who was given or lost a role.

use crate::{
    accounts::attributes::Attributes,
    clock::Zone,
    error::while_,
    platform::Platform,
    staff::{departments, roles},
    store::{self, Page, account, api_token, poll, staff_log},
};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use ports::{
    actions::Action,
    failure::Failure,
    forms::{FieldFault, Form},
    roles::Role,
    views::{
        editor::{Task, reader::Reader},
        staff::{Actor, Department, Detail, Log, LogFilter, LogLine, Object, Person},
    },
};
use questionnaire::{Breakdown, Text};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
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

/// The departments that the log can be narrowed down to: those that there are, and the chosen one if it was
/// deleted since.
async fn choices(platform: &Platform, filter: &LogFilter) -> Result<Vec<Department>, Failure> {
    let mut all = departments::all(&platform.db).await?;
    let gone = filter.department.filter(|id| all.iter().all(|there| there.id != *id));
    let gone = gone.into_iter().collect();
    let names = last_words::<Text>(platform, Action::DepartmentDeleted, "name", gone).await?;
    all.extend(names.into_iter().map(|(id, name)| Department { id, name, region: None }));
    Ok(all)
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
            let departments = choices(platform, &filter).await?;
            let form = Form { faults, ..Form::fresh(filter) };
            return Ok(Log { lines: Vec::new(), form, departments, page: 1, pages: 1 });
        }
    };
    let query = asked(platform, &filter, days).await?;
    let found = store::page(&platform.db, query, LINES, page).await;
    let Page { rows, page, pages } = found.map_err(while_("reading the log"))?;

    let object = |row: &staff_log::Model| row.object.as_deref().and_then(|id| id.parse().ok());
    let accounts = rows.iter().filter_map(|row| row.actor_id).chain(rows.iter().filter_map(object));
    let people = people(platform, attributes, accounts).await?;
    let departments = choices(platform, &filter).await?;
    let mut names: BTreeMap<Uuid, Text> =
        departments.iter().map(|department| (department.id, department.name.clone())).collect();
    let gone = rows.iter().filter_map(|row| row.department_id);
    let gone = gone.filter(|id| !names.contains_key(id)).collect();
    names.extend(last_words::<Text>(platform, Action::DepartmentDeleted, "name", gone).await?);
    let titles = titles(platform, rows.iter().filter_map(object).collect()).await?;
    let of_polls = rows.iter().filter(|row| Action::from_code(&row.action).is_some_and(of_poll));
    let gone = of_polls.filter_map(object).filter(|id| !titles.contains_key(id)).collect();
    let last_titles = last_words::<Text>(platform, Action::PollDeleted, "title", gone).await?;
    let tokens = tokens(platform, &rows).await?;
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
                department: row.department_id.and_then(|id| names.get(&id).cloned()),
                action,
                object: poll.or_else(|| token.map(Object::Token)),
                // Only a line about a role is about a person.
                member: role.and(object).map(|id| people.get(&id).cloned().unwrap_or_default()),
                role,
                details: details(&row.details),
            }
        })
        .collect();
    Ok(Log { lines, form: Form::fresh(filter), departments, page, pages })
}

/// What a line says beside who did what to what.
fn details(stored: &Value) -> Vec<Detail> {
    let code = |key: &str| stored.get(key).and_then(Value::as_str);
    let former = stored.get("former").and_then(|name| serde_json::from_value(name.clone()).ok());
    let details = [
        code("part").and_then(Task::from_part).map(Detail::Part),
        code("question").map(|question| Detail::Question(question.to_owned())),
        code("by").and_then(Breakdown::from_code).map(Detail::By),
        code("format").map(|format| Detail::Format(format.to_owned())),
        former.map(Detail::Former),
        stored.get("again").map(|_| Detail::Again),
    ];
    details.into_iter().flatten().collect()
}

/// Who did what no person did.
fn nobody(action: &str) -> Actor {
    match Action::from_code(action) {
        Some(
            Action::DepartmentCreated
            | Action::DepartmentChanged
            | Action::DepartmentDeleted
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
        | Action::DepartmentDeleted
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

/// The names of the tokens that lines are about. One that was revoked keeps its own; of those that went with their
/// department the line about that says them.
async fn tokens(
    platform: &Platform,
    lines: &[staff_log::Model],
) -> Result<BTreeMap<Uuid, String>, Failure> {
    let ids: BTreeSet<Uuid> = lines.iter().filter_map(token).collect();
    let rows = api_token::Entity::find()
        .filter(api_token::Column::Id.is_in(ids))
        .all(&platform.db)
        .await
        .map_err(while_("reading the names of tokens"))?;
    let mut names: BTreeMap<Uuid, String> =
        rows.into_iter().map(|row| (row.id, row.name)).collect();
    let gone = lines.iter().filter(|line| token(line).is_some_and(|id| !names.contains_key(&id)));
    let of = gone.filter_map(|line| line.department_id).collect();
    let deletion = Action::DepartmentDeleted;
    let went = last_words::<BTreeMap<Uuid, String>>(platform, deletion, "tokens", of).await?;
    names.extend(went.into_values().flatten());
    Ok(names)
}

/// The moments at which it was written what was decided because of a poll, and then changed, the first one first.
/// To take it down and to write it anew is a change.
///
/// # Errors
/// When the store cannot be read.
pub async fn outcome_written(
    db: &impl ConnectionTrait,
    poll: Uuid,
) -> Result<Vec<DateTime<Utc>>, Failure> {
    let actions = [Action::OutcomeWritten, Action::OutcomeRemoved].map(Action::code);
    let mut lines: Vec<(DateTime<Utc>, Uuid, String, Value)> = staff_log::Entity::find()
        .select_only()
        .columns([
            staff_log::Column::At,
            staff_log::Column::Id,
            staff_log::Column::Action,
            staff_log::Column::Details,
        ])
        .filter(staff_log::Column::Object.eq(poll.to_string()))
        .filter(staff_log::Column::Action.is_in(actions))
        .into_tuple()
        .all(db)
        .await
        .map_err(while_("reading when an outcome was written"))?;
    // Were they asked for in this order, SQLite would go through the whole log in it.
    lines.sort_unstable_by_key(|(at, id, ..)| (*at, *id));
    let mut moments = Vec::new();
    let mut was_removed = false;
    for (at, _, action, details) in lines {
        let removed = action == Action::OutcomeRemoved.code();
        // Earlier versions wrote a line, too, where somebody saved the same words, and none that says which it was.
        let changed = was_removed || details.get("again").is_some();
        if !removed && (moments.is_empty() || changed) {
            moments.push(at);
        }
        was_removed = removed;
    }
    Ok(moments)
}

/// What polls or departments that are deleted, or what went with them, were called, as the lines about their
/// deletion say under `key`; older lines say nothing.
pub(crate) async fn last_words<T: DeserializeOwned>(
    platform: &Platform,
    deletion: Action,
    key: &str,
    gone: BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, T>, Failure> {
    if gone.is_empty() {
        return Ok(BTreeMap::new());
    }
    let gone = gone.into_iter().map(|id| id.to_string());
    let rows = staff_log::Entity::find()
        .filter(staff_log::Column::Action.eq(deletion.code()))
        .filter(staff_log::Column::Object.is_in(gone))
        .all(&platform.db)
        .await
        .map_err(while_("reading what was deleted"))?;
    let words = |mut row: staff_log::Model| {
        let words = serde_json::from_value(row.details.get_mut(key)?.take()).ok()?;
        Some((row.object?.parse().ok()?, words))
    };
    Ok(rows.into_iter().filter_map(words).collect())
}

/// The titles of those of the ids that are polls.
async fn titles(platform: &Platform, ids: Vec<Uuid>) -> Result<BTreeMap<Uuid, Text>, Failure> {
    let rows: Vec<(Uuid, Value)> = poll::Entity::find()
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
