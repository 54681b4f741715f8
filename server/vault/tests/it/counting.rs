//! The database's counts against a count by hand.

use crate::world::{POLL, World, answers, day, pseudonym, questionnaire, submit, varied};
use disclosure::{
    Breakdown, Cell, Parameters, Plan, QuestionSchema, RawTables, Schema, Tally, protect,
};
use questionnaire::{Answer, Kind, Text, audience::StoredFacts};

crate::on_both_engines! {
    tables_are_what_was_answered,
    a_headline_is_not_exact_where_those_who_chose_something_else_are_few,
    participation_is_shown_in_tens,
}

const PEOPLE: u32 = 150;

/// What cannot be read cannot be compared: both tables go through the same protection, whose
/// result depends on every count and every sum of record keys.
async fn tables_are_what_was_answered(world: World) {
    let questionnaire = questionnaire();
    let regions = ["north".to_owned(), "south".to_owned()];
    let codes = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
    let mut by_hand = RawTables::new(Schema {
        questions: questionnaire
            .questions
            .iter()
            .map(|question| QuestionSchema {
                code: question.code.clone(),
                options: question.kind.categories(),
                special: false,
                multiple: question.code == "uses",
                required: question.required,
                exclusive: codes(if question.code == "uses" { &["none"] } else { &[] }),
            })
            .collect(),
        regions: codes(&["north", "south", "not-stated"]),
        age_bands: codes(&[
            "0-17",
            "18-24",
            "25-34",
            "35-44",
            "45-54",
            "55-64",
            "65+",
            "not-stated",
        ]),
        genders: codes(&["female", "male", "not-stated"]),
    });
    let key = world.poll_key().await;
    for person in 0..PEOPLE {
        // Everybody changes their mind once; the last word counts.
        let (first, facts) = varied(person + 1);
        submit(&world.vault, person, &first, facts, day(1)).await.unwrap();
        let (answers, facts) = varied(person);
        submit(&world.vault, person, &answers, facts.clone(), day(2)).await.unwrap();
        let cell = Cell { region: facts.region, age_band: facts.age_band, gender: facts.gender };
        let key_sum = disclosure::record_key(&key, &pseudonym(&key, person));
        let one = Tally { count: 1, key_sum };
        by_hand.respondents(&cell, one).unwrap();
        for question in &questionnaire.questions {
            let Some(answer) = answers.get(&question.code) else { continue };
            by_hand.answered(&question.code, &cell, one).unwrap();
            for category in question.categories_of(answer) {
                by_hand.chosen(&question.code, &category, &cell, one).unwrap();
            }
        }
    }
    world.vault.close(POLL).await.unwrap();
    let counted = world.vault.tables(POLL, &questionnaire, &regions, false).await.unwrap();
    let plan = Plan { breakdowns: [Breakdown::Region, Breakdown::Gender].into() };
    let parameters = Parameters::default();
    let counted = protect(counted, &plan, &parameters);
    let by_hand = protect(by_hand, &plan, &parameters);
    let json = |tables| serde_json::to_string(tables).unwrap();
    assert_eq!(json(&counted), json(&by_hand));
    assert_eq!(counted.responses(), Some(u64::from(PEOPLE)));
    assert!(!counted.question("uses").unwrap().breakdowns().is_empty());

    // A longer questionnaire, whose new questions nobody answered, is counted in another way.
    let mut longer = questionnaire.clone();
    for code in ["a", "b", "c", "d"] {
        let (low, high) = (Text::both("low", "low"), Text::both("high", "high"));
        let mut scale = longer.questions[0].clone();
        code.clone_into(&mut scale.code);
        scale.kind = Kind::Scale { from: 0, to: 20, low, high };
        longer.questions.push(scale);
    }
    let longer = world.vault.tables(POLL, &longer, &regions, false).await.unwrap();
    let longer = protect(longer, &plan, &parameters);
    for question in ["colour", "uses", "years"] {
        assert_eq!(longer.question(question), counted.question(question));
    }

    // A region that the portal no longer knows counts as not stated, and nobody is lost.
    let fewer = world.vault.tables(POLL, &questionnaire, &regions[..1], false).await.unwrap();
    assert_eq!(protect(fewer, &plan, &parameters).responses(), Some(u64::from(PEOPLE)));
}

/// Of a hundred, 20 use none of these and 77 the bus: three use something else only. That it can be
/// computed is known from which options exclude others, and from how many may be chosen.
async fn a_headline_is_not_exact_where_those_who_chose_something_else_are_few(world: World) {
    for person in 0..100 {
        let uses: &[&str] = match person {
            0..20 => &["none"],
            20..60 => &["bus", "train"],
            60..97 => &["bus"],
            _ => &["train"],
        };
        let uses = uses.iter().map(|code| (*code).to_owned()).collect();
        let mut answers = answers("red");
        answers.insert("uses".into(), Answer::Choices(uses));
        submit(&world.vault, person, &answers, StoredFacts::default(), day(1)).await.unwrap();
    }
    world.vault.close(POLL).await.unwrap();
    let counted = world.vault.tables(POLL, &questionnaire(), &[], false).await.unwrap();
    let release = protect(counted, &Plan::default(), &Parameters::default());
    let exact = |code| release.question(code).unwrap().headline().unwrap().exact();
    assert!(exact("colour"));
    assert!(!exact("uses"));
}

async fn participation_is_shown_in_tens(world: World) {
    for person in 0..13 {
        let (answers, facts) = varied(person);
        submit(&world.vault, person, &answers, facts, day(1)).await.unwrap();
    }
    // Not while each answer could be seen in it.
    assert!(world.vault.participation(POLL).await.unwrap().is_none());
    world.vault.close(POLL).await.unwrap();
    assert_eq!(world.vault.participation(POLL).await.unwrap().unwrap().at_least(), 10);
}
