//! A bar chart, drawn by the server: an SVG whose words are text.
//!
//! SVG text does not wrap. Where every label is short the whole chart is one picture with a title
//! and a description; otherwise labels and values are lines of the page, which wrap at any width
//! and size of text, and each bar is a picture of its own.

use leptos::{either::Either, prelude::*};

/// Longest label, in characters, of a chart that is one picture: beside a value it fits a phone
/// with the largest text.
const SHORT: usize = 14;

/// One bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// What it stands for.
    pub label: String,
    /// Its value in words.
    pub value: String,
    /// Its length in percent of the longest possible.
    pub length: u8,
}

/// The chart. What it shows stands in a table, too.
#[component]
pub fn Chart(
    /// Unique on the page.
    id: String,
    /// What is shown.
    title: String,
    /// The same in a sentence, for whoever does not see the picture.
    description: String,
    /// What the lengths mean.
    axis: String,
    /// The bars in their order.
    bars: Vec<Bar>,
) -> impl IntoView {
    let short = bars.iter().all(|bar| bar.label.chars().count() <= SHORT);
    view! {
        <figure class="veche-chart">
            <figcaption class="veche-chart__title">{title.clone()}</figcaption>
            {if short {
                Either::Left(view! { <Picture id title description bars/> })
            } else {
                Either::Right(view! {
                    <ul class="veche-chart__rows">
                        {bars.into_iter().map(|bar| view! {
                            <li class="veche-chart__row">
                                <span class="veche-chart__label">{bar.label}</span>
                                <span class="veche-chart__value">{bar.value}</span>
                                <svg class="veche-chart__plot" aria-hidden="true" focusable="false">
                                    <rect class="veche-chart__bar" width=format!("{}%", bar.length) height="100%"></rect>
                                </svg>
                            </li>
                        }).collect_view()}
                    </ul>
                })
            }}
            <p class="veche-chart__axis">{axis}</p>
        </figure>
    }
}

/// Height of one label with its bar, in em.
const STEP: f32 = 3.2;

#[component]
fn Picture(id: String, title: String, description: String, bars: Vec<Bar>) -> impl IntoView {
    let labelled = format!("{id}-title {id}-description");
    // No chart has more bars than a question has options.
    let place = |bar: usize| STEP * f32::from(u8::try_from(bar).unwrap_or(u8::MAX));
    let height = format!("{:.1}em", place(bars.len()));
    view! {
        <svg class="veche-chart__svg" role="img" aria-labelledby=labelled height=height>
            <title id=format!("{id}-title")>{title}</title>
            <desc id=format!("{id}-description")>{description}</desc>
            {bars.into_iter().enumerate().map(|(number, bar)| {
                let top = place(number);
                view! {
                    <text class="veche-chart__label" x="0.4em" y=format!("{:.1}em", top + 1.0)>{bar.label}</text>
                    <text class="veche-chart__value" x="100%" y=format!("{:.1}em", top + 1.0) text-anchor="end">{bar.value}</text>
                    <rect class="veche-chart__bar" x="0" y=format!("{:.1}em", top + 1.4) width=format!("{}%", bar.length) height="1.1em"></rect>
                }
            }).collect_view()}
        </svg>
    }
}
