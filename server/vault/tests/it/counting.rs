//! The database's counts against a count by hand.

use crate::world::{POLL, World, answers, day, pseudonym, questionnaire, submit, varied};
use disclosure::{
    Breakdown, Cell, Parameters, Plan, QuestionSchema, RawTables, Schema, Tally, protect,
};
use questionnaire::{Answer, Audience, Kind, Questionnaire, Text, Unknown, audience::StoredFacts};
use sea_orm::ConnectionTrait as _;

crate::on_both_engines! {
    tables_are_what_was_answered,
    a_headline_is_not_exact_where_those_who_chose_something_else_are_few,
    a_table_lacks_no_row_of_people_who_are_not_asked,
    whoever_has_no_row_is_counted_all_the_same,
    an_answer_that_does_not_fit_is_not_told,
    nobody_is_told_how_many_answered_before_the_release_says_it,
}

const PEOPLE: u32 = 150;

/// What is counted of the poll, of no special category.
async fn tables(
    world: &World,
    questionnaire: &Questionnaire,
    audience: &Audience,
    regions: &[String],
) -> RawTables {
    world.vault.tables(POLL, questionnaire, audience, regions, false).await.unwrap()
}

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
    let counted = tables(&world, &questionnaire, &Audience::default(), &regions).await;
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
    let longer = tables(&world, &longer, &Audience::default(), &regions).await;
    let longer = protect(longer, &plan, &parameters);
    for question in ["colour", "uses", "years"] {
        assert_eq!(longer.question(question), counted.question(question));
    }

    // A region that the portal no longer knows counts as not stated, and nobody is lost.
    let fewer = tables(&world, &questionnaire, &Audience::default(), &regions[..1]).await;
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
    let counted = tables(&world, &questionnaire(), &Audience::default(), &[]).await;
    let release = protect(counted, &Plan::default(), &Parameters::default());
    let exact = |code| release.question(code).unwrap().headline().unwrap().exact();
    assert!(exact("colour"));
    assert!(!exact("uses"));
}

/// So many people from each region answer, and the poll closes.
async fn answered_from(world: &World, people: &[(&str, u32)]) {
    let mut number = 0;
    for (region, people) in people {
        for _ in 0..*people {
            let facts =
                StoredFacts { region: Some((*region).to_owned()), ..StoredFacts::default() };
            submit(&world.vault, number, &answers("red"), facts, day(1)).await.unwrap();
            number += 1;
        }
    }
    world.vault.close(POLL).await.unwrap();
}

/// Two of three regions are asked.
fn two_regions(unknown: Unknown) -> Audience {
    let regions = ["north", "south"].map(str::to_owned).into();
    Audience { regions, unknown, ..Audience::default() }
}

/// A row of nobody looks like one that is withheld, unless nobody can be in it.
async fn a_table_lacks_no_row_of_people_who_are_not_asked(world: World) {
    answered_from(&world, &[("north", 30), ("south", 30)]).await;
    let regions = ["north", "south", "west"].map(str::to_owned);
    for (audience, complete) in [
        (two_regions(Unknown::Refuse), true),
        (two_regions(Unknown::Admit), false),
        (Audience::default(), false),
    ] {
        let counted = tables(&world, &questionnaire(), &audience, &regions).await;
        let plan = Plan { breakdowns: [Breakdown::Region].into() };
        let release = protect(counted, &plan, &Parameters::default());
        let table = &release.question("colour").unwrap().breakdowns()[0];
        assert_eq!((table.rows().len(), table.complete()), (2, complete));
        assert_eq!(release.participation()[0].complete(), complete);
    }
}

/// Which rows there can be does not follow from who is stored, so somebody may be in none.
/// What a fault says may be logged.
async fn an_answer_that_does_not_fit_is_not_told(world: World) {
    submit(&world.vault, 1, &answers("red"), StoredFacts::default(), day(1)).await.unwrap();
    world.vault.close(POLL).await.unwrap();
    for marks in [r#"["","NEEDLE="]"#, r#"["","colour=","colour=NEEDLE"]"#, r#"["NEEDLE""#] {
        let sql = format!("UPDATE response SET counted = '{marks}'");
        world.db.execute_unprepared(&sql).await.unwrap();
        let everybody = Audience::default();
        let counted = world.vault.tables(POLL, &questionnaire(), &everybody, &[], false).await;
        let told = counted.err().unwrap();
        assert!(!format!("{told} {told:?}").contains("NEEDLE"), "{told}");
    }
}

async fn whoever_has_no_row_is_counted_all_the_same(world: World) {
    answered_from(&world, &[("north", 40), ("south", 40), ("west", 12)]).await;
    let regions = ["north", "south", "west"].map(str::to_owned);
    for (unknown, expected) in [
        (Unknown::Refuse, &["north", "south"][..]),
        (Unknown::Admit, &["north", "south", "not-stated"][..]),
    ] {
        let counted = tables(&world, &questionnaire(), &two_regions(unknown), &regions).await;
        let plan = Plan { breakdowns: [Breakdown::Region].into() };
        let release = protect(counted, &plan, &Parameters::default());
        let question = release.question("colour").unwrap();
        let rows = question.breakdowns()[0].rows().iter();
        let rows: Vec<&str> = rows.map(|row| row.categories()[0].1.as_str()).collect();
        assert_eq!(rows, expected);
        assert_eq!((release.responses(), question.headline().unwrap().base()), (Some(92), 92));
    }
}

/// Not while each answer could be seen in it, nor when the poll is closed: what is published of so few
/// may be nothing.
async fn nobody_is_told_how_many_answered_before_the_release_says_it(world: World) {
    for person in 0..13 {
        let (answers, facts) = varied(person);
        submit(&world.vault, person, &answers, facts, day(1)).await.unwrap();
    }
    assert!(world.vault.participation(POLL).await.unwrap().is_none());
    world.vault.close(POLL).await.unwrap();
    assert!(world.vault.participation(POLL).await.unwrap().is_none());
}
