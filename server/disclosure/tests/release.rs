//! The rules of the final release, seen from outside: thresholds, suppression, perturbation, order.

#![expect(clippy::unwrap_used, reason = "tests; the lint sees no further than their functions")]

use std::collections::{BTreeMap, BTreeSet};

use disclosure::{
    Breakdown, BreakdownTable, Cell, Facet, PTableId, Parameters, Percent, Plan, ProtectedTables,
    QuestionSchema, RawTables, Schema, Tally, Withheld, protect, record_key,
};
use proptest::prelude::*;

/// Where one person lives, and which options of the question they chose (none: not answered).
#[derive(Clone, Debug)]
struct Person {
    region: usize,
    age_band: usize,
    gender: usize,
    chosen: Vec<usize>,
}

fn person(region: usize, age_band: usize, gender: usize, option: usize) -> Person {
    Person { region, age_band, gender, chosen: vec![option] }
}

fn codes(prefix: &str, n: usize) -> Vec<String> {
    (0..n).map(|i| format!("{prefix}{i}")).collect()
}

fn schema(special: bool) -> Schema {
    Schema {
        questions: vec![QuestionSchema {
            code: "q".into(),
            options: codes("o", 3),
            special,
            ..QuestionSchema::default()
        }],
        regions: codes("r", 4),
        age_bands: codes("a", 3),
        genders: codes("g", 2),
    }
}

fn key(index: usize) -> u32 {
    record_key(&[42; 32], format!("person {index}").as_bytes())
}

/// Reports each person alone, in the given order.
fn raw(schema: Schema, people: impl IntoIterator<Item = (usize, Person)>) -> RawTables {
    let mut raw = RawTables::new(schema);
    for (index, person) in people {
        let cell = Cell {
            region: Some(format!("r{}", person.region)),
            age_band: Some(format!("a{}", person.age_band)),
            gender: Some(format!("g{}", person.gender)),
        };
        let tally = Tally { count: 1, key_sum: key(index) };
        raw.respondents(&cell, tally).unwrap();
        if !person.chosen.is_empty() {
            raw.answered("q", &cell, tally).unwrap();
        }
        for option in person.chosen {
            raw.chosen("q", &format!("o{option}"), &cell, tally).unwrap();
        }
    }
    raw
}

fn release_of(people: &[Person], special: bool) -> ProtectedTables {
    let plan: Plan = Breakdown::ALL.into_iter().collect();
    let numbered = people.iter().cloned().enumerate();
    protect(raw(schema(special), numbered), &plan, &Parameters::default())
}

/// People who differ in everything, evenly.
fn even(n: usize) -> Vec<Person> {
    (0..n).map(|i| person(i % 4, i / 4 % 3, i / 12 % 2, i % 3)).collect()
}

#[test]
fn under_ten_nothing_is_published() {
    let release = release_of(&even(9), false);
    assert_eq!(release.responses(), None);
    assert_eq!(release.withheld(), Some(Withheld::TooFew));
    assert!(release.questions().is_empty());
    assert!(release.participation().is_empty());
}

/// Two cells that the plan does not tell apart are one, however many people are said to be in them.
#[test]
fn numbers_without_end_go_as_far_as_numbers_do() {
    let mut raw = RawTables::new(schema(false));
    for (gender, count) in [("g0", u64::MAX), ("g1", u64::MAX), ("g1", 7)] {
        let cell = Cell { region: Some("r0".into()), gender: Some(gender.into()), age_band: None };
        raw.respondents(&cell, Tally { count, key_sum: 1 }).unwrap();
        raw.answered("q", &cell, Tally { count, key_sum: 1 }).unwrap();
    }
    let plan: Plan = [Breakdown::Region].into_iter().collect();
    let release = protect(raw, &plan, &Parameters::default());
    assert_eq!(release.responses(), Some(u64::MAX));
}

#[test]
fn under_fifty_the_headline_only() {
    let release = release_of(&even(49), false);
    assert_eq!(release.responses(), Some(49));
    assert!(release.participation().is_empty());
    let question = release.question("q").unwrap();
    assert_eq!(question.withheld(), None);
    assert_eq!(question.headline().unwrap().base(), 49);
    assert_eq!(question.breakdowns_withheld(), Some(Withheld::TooFew));
    assert!(question.breakdowns().is_empty());
}

#[test]
fn under_fifty_nothing_of_a_special_category() {
    let release = release_of(&even(49), true);
    assert_eq!(release.responses(), None);
    assert_eq!(release.withheld(), Some(Withheld::SpecialCategory));
    for fewer in [0, 9, 10] {
        assert_eq!(
            release_of(&even(fewer), true),
            release,
            "{fewer} look like any number under 50"
        );
    }

    let release = release_of(&even(50), true);
    assert_eq!(release.responses(), Some(50));
    assert!(release.question("q").unwrap().headline().is_some());
    assert_eq!(release.question("q").unwrap().breakdowns().len(), 6);
}

#[test]
fn an_optional_question_is_a_smaller_poll_of_its_own() {
    let mut people = even(100);
    for person in &mut people[9..] {
        person.chosen.clear();
    }
    let release = release_of(&people, false);
    assert_eq!(release.responses(), Some(100));
    assert_eq!(release.question("q").unwrap().withheld(), Some(Withheld::TooFew));
    assert!(release.question("q").unwrap().headline().is_none());
    // The participation is that of everybody.
    assert_eq!(release.participation().len(), 6);

    let mut people = even(100);
    for person in &mut people[49..] {
        person.chosen.clear();
    }
    let question = release_of(&people, false);
    let question = question.question("q").unwrap();
    assert_eq!(question.headline().unwrap().base(), 49);
    assert_eq!(question.breakdowns_withheld(), Some(Withheld::TooFew));
}

#[test]
fn of_a_special_category_a_question_that_under_fifty_answered_is_withheld() {
    let special = Some(Withheld::SpecialCategory);
    for (answered, withheld) in [(9, special), (10, special), (49, special), (50, None)] {
        let mut people = even(100);
        for person in &mut people[answered..] {
            person.chosen.clear();
        }
        let release = release_of(&people, true);
        assert_eq!(release.responses(), Some(100));
        let question = release.question("q").unwrap();
        assert_eq!(question.withheld(), withheld);
        assert_eq!(question.headline().is_some(), withheld.is_none());
    }
}

#[test]
fn a_headline_is_exact_if_every_option_has_none_or_ten() {
    let people: Vec<Person> = (0..60).map(|i| person(0, 0, 0, usize::from(i >= 10))).collect();
    let release = release_of(&people, false);
    let headline = release.question("q").unwrap().headline().unwrap();
    assert!(headline.exact());
    assert_eq!(headline.base(), 60);
    let counts: Vec<_> = headline.options().iter().map(|o| (o.count(), o.percent())).collect();
    assert_eq!(
        counts,
        [(10, Percent::Exactly(17)), (50, Percent::Exactly(83)), (0, Percent::Exactly(0))]
    );
}

/// From exact counts, as many people may be subtracted as a row must have, or all.
#[test]
fn a_headline_is_not_exact_where_subtracting_leads_to_a_few() {
    let exact = |people: &[Person], multiple: bool| {
        let mut schema = schema(false);
        schema.questions[0].multiple = multiple;
        let numbered = people.iter().cloned().enumerate();
        let release = protect(raw(schema, numbered), &Plan::default(), &Parameters::default());
        assert_eq!(release.responses(), u64::try_from(people.len()).ok());
        release.question("q").unwrap().headline().unwrap().exact()
    };
    // Of sixty, all but `left_out` choose the first option; half the second one, too.
    for (left_out, expected) in [(0, true), (1, false), (9, false), (10, true)] {
        let chosen = |i: usize| match (i < left_out, i.is_multiple_of(2)) {
            (true, _) => vec![1],
            (false, true) => vec![0, 1],
            (false, false) => vec![0],
        };
        let people: Vec<Person> =
            (0..60).map(|i| Person { chosen: chosen(i), ..person(0, 0, 0, 0) }).collect();
        assert_eq!(exact(&people, true), expected, "{left_out} did not choose the first");
    }
    // Of a hundred, sixty chose the first only and the others the second, some of them both: all choices
    // less all who answered are those.
    for (both, expected) in [(0, true), (1, false), (9, false), (10, true)] {
        let chosen = |i: usize| match i {
            0..60 => vec![0],
            i if i < 60 + both => vec![0, 1],
            _ => vec![1],
        };
        let people: Vec<Person> =
            (0..100).map(|i| Person { chosen: chosen(i), ..person(0, 0, 0, 0) }).collect();
        assert_eq!(exact(&people, true), expected, "{both} chose both");
    }
    // Nor may few have chosen one fewer than the others.
    for (one, expected) in [(0, true), (5, false), (20, true)] {
        let chosen = |i: usize| match (i < one, i % 3) {
            (true, option) => vec![option],
            (false, 0) => vec![0, 1],
            (false, 1) => vec![1, 2],
            (false, _) => vec![0, 2],
        };
        let people: Vec<Person> =
            (0..90).map(|i| Person { chosen: chosen(i), ..person(0, 0, 0, 0) }).collect();
        assert_eq!(exact(&people, true), expected, "{one} chose one of two");
    }
    // Who chose something, but not that: those who chose none of it are told.
    let excluding = |counts: [usize; 4], both: usize| {
        let mut schema = schema(false);
        schema.questions[0] = QuestionSchema {
            options: codes("o", 4),
            multiple: true,
            exclusive: vec!["o3".to_owned()],
            ..schema.questions[0].clone()
        };
        let mut people: Vec<Person> = Vec::new();
        for (option, count) in counts.into_iter().enumerate() {
            people.extend((0..count).map(|_| person(0, 0, 0, option)));
        }
        for person in people.iter_mut().filter(|it| it.chosen == [0]).take(both) {
            person.chosen.push(1);
        }
        let numbered = people.into_iter().enumerate();
        let release = protect(raw(schema, numbered), &Plan::default(), &Parameters::default());
        release.question("q").unwrap().headline().unwrap().exact()
    };
    // 100 answered, 20 none of these, 77 the first: 3 something else only.
    assert!(!excluding([77, 3, 0, 20], 40));
    assert!(excluding([70, 10, 0, 20], 40));
    assert!(excluding([80, 0, 0, 20], 40), "nobody something else only");
    // Of 80 who chose something, 3 chose both: 83 choices.
    assert!(!excluding([40, 40, 0, 20], 3));
    assert!(excluding([40, 40, 0, 20], 10));
    // Who answered nothing is those who are left of all.
    for (skipped, expected) in [(0, true), (1, false), (9, false), (10, true)] {
        let mut people: Vec<Person> = (0..60).map(|i| person(0, 0, 0, i % 2)).collect();
        people[..skipped].iter_mut().for_each(|person| person.chosen.clear());
        assert_eq!(exact(&people, false), expected, "{skipped} did not answer");
    }
}

#[test]
fn a_headline_with_a_small_option_is_perturbed_and_says_so() {
    let people: Vec<Person> = (0..60).map(|i| person(0, 0, 0, usize::from(i >= 9))).collect();
    let release = release_of(&people, false);
    let headline = release.question("q").unwrap().headline().unwrap();
    assert!(!headline.exact());
    assert_eq!(release.responses(), Some(60));
    assert_eq!(headline.base(), with_noise(0..60));
    assert_eq!(headline.options()[0].count(), with_noise(0..9));
    assert_eq!(headline.options()[1].count(), with_noise(9..60));
    assert_eq!(headline.options()[2].count(), 0);
}

/// What is known exactly tells the noise, and that something of the keys.
#[test]
fn no_number_that_is_known_to_be_exact_is_published_with_noise_as_well() {
    // Everybody is in one region, of either gender; 12 chose the first option.
    let people = (0..60).map(|i| person(0, 0, i % 2, usize::from(i >= 12))).enumerate();
    let plan: Plan = [Breakdown::Region, Breakdown::Gender].into_iter().collect();
    let release = protect(raw(schema(false), people), &plan, &Parameters::default());
    let question = release.question("q").unwrap();
    let headline = question.headline().unwrap();
    assert!(headline.exact());
    let [row] = question.breakdown(Breakdown::Region).unwrap().rows() else { panic!("one row") };
    let counts = |row: &disclosure::Row| -> Vec<Option<u64>> {
        row.options().iter().map(disclosure::RowOption::count).collect()
    };
    // The last share is a bound, whether everybody is in the row or not.
    assert_eq!((row.base(), counts(row)), (60, vec![Some(12), Some(48), None]));
    let of = |breakdown| release.participation().iter().find(|it| it.breakdown() == breakdown);
    assert_eq!(of(Breakdown::Region).unwrap().rows()[0].count(), 60);
    assert_eq!(question.breakdown(Breakdown::Gender).unwrap().rows().len(), 2);

    // Of a question that everybody has to answer, the responses are the base; of another one, not.
    for (required, seed) in (0..40).flat_map(|seed| [(true, seed), (false, seed)]) {
        let mut schema = schema(false);
        schema.questions[0].required = required;
        let people = (0..60).map(|i| (i + 100 * seed, person(0, 0, 0, usize::from(i >= 9))));
        let release = protect(raw(schema, people), &plan, &Parameters::default());
        let question = release.question("q").unwrap();
        let headline = question.headline().unwrap();
        assert!(!headline.exact());
        let row = &question.breakdown(Breakdown::Region).unwrap().rows()[0];
        assert_eq!(row.base(), headline.base());
        for (option, of_all) in row.options().iter().zip(headline.options()) {
            assert!(option.count().is_none_or(|count| count == of_all.count()));
            assert_eq!(option.percent(), Percent::of_row(of_all.count(), headline.base()));
        }
        if required {
            assert_eq!(headline.base(), 60);
        } else if headline.base() != 60 {
            return;
        }
    }
    panic!("the base of a question that can be skipped is never perturbed");
}

/// Of blocks of people, as bits, who answer each question and who of them choose the first option.
fn of_blocks(blocks: &[u32], questions: &[(u8, u8)], few: u32) -> ProtectedTables {
    let question = |place: usize, _: &_| QuestionSchema {
        code: format!("q{place}"),
        options: codes("o", 3),
        ..QuestionSchema::default()
    };
    let mut raw = RawTables::new(Schema {
        questions: questions.iter().enumerate().map(|(place, it)| question(place, it)).collect(),
        ..Schema::default()
    });
    let anywhere = Cell::default();
    let mut person = 0;
    for (block, people) in blocks.iter().enumerate() {
        for of_block in 0..*people {
            let tally = Tally { count: 1, key_sum: key(person) };
            person += 1;
            raw.respondents(&anywhere, tally).unwrap();
            for (place, (answer, first)) in questions.iter().enumerate() {
                if answer >> block & 1 == 0 {
                    continue;
                }
                // The last question has an option that few chose.
                let option = match first >> block & 1 {
                    1 => "o0",
                    _ if place + 1 == questions.len() && of_block < few => "o2",
                    _ => "o1",
                };
                raw.answered(&format!("q{place}"), &anywhere, tally).unwrap();
                raw.chosen(&format!("q{place}"), option, &anywhere, tally).unwrap();
            }
        }
    }
    protect(raw, &Plan::default(), &Parameters::default())
}

/// What is published with noise of these of the people, by their places.
fn with_noise(people: impl IntoIterator<Item = usize>) -> u64 {
    let mut count = 0_u64;
    let cell_key = people.into_iter().fold(0_u32, |sum, person| {
        count += 1;
        sum.wrapping_add(key(person))
    });
    count.checked_add_signed(PTableId::B.table().noise(count, cell_key).into()).unwrap()
}

/// Anybody can answer or skip an optional question, whatever they said before: were its base exact where
/// exactly those answered it who said yes, it would tell that nobody of them skipped it.
#[test]
fn a_base_that_another_question_tells_has_noise_like_any_other() {
    let mut perturbed = false;
    for people in 40..60 {
        // Who said yes, and who did not; 51 did.
        for (answer, answering) in [(0b01, 0..people), (0b10, people..people + 51)] {
            let blocks = [u32::try_from(people).unwrap(), 51];
            let release = of_blocks(&blocks, &[(0b11, 0b01), (answer, 0)], 1);
            let [first, next] = [0, 1].map(|place| release.questions()[place].headline().unwrap());
            assert!(first.exact() && !next.exact());
            let count = u64::try_from(answering.len()).unwrap();
            perturbed |= next.base() != count;
            assert_eq!(next.base(), with_noise(answering));
        }
    }
    assert!(perturbed);
}

#[test]
fn a_small_row_is_withheld_and_so_is_what_gives_it_away() {
    // 9 in the first region, 30 in the second, 20 in the third, nobody in the last.
    let people: Vec<Person> = (0..59)
        .map(|i| person(if i < 9 { 0 } else { 1 + usize::from(i >= 39) }, 0, 0, i % 3))
        .collect();
    let plan: Plan = [Breakdown::Region].into_iter().collect();
    let numbered = people.into_iter().enumerate();
    let release = protect(raw(schema(false), numbered), &plan, &Parameters::default());
    let table = release.question("q").unwrap().breakdown(Breakdown::Region).unwrap();
    // Withheld: the first, for its size; the third, since everybody − the second − the third is the
    // first, and the third is the smaller of the two.
    let shown: Vec<_> = table.rows().iter().map(|row| row.categories().to_vec()).collect();
    assert_eq!(shown, [vec![(Facet::Region, "r1".to_owned())]]);
    assert!(!table.complete());
    assert_eq!(release.question("q").unwrap().headline().unwrap().base(), 59);
}

#[test]
fn two_small_neighbours_do_not_come_back_as_a_pair() {
    // 4, 4, 30 and 20: everybody without the two large regions is a group of 8.
    let regions = [4, 4, 30, 20];
    let people = regions
        .iter()
        .enumerate()
        .flat_map(|(region, n)| (0..*n).map(move |i| person(region, 0, 0, i % 3)))
        .enumerate();
    let plan: Plan = [Breakdown::Region].into_iter().collect();
    let release = protect(raw(schema(false), people), &plan, &Parameters::default());
    let table = release.question("q").unwrap().breakdown(Breakdown::Region).unwrap();
    assert_eq!(table.rows().len(), 1);
    assert_eq!(table.rows()[0].categories()[0].1, "r2");
}

/// The table by region of a question that so many of the third region answered, and nobody of the fourth.
fn table_by_region(answered: usize, responded: usize) -> BreakdownTable {
    let region = |i: usize| if i < 70 { usize::from(i >= 40) } else { 2 };
    let people = (0..70 + responded).map(|i| {
        let chosen = if i < 70 + answered { vec![i % 2] } else { Vec::new() };
        (i, Person { chosen, ..person(region(i), 0, 0, 0) })
    });
    let plan: Plan = [Breakdown::Region].into_iter().collect();
    let release = protect(raw(schema(false), people), &plan, &Parameters::default());
    release.question("q").unwrap().breakdown(Breakdown::Region).unwrap().clone()
}

fn categories(table: &BreakdownTable) -> Vec<Vec<(Facet, String)>> {
    table.rows().iter().map(|row| row.categories().to_vec()).collect()
}

/// Where somebody responded, nobody and a few are withheld, and their neighbours with them.
#[test]
fn withheld_and_absent_rows_look_the_same() {
    let nobody = table_by_region(0, 12);
    assert!(!nobody.complete());
    assert_eq!(categories(&nobody), [[(Facet::Region, "r0".to_owned())]]);
    for few in 1..10 {
        let table = table_by_region(few, 12);
        assert!(!table.complete());
        assert_eq!(categories(&table), categories(&nobody), "{few}");
        assert!(!serde_json::to_string(&table).unwrap().contains("r2"));
    }
    assert_eq!(categories(&table_by_region(10, 12)).len(), 3);
}

/// That nobody at all responded somewhere can be seen (METHOD.md, "What is left"); nothing marks such a row.
#[test]
fn rows_of_nobody_who_responded_are_missing_like_others() {
    let table = table_by_region(0, 0);
    assert!(!table.complete());
    assert_eq!(categories(&table).len(), 2);
    let keys = |table: &BreakdownTable| -> Vec<String> {
        serde_json::to_value(table).unwrap().as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(keys(&table), keys(&table_by_region(5, 5)));
}

/// The rows of a question by their codes: of people of each cell who responded, and who answered.
fn rows_of<const BREAKDOWNS: usize>(
    people: &[([Option<&str>; 3], u64, u64)],
    plan: [Breakdown; BREAKDOWNS],
) -> BTreeSet<String> {
    let mut raw = RawTables::new(schema(false));
    for (codes, responded, answered) in people {
        let [region, age_band, gender] = codes.map(|code| code.map(str::to_owned));
        let cell = Cell { region, age_band, gender };
        raw.respondents(&cell, Tally { count: *responded, key_sum: 7 }).unwrap();
        raw.answered("q", &cell, Tally { count: *answered, key_sum: 7 }).unwrap();
    }
    let release = protect(raw, &plan.into_iter().collect(), &Parameters::default());
    let question = release.question("q").unwrap();
    let rows = question.breakdowns().iter().flat_map(categories);
    rows.map(|row| row.into_iter().map(|(_, code)| code).collect::<Vec<_>>().join(" ")).collect()
}

/// The rows of a table may divide one of another table, but for a few.
#[test]
fn a_row_less_rows_of_another_table_leaves_no_few() {
    // Of the second gender 70 and 107 of one region, and 2 and 4 others, of whom more is not known.
    let people = [
        ([None, Some("a0"), None], 246),
        ([None, Some("a1"), Some("g0")], 5),
        ([None, Some("a1"), Some("g1")], 2),
        ([Some("r0"), Some("a0"), None], 11),
        ([Some("r0"), Some("a1"), None], 239),
        ([Some("r0"), Some("a1"), Some("g1")], 4),
        ([Some("r1"), Some("a0"), Some("g1")], 70),
        ([Some("r1"), Some("a1"), Some("g1")], 107),
    ];
    let people = people.map(|(codes, count)| (codes, count, count));
    let shown = rows_of(&people, [Breakdown::Gender, Breakdown::RegionByAgeBand]);
    assert!(!shown.is_empty());
    assert!(["g1", "r1 a0", "r1 a1"].iter().any(|row| !shown.contains(*row)), "{shown:?}");
}

/// The same, where the one that is divided fixes two facets.
#[test]
fn a_row_of_two_facets_less_rows_of_another_table_leaves_no_few() {
    // Of age a0 and gender g0 everybody of two regions, and 2 and 4 others.
    let people = [
        ([Some("r0"), Some("a0"), Some("g0")], 20),
        ([Some("r1"), Some("a0"), Some("g0")], 30),
        ([Some("r2"), Some("a0"), Some("g0")], 2),
        ([Some("r2"), Some("a0"), Some("g1")], 40),
        ([Some("r2"), Some("a1"), Some("g0")], 35),
        ([Some("r2"), Some("a1"), Some("g1")], 30),
        ([Some("r3"), Some("a0"), Some("g0")], 4),
        ([Some("r3"), Some("a0"), Some("g1")], 45),
        ([Some("r3"), Some("a1"), Some("g0")], 36),
        ([Some("r3"), Some("a1"), Some("g1")], 33),
    ];
    let people = people.map(|(codes, count)| (codes, count, count));
    let shown = rows_of(&people, [Breakdown::Region, Breakdown::AgeBandByGender]);
    assert!(["r2", "r3"].iter().all(|row| shown.contains(*row)), "{shown:?}");
    assert!(["a0 g0", "r0", "r1"].iter().any(|row| !shown.contains(*row)), "{shown:?}");
}

/// Two rows of a table may contain one of another table, but for a few.
#[test]
fn two_rows_less_one_of_another_table_leave_no_few() {
    // Age a0 is in two regions only, and 4 others in each.
    let people = [
        ([Some("r0"), Some("a0"), None], 20),
        ([Some("r0"), Some("a1"), None], 4),
        ([Some("r1"), Some("a0"), None], 20),
        ([Some("r1"), Some("a1"), None], 4),
        ([Some("r2"), Some("a1"), None], 30),
        ([Some("r2"), Some("a2"), None], 20),
    ];
    let people = people.map(|(codes, count)| (codes, count, count));
    let shown = rows_of(&people, [Breakdown::Region, Breakdown::AgeBand]);
    assert!(!shown.is_empty());
    assert!(["r0", "r1", "a0"].iter().any(|row| !shown.contains(*row)), "{shown:?}");
}

/// Who knows that nobody of a cell answered can compute more; so a row goes that would stay if one did.
#[test]
fn who_knows_that_nobody_of_a_cell_answered_computes_no_few() {
    let shown = |few| {
        let people = [
            ([Some("r0"), None, Some("g0")], 30, few),
            ([Some("r0"), None, Some("g1")], 60, 40),
            ([Some("r1"), None, Some("g0")], 50, 30),
            ([Some("r1"), None, Some("g1")], 31, 3),
        ];
        rows_of(&people, [Breakdown::Region, Breakdown::Gender])
    };
    assert_eq!(shown(0), ["g1"].map(str::to_owned).into());
    for few in 1..=3 {
        assert_eq!(shown(few), ["g0", "g1", "r0", "r1"].map(str::to_owned).into(), "{few}");
    }
}

#[test]
fn a_complete_table_says_so() {
    let release = release_of(&even(600), false);
    for table in release.question("q").unwrap().breakdowns() {
        assert!(table.complete(), "{:?}", table.breakdown());
        for row in table.rows() {
            let facets: Vec<Facet> = row.categories().iter().map(|(facet, _)| *facet).collect();
            assert_eq!(facets, table.breakdown().facets());
        }
    }
}

#[test]
fn people_whose_facet_is_not_stored_count_in_the_headline_only() {
    let mut raw = raw(schema(false), even(120).into_iter().enumerate());
    let elsewhere = Tally { count: 30, key_sum: 5 };
    raw.respondents(&Cell::default(), elsewhere).unwrap();
    raw.answered("q", &Cell::default(), elsewhere).unwrap();
    raw.chosen("q", "o0", &Cell::default(), elsewhere).unwrap();
    let plan: Plan = [Breakdown::Region].into_iter().collect();
    let release = protect(raw, &plan, &Parameters::default());
    let question = release.question("q").unwrap();
    assert_eq!(question.headline().unwrap().base(), 150);
    let rows = question.breakdown(Breakdown::Region).unwrap().rows();
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| row.base().abs_diff(30) <= 5));
}

#[test]
fn an_unknown_format_is_refused() {
    let mut json = serde_json::to_value(release_of(&even(60), false)).unwrap();
    assert!(serde_json::from_value::<ProtectedTables>(json.clone()).is_ok());
    for unknown in [0, 3] {
        json["format"] = unknown.into();
        assert!(serde_json::from_value::<ProtectedTables>(json.clone()).is_err());
    }
}

/// Of format 1 the rows told every count; they were published, so they are read as they are. So are those of
/// which 5 and 95 were the only bounds, whatever the number of people.
#[test]
fn a_release_of_before_is_read_as_it_was_published() {
    let people: Vec<Person> = (0..60).map(|i| person(i % 2, 0, 0, 0)).collect();
    let mut json = serde_json::to_value(release_of(&people, false)).unwrap();
    assert_eq!((&json["format"], &json["least_told"]), (&2.into(), &8.into()));
    json.as_object_mut().unwrap().remove("least_told");
    for (format, count) in [(1, Some(31)), (2, None)] {
        json["format"] = format.into();
        let option = &mut json["questions"][0]["breakdowns"][0]["rows"][0]["options"][0];
        *option = serde_json::json!({ "code": "o0", "count": count, "percent": "at_least_95" });
        let read: ProtectedTables = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(read.least_told(), None);
        let row = &read.question("q").unwrap().breakdowns()[0].rows()[0];
        assert_eq!(row.options()[0].count(), count);
        assert_eq!(row.options()[0].percent(), Percent::AtLeast(95));
        assert_eq!(serde_json::to_value(read).unwrap(), json, "and written as it was");
    }
}

/// The version before reads what this one publishes: it knows the words and no other field, and says 5 or 95.
#[test]
fn a_bound_is_written_in_words_that_the_version_before_reads() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Before {
        #[serde(rename = "at_most_5")]
        AtMost5,
        Exactly(u8),
        #[serde(rename = "at_least_95")]
        AtLeast95,
    }
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct OptionBefore {
        code: String,
        count: Option<u64>,
        percent: Before,
    }
    let people: Vec<Person> = (0..400)
        .map(|i| match i {
            0..60 => person(0, 0, 0, 0),
            _ => person(1, 0, 0, usize::from(i >= 260)),
        })
        .collect();
    let release = release_of(&people, false);
    let rows = release.question("q").unwrap().breakdown(Breakdown::Region).unwrap().rows();
    let option = |row: usize, option: usize| serde_json::to_string(&rows[row].options()[option]);
    let first = option(0, 0).unwrap();
    let Percent::AtLeast(bound) = rows[0].options()[0].percent() else { panic!("{first}") };
    assert!((85..95).contains(&bound), "7 of about 60: {bound}");
    assert_eq!(
        first,
        format!(r#"{{"code":"o0","count":null,"percent":"at_least_95","bound":{bound}}}"#)
    );
    assert_eq!(
        serde_json::from_str::<OptionBefore>(&first).unwrap(),
        OptionBefore { code: "o0".into(), count: None, percent: Before::AtLeast95 }
    );
    // Of a large row the bound is as before, and so is what is written.
    assert_eq!(option(1, 2).unwrap(), r#"{"code":"o2","count":null,"percent":"at_most_5"}"#);
    for (place, percent) in [(1, Before::Exactly(41)), (2, Before::AtMost5)] {
        let told = option(1, place).unwrap();
        assert_eq!(serde_json::from_str::<OptionBefore>(&told).unwrap().percent, percent, "{told}");
    }
}

/// Of a question for a text nobody is shown rows; they stood for the denominators of other questions.
#[test]
fn a_question_without_options_has_no_rows_and_stands_for_no_other() {
    let of_women = |with_a_text: bool| {
        let question = |code: &str, options: usize| QuestionSchema {
            code: code.into(),
            options: codes("o", options),
            ..QuestionSchema::default()
        };
        let mut questions = vec![question("x", 2)];
        questions.extend(with_a_text.then(|| question("why", 0)));
        let mut raw = RawTables::new(Schema { questions, genders: codes("g", 2), ..schema(false) });
        for (gender, people) in [(0, 0..1000), (1, 1000..2000)] {
            let cell = Cell { gender: Some(format!("g{gender}")), ..Cell::default() };
            for (place, person) in people.enumerate() {
                let tally = Tally { count: 1, key_sum: key(person) };
                raw.respondents(&cell, tally).unwrap();
                if place < 600 {
                    raw.answered("x", &cell, tally).unwrap();
                    raw.chosen("x", if place % 2 == 0 { "o0" } else { "o1" }, &cell, tally)
                        .unwrap();
                }
                if with_a_text && place < 628 {
                    raw.answered("why", &cell, tally).unwrap();
                }
            }
        }
        let plan: Plan = [Breakdown::Gender].into_iter().collect();
        let release = protect(raw, &plan, &Parameters::default());
        if with_a_text {
            let why = release.question("why").unwrap();
            assert!(why.headline().is_some() && why.breakdowns().is_empty());
        }
        release.question("x").unwrap().breakdowns()[0].rows()[0].clone()
    };
    let alone = of_women(false);
    assert!(alone.base().abs_diff(600) <= 5, "{}", alone.base());
    assert_eq!(of_women(true), alone);
}

/// All six breakdowns over ninety regions, seven age bands and three genders, thinly and unevenly
/// populated, so that suppression has everything to do.
#[test]
fn a_large_and_thinly_populated_poll_keeps_most_rows() {
    let question = |code: &str| QuestionSchema {
        code: code.to_owned(),
        options: codes("o", 2),
        ..QuestionSchema::default()
    };
    let mut raw = RawTables::new(Schema {
        questions: vec![question("q"), question("next")],
        regions: codes("r", 90),
        age_bands: codes("a", 7),
        genders: codes("g", 3),
    });
    let mut people = 0;
    for cell in 0..90 * 7 * 3_usize {
        let (region, age_band, gender) = (cell / 21, cell / 3 % 7, cell % 3);
        // Regions from a few people to thousands, and few of the third gender.
        let weight =
            (region * region / 40 + 1) * (age_band % 4 + 1) / if gender == 2 { 9 } else { 1 };
        let count = u64::try_from((weight * (cell % 13)) / 9).unwrap();
        people += count;
        let cell = Cell {
            region: Some(format!("r{region}")),
            age_band: Some(format!("a{age_band}")),
            gender: Some(format!("g{gender}")),
        };
        let tally = Tally { count, key_sum: key(people.try_into().unwrap()) };
        raw.respondents(&cell, tally).unwrap();
        raw.answered("q", &cell, tally).unwrap();
        raw.chosen("q", "o0", &cell, tally).unwrap();
        // Of every third cell nobody goes on.
        if (region + age_band + gender) % 3 > 0 {
            raw.answered("next", &cell, tally).unwrap();
        }
    }
    let plan: Plan = Breakdown::ALL.into_iter().collect();
    let release = protect(raw, &plan, &Parameters::default());
    assert_eq!(release.responses(), Some(people));
    let question = release.question("q").unwrap();
    let rows = |breakdown| question.breakdown(breakdown).unwrap().rows().len();
    assert_eq!(rows(Breakdown::AgeBand), 7);
    assert!(rows(Breakdown::RegionByAgeBand) > 300, "{}", rows(Breakdown::RegionByAgeBand));
    assert!(!question.breakdown(Breakdown::RegionByGender).unwrap().complete());
    let next = release.question("next").unwrap();
    assert_eq!(next.breakdown(Breakdown::AgeBand).unwrap().rows().len(), 7);
}

fn anybody() -> impl Strategy<Value = Person> {
    (0..4_usize, 0..3_usize, 0..2_usize, prop::collection::btree_set(0..3_usize, 0..3)).prop_map(
        |(region, age_band, gender, chosen)| Person {
            region,
            age_band,
            gender,
            chosen: chosen.into_iter().collect(),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_order_of_reports_is_irrelevant(
        people in prop::collection::vec(anybody(), 40..160),
        turn in 0..40_usize,
    ) {
        let plan: Plan = Breakdown::ALL.into_iter().collect();
        let mut numbered: Vec<(usize, Person)> = people.into_iter().enumerate().collect();
        let first =
            protect(raw(schema(false), numbered.clone()), &plan, &Parameters::default());
        numbered.rotate_left(turn);
        numbered[5..].reverse();
        let second = protect(raw(schema(false), numbered), &plan, &Parameters::default());
        prop_assert_eq!(first, second);
    }

    #[test]
    fn every_published_number_is_near_and_never_forbidden(
        people in prop::collection::vec(anybody(), 10..300),
    ) {
        let release = release_of(&people, false);
        let stored = serde_json::to_string(&release).unwrap();
        prop_assert_eq!(&serde_json::from_str::<ProtectedTables>(&stored).unwrap(), &release);
        for table in release.questions().iter().flat_map(disclosure::QuestionTables::breakdowns) {
            for row in table.rows() {
                let least = 700_u64.div_ceil(row.base().max(1)).clamp(5, 50);
                let inside = |p: &&Person| row.categories().iter().all(|(facet, code)| {
                    *code == match facet {
                        Facet::Region => format!("r{}", p.region),
                        Facet::AgeBand => format!("a{}", p.age_band),
                        Facet::Gender => format!("g{}", p.gender),
                    }
                });
                let answered = people.iter().filter(inside).filter(|p| !p.chosen.is_empty());
                let base = u64::try_from(answered.count()).unwrap();
                prop_assert!(base >= 10);
                // Near, or of a larger group that these, with their noise, are all but 7 of, or 94.5 percent
                // of, rounded to 95.
                prop_assert!(row.base() + 5 >= base, "{} for {base}", row.base());
                prop_assert!(
                    row.base() <= base + 5 + 7 || row.base() * 945 <= (base + 5) * 1000,
                    "{} for {base}",
                    row.base()
                );
                for (o, option) in row.options().iter().enumerate() {
                    let truth = people.iter().filter(inside).filter(|p| p.chosen.contains(&o));
                    let truth = u64::try_from(truth.count()).unwrap();
                    let bound = !matches!(option.percent(), Percent::Exactly(_));
                    prop_assert_eq!(option.count().is_none(), bound, "no count beside a bound");
                    match option.percent() {
                        Percent::AtMost(bound) => prop_assert_eq!(u64::from(bound), least),
                        Percent::Exactly(_) => {}
                        Percent::AtLeast(bound) => prop_assert_eq!(u64::from(bound), 100 - least),
                    }
                    prop_assert!(truth > 0 || matches!(option.percent(), Percent::AtMost(_)));
                    let Some(count) = option.count() else { continue };
                    prop_assert!(count >= 8 && count + 8 <= row.base());
                    prop_assert!(count.abs_diff(truth) <= 5);
                    prop_assert_eq!(option.percent(), Percent::of_row(count, row.base()));
                }
            }
        }
    }

    /// Of several optional questions: what others tell exactly of those who answered one changes nothing of its
    /// base, which would tell that exactly those answered.
    #[test]
    fn no_base_says_whom_another_question_tells(
        blocks in prop::collection::vec(10..40_u32, 4),
        questions in prop::collection::vec((1..16_u8, 0..16_u8), 2..5),
        few in 1..10_u32,
    ) {
        let release = of_blocks(&blocks, &questions, few);
        for (question, (answer, _)) in release.questions().iter().zip(&questions) {
            let Some(headline) = question.headline() else { continue };
            let block_of = blocks.iter().enumerate().flat_map(|(block, people)| {
                std::iter::repeat_n(block, usize::try_from(*people).unwrap())
            });
            let answering: Vec<usize> = block_of
                .enumerate()
                .filter(|(_, block)| answer >> block & 1 == 1)
                .map(|(person, _)| person)
                .collect();
            let exact = u64::try_from(answering.len()).unwrap();
            let told = if headline.exact() { exact } else { with_noise(answering) };
            prop_assert_eq!(headline.base(), told);
        }
    }

    #[test]
    fn the_same_people_have_the_same_numbers_in_every_table(
        people in prop::collection::vec(anybody(), 60..300),
    ) {
        let one_region: Vec<Person> =
            people.into_iter().map(|p| Person { region: 0, ..p }).collect();
        let release = release_of(&one_region, false);
        let question = release.question("q").unwrap();
        let tables: BTreeMap<Breakdown, _> =
            question.breakdowns().iter().map(|t| (t.breakdown(), t)).collect();
        if let (Some(by_age), Some(by_both)) = (
            tables.get(&Breakdown::AgeBand),
            tables.get(&Breakdown::RegionByAgeBand),
        ) {
            for row in by_both.rows() {
                let same = by_age.rows().iter().find(|r| r.categories()[0] == row.categories()[1]);
                if let Some(same) = same {
                    prop_assert_eq!(same.base(), row.base());
                    prop_assert_eq!(same.options(), row.options());
                }
            }
        }
    }

    #[test]
    fn the_wire_format_loses_nothing(people in prop::collection::vec(anybody(), 0..120)) {
        let release = release_of(&people, false);
        let json = serde_json::to_string(&release).unwrap();
        prop_assert_eq!(serde_json::from_str::<ProtectedTables>(&json).unwrap(), release);
    }
}
