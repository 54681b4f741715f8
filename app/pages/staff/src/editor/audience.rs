//! Whom a poll asks.

use super::{
    api::settings::{SaveAudience, read_audience},
    contents::rows,
    form::AudienceForm,
    parts::{PollCrumbs, Seen, param, stored_now, titled, told},
    view::{Filled, Task},
    words::never_known,
};
use citizen_pages::polls;
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::look::language;
use questionnaire::Gender;
use ui::{Checkboxes, Choice, Radios, Submit, TextInput, Title, load, t};

/// The form.
#[component]
pub fn Page() -> impl IntoView {
    load(read_audience(param("poll")), |page: Filled<AudienceForm>| {
        let Filled { settings, form, differs } = page;
        let stored = stored_now(differs, rows(Task::Audience, &settings));
        let (typed, mark) = (form.typed.clone(), form.typed_mark());
        let known = settings.regions.iter().map(|(code, name)| {
            Choice::new(code, name.get(language()), typed.regions.contains(code))
        });
        // Of a copied poll, for instance. Whoever does not see them cannot take them out.
        let has = |code: &String| settings.regions.iter().any(|(known, _)| known == code);
        let unknown = typed
            .regions
            .iter()
            .filter(|code| !has(code))
            .map(|code| Choice::new(code, t!(editor.region_unknown, code = code), true));
        let regions: Vec<Choice> = known.chain(unknown).collect();
        let genders = Gender::ALL
            .map(|gender| {
                let chosen = typed.genders.iter().any(|code| code == gender.code());
                let name = ui::words::capital(&polls::words::gender(gender));
                Choice::new(gender.code(), name, chosen)
            })
            .to_vec();
        let unknown = vec![
            Choice::new("admit", t!(editor.unknown_admit), typed.unknown == "admit"),
            Choice::new("refuse", t!(editor.unknown_refuse), typed.unknown == "refuse")
                .hint(t!(editor.unknown_refuse_hint)),
        ];
        view! {
            <Title text=titled(&t!(editor.task_audience), &settings.title)/>
            <PollCrumbs settings=settings.clone()/>
            {told(&form)}
            <h1 class="govuk-heading-l">{t!(editor.task_audience)}</h1>
            {stored}
            <p class="govuk-body">{t!(editor.audience_text)}</p>
            {never_known(&settings.never_known).map(|words| view! {
                <p class="govuk-inset-text">{words}</p>
            })}
            <form method="post" action=SaveAudience::PATH data-typed=mark>
                <Seen settings/>
                <Checkboxes name="regions[]" legend=t!(editor.regions) hint=Some(t!(editor.nobody_is_everybody))
                    choices=regions fault=form.fault("regions").cloned()/>
                <TextInput name="age_from" label=t!(editor.age_from) hint=Some(t!(editor.age_hint)) value=typed.age_from
                    fault=form.fault("age_from").cloned() inputmode=Some("numeric") width="govuk-input--width-3"/>
                <TextInput name="age_to" label=t!(editor.age_to) value=typed.age_to
                    fault=form.fault("age_to").cloned() inputmode=Some("numeric") width="govuk-input--width-3"/>
                <Checkboxes name="genders[]" legend=t!(editor.genders) hint=Some(t!(editor.nobody_is_everybody))
                    choices=genders fault=form.fault("genders").cloned()/>
                <Radios name="unknown" legend=t!(editor.unknown) hint=Some(t!(editor.unknown_hint)) choices=unknown
                    fault=form.fault("unknown").cloned()/>
                <Submit words=t!(common.save)/>
            </form>
        }
    })
}
