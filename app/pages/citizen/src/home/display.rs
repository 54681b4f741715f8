//! The panel for low vision: text size, colours, spacing. Works signed out and without scripts.

use super::api;
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::look::{Display, Scheme, TextSize, look};
use ui::{Hidden, Submit, Title, frame::led_to_display_by, t};

/// A choice with a sample of what it does.
struct Sample {
    value: &'static str,
    label: String,
    mark: Option<&'static str>,
    chosen: bool,
}

fn group(name: &'static str, legend: String, samples: Vec<Sample>) -> impl IntoView {
    let item = move |(index, sample): (usize, Sample)| {
        let id = if index == 0 { name.to_owned() } else { format!("{name}-{}", index + 1) };
        let shown = sample.mark.map(|kind| {
            let class = format!("veche-display-settings__sample {kind}");
            view! { <span class=class aria-hidden="true">{t!(home.display_sample)}</span> " " }
        });
        view! {
            <div class="govuk-radios__item">
                <input class="govuk-radios__input" type="radio" name=name id=id.clone() value=sample.value
                    checked=sample.chosen/>
                <label class="govuk-label govuk-radios__label" for=id>{shown} {sample.label}</label>
            </div>
        }
    };
    view! {
        <div class="govuk-form-group">
            <fieldset class="govuk-fieldset">
                <legend class="govuk-fieldset__legend govuk-fieldset__legend--m">
                    <h2 class="govuk-fieldset__heading">{legend}</h2>
                </legend>
                <div class="govuk-radios veche-options">
                    {samples.into_iter().enumerate().map(item).collect_view()}
                </div>
            </fieldset>
        </div>
    }
}

fn sizes(display: Display) -> Vec<Sample> {
    [
        (TextSize::Normal, t!(home.size_normal), None),
        (TextSize::Large, t!(home.size_large), Some("veche-display-settings__sample--large")),
        (TextSize::Larger, t!(home.size_larger), Some("veche-display-settings__sample--larger")),
    ]
    .into_iter()
    .map(|(size, label, sample)| {
        let (value, _) = Display { size, ..display }.codes();
        Sample { value, label, mark: sample, chosen: display.size == size }
    })
    .collect()
}

fn schemes(display: Display) -> Vec<Sample> {
    [
        (Scheme::Standard, t!(home.scheme_standard), "veche-display-settings__sample--standard"),
        (Scheme::Contrast, t!(home.scheme_contrast), "veche-display-settings__sample--contrast"),
        (Scheme::Dark, t!(home.scheme_dark), "veche-display-settings__sample--dark"),
        (Scheme::Yellow, t!(home.scheme_yellow), "veche-display-settings__sample--yellow"),
    ]
    .into_iter()
    .map(|(scheme, label, sample)| {
        let (_, value) = Display { scheme, ..display }.codes();
        Sample { value, label, mark: Some(sample), chosen: display.scheme == scheme }
    })
    .collect()
}

fn spacings(display: Display) -> Vec<Sample> {
    [(false, "normal", t!(home.spacing_normal)), (true, "wide", t!(home.spacing_wide))]
        .into_iter()
        .map(|(wide, value, label)| Sample {
            value,
            label,
            mark: None,
            chosen: display.wide == wide,
        })
        .collect()
}

/// The panel.
#[component]
pub fn Page() -> impl IntoView {
    let display = look().display;
    let back = led_to_display_by();
    // Each form comes back to this page, with the way back still on it.
    let keeps = || back.clone().map(|to| view! { <Hidden name="back" value=to/> });
    view! {
        <Title text=format!("{} – {}", t!(home.display_title), t!(common.brand))/>
        {back.clone().map(|to| view! {
            <a class="govuk-back-link" href=to>{t!(home.display_back)}</a>
        })}
        <h1 class="govuk-heading-l">{t!(home.display_title)}</h1>
        <p class="govuk-body veche-lede">{t!(home.display_lede)}</p>
        <form method="post" action=api::SetDisplay::PATH class="veche-display-settings">
            {keeps()}
            {group("size", t!(home.size), sizes(display))}
            {group("scheme", t!(home.scheme), schemes(display))}
            {group("spacing", t!(home.spacing), spacings(display))}
            <Submit words=t!(common.save)/>
        </form>
        <form method="post" action=api::SetDisplay::PATH>
            {keeps()}
            <Submit words=t!(home.display_reset) class="govuk-button--secondary"/>
        </form>
    }
}
