//! Everything that the portal knows of the person, where it comes from, and what can be stated.

use super::{
    api,
    facts::{self, Group, of_group},
    frame::Heading,
    view::{DataPage, Fact, Stated, StatedFields},
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::{
    Portal,
    address::query,
    forms::{Fault, FieldFault},
    routes,
};
use questionnaire::Gender;
use ui::{Choice, Hidden, Keeps, Radios, Select, Submit, load, t};

/// What is stated, out of what was typed.
///
/// # Errors
/// What is wrong with it.
pub fn read_stated(fields: &StatedFields, portal: &Portal) -> Result<Stated, Vec<FieldFault>> {
    let mut faults = Vec::new();
    let gender = Gender::from_code(&fields.gender);
    if gender.is_none() && !fields.gender.is_empty() {
        faults.push(FieldFault::new("gender", Fault::UnknownChoice));
    }
    let region = Some(fields.region.clone()).filter(|region| !region.is_empty());
    let known = |code: &String| portal.regions.iter().any(|region| region.code == *code);
    if region.as_ref().is_some_and(|region| !known(region)) {
        faults.push(FieldFault::new("region", Fault::UnknownChoice));
    }
    if faults.is_empty() { Ok(Stated { gender, region }) } else { Err(faults) }
}

fn row(fact: &Fact, regions: &[(String, String)]) -> impl IntoView + use<> {
    let things = facts::value(fact, regions)
        .into_iter()
        .map(|lines| {
            let lines =
                lines.into_iter().map(|line| view! { <span class="veche-line">{line}</span> });
            view! { <p class="govuk-body">{lines.collect_view()}</p> }
        })
        .collect_view();
    let class =
        if fact.verified { "govuk-tag govuk-tag--green" } else { "govuk-tag govuk-tag--grey" };
    let mark = if fact.verified { t!(account.verified) } else { t!(account.not_verified) };
    view! {
        <div class="govuk-summary-list__row govuk-summary-list__row--no-actions">
            <dt class="govuk-summary-list__key">{facts::name(&fact.name)}</dt>
            <dd class="govuk-summary-list__value">
                {things}
                <p class="govuk-body-s"><strong class=class>{mark}</strong> " " {facts::origin(fact)}</p>
            </dd>
        </div>
    }
}

/// The page to sign in anew, there to release these facts and to come back to this page, which is `here`.
fn release(here: &str, names: &[String]) -> String {
    format!("{}&need={}", routes::sign_in_for(here), names.join(","))
}

fn missing(here: &str, names: Vec<String>) -> impl IntoView + use<> {
    (!names.is_empty()).then(|| {
        let all = release(here, &names);
        let links = names
            .into_iter()
            .map(|name| {
                let words = facts::name(&name);
                view! { <li><a class="govuk-link" href=release(here, &[name])>{t!(account.release_one, fact = words)}</a></li> }
            })
            .collect_view();
        view! {
            <h2 class="govuk-heading-m">{t!(account.missing)}</h2>
            <p class="govuk-body">{t!(account.missing_text)}</p>
            <ul class="govuk-list govuk-list--bullet">{links}</ul>
            <p class="govuk-body"><a class="govuk-link" href=all>{t!(account.release_all)}</a></p>
        }
    })
}

/// What the person released and the provider has no value of: there is nothing more to release.
fn without_value(names: &[String]) -> impl IntoView + use<> {
    (!names.is_empty()).then(|| {
        let names = names.iter().map(|name| view! { <li>{facts::name(name)}</li> }).collect_view();
        view! {
            <h2 class="govuk-heading-m">{t!(account.no_value)}</h2>
            <ul class="govuk-list govuk-list--bullet">{names}</ul>
        }
    })
}

fn stating(page: &DataPage) -> impl IntoView + use<> {
    let (by_gender, by_region) = (page.data.may_state_gender, page.data.may_state_region);
    let (form, poll) = (page.form.clone(), page.poll);
    let mut regions = vec![Choice::new("", t!(common.not_stated), form.typed.region.is_empty())];
    regions.extend(
        page.regions.iter().map(|(code, name)| {
            Choice::new(code.clone(), name.clone(), *code == form.typed.region)
        }),
    );
    let mut genders: Vec<Choice> = Gender::ALL
        .into_iter()
        .map(|it| Choice::new(it.code(), facts::gender(it), form.typed.gender == it.code()))
        .collect();
    genders.push(Choice::new("", t!(common.not_stated), form.typed.gender.is_empty()));
    (by_gender || by_region).then(|| {
        view! {
            <h2 class="govuk-heading-m">{t!(account.state)}</h2>
            <p class="govuk-body">{t!(account.state_text)}</p>
            <form method="post" action=api::State::PATH>
                <Hidden name="mark" value=page.mark.clone()/>
                {poll.map(|poll| view! { <Hidden name="poll" value=poll.to_string()/> })}
                {by_gender.then(|| view! {
                    <Radios name="gender" legend=t!(account.fact_gender) choices=genders
                        class="govuk-radios--inline" fault=form.fault("gender").cloned()/>
                })}
                {by_region.then(|| view! {
                    <Select name="region" label=t!(account.fact_region) choices=regions
                        autocomplete="address-level1" fault=form.fault("region").cloned()/>
                })}
                <Submit words=t!(common.save)/>
            </form>
        }
    })
}

/// The page of the person's data.
#[component]
pub fn Page() -> impl IntoView {
    load(api::read_data(query("poll")), |page: DataPage| {
        let groups = Group::ALL
            .into_iter()
            .filter_map(|group| {
                let facts = of_group(&page.data, group).into_iter();
                let rows: Vec<_> = facts.map(|fact| row(fact, &page.regions)).collect();
                (!rows.is_empty()).then(|| {
                    view! {
                        <h2 class="govuk-heading-m">{group.heading()}</h2>
                        <dl class="govuk-summary-list">{rows}</dl>
                    }
                })
            })
            .collect_view();
        let empty = page.data.facts.is_empty();
        let stating = stating(&page);
        let here = routes::led_by(routes::ACCOUNT_DATA, page.poll);
        let consents = routes::led_by(routes::ACCOUNT_CONSENTS, page.poll);
        view! {
            <Heading text=t!(account.data) faults=page.form.faults.clone()/>
            {page.poll.map(|poll| view! { <Keeps name="poll" value=poll.to_string()/> })}
            <p class="govuk-body veche-lede">{t!(account.data_lede)}</p>
            {empty.then(|| view! { <p class="govuk-body">{t!(account.data_empty)}</p> })}
            {groups}
            {without_value(&page.data.without_value)}
            {stating}
            {missing(&here, page.data.missing)}
            <p class="govuk-body">
                <a class="govuk-link" href=consents>{t!(account.data_revoke)}</a>
            </p>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ports::Region;
    use questionnaire::Text;

    fn portal() -> Portal {
        Portal {
            origin: "https://portal.example".into(),
            operator: Text::both("Operator", "Оператор"),
            contact: "help@portal.example".into(),
            particulars: ports::Particulars::default(),
            provider: Text::both("Provider", "Провайдер"),
            regions: vec![Region {
                code: "01".into(),
                name: Text::both("North", "Север"),
                population: None,
            }],
            backup_days: 14,
            releasable: Vec::new(),
            assured_only: true,
            traces: ports::Traces::default(),
            lasting: ports::Lasting::default(),
            demo: false,
        }
    }

    fn fields(gender: &str, region: &str) -> StatedFields {
        StatedFields { gender: gender.into(), region: region.into(), ..StatedFields::default() }
    }

    #[test]
    fn blank_states_nothing() {
        let stated = read_stated(&fields("", ""), &portal()).unwrap();
        assert_eq!((stated.gender, stated.region), (None, None));
    }

    #[test]
    fn only_what_exists_can_be_stated() {
        let stated = read_stated(&fields("male", "01"), &portal()).unwrap();
        assert_eq!((stated.gender, stated.region.as_deref()), (Some(Gender::Male), Some("01")));
        let faults = read_stated(&fields("king", "99"), &portal()).unwrap_err();
        let unknown = |field: &str| FieldFault::new(field, Fault::UnknownChoice);
        assert_eq!(faults, [unknown("gender"), unknown("region")]);
    }

    #[test]
    fn the_way_to_release_more_names_what_is_needed() {
        let address = release("/account/data", &["documents".into(), "vehicles".into()]);
        assert_eq!(address, "/sign-in?return=%2Faccount%2Fdata&need=documents,vehicles");
    }
}
