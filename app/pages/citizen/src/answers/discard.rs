//! Delete my draft: asked once more, because nobody can bring back what was typed.

use super::api;
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::{
    address::parameter,
    routes,
    views::{answers::DraftPage, polls::Standing},
};
use ui::{AskOnce, Hidden, Remains, Title, lang_of, load, t, words_of};

/// Delete my draft of one poll.
#[component]
pub fn Page() -> impl IntoView {
    let portal = ports::ports().portal;
    load(api::draft(parameter("poll")), move |page: DraftPage| {
        let DraftPage { card, owner } = page;
        let (title, lang) = (words_of(&card.title), lang_of(&card.title));
        let heading = t!(take.discard_title);
        let sent = card.standing == Standing::Changing;
        view! {
            // Without the poll: what one answered is nothing for the history of a browser that others use.
            <Title text=format!("{heading} – {}", t!(common.brand))/>
            <a class="govuk-back-link" href=routes::poll(card.id)>{t!(common.back)}</a>
            <p class="govuk-caption-l" lang=lang>{title}</p>
            <h1 class="govuk-heading-l">{heading}</h1>
            <p class="govuk-body">{t!(take.discard_text)}</p>
            <Remains backup_days=portal.backup_days deleted=portal.traces.deleted/>
            {sent.then(|| view! { <p class="govuk-body">{t!(take.discard_sent)}</p> })}
            <AskOnce action=api::Discard::PATH words=t!(polls.discard) back=routes::poll(card.id)>
                <Hidden name="poll" value=card.id.to_string()/>
                <Hidden name="owner" value=owner/>
            </AskOnce>
        }
    })
}
