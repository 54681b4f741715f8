//! What a citizen with given facts would see of a poll. The facts are invented on this page: it
//! asks nothing about anybody, keeps nothing, and runs the code that decides for real people.

use super::{
    api::{reviews::in_review, settings::read_settings},
    parts::{Crumb, Crumbs, PollCrumbs, param, titled},
    view::{ReviewPage, Settings},
    words,
};
use citizen_pages::polls;
use leptos::prelude::*;
use ports::{
    address::{in_query, query},
    forms::{FieldFault, Form},
    look::language,
    views::editor::reader::Reader,
};
use questionnaire::{Audience, Gender, Ineligible};
use ui::{
    Choice, ErrorSummary, Radios, Select, Submit, TextInput, Title, lang_of, load, t, words_of,
};

/// Oldest age that can be invented.
const OLDEST: i64 = 120;
/// Where the page says what the citizen would see.
const SEEN: &str = "seen";

/// What was chosen about the invented citizen; blank is not known.
#[derive(Clone, Default)]
struct Invented {
    region: String,
    age: String,
    gender: String,
}

impl Invented {
    /// What the address says; `None` before anything was chosen.
    fn of_query() -> Option<Self> {
        in_query("age").then(|| Self {
            region: query("region"),
            age: query("age"),
            gender: query("gender"),
        })
    }

    /// Whether the audience admits the citizen.
    fn eligible(&self, audience: &Audience) -> Result<Result<(), Ineligible>, Vec<FieldFault>> {
        let mut reader = Reader::default();
        let age = reader.optional_number("age", &self.age, 0, OLDEST);
        let age = reader.done(age)?.and_then(|age| u32::try_from(age).ok());
        let region = Some(self.region.as_str()).filter(|code| !code.is_empty());
        Ok(audience.admits_person(region, age, Gender::from_code(&self.gender)))
    }
}

fn form(
    invented: &Invented,
    faults: Vec<FieldFault>,
    settings: &Settings,
) -> impl IntoView + use<> {
    let unknown = |chosen: &str| Choice::new("", t!(editor.not_known), chosen.is_empty());
    let mut regions = vec![unknown(&invented.region)];
    regions.extend(
        settings
            .regions
            .iter()
            .map(|(code, name)| Choice::new(code, name.get(language()), invented.region == *code)),
    );
    let mut genders = vec![unknown(&invented.gender)];
    genders.extend(Gender::ALL.map(|gender| {
        let chosen = invented.gender == gender.code();
        let name = ui::words::capital(&polls::words::gender(gender));
        Choice::new(gender.code(), name, chosen)
    }));
    let form = Form { faults, ..Form::fresh(()) };
    view! {
        // Without a place to go to, what it leads to would be below, out of sight.
        <form method="get" action=format!("#{SEEN}") novalidate>
            <Select name="region" label=t!(editor.region) choices=regions/>
            <TextInput name="age" label=t!(editor.age) hint=Some(t!(editor.age_not_known)) value=invented.age.clone()
                fault=form.fault("age").cloned() inputmode=Some("numeric") width="govuk-input--width-3"/>
            <Radios name="gender" legend=t!(editor.genders) choices=genders/>
            <Submit words=t!(editor.invented_show)/>
        </form>
    }
}

/// What the citizen would be told, and the questions, which everybody may read.
fn seen(eligible: Result<(), Ineligible>, settings: &Settings) -> impl IntoView + use<> {
    let told = match eligible {
        Ok(()) => {
            view! { <p class="govuk-inset-text">{t!(editor.invented_admitted)}</p> }.into_any()
        }
        Err(reason) => view! {
            <p class="govuk-body">{t!(editor.invented_refused)}</p>
            <p class="govuk-inset-text">{polls::words::ineligible(reason)}</p>
        }
        .into_any(),
    };
    let audience = words::audience(&settings.audience, &settings.regions);
    view! {
        <h2 class="govuk-heading-m" id=SEEN tabindex="-1">{t!(editor.invented_sees)}</h2>
        {told}
        <h3 class="govuk-heading-s">{t!(editor.task_audience)}</h3>
        <ul class="govuk-list">{audience.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
        <h3 class="govuk-heading-s">{t!(editor.task_questions)}</h3>
        <ol class="govuk-list govuk-list--number">
            {settings.questionnaire.questions.iter().map(|question| view! {
                <li lang=lang_of(&question.title)>{words_of(&question.title)}</li>
            }).collect_view()}
        </ol>
    }
}

fn draw(invented: Option<Invented>, settings: &Settings, crumbs: AnyView) -> impl IntoView + use<> {
    let outcome = invented.as_ref().map(|it| it.eligible(&settings.audience));
    let (eligible, faults) = match outcome {
        None => (None, Vec::new()),
        Some(Ok(eligible)) => (Some(eligible), Vec::new()),
        Some(Err(faults)) => (None, faults),
    };
    view! {
        <Title text=titled(&t!(editor.invented), &settings.title)/>
        {crumbs}
        <ErrorSummary faults=faults.clone()/>
        <h1 class="govuk-heading-l">{t!(editor.invented)}</h1>
        <p class="govuk-body">{t!(editor.invented_text)}</p>
        {form(&invented.unwrap_or_default(), faults, settings)}
        {eligible.map(|eligible| seen(eligible, settings))}
    }
}

/// For the initiator.
#[component]
pub fn Page() -> impl IntoView {
    let invented = Invented::of_query();
    load(read_settings(param("poll")), move |settings: Settings| {
        let crumbs = view! { <PollCrumbs settings=settings.clone()/> }.into_any();
        draw(invented, &settings, crumbs)
    })
}

/// For the reviewer.
#[component]
pub fn ReviewerPage() -> impl IntoView {
    let invented = Invented::of_query();
    load(in_review(param("poll")), move |ReviewPage { settings, .. }| {
        let crumbs = view! { <Crumbs trail=Crumb::of_review(&settings)/> }.into_any();
        draw(invented, &settings, crumbs)
    })
}
