//! The start page: what a citizen comes for.

use super::{api, view::Start};
use crate::polls::words::needs;
use leptos::prelude::*;
use ports::{look::language, routes};
use questionnaire::Language;
use ui::{NewsLink, Tile, Tiles, Title, load, t};

/// The polls that ask the reader.
pub(super) fn polls_for_me() -> String {
    format!("{}?tab=mine", routes::POLLS)
}

/// Closed polls and their results.
pub(super) fn results() -> String {
    format!("{}?tab=results", routes::POLLS)
}

/// How many polls wait; that none does, or no more, is said where the portal knows enough to tell.
fn polls_text(start: &Start) -> String {
    let facts = || needs(&start.lacking);
    match (start.polls, start.lacking.is_empty()) {
        (Some(0), true) => t!(home.polls_none),
        (Some(0), false) => t!(home.polls_lacking, facts = facts()),
        (Some(count), true) => t!(home.polls_waiting, count = count),
        (Some(count), false) => {
            let waiting = t!(home.polls_waiting, count = count);
            format!("{waiting}. {}", t!(home.polls_lacking_more, facts = facts()))
        }
        (None, _) => t!(home.polls_text),
    }
}

fn notices_text(start: &Start) -> String {
    match start.notices {
        Some(0) => t!(home.notices_none),
        Some(count) => t!(home.notices_waiting, count = count),
        None => t!(home.notices_text),
    }
}

/// How the page greets a person of this name. It is one text, in which the surname stands first where that is the
/// custom, and nobody who speaks Russian is addressed so: there only a name of one word is taken for a given one.
fn greeting(name: &str) -> String {
    if language() == Language::Ru && name.trim().contains(char::is_whitespace) {
        t!(home.hello_plain)
    } else {
        t!(home.hello, name = name)
    }
}

/// The start page.
#[component]
pub fn Page() -> impl IntoView {
    load(api::read_start(), |start: Start| {
        let polls = if start.signed_in {
            Tile::new(polls_for_me(), t!(home.polls_for_me), polls_text(&start))
        } else {
            Tile::new(routes::POLLS, t!(home.polls), polls_text(&start))
        };
        let tiles = vec![
            polls,
            Tile::new(results(), t!(home.results), t!(home.results_text)),
            Tile::new(routes::NOTICES, t!(home.notices), notices_text(&start)),
            Tile::new(routes::ANSWERS, t!(home.answers), t!(home.answers_text)),
            Tile::new(routes::ACCOUNT_DATA, t!(home.data), t!(home.data_text)),
            Tile::new(routes::ACCOUNT, t!(home.account), t!(home.account_text)),
        ];
        let heading = match &start.name {
            Some(name) => greeting(name),
            None => t!(home.title),
        };
        view! {
            <Title text=t!(home.document_title)/>
            <NewsLink/>
            <h1 class="govuk-heading-xl">{heading}</h1>
            <p class="govuk-body veche-lede">{t!(home.lede)}</p>
            {(!start.signed_in).then(|| view! {
                <p class="govuk-body">
                    <a class="govuk-button" href=routes::SIGN_IN>{t!(common.sign_in)}</a>
                </p>
            })}
            <Tiles tiles/>
            <section class="veche-notice" aria-labelledby="promise">
                <h2 class="veche-notice__title" id="promise">{t!(home.promise)}</h2>
                <ul class="govuk-list govuk-list--bullet">
                    <li>{t!(home.promise_statistics)}</li>
                    <li>{t!(home.promise_part)}</li>
                    <li>{t!(home.promise_withdraw)}</li>
                </ul>
                <p class="govuk-body">
                    <a class="govuk-link" href=routes::PROTECTION>{t!(home.promise_more)}</a>
                </p>
            </section>
            <p class="govuk-body">
                <a class="govuk-link" href=routes::SERVICES>{t!(home.all_services)}</a>
            </p>
        }
    })
}
