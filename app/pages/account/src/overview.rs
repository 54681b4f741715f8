//! The account at a glance, with everything that can be done in it.

use super::{api, view::Overview};
use leptos::prelude::*;
use ports::routes;
use ui::{Tile, Tiles, Title, load, t, words};

/// The account's start page.
#[component]
pub fn Page() -> impl IntoView {
    load(api::read_overview(), |account: Overview| {
        let tiles = vec![
            Tile::new(
                routes::ACCOUNT_DATA,
                t!(account.data),
                t!(account.data_count, count = account.facts),
            ),
            Tile::new(
                routes::ACCOUNT_CONSENTS,
                t!(account.consents),
                t!(account.consents_count, count = account.consents),
            ),
            Tile::new(routes::ACCOUNT_ACCESS, t!(account.access), t!(account.access_text)),
            Tile::new(
                routes::ACCOUNT_SIGN_INS,
                t!(account.sign_ins),
                t!(account.sign_ins_count, count = account.sign_ins),
            ),
            Tile::new(
                routes::NOTICES,
                t!(account.notices),
                account.unread.map_or_else(
                    || t!(home.notices_text),
                    |count| t!(account.notices_count, count = count),
                ),
            ),
            Tile::new(routes::ANSWERS, t!(account.answers), t!(account.answers_text)),
            Tile::new(routes::ACCOUNT_SETTINGS, t!(account.settings), t!(account.settings_text)),
            Tile::new(routes::ACCOUNT_DOWNLOAD, t!(account.download), t!(account.download_text)),
            Tile::new(routes::ACCOUNT_DELETE, t!(account.delete), t!(account.delete_text)),
        ];
        view! {
            <Title text=format!("{} – {}", t!(account.title), t!(common.brand))/>
            <h1 class="govuk-heading-l">{t!(account.title)}</h1>
            {account.name.map(|name| view! { <p class="govuk-body veche-lede">{name}</p> })}
            <p class="govuk-body">{t!(account.since, date = words::date(account.since))}</p>
            <p class="govuk-body">{t!(account.kept)}</p>
            <Tiles tiles/>
            <p class="govuk-body-s">{t!(common.shared_computer)}</p>
        }
    })
}
