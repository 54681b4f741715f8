//! What one can do with a poll, each a form of its own: on the poll's page and on that of one's answers.
//! What cannot be taken back is a link to the page that asks once more.

use crate::{answers::api as answers, take::api as take};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::routes;
use ui::{Hidden, Submit, t};
use uuid::Uuid;

/// Begins or goes on.
pub fn start(poll: Uuid, words: String) -> impl IntoView + use<> {
    view! {
        <form method="post" action=take::Start::PATH>
            <Hidden name="poll" value=poll.to_string()/>
            <Submit words=words/>
        </form>
    }
}

/// Begins to change what was sent, for the person whose form this is (`owner`).
pub fn change(poll: Uuid, owner: String) -> impl IntoView + use<> {
    view! {
        <form method="post" action=answers::Change::PATH>
            <Hidden name="poll" value=poll.to_string()/>
            <Hidden name="owner" value=owner/>
            <Submit words=t!(polls.change_answers)/>
        </form>
    }
}

/// Takes the consent to answers to a closed poll back.
pub fn revoke(poll: Uuid) -> impl IntoView + use<> {
    view! {
        <p class="govuk-body"><a class="govuk-link" href=routes::withdraw(poll)>{t!(take.revoke)}</a></p>
    }
}

/// Throws the draft away.
pub fn discard(poll: Uuid) -> impl IntoView + use<> {
    view! {
        <p class="govuk-body"><a class="govuk-link" href=routes::discard(poll)>{t!(polls.discard)}</a></p>
    }
}
