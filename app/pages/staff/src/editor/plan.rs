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
        let fixed = |breakdown: &Breakdown| settings.audience.fixes(*breakdown);
        let some_fixed = Breakdown::ALL.iter().any(fixed);
        let choices: Vec<Choice> = Breakdown::ALL
            .into_iter()
            .filter_map(|breakdown| {
                let chosen = form.typed.breakdowns.iter().any(|code| code == breakdown.code());
                // What nobody sees nobody can take out.
                let shown = chosen || !fixed(&breakdown);
                shown.then(|| Choice::new(breakdown.code(), words::breakdown(breakdown), chosen))
            })
            .collect();
        view! {
            <Title text=titled(&t!(editor.task_plan), &settings.title)/>
            <PollCrumbs settings=settings.clone()/>
            {told(&form)}
            <h1 class="govuk-heading-l">{t!(editor.task_plan)}</h1>
            {stored}
            <p class="govuk-body">{t!(editor.plan_text)}</p>
            {words::never_known(&settings.never_known).map(|words| view! {
                <p class="govuk-inset-text">{words}</p>
            })}
            {some_fixed.then(|| view! { <p class="govuk-body">{t!(editor.plan_fixed)}</p> })}
            <form method="post" action=SavePlan::PATH>
                <Seen settings/>
                {(!choices.is_empty()).then(|| view! {
                    <Checkboxes name="breakdowns[]" legend=t!(editor.breakdowns)
                        hint=Some(t!(editor.breakdowns_hint)) choices fault=form.fault("breakdowns").cloned()/>
                })}
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
