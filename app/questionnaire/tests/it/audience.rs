//! Ages, audiences and the facts that are stored.

use chrono::NaiveDate;
use questionnaire::{
    AgeBand, Audience, Breakdown, Facts, Gender, Ineligible, Plan, Unknown, audience::NOT_STATED,
};

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn born(year: i32, month: u32, on: u32) -> Facts {
    Facts { birth_date: Some(day(year, month, on)), ..Facts::default() }
}

#[test]
fn a_year_is_full_on_the_birthday() {
    let facts = born(2008, 11, 22);
    assert_eq!(facts.age(day(2026, 11, 21)), Some(17));
    assert_eq!(facts.age(day(2026, 11, 22)), Some(18));
    assert_eq!(born(2008, 12, 31).age(day(2026, 1, 1)), Some(17));
}

#[test]
fn who_is_born_on_a_leap_day_is_older_from_the_first_of_march() {
    let facts = born(2008, 2, 29);
    assert_eq!(facts.age(day(2026, 2, 28)), Some(17));
    assert_eq!(facts.age(day(2026, 3, 1)), Some(18));
    assert_eq!(facts.age(day(2028, 2, 29)), Some(20));
}

#[test]
fn somebody_not_yet_born_has_no_age() {
    assert_eq!(born(2027, 1, 1).age(day(2026, 11, 22)), None);
    assert_eq!(Facts::default().age(day(2026, 11, 22)), None);
}

#[test]
fn age_bands_meet_without_a_gap() {
    let codes: Vec<&str> = (0..=120).map(|age| AgeBand::of(age).code()).collect();
    for (age, code) in codes.iter().enumerate() {
        let inside = match code.split_once('-') {
            Some((from, to)) => (from.parse().unwrap()..=to.parse().unwrap()).contains(&age),
            None => age >= code.trim_end_matches('+').parse().unwrap(),
        };
        assert!(inside, "{age} is not in {code}");
    }
    assert!(AgeBand::ALL.iter().all(|band| codes.contains(&band.code())));
}

#[test]
fn an_audience_admits_and_says_the_first_reason_why_not() {
    let today = day(2026, 11, 22);
    let audience = |unknown| Audience {
        regions: ["north".to_owned()].into(),
        age_from: Some(18),
        age_to: Some(35),
        genders: [Gender::Female].into(),
        unknown,
    };
    let facts = |region: Option<&str>, birth_date, gender| Facts {
        region: region.map(str::to_owned),
        birth_date,
        gender,
    };
    let north = Some("north");
    let (adult, child) = (Some(day(2000, 1, 1)), Some(day(2010, 1, 1)));
    let (female, male) = (Some(Gender::Female), Some(Gender::Male));
    let strict = audience(Unknown::Refuse);
    for (facts, expected) in [
        (facts(north, adult, female), Ok(())),
        (facts(Some("south"), child, male), Err(Ineligible::Region)),
        (facts(north, child, male), Err(Ineligible::Age)),
        (facts(north, Some(day(1980, 1, 1)), female), Err(Ineligible::Age)),
        (facts(north, adult, male), Err(Ineligible::Gender)),
        // What is known and does not fit is the reason, whatever is not known beside it.
        (facts(None, child, None), Err(Ineligible::Age)),
        (facts(None, None, male), Err(Ineligible::Gender)),
        (facts(Some("south"), None, None), Err(Ineligible::Region)),
        (facts(None, None, None), Err(Ineligible::RegionUnknown)),
        (facts(north, None, None), Err(Ineligible::AgeUnknown)),
        (facts(north, adult, None), Err(Ineligible::GenderUnknown)),
    ] {
        assert_eq!(strict.admits(&facts, today), expected, "{facts:?}");
    }
    let open = audience(Unknown::Admit);
    assert_eq!(open.admits(&Facts::default(), today), Ok(()));
    assert_eq!(open.admits(&facts(None, child, None), today), Err(Ineligible::Age));
    assert_eq!(Audience::default().admits(&Facts::default(), today), Ok(()));
}

#[test]
fn both_ends_of_the_ages_belong_to_the_audience() {
    let today = day(2026, 11, 22);
    let audience = Audience { age_from: Some(18), age_to: Some(18), ..Audience::default() };
    assert_eq!(audience.admits(&born(2008, 11, 22), today), Ok(()));
    assert_eq!(audience.admits(&born(2007, 11, 23), today), Ok(()));
    assert_eq!(audience.admits(&born(2007, 11, 22), today), Err(Ineligible::Age));
    assert_eq!(audience.admits(&born(2008, 11, 23), today), Err(Ineligible::Age));
}

#[test]
fn only_facts_of_the_plan_are_stored_and_unknown_ones_as_not_stated() {
    let today = day(2026, 11, 22);
    let facts = Facts { region: Some("north".to_owned()), ..born(1988, 4, 12) };
    let nothing = facts.stored(&Plan::default(), today);
    assert_eq!((nothing.region, nothing.age_band, nothing.gender), (None, None, None));
    let stored = facts.stored(&Plan([Breakdown::AgeBandByGender].into()), today);
    assert_eq!(stored.region, None);
    assert_eq!(stored.age_band.as_deref(), Some("35-44"));
    assert_eq!(stored.gender.as_deref(), Some(NOT_STATED));
    let stored = facts.stored(&Plan(Breakdown::ALL.into()), today);
    assert_eq!(stored.region.as_deref(), Some("north"));
}
