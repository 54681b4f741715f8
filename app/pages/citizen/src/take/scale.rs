//! A scale of whole steps with words at its ends.

use leptos::prelude::*;
use ports::forms::Fault;
use ui::{
    field::{Fieldset, Hint, Legend},
    words::whole,
};

/// The steps of a scale. The first one's id is `choice`, for the error summary.
#[component]
pub fn ScaleInput(
    /// The question.
    legend: String,
    /// Language of the question and the ends, where it is not the page's.
    lang: Option<&'static str>,
    /// What helps to answer.
    hint: Hint,
    /// Lowest step.
    from: i32,
    /// Highest step.
    to: i32,
    /// What the lowest step means.
    low: String,
    /// What the highest step means.
    high: String,
    /// The chosen step.
    chosen: Option<String>,
    /// What is wrong.
    fault: Option<Fault>,
) -> impl IntoView {
    let (low_words, high_words) = (low.clone(), high.clone());
    let step = move |step: i32| {
        let id =
            if step == from { "choice".to_owned() } else { format!("choice-{}", step - from + 1) };
        let value = step.to_string();
        let checked = chosen.as_deref() == Some(value.as_str());
        // Heard with the number; seen beside the row.
        let end = if step == from { Some(low.clone()) } else { (step == to).then(|| high.clone()) };
        view! {
            <div class="veche-scale__point">
                <input class="veche-scale__input" type="radio" name="choice" id=id.clone() value=value checked=checked/>
                <label class="veche-scale__label" for=id>
                    {whole(step.into())}
                    {end.map(|end| view! { <span class="govuk-visually-hidden" lang=lang>", " {end}</span> })}
                </label>
            </div>
        }
    };
    view! {
        <Fieldset name="choice".to_owned() legend style=Legend::Heading lang hint fault>
            <div class="veche-scale">
                <p class="veche-scale__low" aria-hidden="true" lang=lang>{low_words}</p>
                <div class="veche-scale__points">{(from..=to).map(step).collect_view()}</div>
                <p class="veche-scale__high" aria-hidden="true" lang=lang>{high_words}</p>
            </div>
        </Fieldset>
    }
}
