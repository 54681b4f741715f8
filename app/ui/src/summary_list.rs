//! Names and values, with what can be done about each.

use crate::t;
use leptos::prelude::*;

/// One row.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// The name.
    pub key: String,
    /// The value; several are several lines.
    pub values: Vec<String>,
    /// What the page itself says of the value, in lines below it.
    pub remarks: Vec<String>,
    /// What is wrong with the value, below everything else.
    pub error: Option<String>,
    /// Language of the name where it is not the page's.
    pub key_lang: Option<&'static str>,
    /// Language of the values where it is not the page's.
    pub value_lang: Option<&'static str>,
    /// Links: address, visible words. Heard after them is the name, which says what is changed.
    pub actions: Vec<(String, String)>,
}

impl Row {
    /// A row of one value.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { key: key.into(), values: vec![value.into()], ..Self::default() }
    }

    /// The row with a link, such as Change.
    #[must_use]
    pub fn action(mut self, href: impl Into<String>, words: impl Into<String>) -> Self {
        self.actions.push((href.into(), words.into()));
        self
    }
}

/// The list.
#[component]
pub fn SummaryList(
    /// Its rows.
    rows: Vec<Row>,
) -> impl IntoView {
    view! {
        <dl class="govuk-summary-list">
            {rows.into_iter().map(|row| {
                let class = if row.actions.is_empty() {
                    "govuk-summary-list__row govuk-summary-list__row--no-actions"
                } else {
                    "govuk-summary-list__row"
                };
                let (key, lang) = (row.key.clone(), row.key_lang);
                view! {
                    <div class=class>
                        <dt class="govuk-summary-list__key" lang=lang>{row.key}</dt>
                        <dd class="govuk-summary-list__value">
                            {row.values.into_iter().map(|value| view! { <span class="veche-line" lang=row.value_lang>{value}</span> }).collect_view()}
                            {row.remarks.into_iter().map(|remark| view! { <span class="veche-line">{remark}</span> }).collect_view()}
                            {row.error.map(|error| view! {
                                <p class="govuk-error-message">
                                    <span class="govuk-visually-hidden">{t!(common.error)} ": "</span>
                                    {error}
                                </p>
                            })}
                        </dd>
                        {(!row.actions.is_empty()).then(|| view! {
                            <dd class="govuk-summary-list__actions">
                                {row.actions.into_iter().map(|(href, words)| view! {
                                    <a class="govuk-link" href=href>
                                        {words} " " <span class="govuk-visually-hidden" lang=lang>{key.clone()}</span>
                                    </a>
                                }).collect_view()}
                            </dd>
                        })}
                    </div>
                }
            }).collect_view()}
        </dl>
    }
}
