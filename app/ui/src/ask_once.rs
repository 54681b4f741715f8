//! What cannot be undone is asked once more: the button that does it, and the way back beside it.

use crate::{Submit, t};
use leptos::prelude::*;

/// The form of a page that asks once more. What it means stands above it, said by the page.
#[component]
pub fn AskOnce(
    /// Where the button posts to: the path of a server function.
    action: &'static str,
    /// The button's words.
    #[prop(into)]
    words: String,
    /// Further classes of the button.
    #[prop(default = "govuk-button--warning")]
    class: &'static str,
    /// Where the way back leads.
    #[prop(into)]
    back: String,
    /// Words of the way back where they are not "Cancel".
    #[prop(optional, into)]
    cancel: Option<String>,
    /// The hidden fields that say of what it is asked, and whatever else belongs into the form.
    children: Children,
) -> impl IntoView {
    let cancel = cancel.unwrap_or_else(|| t!(common.cancel));
    view! {
        <form method="post" action=action>
            {children()}
            <div class="govuk-button-group">
                <Submit words class/>
                <a class="govuk-link" href=back>{cancel}</a>
            </div>
        </form>
    }
}
