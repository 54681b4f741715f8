//! Language of the pages, and the code by which a person is appointed.

use super::{api, frame::Heading, view::Settings};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::look::language;
use questionnaire::Language;
use ui::{Choice, Radios, Submit, load, t};

/// A language in its own words, which its speakers look for.
fn own_name(language: Language) -> String {
    match language {
        Language::En => t!(common.english),
        Language::Ru => t!(common.russian),
    }
}

/// The page of settings.
#[component]
pub fn Page() -> impl IntoView {
    load(api::read_settings(), |settings: Settings| {
        let languages = Language::ALL
            .into_iter()
            .map(|it| Choice {
                lang: (it != language()).then_some(it.tag()),
                ..Choice::new(it.tag(), own_name(it), it == settings.language)
            })
            .collect();
        view! {
            <Heading text=t!(account.settings)/>
            <form method="post" action=api::ChooseLanguage::PATH>
                <Radios name="language" legend=t!(account.language) choices=languages/>
                <Submit words=t!(common.save)/>
            </form>
            <h2 class="govuk-heading-m">{t!(account.staff_code)}</h2>
            <p class="govuk-body">{t!(account.staff_code_text)}</p>
            {match settings.staff_code {
                Some(code) => view! {
                    <p class="govuk-inset-text veche-figures">{code}</p>
                }.into_any(),
                None => view! {
                    <form method="post" action=api::MakeStaffCode::PATH>
                        <Submit words=t!(account.make_staff_code) class="govuk-button--secondary"/>
                    </form>
                }.into_any(),
            }}
        }
    })
}
