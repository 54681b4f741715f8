//! Codes of polls in the reader's words.

use super::view::{AudienceView, Need};
use ports::{look::locale, views::results::words::conditions};
use questionnaire::{Breakdown, Gender, Ineligible, Special, Unknown};
use ui::t;

/// A fact about a person.
#[must_use]
pub fn need(need: Need) -> String {
    match need {
        Need::Region => t!(polls.need_region),
        Need::BirthDate => t!(polls.need_birth_date),
        Need::Gender => t!(polls.need_gender),
    }
}

/// Several facts, with commas.
#[must_use]
pub fn needs(needs: &[Need]) -> String {
    needs.iter().copied().map(need).collect::<Vec<_>>().join(", ")
}

/// A gender.
#[must_use]
pub fn gender(gender: Gender) -> String {
    match gender {
        Gender::Female => t!(polls.gender_female),
        Gender::Male => t!(polls.gender_male),
    }
}

/// A table that will be published.
#[must_use]
pub fn breakdown(breakdown: Breakdown) -> String {
    match breakdown {
        Breakdown::Region => t!(polls.breakdown_region),
        Breakdown::AgeBand => t!(polls.breakdown_age_band),
        Breakdown::Gender => t!(polls.breakdown_gender),
        Breakdown::RegionByAgeBand => t!(polls.breakdown_region_by_age_band),
        Breakdown::RegionByGender => t!(polls.breakdown_region_by_gender),
        Breakdown::AgeBandByGender => t!(polls.breakdown_age_band_by_gender),
    }
}

/// A special category, as the consent names it.
#[must_use]
pub fn special(special: Special) -> String {
    match special {
        Special::PoliticalOpinion => t!(polls.special_political_opinion),
        Special::Health => t!(polls.special_health),
        Special::Belief => t!(polls.special_belief),
        Special::EthnicOrigin => t!(polls.special_ethnic_origin),
        Special::TradeUnion => t!(polls.special_trade_union),
        Special::SexualLife => t!(polls.special_sexual_life),
    }
}

/// The words of the link to results. Where nothing could be published (`withheld`) nobody is told to see
/// what there is not; the page says why.
#[must_use]
pub fn see_results(withheld: bool) -> String {
    if withheld { t!(results.title) } else { t!(polls.see_results) }
}

/// Why a poll does not ask the reader.
#[must_use]
pub fn ineligible(reason: Ineligible) -> String {
    match reason {
        Ineligible::Region => t!(polls.ineligible_region),
        Ineligible::Age => t!(polls.ineligible_age),
        Ineligible::Gender => t!(polls.ineligible_gender),
        Ineligible::RegionUnknown => t!(polls.ineligible_region_unknown),
        Ineligible::AgeUnknown => t!(polls.ineligible_age_unknown),
        Ineligible::GenderUnknown => t!(polls.ineligible_gender_unknown),
    }
}

/// Whom a poll asks, a line for each condition.
#[must_use]
pub fn audience(audience: &AudienceView) -> Vec<String> {
    let mut lines = conditions(locale(), audience);
    if lines.is_empty() {
        lines.push(t!(polls.audience_everybody));
    } else {
        lines.push(match audience.unknown {
            Unknown::Admit => t!(polls.audience_unknown_admitted),
            Unknown::Refuse => t!(polls.audience_unknown_refused),
        });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::audience;
    use crate::polls::view::AudienceView;
    use leptos::{prelude::provide_context, reactive::owner::Owner};
    use ports::look::Look;
    use questionnaire::Language;

    #[test]
    fn the_word_after_an_age_has_the_form_that_it_asks_for() {
        let said = |language, age_from, age_to| {
            Owner::new().with(|| {
                provide_context(Look { language, ..Look::default() });
                let view = AudienceView { age_from, age_to, ..AudienceView::default() };
                audience(&view).remove(0)
            })
        };
        for (from, to, words) in [
            (Some(21), None, "Люди в возрасте от 21 года"),
            (Some(22), None, "Люди в возрасте от 22 лет"),
            (Some(11), None, "Люди в возрасте от 11 лет"),
            (None, Some(61), "Люди в возрасте до 61 года включительно"),
            (None, Some(64), "Люди в возрасте до 64 лет включительно"),
            (Some(18), Some(21), "Люди в возрасте от 18 до 21 года"),
            (Some(21), Some(35), "Люди в возрасте от 21 до 35 лет"),
            (Some(18), Some(18), "Люди, которым 18 лет"),
            (Some(21), Some(21), "Люди, которым 21 год"),
        ] {
            assert_eq!(said(Language::Ru, from, to), words);
        }
        assert_eq!(said(Language::En, Some(18), Some(21)), "People aged 18 to 21");
        assert_eq!(said(Language::En, Some(18), Some(18)), "People aged 18");
    }
}
