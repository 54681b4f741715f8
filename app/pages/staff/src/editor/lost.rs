//! What somebody typed into a form for which there is no place any more, to be copied: the poll was deleted
//! meanwhile, or the person has lost the role for it. Of the poll itself nothing is said. Also what was typed into
//! a form that a poll has not at present, because it is no draft.

use super::{
    api::lost::read_lost,
    parts::{Crumb, Crumbs, query},
};
use leptos::prelude::*;
use ports::{forms::Form, routes};
use ui::{Title, load, t};
use uuid::Uuid;

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    let poll: Option<Uuid> = query("poll").parse().ok();
    load(read_lost(), move |form: Form<Vec<String>>| {
        let why = if form.unsaved { t!(editor.lost_late) } else { t!(editor.lost_text) };
        let poll = poll.filter(|_| form.unsaved).map(routes::staff_poll);
        // A parser drops one line break after the tag.
        let words = format!("\n{}", form.typed.join("\n\n"));
        view! {
            <Title text=format!("{} – {}", t!(editor.lost), t!(common.brand))/>
            <Crumbs trail=vec![Crumb::desk()]/>
            <h1 class="govuk-heading-l">{t!(editor.lost)}</h1>
            <p class="govuk-body">{why}</p>
            <div class="govuk-form-group">
                <label class="govuk-label govuk-label--s" for="words">{t!(editor.lost_words)}</label>
                <textarea class="govuk-textarea" id="words" rows="12" readonly>{words}</textarea>
            </div>
            {poll.map(|poll| view! {
                <p class="govuk-body"><a class="govuk-link" href=poll>{t!(editor.to_tasks)}</a></p>
            })}
        }
    })
}
