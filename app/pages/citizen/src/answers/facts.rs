//! The facts that go with somebody's answers, in words.

use crate::polls::words;
use ports::{
    look::locale,
    views::{
        answers::FactsView,
        results::{Facet, words::category},
    },
};
use questionnaire::{Gender, audience::NOT_STATED};
use ui::{Row, t, words_of};

/// A stored code in words.
fn fact(code: &str, words: impl FnOnce() -> String) -> String {
    if code == NOT_STATED { t!(common.not_stated) } else { words() }
}

/// A row for each.
pub(crate) fn rows(facts: &FactsView) -> Vec<Row> {
    let mut rows = Vec::new();
    let stored = &facts.stored;
    if let Some(code) = &stored.region {
        let name = || facts.region.as_ref().map_or_else(|| code.clone(), words_of);
        rows.push(Row::new(t!(polls.notice_fact_region), fact(code, name)));
    }
    if let Some(code) = &stored.age_band {
        // As the results name it.
        let band = category(locale(), Facet::AgeBand, code, str::to_owned);
        rows.push(Row::new(t!(polls.notice_fact_age_band), band));
    }
    if let Some(code) = &stored.gender {
        let name = || Gender::from_code(code).map_or_else(|| code.clone(), words::gender);
        rows.push(Row::new(t!(polls.notice_fact_gender), fact(code, name)));
    }
    rows
}
