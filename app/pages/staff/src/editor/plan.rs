//! The statistics plan: which breakdowns will be published.

use super::{
    api::settings::{SavePlan, read_plan},
    contents::rows,
    form::PlanForm,
    parts::{PollCrumbs, Seen, param, stored_now, titled, told},
    view::{Filled, Task},
    words,
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use questionnaire::Breakdown;
use ui::{Checkboxes, Choice, Submit, Title, load, t};

/// The form.
#[component]
pub fn Page() -> impl IntoView {
    load(read_plan(param("poll")), |page: Filled<PlanForm>| {
        let Filled { settings, form, differs } = page;
        let stored = stored_now(differs, rows(Task::Plan, &settings));
        let choices = Breakdown::ALL
            .map(|breakdown| {
                let chosen = form.typed.breakdowns.iter().any(|code| code == breakdown.code());
                Choice::new(breakdown.code(), words::breakdown(breakdown), chosen)
            })
            .to_vec();
        view! {
            <Title text=titled(&t!(editor.task_plan), &settings.title)/>
            <PollCrumbs settings=settings.clone()/>
            {told(&form)}
            <h1 class="govuk-heading-l">{t!(editor.task_plan)}</h1>
            {stored}
            <p class="govuk-body">{t!(editor.plan_text)}</p>
            <form method="post" action=SavePlan::PATH>
                <Seen settings/>
                <Checkboxes name="breakdowns[]" legend=t!(editor.breakdowns) hint=Some(t!(editor.breakdowns_hint))
                    choices fault=form.fault("breakdowns").cloned()/>
                <h2 class="govuk-heading-m">{t!(editor.thresholds)}</h2>
                <ul class="govuk-list govuk-list--bullet">
                    <li>{t!(editor.threshold_ten)}</li>
                    <li>{t!(editor.threshold_fifty)}</li>
                    <li>{t!(editor.threshold_row)}</li>
                    <li>{t!(editor.threshold_text)}</li>
                </ul>
                <Submit words=t!(common.save)/>
            </form>
        }
    })
}
