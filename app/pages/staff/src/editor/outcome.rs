//! What was decided because of a poll.

use super::{
    api::outcome::{SaveOutcome, read_outcome},
    contents::outcome_rows,
    form::OutcomeForm,
    parts::{Lines, PollCrumbs, Seen, param, stored_now, titled, told},
    view::Filled,
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::routes;
use ui::{Submit, Title, load, t};

/// The form.
#[component]
pub fn Page() -> impl IntoView {
    load(read_outcome(param("poll")), |page: Filled<OutcomeForm>| {
        let Filled { settings, form, differs } = page;
        let stored = stored_now(differs && settings.outcome.is_some(), outcome_rows(&settings));
        let languages: Vec<_> = settings.languages.iter().copied().collect();
        let written = settings.outcome.is_some();
        let mark = form.typed_mark();
        let deletion = routes::staff_poll_part(settings.id, "outcome/delete");
        view! {
            <Title text=titled(&t!(editor.outcome), &settings.title)/>
            <PollCrumbs settings=settings.clone()/>
            {told(&form)}
            <h1 class="govuk-heading-l">{t!(editor.outcome)}</h1>
            {stored}
            <p class="govuk-body">{t!(editor.outcome_text)}</p>
            <form method="post" action=SaveOutcome::PATH data-typed=mark>
                <Seen settings/>
                <Lines rows=4 name="outcome" label=t!(editor.outcome_label) languages words=form.typed.outcome.clone() form/>
                <Submit words=t!(common.save)/>
            </form>
            {written.then(|| view! {
                <p class="govuk-body"><a class="govuk-link" href=deletion>{t!(editor.outcome_delete)}</a></p>
            })}
        }
    })
}
