//! Whom a poll asks, and which facts it needs to know for that.

use ports::{
    Portal,
    views::polls::{AudienceView, Need},
};
use questionnaire::{Audience, Facts, Plan, Text};

/// The facts that audience and plan need: no others are asked of the identity provider.
#[must_use]
pub fn needs(audience: &Audience, plan: &Plan) -> Vec<Need> {
    [
        (Need::Region, audience.asks_region() || plan.needs_region()),
        (Need::BirthDate, audience.asks_age() || plan.needs_age_band()),
        (Need::Gender, audience.asks_gender() || plan.needs_gender()),
    ]
    .into_iter()
    .filter_map(|(need, needed)| needed.then_some(need))
    .collect()
}

/// Those of the needed facts that the identity provider can release.
#[must_use]
pub fn releasable(needs: &[Need], portal: &Portal) -> Vec<Need> {
    needs.iter().copied().filter(|need| is_among(*need, &portal.releasable)).collect()
}

/// What the portal will know of nobody, where its identity provider releases these: people cannot state it.
#[must_use]
pub fn never_known(releasable: &[String]) -> Vec<Need> {
    let known = |need: &Need| need.can_be_stated() || is_among(*need, releasable);
    Need::ALL.into_iter().filter(|need| !known(need)).collect()
}

/// Whether a fact is among those that the identity provider releases, by their names.
fn is_among(need: Need, releasable: &[String]) -> bool {
    releasable.iter().any(|name| name == need.code())
}

/// Those of the needed facts that are not known of a person.
#[must_use]
pub fn unknown(needs: &[Need], facts: &Facts) -> Vec<Need> {
    let known = |need: &Need| match need {
        Need::Region => facts.region.is_some(),
        Need::BirthDate => facts.birth_date.is_some(),
        Need::Gender => facts.gender.is_some(),
    };
    needs.iter().copied().filter(|need| !known(need)).collect()
}

/// A region's name; its code where the portal does not know it any more.
#[must_use]
pub fn region(portal: &Portal, code: &str) -> Text {
    let known = portal.regions.iter().find(|region| region.code == code);
    known.map_or_else(|| Text::both(code, code), |region| region.name.clone())
}

/// The audience with the regions' names, in the portal's order.
#[must_use]
pub fn audience_view(audience: &Audience, portal: &Portal) -> AudienceView {
    let mut regions: Vec<_> = audience.regions.iter().collect();
    regions.sort_by_key(|code| portal.regions.iter().position(|region| region.code == **code));
    AudienceView {
        regions: regions.into_iter().map(|code| region(portal, code)).collect(),
        age_from: audience.age_from,
        age_to: audience.age_to,
        genders: audience.genders.iter().copied().collect(),
        unknown: audience.unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use questionnaire::{Breakdown, Gender};

    #[test]
    fn only_what_audience_and_plan_need_is_asked_for() {
        let nobody = Audience::default();
        assert_eq!(needs(&nobody, &Plan::default()), []);
        let by_age = Audience { age_from: Some(18), ..Audience::default() };
        assert_eq!(needs(&by_age, &Plan::default()), [Need::BirthDate]);
        let plan = Plan([Breakdown::RegionByGender].into());
        assert_eq!(needs(&nobody, &plan), [Need::Region, Need::Gender]);
        assert_eq!(never_known(&["region".to_owned()]), [Need::BirthDate]);
        assert_eq!(never_known(&["birth_date".to_owned()]), [], "the others can be stated");
        let facts = Facts { gender: Some(Gender::Female), ..Facts::default() };
        assert_eq!(unknown(&needs(&by_age, &plan), &facts), [Need::Region, Need::BirthDate]);
    }
}
