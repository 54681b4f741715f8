//! What do missing rows tell?
//!
//! A question that can be skipped has a row fewer where few of a group answered it, and often another one
//! with it. The attacker knows all answers but one person's, and of that person's base cell that nobody else
//! answered the question: did they? He holds the rows that are published, not their numbers, against those
//! that either answer leads to.
//!
//! Which rows are missing should depend on answers only by which groups are under ten people. Somebody who
//! knows of nine others and sees the row knows that of the tenth; that is what remains here. It depends on
//! more where suppression over the cells in which somebody answered withholds a row that the one over the
//! cells in which somebody responded does not; among these people that never tells anything.

use std::collections::BTreeSet;

use disclosure::{
    Breakdown, Cell, Facet, Parameters, Plan, QuestionSchema, RawTables, Schema, Tally, protect,
};

use super::population::{CELLS, Person, people};
use super::{Outcome, respond, share};

/// Of a hundred, how many answer the question.
const ANSWER: [u32; 3] = [10, 50, 90];

pub fn attack() -> Vec<Outcome> {
    let one_by_one: Plan =
        [Breakdown::Region, Breakdown::AgeBand, Breakdown::Gender].into_iter().collect();
    let pairs: Plan = Breakdown::ALL.into_iter().collect();
    let mut outcomes: Vec<Outcome> =
        [("by one facet", one_by_one, 0.02), ("by two facets", pairs, 0.06)]
            .into_iter()
            .map(|(by, plan, gate)| {
                let (told, tried) = cells(&plan);
                let name =
                    format!("missing rows {by}: whether nobody or one person of a cell answered");
                Outcome::at_most(name, share(told, tried), gate)
            })
            .collect();
    let told = (1..10).filter(|few| women(*few) != women(0)).count();
    let name = "missing rows: how many of 80 women went on to the next question, of 0 to 9";
    outcomes.push(Outcome::never(name, told, 9));
    outcomes
}

/// The rows of a question that can be skipped.
type Rows = BTreeSet<(Breakdown, Vec<(Facet, String)>)>;

fn codes(prefix: char, n: usize) -> Vec<String> {
    (0..n).map(|i| format!("{prefix}{i}")).collect()
}

/// The rows of the question `next`, of people by base cell and whether they answer it.
fn rows(people: impl Iterator<Item = (Cell, Tally, bool)>, schema: Schema, plan: &Plan) -> Rows {
    let question = |code: &str| QuestionSchema {
        code: code.to_owned(),
        options: vec!["yes".to_owned()],
        ..QuestionSchema::default()
    };
    let questions = vec![question("q"), question("next")];
    let mut raw = RawTables::new(Schema { questions, ..schema });
    for (cell, tally, answers) in people {
        respond(&mut raw, &cell, "yes", tally);
        if answers {
            raw.answered("next", &cell, tally).unwrap();
            raw.chosen("next", "yes", &cell, tally).unwrap();
        }
    }
    let release = protect(raw, plan, &Parameters::default());
    let tables = release.question("next").unwrap().breakdowns();
    let row = |by, row: &disclosure::Row| (by, row.categories().to_vec());
    tables
        .iter()
        .flat_map(|table| table.rows().iter().map(move |it| row(table.breakdown(), it)))
        .collect()
}

/// In how many base cells of which nobody answered, of how many, it shows if one person does.
fn cells(plan: &Plan) -> (usize, usize) {
    let (mut told, mut tried) = (0, 0);
    for (n, seed, answer) in [200, 500, 1_500]
        .into_iter()
        .flat_map(|n| (0..4).flat_map(move |seed| ANSWER.map(move |answer| (n, seed, answer))))
    {
        let people = people(n, seed);
        let answers = |person: &Person| person.key % 100 < answer;
        let published = |also: Option<usize>| {
            let mut also = also;
            let everybody = people.iter().map(|person| {
                let one = also.take_if(|cell| *cell == person.cell).is_some();
                let cell = Cell {
                    region: Some(format!("r{}", person.cell / 12)),
                    age_band: Some(format!("a{}", person.cell / 2 % 6)),
                    gender: Some(format!("g{}", person.cell % 2)),
                };
                (cell, Tally { count: 1, key_sum: person.key }, one || answers(person))
            });
            let schema = Schema {
                regions: codes('r', 8),
                age_bands: codes('a', 6),
                genders: codes('g', 2),
                ..Schema::default()
            };
            rows(everybody.collect::<Vec<_>>().into_iter(), schema, plan)
        };
        let nobody = published(None);
        for cell in 0..CELLS {
            let mut inside = people.iter().filter(|person| person.cell == cell).peekable();
            if inside.peek().is_some() && !inside.any(answers) {
                tried += 1;
                told += usize::from(published(Some(cell)) != nobody);
            }
        }
    }
    (told, tried)
}

/// The rows of 80 women and 100 men, of whom so many women and 60 men answer the next question.
fn women(answering: u64) -> Rows {
    let of = |gender: &str, count: u64, answers| {
        let cell = Cell { gender: Some(gender.into()), ..Cell::default() };
        (cell, Tally { count, key_sum: 7 }, answers)
    };
    let people = [
        of("female", answering, true),
        of("female", 80 - answering, false),
        of("male", 60, true),
        of("male", 40, false),
    ];
    let schema = Schema { genders: vec!["female".into(), "male".into()], ..Schema::default() };
    rows(people.into_iter(), schema, &[Breakdown::Gender].into_iter().collect())
}
