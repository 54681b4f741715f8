//! A poll as its initiator sees it: what is done, what is missing, what can be done next.

use super::{
    api::{
        lifecycle::{Submit, Withdraw},
        settings::read_poll,
    },
    contents::{Contents, History},
    parts::{Action, Crumb, Crumbs, param},
    view::{Event, Missing, PollPage, Settings, Task},
    words::{self, title},
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::{routes, states::State, views::polls::Need};
use ui::{ByTheClock, StateTag, Title, lang_of, load, t};
use uuid::Uuid;

/// What is set in one line under the task's name.
fn summary(task: Task, settings: &Settings) -> String {
    match task {
        Task::Basics => words::languages(settings),
        Task::Questions => {
            let count = settings.questionnaire.questions.len();
            t!(editor.questions_count, count = u32::try_from(count).unwrap_or(u32::MAX))
        }
        Task::Special => words::special(settings),
        Task::Audience => words::audience(&settings.audience, &settings.regions).join(". "),
        Task::Schedule => words::schedule(settings).join(". "),
        Task::Plan => words::plan(settings).join(". "),
    }
}

fn task(task: Task, settings: &Settings, missing: &[Missing]) -> impl IntoView + use<> {
    let id = format!("task-{}", task.part());
    let href = routes::staff_poll_part(settings.id, task.part());
    let open = missing.iter().any(|missing| missing.task() == task);
    let status = if open {
        view! { <strong class="govuk-tag">{t!(editor.incomplete)}</strong> }.into_any()
    } else {
        t!(editor.completed).into_any()
    };
    view! {
        <li class="govuk-task-list__item govuk-task-list__item--with-link">
            <div class="govuk-task-list__name-and-hint">
                <a class="govuk-link govuk-task-list__link" href=href aria-describedby=format!("{id}-hint {id}")>{words::task(task)}</a>
                <div class="govuk-task-list__hint" id=format!("{id}-hint")>{summary(task, settings)}</div>
            </div>
            <div class="govuk-task-list__status" id=id>{status}</div>
        </li>
    }
}

/// What audience or plan go by though the portal will know it of nobody.
fn never_known(settings: &Settings) -> Option<String> {
    let (audience, plan) = (&settings.audience, &settings.plan);
    let asked = |need: &Need| match need {
        Need::Region => audience.asks_region() || plan.needs_region(),
        Need::BirthDate => audience.asks_age() || plan.needs_age_band(),
        Need::Gender => audience.asks_gender() || plan.needs_gender(),
    };
    let facts: Vec<Need> = settings.never_known.iter().copied().filter(asked).collect();
    words::never_known(&facts)
}

/// Why the draft is one again: the reviewer's reason, unless it was taken back since.
fn returned(history: &[Event]) -> impl IntoView + use<> {
    let last = history.iter().find(|event| event.to == State::Draft);
    let last = last.filter(|event| event.from == State::InReview);
    let reason = last.and_then(|last| Some((last.at, last.note.clone()?)));
    reason.map(|(at, reason)| {
        view! {
            <div class="govuk-inset-text">
                <h2 class="govuk-heading-s">{t!(editor.returned, at = ui::words::date_time(at))}</h2>
                <p class="govuk-body veche-typed">{reason}</p>
            </div>
        }
    })
}

/// Where what is missing is mended: at its question, where it is about one.
fn place(missing: &Missing, poll: Uuid) -> String {
    match missing {
        Missing::Definition { question: Some(code), .. } => routes::staff_question(poll, code),
        Missing::SameQuestions { questions, .. } => questions.first().map_or_else(
            || routes::staff_poll_part(poll, missing.task().part()),
            |first| routes::staff_question_in_list(poll, first),
        ),
        _ => routes::staff_poll_part(poll, missing.task().part()),
    }
}

/// The task list of a draft.
fn draft(settings: Settings, missing: Vec<Missing>) -> impl IntoView {
    let tasks = Task::ALL.map(|of| task(of, &settings, &missing)).into_iter().collect_view();
    let ready = missing.is_empty();
    view! {
        <h2 class="govuk-heading-m">{t!(editor.tasks)}</h2>
        <ul class="govuk-task-list">{tasks}</ul>
        <ByTheClock ahead=settings.ahead/>
        {never_known(&settings).map(|words| view! { <p class="govuk-inset-text">{words}</p> })}
        {(!ready).then(|| view! {
            <h2 class="govuk-heading-m" id="missing">{t!(editor.missing)}</h2>
            <ul class="govuk-list govuk-list--bullet" aria-labelledby="missing">
                {missing.iter().map(|missing| view! {
                    <li>
                        <a class="govuk-link" href=place(missing, settings.id)>
                            {words::missing(missing, &settings)}
                        </a>
                    </li>
                }).collect_view()}
            </ul>
        })}
        {looks(&settings)}
        {ready.then(|| view! {
            <p class="govuk-body">{t!(editor.submit_text)}</p>
            <Action action=Submit::PATH settings=settings.clone() words=t!(editor.submit)/>
        })}
        <p class="govuk-body">
            <a class="govuk-link" href=routes::staff_poll_part(settings.id, "delete")>{t!(editor.delete)}</a>
        </p>
    }
}

/// What the citizen will see.
fn looks(settings: &Settings) -> impl IntoView + use<> {
    let id = settings.id;
    let questions = !settings.questionnaire.questions.is_empty();
    view! {
        <h2 class="govuk-heading-m">{t!(editor.as_the_citizen)}</h2>
        <ul class="govuk-list">
            <li><a class="govuk-link" href=routes::staff_poll_part(id, "notice")>{t!(editor.notice)}</a></li>
            <li><a class="govuk-link" href=routes::staff_poll_part(id, "citizen")>{t!(editor.invented)}</a></li>
            {questions.then(|| view! {
                <li><a class="govuk-link" href=routes::staff_poll_part(id, "preview/1")>{t!(editor.preview)}</a></li>
            })}
        </ul>
    }
}

/// A poll that waits for review; where nobody could approve it any more, as when its time has passed, why.
fn in_review(settings: &Settings, missing: &[Missing]) -> impl IntoView + use<> {
    let stuck = !missing.is_empty();
    let reasons = missing.iter().map(|missing| words::missing(missing, settings));
    let reasons = reasons.map(|words| view! { <li>{words}</li> }).collect_view();
    view! {
        {if stuck {
            view! {
                <h2 class="govuk-heading-m">{t!(editor.stuck)}</h2>
                <ul class="govuk-list govuk-list--bullet">{reasons}</ul>
                <p class="govuk-inset-text">{t!(editor.stuck_text)}</p>
            }
            .into_any()
        } else {
            view! { <p class="govuk-inset-text">{t!(editor.in_review_text)}</p> }.into_any()
        }}
        <Action action=Withdraw::PATH settings=settings.clone() words=t!(editor.withdraw) class="govuk-button--secondary"/>
    }
}

fn scheduled(settings: &Settings) -> impl IntoView + use<> {
    let part = |part| routes::staff_poll_part(settings.id, part);
    view! {
        <p class="govuk-inset-text">{t!(editor.scheduled_text)}</p>
        <div class="govuk-button-group">
            <a class="govuk-button" href=part("open")>{t!(editor.open_now)}</a>
            <a class="govuk-button govuk-button--secondary" href=part("take-back")>{t!(editor.take_back)}</a>
        </div>
    }
}

fn opened(settings: &Settings, participation: Option<u64>) -> impl IntoView + use<> {
    let close = routes::staff_poll_part(settings.id, "close");
    let (participation, meaning) = match participation {
        None if settings.special.is_some() => {
            (t!(editor.participation_later), t!(editor.participation_after_the_end))
        }
        // Nothing can be chosen, so there are no interim totals.
        None if !settings.questionnaire.is_counted() => {
            (t!(editor.participation_later), t!(editor.participation_with_results))
        }
        None => (t!(editor.participation_later), t!(editor.participation_later_text)),
        Some(at_least) => {
            (t!(editor.participation, count = at_least), t!(editor.participation_text))
        }
    };
    view! {
        <h2 class="govuk-heading-m">{t!(editor.participation_title)}</h2>
        <p class="govuk-body veche-figures">{participation}</p>
        <p class="govuk-hint">{meaning}</p>
        // There are the interim totals, too.
        <p class="govuk-body"><a class="govuk-link" href=routes::poll(settings.id)>{t!(editor.citizens_page)}</a></p>
        <a class="govuk-button govuk-button--warning" href=close>{t!(editor.close_now)}</a>
    }
}

fn published(settings: &Settings) -> impl IntoView + use<> {
    let outcome = if settings.outcome.is_some() {
        t!(editor.outcome_change)
    } else {
        t!(editor.outcome_write)
    };
    let results = if settings.withheld { t!(results.title) } else { t!(editor.results) };
    view! {
        <ul class="govuk-list">
            <li><a class="govuk-link" href=routes::staff_results(settings.id)>{results}</a></li>
            <li><a class="govuk-link" href=routes::staff_poll_part(settings.id, "outcome")>{outcome}</a></li>
        </ul>
    }
}

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    load(read_poll(param("poll")), |page: PollPage| {
        let PollPage { settings, missing, participation, history } = page;
        let heading = title(&settings.title);
        let (state, withheld) = (settings.state, settings.withheld);
        let next = match state {
            State::Draft => {
                view! { {returned(&history)} {draft(settings.clone(), missing)} }.into_any()
            }
            State::InReview => in_review(&settings, &missing).into_any(),
            State::Scheduled => scheduled(&settings).into_any(),
            State::Open => opened(&settings, participation).into_any(),
            State::Closed => {
                view! { <p class="govuk-inset-text">{t!(editor.closed_text)}</p> }.into_any()
            }
            State::Published => published(&settings).into_any(),
        };
        view! {
            // Beside it the citizens' page of the poll may be open, which has its title alone.
            <Title text=format!("{heading} – {} – {}", t!(editor.staff), t!(common.brand))/>
            <Crumbs trail=vec![
                Crumb::desk(),
                Crumb::named(routes::department(settings.department.id), &settings.department.name),
            ]/>
            <div class="veche-toolbar">
                <h1 class="govuk-heading-l" lang=lang_of(&settings.title)>{heading}</h1>
                <p class="govuk-body"><StateTag state withheld/></p>
            </div>
            {next}
            {(state != State::Draft).then(|| view! {
                {looks(&settings)}
                <Contents settings=settings.clone()/>
            })}
            <h2 class="govuk-heading-m">{t!(editor.copy)}</h2>
            <p class="govuk-body">
                <a class="govuk-link" href=routes::questionnaire(settings.id)>{t!(editor.download)}</a>
            </p>
            <p class="govuk-hint">{t!(editor.download_text)}</p>
            <History history withheld/>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use questionnaire::{Problem, Text};

    #[test]
    fn what_is_missing_leads_to_where_it_is_mended() {
        let poll = Uuid::nil();
        let of = |question: Option<&str>| Missing::Definition {
            question: question.map(str::to_owned),
            problem: Problem::TooFewOptions,
        };
        let same = Missing::SameQuestions {
            questions: vec!["q3".to_owned(), "q4".to_owned()],
            poll: Text::default(),
            closes: None,
            apart_days: None,
        };
        for (missing, leads) in [
            (of(Some("q2")), routes::staff_question(poll, "q2")),
            (of(None), routes::staff_poll_part(poll, "questions")),
            (same, routes::staff_question_in_list(poll, "q3")),
            (Missing::Schedule, routes::staff_poll_part(poll, "schedule")),
        ] {
            assert_eq!(place(&missing, poll), leads);
        }
    }
}
