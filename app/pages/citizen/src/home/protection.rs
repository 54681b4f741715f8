//! How answers are protected, and what that does not cover. Every sentence here has to be true of
//! the code: `vault`, `disclosure`, `accounts`, `http`.

use super::{api, view::About};
use leptos::prelude::*;
use ports::{
    Together,
    look::{DISPLAY_COOKIE, LANGUAGE_COOKIE, SESSION_COOKIES, language},
    routes, settled_days,
};
use ui::{
    Title, load, t,
    words::{files, moments, particulars},
};

fn list(items: Vec<String>) -> impl IntoView {
    view! {
        <ul class="govuk-list govuk-list--bullet">
            {items.into_iter().map(|item| view! { <li>{item}</li> }).collect_view()}
        </ul>
    }
}

fn section(heading: String, text: String, items: Vec<String>) -> impl IntoView {
    view! {
        <h2 class="govuk-heading-m">{heading}</h2>
        <p class="govuk-body">{text}</p>
        {list(items)}
    }
}

/// What becomes of what every browser sends by itself (`server/src/http/rate.rs`), and which cookies there are.
fn technical() -> impl IntoView {
    let [secure, plain] = SESSION_COOKIES;
    let session = if ports::ports().portal.origin.starts_with("https:") { secure } else { plain };
    let cookies = [
        (session, t!(home.cookie_session)),
        (LANGUAGE_COOKIE, t!(home.cookie_language)),
        (DISPLAY_COOKIE, t!(home.cookie_display)),
    ];
    view! {
        <h2 class="govuk-heading-m">{t!(home.technical_heading)}</h2>
        <p class="govuk-body">{t!(home.technical_text)}</p>
        <ul class="govuk-list govuk-list--bullet">
            <li>{t!(home.technical_address)}</li>
            {cookies.into_iter().map(|(name, words)| view! {
                <li>{t!(home.technical_cookie)} " " <code>{name}</code> ": " {words}</li>
            }).collect_view()}
            <li>{t!(home.technical_log)}</li>
        </ul>
    }
}

/// How answers are protected.
#[component]
pub fn Page() -> impl IntoView {
    load(api::read_about(), |about: About| {
        let operator = about.operator.get(language()).to_owned();
        let provider = about.provider.get(language()).to_owned();
        let days = u32::from(about.backup_days);
        let [log, order] = moments(about.traces);
        let apart = match about.traces.together {
            Together::Apart => t!(home.stored_apart),
            Together::OneServer => t!(home.stored_one_server),
            Together::OneMachine => t!(home.stored_one_machine),
        };
        let link = [
            Some(t!(home.link_systems)),
            log,
            order,
            Some(t!(home.link_server)),
            (days > 0).then(|| t!(home.link_backups, count = days)),
            Some(files(about.traces.deleted)),
            Some(t!(home.link_provider, provider = &provider)),
        ];
        view! {
            <Title text=format!("{} – {}", t!(home.protection), t!(common.brand))/>
            <h1 class="govuk-heading-l">{t!(home.protection)}</h1>
            <p class="govuk-body veche-lede">{t!(home.protection_lede)}</p>
            <div class="govuk-inset-text">{t!(home.confidential)}</div>
            {section(
                t!(home.staff_heading),
                t!(home.staff_text),
                vec![
                    t!(home.staff_statistics),
                    t!(home.staff_participation),
                    t!(home.staff_never_answers),
                    t!(home.staff_never_part),
                    t!(home.staff_never_data),
                ],
            )}
            {section(
                t!(home.stored_heading),
                t!(home.stored_text),
                vec![
                    t!(home.stored_pseudonym),
                    t!(home.stored_content),
                    t!(home.stored_facts),
                    t!(home.stored_day),
                    apart,
                ],
            )}
            {section(
                t!(home.link_heading),
                t!(home.link_text, operator = &operator),
                link.into_iter().flatten().collect(),
            )}
            {section(
                t!(home.end_heading),
                t!(home.end_text),
                vec![
                    t!(home.end_retention),
                    t!(home.end_after),
                    t!(home.end_account, count = u32::from(settled_days(about.backup_days))),
                ],
            )}
            {section(
                t!(home.published_heading),
                t!(home.published_text),
                vec![
                    t!(home.published_plan),
                    t!(home.published_least),
                    t!(home.published_rows),
                    t!(home.published_differences),
                    t!(home.published_noise),
                    t!(home.published_exact),
                    t!(polls.notice_published_same),
                    t!(home.published_percent),
                    t!(home.published_text_answers),
                ],
            )}
            {section(
                t!(home.yours_heading),
                t!(home.yours_text),
                vec![t!(home.yours_change), t!(home.yours_special), t!(home.yours_download)],
            )}
            <p class="govuk-body">
                <a class="govuk-link" href=routes::ACCOUNT>{t!(home.account)}</a>
            </p>
            {technical()}
            <h2 class="govuk-heading-m">{t!(home.operator_heading)}</h2>
            <p class="govuk-body">{t!(home.operator_text, operator = &operator, contact = &about.contact)}</p>
            {list(particulars(&about.particulars))}
        }
    })
}
