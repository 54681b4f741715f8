//! What somebody typed into a form for which there is no place any more, to be copied: the poll was deleted
//! meanwhile, or the person has lost the role for it. Of the poll itself nothing is said.

use super::{
    api::lost::read_lost,
    parts::{Crumb, Crumbs},
};
use leptos::prelude::*;
use ui::{Title, load, t};

/// The page.
#[component]
pub fn Page() -> impl IntoView {
    load(read_lost(), |words: Vec<String>| {
        // A parser drops one line break after the tag.
        let words = format!("\n{}", words.join("\n\n"));
        view! {
            <Title text=format!("{} – {}", t!(editor.lost), t!(common.brand))/>
            <Crumbs trail=vec![Crumb::desk()]/>
            <h1 class="govuk-heading-l">{t!(editor.lost)}</h1>
            <p class="govuk-body">{t!(editor.lost_text)}</p>
            <div class="govuk-form-group">
                <label class="govuk-label govuk-label--s" for="words">{t!(editor.lost_words)}</label>
                <textarea class="govuk-textarea" id="words" rows="12" readonly>{words}</textarea>
            </div>
        }
    })
}
