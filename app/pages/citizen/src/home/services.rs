//! Every service that this portal has, each a link that works.

use super::start::{polls_for_me, results};
use leptos::prelude::*;
use ports::routes;
use ui::{Tile, Tiles, Title, t};

/// The services.
#[component]
pub fn Page() -> impl IntoView {
    let polls = vec![
        Tile::new(polls_for_me(), t!(home.polls_for_me), t!(home.polls_for_me_text)),
        Tile::new(routes::POLLS, t!(home.polls), t!(home.polls_text)),
        Tile::new(routes::ANSWERS, t!(home.answers), t!(home.answers_text)),
        Tile::new(results(), t!(home.results), t!(home.results_text)),
        Tile::new(routes::NOTICES, t!(home.notices), t!(home.notices_text)),
    ];
    let account = vec![
        Tile::new(routes::ACCOUNT_DATA, t!(home.data), t!(home.data_text)),
        Tile::new(routes::ACCOUNT_CONSENTS, t!(home.consents), t!(home.consents_text)),
        Tile::new(routes::ACCOUNT_ACCESS, t!(home.access), t!(home.access_text)),
        Tile::new(routes::ACCOUNT_SIGN_INS, t!(home.sign_ins), t!(home.sign_ins_text)),
        Tile::new(routes::ACCOUNT_DOWNLOAD, t!(home.download), t!(home.download_text)),
        Tile::new(routes::ACCOUNT_SETTINGS, t!(home.settings), t!(home.settings_text)),
        Tile::new(routes::ACCOUNT_DELETE, t!(home.delete), t!(home.delete_text)),
    ];
    let portal = vec![
        Tile::new(routes::PROTECTION, t!(home.protection), t!(home.protection_text)),
        Tile::new(routes::DISPLAY, t!(home.display_title), t!(home.display_text)),
        Tile::new(routes::ACCESSIBILITY, t!(home.accessibility), t!(home.accessibility_text)),
    ];
    view! {
        <Title text=format!("{} – {}", t!(home.services), t!(common.brand))/>
        <h1 class="govuk-heading-l">{t!(home.services)}</h1>
        <h2 class="govuk-heading-m">{t!(home.group_polls)}</h2>
        <Tiles tiles=polls nested=true/>
        <h2 class="govuk-heading-m">{t!(home.group_account)}</h2>
        <Tiles tiles=account nested=true/>
        <h2 class="govuk-heading-m">{t!(home.group_portal)}</h2>
        <Tiles tiles=portal nested=true/>
    }
}
