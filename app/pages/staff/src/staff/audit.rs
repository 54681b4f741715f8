//! The log of what staff did, for auditors.

use super::{
    api,
    view::{Actor, Detail, Log, LogFilter, LogLine, Object, Person},
};
use crate::editor::words as words_of_editor;
use form_urlencoded::Serializer;
use leptos::prelude::*;
use ports::{
    actions::Action,
    address::query,
    look::{language, locale},
    routes,
    views::results::words::breakdown,
};
use questionnaire::Text;
use ui::{
    ByTheClock, Choice, ErrorSummary, Listing, Pages, Select, TextInput, Title, lang_of, load,
    page_title, t, words, words_of,
};

/// An action in words.
fn action_words(action: Action) -> String {
    match action {
        Action::DepartmentCreated => t!(staff.action_department_created),
        Action::DepartmentChanged => t!(staff.action_department_changed),
        Action::DepartmentDeleted => t!(staff.action_department_deleted),
        Action::RoleGiven => t!(staff.action_role_given),
        Action::RoleTaken => t!(staff.action_role_taken),
        Action::PollCreated => t!(staff.action_poll_created),
        Action::PollChanged => t!(staff.action_poll_changed),
        Action::PollDeleted => t!(staff.action_poll_deleted),
        Action::PollSubmitted => t!(staff.action_poll_submitted),
        Action::PollApproved => t!(staff.action_poll_approved),
        Action::PollReturned => t!(staff.action_poll_returned),
        Action::PollTakenBack => t!(staff.action_poll_taken_back),
        Action::PollOpened => t!(staff.action_poll_opened),
        Action::PollClosed => t!(staff.action_poll_closed),
        Action::PollPublished => t!(staff.action_poll_published),
        Action::OutcomeWritten => t!(staff.action_outcome_written),
        Action::OutcomeRemoved => t!(staff.action_outcome_removed),
        Action::StatisticsExported => t!(staff.action_statistics_exported),
        Action::TokenCreated => t!(staff.action_token_created),
        Action::TokenRevoked => t!(staff.action_token_revoked),
        Action::KeyDestroyed => t!(staff.action_key_destroyed),
    }
}

fn person(person: Person) -> String {
    let name = person.name.unwrap_or_else(|| t!(staff.no_name));
    person.code.map_or(name.clone(), |code| format!("{name} ({code})"))
}

fn actor(actor: Actor) -> String {
    match actor {
        Actor::Scheduler => t!(staff.scheduler),
        Actor::Configuration => t!(staff.configuration),
        Actor::Gone => t!(staff.gone),
        Actor::Person(who) => person(who),
    }
}

/// Words, and their language where it is not the page's.
type Said = (String, Option<&'static str>);

/// A line for each thing to say.
fn object(object: Object) -> Vec<Said> {
    let title = |title: Text| (words_of(&title), lang_of(&title));
    match object {
        Object::Poll(of) => vec![title(of)],
        Object::Deleted { poll, title: of } => {
            let deleted = (t!(staff.log_deleted_poll, id = poll.to_string()), None);
            of.map(title).into_iter().chain([deleted]).collect()
        }
        Object::Token(name) => vec![(t!(staff.log_token, name = name), None)],
    }
}

/// What else is known of what was done.
fn detail(detail: Detail) -> String {
    match detail {
        Detail::Part(task) => t!(staff.log_part, part = words_of_editor::task(task)),
        Detail::Format(format) => t!(staff.log_format, ending = format),
        Detail::Question(code) => t!(staff.log_question, code = code),
        Detail::By(by) => breakdown(locale(), by),
        Detail::Former(name) => t!(staff.log_former, name = words_of(&name)),
        Detail::Again => t!(staff.log_again),
    }
}

fn line(line: LogLine) -> impl IntoView {
    let ours = |words: String| (words, None);
    let mut about = line.object.map(object).unwrap_or_default();
    about.extend(line.member.map(person).map(ours));
    about.extend(line.role.map(words::role).map(ours));
    about.extend(line.details.into_iter().map(detail).map(ours));
    let at = line.at.format("%Y-%m-%dT%H:%M").to_string();
    let department = line.department.map(|name| words_of(&name));
    // Beside nothing a label would stand alone.
    let in_department = department.is_some().then(|| t!(staff.department));
    view! {
        <tr class="govuk-table__row">
            <th scope="row" class="govuk-table__header">
                <time class="veche-figures" datetime=at>{words::date_time(line.at)}</time>
            </th>
            <td class="govuk-table__cell" data-label=t!(staff.log_who)>{actor(line.actor)}</td>
            <td class="govuk-table__cell">{line.action.map_or_else(|| t!(staff.action_unknown), action_words)}</td>
            <td class="govuk-table__cell">
                {about.into_iter().map(|(words, lang)| view! {
                    <span class="veche-line" lang=lang>{words}</span>
                }).collect_view()}
            </td>
            <td class="govuk-table__cell" data-label=in_department>{department.unwrap_or_default()}</td>
        </tr>
    }
}

fn page_address(filter: &LogFilter, page: u64) -> String {
    let action = filter.action.map(Action::code).unwrap_or_default();
    let department = filter.department.map(|id| id.to_string()).unwrap_or_default();
    let query = Serializer::new(String::new())
        .append_pair("action", action)
        .append_pair("department", &department)
        .append_pair("from", &filter.from)
        .append_pair("to", &filter.to)
        .append_pair("code", &filter.code)
        .append_pair("page", &page.to_string())
        .finish();
    format!("{}?{query}", routes::STAFF_AUDIT)
}

/// The form that narrows the log down.
fn narrowing(log: &Log) -> impl IntoView + use<> {
    let fault = |field: &str| log.form.fault(field).cloned();
    let LogFilter { action, department, from, to, code } = log.form.typed.clone();
    let mut actions = vec![Choice::new("", t!(staff.all_actions), action.is_none())];
    actions.extend(
        Action::ALL
            .into_iter()
            .map(|of| Choice::new(of.code(), action_words(of), action == Some(of))),
    );
    let mut departments = vec![Choice::new("", t!(staff.all_departments), department.is_none())];
    departments.extend(log.departments.iter().map(|of| {
        let name = of.name.get(language()).to_owned();
        Choice::new(of.id.to_string(), name, department == Some(of.id))
    }));
    view! {
        <form method="get" action=routes::STAFF_AUDIT>
            <Select name="action" label=t!(staff.log_filter) choices=actions/>
            <Select name="department" label=t!(staff.department) choices=departments/>
            <TextInput name="from" kind="date" label=t!(staff.log_from) value=from fault=fault("from")
                width="govuk-input--width-10"/>
            <TextInput name="to" kind="date" label=t!(staff.log_to) value=to fault=fault("to")
                width="govuk-input--width-10"/>
            <TextInput name="code" label=t!(staff.log_code) value=code autocomplete="off" width="govuk-input--width-10"/>
            <button class="govuk-button govuk-button--secondary">{t!(staff.log_show)}</button>
        </form>
    }
}

/// The document's title: which of the pages it is and what they are about, before what they are.
fn title(log: &Log) -> String {
    let parts =
        [log.form.typed.action.map(action_words), Some(t!(staff.log)), Some(t!(common.brand))];
    let title = parts.into_iter().flatten().collect::<Vec<_>>().join(" – ");
    page_title(log.page, log.pages, title)
}

/// The log.
#[component]
pub fn Page() -> impl IntoView {
    let ahead = ports::ports().accounts.ahead();
    let log = api::read_log(
        query("action"),
        query("department"),
        query("from"),
        query("to"),
        query("code"),
        query("page"),
    );
    load(log, move |log: Log| {
        let form = narrowing(&log);
        let title = title(&log);
        let address = |page: u64| page_address(&log.form.typed, page);
        let addresses = [address(log.page.saturating_sub(1)), address(log.page + 1)];
        let empty = log.lines.is_empty().then(|| {
            // Of days that could not be read nobody knows.
            let known = log.form.faults.is_empty();
            known.then(|| view! { <p class="govuk-body">{t!(staff.log_empty)}</p> })
        });
        let faults = log.form.faults;
        let lines = log.lines.into_iter().map(line).collect_view();
        view! {
            <Title text=title/>
            <a class="govuk-back-link" href=routes::STAFF>{t!(staff.desk)}</a>
            <ErrorSummary faults/>
            <h1 class="govuk-heading-l">{t!(staff.log)}</h1>
            <p class="govuk-body veche-lede">{t!(staff.log_lede)}</p>
            {form}
            {empty.map_or_else(
                || view! {
                    <ByTheClock ahead/>
                    <Listing stacks=true id="log" caption=t!(staff.log_caption) columns=vec![
                        t!(staff.log_at),
                        t!(staff.log_who),
                        t!(staff.log_what),
                        t!(staff.log_about),
                        t!(staff.department),
                    ]>
                        {lines}
                    </Listing>
                }.into_any(),
                IntoAny::into_any,
            )}
            <Pages page=log.page pages=log.pages label=t!(staff.log_pages) before=t!(common.newer)
                after=t!(common.older) addresses/>
        }
    })
}
