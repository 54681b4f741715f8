//! When a poll opens and closes, and how long its answers can be traced.

use super::{
    api::settings::{SaveSchedule, read_schedule},
    contents::rows,
    form::ScheduleForm,
    parts::{PollCrumbs, Seen, param, stored_now, titled, told},
    view::{Filled, Task},
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::forms::Form;
use ui::{Submit, TextInput, Title, load, t, words};

/// A day and a time of day.
#[component]
fn Moment(
    /// Name of the pair.
    name: &'static str,
    /// What it is.
    legend: String,
    /// Label of the day, which also has to make sense in the error summary.
    day_label: String,
    /// The day as typed.
    date: String,
    /// Label of the time.
    time_label: String,
    /// The time as typed.
    time: String,
    /// The form, for its faults.
    form: Form<ScheduleForm>,
) -> impl IntoView {
    let date_name = format!("{name}_date");
    let time_name = format!("{name}_time");
    let date_fault = form.fault(&date_name).cloned();
    let time_fault = form.fault(&time_name).cloned();
    view! {
        <fieldset class="govuk-fieldset">
            <legend class="govuk-fieldset__legend govuk-fieldset__legend--m">{legend}</legend>
            <TextInput name=date_name kind="date" label=day_label value=date fault=date_fault
                width="govuk-input--width-10"/>
            <TextInput name=time_name kind="time" label=time_label hint=Some(t!(editor.time_hint)) value=time
                fault=time_fault width="govuk-input--width-5"/>
        </fieldset>
    }
}

/// The form.
#[component]
pub fn Page() -> impl IntoView {
    load(read_schedule(param("poll")), |page: Filled<ScheduleForm>| {
        let Filled { settings, form, differs } = page;
        let stored = stored_now(differs, rows(Task::Schedule, &settings));
        let (typed, mark) = (form.typed.clone(), form.typed_mark());
        view! {
            <Title text=titled(&t!(editor.task_schedule), &settings.title)/>
            <PollCrumbs settings=settings.clone()/>
            {told(&form)}
            <h1 class="govuk-heading-l">{t!(editor.task_schedule)}</h1>
            {stored}
            <p class="govuk-body">{t!(editor.schedule_text, clock = words::clock(settings.ahead))}</p>
            <form method="post" action=SaveSchedule::PATH data-typed=mark>
                <Seen settings/>
                <Moment name="opens" legend=t!(editor.opens) day_label=t!(editor.opening_day) date=typed.opens_date
                    time_label=t!(editor.opening_time) time=typed.opens_time form=form.clone()/>
                <Moment name="closes" legend=t!(editor.closes) day_label=t!(editor.closing_day) date=typed.closes_date
                    time_label=t!(editor.closing_time) time=typed.closes_time form=form.clone()/>
                <TextInput name="retention_days" label=t!(editor.retention_days) hint=Some(t!(editor.retention_hint))
                    value=typed.retention_days fault=form.fault("retention_days").cloned()
                    inputmode=Some("numeric") width="govuk-input--width-4"/>
                <Submit words=t!(common.save)/>
            </form>
        }
    })
}
