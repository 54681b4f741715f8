//! Whether a poll asks about a special category of personal data. Somebody has to choose.

use super::{
    api::settings::{SaveSpecial, read_special},
    contents::rows,
    form::SpecialForm,
    parts::{PollCrumbs, Seen, param, stored_now, titled, told},
    view::{Filled, Task},
};
use citizen_pages::polls;
use leptos::{prelude::*, server_fn::ServerFn as _};
use questionnaire::Special;
use ui::{Choice, Radios, Submit, Title, load, t, words};

/// The form.
#[component]
pub fn Page() -> impl IntoView {
    load(read_special(param("poll")), |page: Filled<SpecialForm>| {
        let Filled { settings, form, differs } = page;
        let stored = stored_now(differs, rows(Task::Special, &settings));
        let chosen = |code: &str| form.typed.special == code;
        let mut choices = Special::ALL
            .map(|of| {
                let name = words::capital(&polls::words::special(of));
                Choice::new(of.code(), name, chosen(of.code()))
            })
            .to_vec();
        let none = SpecialForm::NONE;
        choices.push(Choice::new(none, t!(editor.special_none), chosen(none)));
        view! {
            <Title text=titled(&t!(editor.task_special), &settings.title)/>
            <PollCrumbs settings=settings.clone()/>
            {told(&form)}
            <h1 class="govuk-heading-l">{t!(editor.task_special)}</h1>
            {stored}
            <p class="govuk-body">{t!(editor.special_text)}</p>
            <ul class="govuk-list govuk-list--bullet">
                <li>{t!(editor.special_consent)}</li>
                <li>{t!(editor.special_live)}</li>
                <li>{t!(editor.special_few)}</li>
            </ul>
            <form method="post" action=SaveSpecial::PATH>
                <Seen settings/>
                <Radios name="special" legend=t!(editor.special_legend) hint=Some(t!(editor.special_hint)) choices
                    fault=form.fault("special").cloned()/>
                <Submit words=t!(common.save)/>
            </form>
        }
    })
}
