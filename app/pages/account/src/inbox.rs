//! The inbox.

use super::{
    api,
    view::{Matter, Notice},
};
use leptos::prelude::*;
use ports::{look::language, roles::Role, routes};
use questionnaire::Text;
use ui::{ByTheClock, Title, around, lang_of, load, t, words};

/// A notice in words: where it leads, what it says, and a line below.
fn words_of(matter: Matter) -> (String, AnyView, Option<String>) {
    let text = |text: &Text| text.get(language()).to_owned();
    let titled = |title: &Text| [(text(title), lang_of(title))];
    let role = |role: Role, department: Option<Text>| {
        let place = department.as_ref().map_or_else(|| t!(account.whole_portal), text);
        (words::role(role), place)
    };
    match matter {
        Matter::PollOpened { poll, title, department, closes_at } => {
            let until = closes_at.map(|at| t!(account.notice_until, date = words::deadline(at)));
            let below = [Some(text(&department)), until].into_iter().flatten();
            let below: Vec<String> = below.collect();
            let said = around(titled(&title), |[title]| t!(account.notice_opened, title = title));
            (routes::poll(poll), said, Some(below.join(" · ")))
        }
        Matter::ResultsPublished { poll, title, department } => {
            let said = around(titled(&title), |[title]| t!(account.notice_results, title = title));
            (routes::results(poll), said, Some(text(&department)))
        }
        Matter::ResultsWithheld { poll, title, department } => {
            let said = around(titled(&title), |[title]| t!(account.notice_withheld, title = title));
            (routes::results(poll), said, Some(text(&department)))
        }
        Matter::RoleGiven { role: it, department } => {
            let (role, place) = role(it, department);
            let said = t!(account.notice_role_given, role = role).into_any();
            (routes::STAFF.to_owned(), said, Some(place))
        }
        Matter::RoleTaken { role: it, department } => {
            let (role, place) = role(it, department);
            let said = t!(account.notice_role_taken, role = role).into_any();
            (routes::ACCOUNT.to_owned(), said, Some(place))
        }
    }
}

fn item(notice: Notice) -> impl IntoView {
    let class = if notice.unread {
        "veche-inbox__item veche-inbox__item--unread"
    } else {
        "veche-inbox__item"
    };
    let (href, said, below) = words_of(notice.matter);
    let machine = notice.at.format("%Y-%m-%dT%H:%M").to_string();
    view! {
        <li class=class>
            <a class="veche-inbox__link" href=href>{said}</a>
            {notice.unread.then(|| view! { " " <strong class="govuk-tag">{t!(account.new)}</strong> })}
            <p class="veche-inbox__meta">
                {below.map(|below| format!("{below} · "))}
                <time datetime=machine>{words::date_time(notice.at.naive_local())}</time>
            </p>
        </li>
    }
}

/// The inbox.
#[component]
pub fn Page() -> impl IntoView {
    let ahead = ports::ports().accounts.ahead();
    load(api::read_inbox(), move |notices: Vec<Notice>| {
        let empty = notices.is_empty();
        let items = notices.into_iter().map(item).collect_view();
        view! {
            <Title text=format!("{} – {}", t!(account.notices), t!(common.brand))/>
            <h1 class="govuk-heading-l">{t!(account.notices)}</h1>
            <p class="govuk-body veche-lede">{t!(account.notices_lede)}</p>
            {if empty {
                view! { <p class="govuk-body">{t!(account.notices_empty)}</p> }.into_any()
            } else {
                view! {
                    <ByTheClock ahead/>
                    <ul class="veche-inbox">{items}</ul>
                }
                .into_any()
            }}
        }
    })
}
