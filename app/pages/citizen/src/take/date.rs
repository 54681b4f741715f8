//! A date in three fields, as people remember it.

use leptos::{attr::custom::custom_attribute, prelude::*};
use ports::forms::Fault;
use questionnaire::Typed;
use ui::{
    field::{Fieldset, Hint, Legend},
    fields::unhelped,
    t,
};

/// Day, month and year. The day's id is `day`, for the error summary.
#[component]
pub fn DateInput(
    /// The question.
    legend: String,
    /// Its language, where it is not the page's.
    lang: Option<&'static str>,
    /// What helps to answer.
    hint: Hint,
    /// What was typed.
    typed: Typed,
    /// What is wrong.
    fault: Option<Fault>,
) -> impl IntoView {
    let error = fault.is_some();
    let fields = [
        (
            "day",
            t!(take.day),
            typed.day,
            "govuk-input govuk-date-input__input govuk-input--width-2",
        ),
        (
            "month",
            t!(take.month),
            typed.month,
            "govuk-input govuk-date-input__input govuk-input--width-2",
        ),
        (
            "year",
            t!(take.year),
            typed.year,
            "govuk-input govuk-date-input__input govuk-input--width-4",
        ),
    ];
    view! {
        <Fieldset name="day".to_owned() legend style=Legend::Heading lang hint fault>
            <div class="govuk-date-input">
                {fields.into_iter().map(|(name, label, value, class)| {
                    let class = if error { format!("{class} govuk-input--error") } else { class.to_owned() };
                    view! {
                        <div class="govuk-date-input__item">
                            <div class="govuk-form-group">
                                <label class="govuk-label govuk-date-input__label" for=name>{label}</label>
                                <input class=class id=name name=name type="text" inputmode="numeric"
                                    autocomplete="off" value=value.unwrap_or_default() spellcheck=unhelped(true)
                                    {..custom_attribute("writingsuggestions", unhelped(true))}/>
                            </div>
                        </div>
                    }
                }).collect_view()}
            </div>
        </Fieldset>
    }
}
