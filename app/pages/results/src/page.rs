//! The results of one poll: for everybody, and the same for staff.

use super::{
    api,
    figures::{Participation, Question},
    found::found,
    view::{Choice, Comparable, Decided, Method, ResultsPage, StaffResults, WaitingPage},
    words,
};
use leptos::{either::Either, prelude::*};
use ports::{
    address::{parameter, query, with_field},
    caller::caller,
    look::{as_said, language, locale, said_here},
    roles::Role,
    routes,
    states::State,
};
use questionnaire::{Breakdown, Language};
use ui::{
    Choice as Choosable, Hidden, Interim, Row, Select, Submit, SummaryList, Title, load,
    paragraphs, shared, t, words as common,
};
use uuid::Uuid;

/// The poll in the path.
pub(super) fn poll() -> String {
    parameter("poll")
}

/// The breakdown that the address asks for.
pub(super) fn by() -> String {
    query("by")
}

/// The results for everybody.
#[component]
pub fn Page() -> impl IntoView {
    load(api::read(poll(), by()), |page: ResultsPage| {
        let poll = page.results.poll;
        let (here, back) = (routes::results(poll), routes::poll(poll));
        let told = found(&page.results, page.chosen);
        view! {
            {told}
            <a class="govuk-back-link" href=back>{t!(results.to_poll)}</a>
            <Release page here whose=t!(common.brand)/>
        }
    })
}

/// The results for staff: before publication, how far participation has come and nothing else.
#[component]
pub fn StaffPage() -> impl IntoView {
    load(api::read_staff(poll(), by()), |page: StaffResults| match page {
        StaffResults::Published(page) => {
            let here = routes::staff_results(page.results.poll);
            let back = routes::statistics(page.results.department);
            Either::Left(view! {
                <a class="govuk-back-link" href=back>{t!(results.to_department)}</a>
                <Release page=*page here whose=of_staff()/>
            })
        }
        StaffResults::Waiting(page) => Either::Right(view! { <NotYet page/> }),
    })
}

/// What stands at the end of the titles of the staff's pages: beside them the citizens' page of the same poll may be
/// open.
fn of_staff() -> String {
    format!("{} – {}", t!(editor.staff), t!(common.brand))
}

/// What the page shows, in front of the document's title; nothing where it shows what it shows first.
pub(super) fn shown(chosen: Choice) -> String {
    let shown = match chosen {
        Choice::Headlines => return String::new(),
        Choice::By(by) => words::breakdown(locale(), by),
        Choice::NotPlanned => t!(results.not_planned),
    };
    format!("{shown} – ")
}

/// How many people took part, as far as that is shown.
pub fn participation(at_least: Option<u64>) -> String {
    match at_least {
        Some(count) => t!(results.at_least, count = words::count(locale(), count)),
        None => t!(results.not_shown_yet),
    }
}

#[component]
fn NotYet(page: WaitingPage) -> impl IntoView {
    let WaitingPage { poll: waiting, live, refused } = page;
    let title = waiting.title;
    let lang = waiting.language.map(Language::tag);
    let mut rows = vec![Row::new(t!(results.state), common::state(waiting.state))];
    if let Some(closes) = waiting.closes {
        rows.push(Row::new(t!(results.closes), common::deadline(closes)));
    }
    if matches!(waiting.state, State::Open | State::Closed) {
        rows.push(Row::new(t!(results.participation), participation(waiting.at_least)));
    }
    view! {
        <Title text=format!("{}: {title} – {}", t!(results.title), of_staff())/>
        <a class="govuk-back-link" href=routes::statistics(waiting.department)>{t!(results.to_department)}</a>
        <h1 class="govuk-heading-l">
            <span class="govuk-caption-l">{t!(results.title)}</span>
            <span lang=lang>{title}</span>
        </h1>
        <SummaryList rows/>
        {match (refused, live) {
            (true, _) => view! { <NoFilter/> }.into_any(),
            (false, Some(live)) => shared(&Interim { live, meaning: t!(results.live_text) }).into_any(),
            (false, None) => view! { <p class="govuk-body">{t!(results.not_yet)}</p> }.into_any(),
        }}
    }
}

/// Why a filter is refused where there is nothing to choose from.
#[component]
pub(super) fn NoFilter() -> impl IntoView {
    view! {
        <h2 class="govuk-heading-m">{t!(results.not_planned)}</h2>
        <p class="govuk-body">{t!(results.no_filter)}</p>
    }
}

/// When it was said what was decided, and when that was changed.
fn on_days(decided: Decided) -> String {
    let first = common::date(decided.first);
    decided.changed.map_or_else(
        || t!(results.outcome_on, date = &first),
        |changed| t!(results.outcome_changed, date = &first, changed = common::date(changed)),
    )
}

/// What was published; `here` is the path of the page, `whose` ends the document's title.
#[component]
fn Release(page: ResultsPage, here: String, whose: String) -> impl IntoView {
    let results = &page.results;
    let title = results.title.clone();
    let mut rows = vec![
        Row::new(t!(results.asked_by), results.department_name.clone()),
        Row::new(t!(results.audience), words::in_one_line(&results.audience)),
    ];
    if let Some(open) = results.open {
        rows.push(Row::new(t!(results.open), words::days(locale(), open)));
    }
    let key = if results.withheld.is_some() { t!(results.withheld) } else { t!(results.published) };
    rows.push(Row::new(key, common::date(results.published)));
    let turnout = results.responses.is_some() && results.residents.is_some();
    if let Some(responses) = results.responses {
        rows.push(Row::new(t!(results.responses), words::count(locale(), responses)));
        if let Some((residents, rate)) = results.residents {
            rows.push(Row::new(t!(results.residents), words::count(locale(), residents)));
            rows.push(Row::new(t!(results.turnout), words::rate(locale(), rate)));
        }
    }
    let withheld = results.withheld;
    let withheld = withheld.map(|why| words::poll_withheld(locale(), why, &results.method));
    let published = withheld.is_none();
    let lang = results.language.map(Language::tag);
    let outcome_lang = results.outcome_language.map(Language::tag);
    let decided = page.decided;
    let shown = shown(page.chosen);
    view! {
        <Title text=format!("{shown}{}: {title} – {whose}", t!(results.title))/>
        <h1 class="govuk-heading-l">
            <span class="govuk-caption-l">{t!(results.title)}</span>
            <span lang=lang>{title}</span>
        </h1>
        {paragraphs(&results.purpose).into_iter().map(|words| view! {
            <p class="veche-lede" lang=lang>{words}</p>
        }).collect_view()}
        <SummaryList rows/>
        {turnout.then(|| view! { <p class="veche-results__method">{t!(results.turnout_note)}</p> })}
        {results.outcome.clone().map(|outcome| view! {
            <h2 class="govuk-heading-m">{t!(results.outcome)}</h2>
            {paragraphs(&outcome).into_iter().map(|words| view! {
                <p class="govuk-body" lang=outcome_lang>{words}</p>
            }).collect_view()}
            {decided.map(|decided| view! { <p class="govuk-hint">{on_days(decided)}</p> })}
        })}
        {withheld.map(|reason| view! { <p class="govuk-inset-text">{reason}</p> })}
        {published.then(|| view! { <Figures page here/> })}
    }
}

/// Whether it is written down that the reader takes a file (`server/src/statistics/exports.rs`).
fn is_noted(department: Uuid) -> bool {
    let roles = [Role::Statistician, Role::Initiator];
    let person = caller().0;
    person.is_some_and(|it| roles.iter().any(|role| it.require_in(*role, department).is_ok()))
}

#[component]
fn Figures(page: ResultsPage, here: String) -> impl IntoView {
    let ResultsPage { results, chosen, comparable, .. } = page;
    let poll = results.poll;
    let noted = is_noted(results.department);
    let by = if let Choice::By(by) = chosen { Some(by) } else { None };
    let files = [
        ("csv", t!(exports.download_csv)),
        ("xlsx", t!(exports.download_xlsx)),
        ("ods", t!(exports.download_ods)),
        ("jsonstat.json", t!(exports.download_jsonstat)),
        ("pdf", t!(exports.download_pdf)),
        ("csv-metadata.json", t!(exports.download_csvw)),
    ];
    let not_planned = chosen == Choice::NotPlanned;
    let method = results.method;
    let participation_method = method.clone();
    let responses = results.responses;
    let question_method = method.clone();
    let sheet = routes::results_file(poll, "xlsx", language());
    view! {
        <div class="govuk-button-group govuk-!-display-none-print">
            <a class="govuk-button govuk-button--secondary" href=sheet download="">{t!(results.all_tables)}</a>
            <a class="govuk-link" href="#download">{t!(results.other_files)}</a>
        </div>
        {(!results.planned.is_empty() || not_planned).then(|| view! {
            <Breakdowns here planned=results.planned.clone() chosen field=String::new()/>
        })}
        {not_planned.then(|| view! {
            <h2 class="govuk-heading-m">{t!(results.not_planned)}</h2>
            <p class="govuk-body">{t!(results.not_planned_text)}</p>
        })}
        {results.participation.into_iter().map(|table| view! {
            <Participation table responses turnout=if by == Some(Breakdown::Region) { results.turnout.clone() } else { vec![] }
                residents=results.residents method=participation_method.clone()/>
        }).collect_view()}
        {results.questions.into_iter().enumerate().map(|(number, question)| view! {
            <Question poll number=number + 1 question by method=question_method.clone()/>
        }).collect_view()}
        {(!comparable.is_empty()).then(|| view! { <Compare poll comparable/> })}
        <section class="veche-results__download" aria-labelledby="download">
            <h2 class="govuk-heading-m" id="download">{t!(results.download)}</h2>
            {noted.then(|| view! { <p class="govuk-body">{t!(results.download_noted)}</p> })}
            <ul class="govuk-list">
                {files.map(|(ending, name)| {
                    let href = routes::results_file(poll, ending, language());
                    view! { <li><a class="govuk-link" href=href download="">{name}</a></li> }
                }).collect_view()}
            </ul>
        </section>
        <HowMade method digest=results.digest/>
    }
}

/// The other polls that asked the same.
#[component]
fn Compare(poll: Uuid, comparable: Vec<Comparable>) -> impl IntoView {
    let choice = |other: Comparable| {
        let date = common::date(other.published);
        let label = t!(results.compare_option, title = other.title, date = date);
        let lang = other.language.map(Language::tag);
        Choosable { value: other.poll.to_string(), label, lang, ..Choosable::default() }
    };
    let choices = comparable.into_iter().map(choice).collect();
    view! {
        <section class="veche-results__compare" aria-labelledby="compare">
            <h2 class="govuk-heading-m" id="compare">{t!(results.compare)}</h2>
            <form method="get" action=routes::compare(poll)>
                {said_here().map(|said| view! { <Hidden name=routes::LANGUAGE value=said.tag()/> })}
                <Select name="with" label=t!(results.compare_poll) hint=t!(results.compare_text) choices/>
                <Submit words=t!(results.compare_button) class="govuk-button--secondary"/>
            </form>
        </section>
    }
}

/// Links to the breakdowns of a plan; `field` goes into the query of each, after `by`.
#[component]
pub(super) fn Breakdowns(
    here: String,
    planned: Vec<Breakdown>,
    chosen: Choice,
    field: String,
) -> impl IntoView {
    let address = |address: &str| as_said(&with_field(address, &field));
    let link = |choice: Choice, href: String, name: String| {
        let current = (choice == chosen).then_some("page");
        view! { <li><a class="veche-tabs__link" href=href aria-current=current>{name}</a></li> }
    };
    view! {
        <nav class="veche-tabs" aria-label=t!(results.breakdowns)>
            <ul class="veche-tabs__list">
                {link(Choice::Headlines, address(&here), t!(results.headlines))}
                {planned.into_iter().map(|by| {
                    let href = address(&format!("{here}?by={}", by.code()));
                    link(Choice::By(by), href, words::breakdown(locale(), by))
                }).collect_view()}
            </ul>
        </nav>
    }
}

/// How the figures were made, in words with the parameters.
#[component]
fn HowMade(method: Method, digest: String) -> impl IntoView {
    view! {
        <h2 class="govuk-heading-m" id="method">{t!(results.method)}</h2>
        <ul class="govuk-list govuk-list--bullet">
            {words::method(locale(), &method).into_iter().map(|sentence| view! { <li>{sentence}</li> }).collect_view()}
        </ul>
        <p class="veche-results__method">{words::parameters(locale(), &method)}</p>
        <p class="veche-results__method">{t!(results.digest)} " " <code class="veche-error-id">{digest}</code></p>
    }
}
