//! Invented citizens and what they would answer: the same for the same seed.
//!
//! Their data comes in the shape in which the identity provider would release it, and takes the
//! same way as a real person's.

use chrono::{Days, Months, NaiveDate};
use questionnaire::{Answer, Answers, Kind, Question, Questionnaire};
use rand::{RngExt as _, rngs::StdRng, seq::SliceRandom as _};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The scopes that the invented citizens grant.
pub const SCOPES: [&str; 3] = ["birthdate", "gender", "addresses"];

/// Shares of the regions, in percent.
const REGIONS: [(&str, f64); 8] = [
    ("01", 46.0),
    ("02", 24.0),
    ("03", 5.0),
    ("04", 13.0),
    ("05", 4.0),
    ("06", 3.0),
    ("07", 2.0),
    ("08", 3.0),
];

/// Youngest and oldest of a band of ages, and its share in percent.
const AGES: [(u32, u32, f64); 7] = [
    (14, 17, 4.0),
    (18, 24, 10.0),
    (25, 34, 17.0),
    (35, 44, 22.0),
    (45, 54, 17.0),
    (55, 64, 15.0),
    (65, 88, 15.0),
];

/// An invented citizen.
pub struct Invented {
    /// Subject at the identity provider.
    pub sub: String,
    /// What the identity provider would release.
    pub claims: Value,
    /// Age in years.
    pub age: u32,
}

/// How people of this country answer a question.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Habit {
    /// How likely each option is, in the questionnaire's order; of a multiple choice, in percent.
    pub weights: Vec<f64>,
    /// How much more the old choose the first options than the young.
    pub tilt: f64,
    /// Share of people who leave the question open.
    pub skip: f64,
}

/// The citizen of this number.
pub fn person(number: usize, today: NaiveDate, rng: &mut StdRng) -> Invented {
    let (youngest, oldest, _) = AGES[pick(&AGES.map(|(_, _, share)| share), rng)];
    let age = rng.random_range(youngest..=oldest);
    let born = today - Months::new(12 * age) - Days::new(rng.random_range(0..365));
    let region = REGIONS[pick(&REGIONS.map(|(_, share)| share), rng)].0;
    let mut claims = json!({
        "trusted": true,
        "birthDate": born.format("%d.%m.%Y").to_string(),
        "gender": if rng.random_bool(0.54) { "F" } else { "M" },
        "addresses": [{ "type": "PRG", "region": region }],
    });
    // Some refuse a scope, or the provider has nothing on file.
    for (claim, share) in [("gender", 0.04), ("addresses", 0.02)] {
        if rng.random_bool(share)
            && let Some(claims) = claims.as_object_mut()
        {
            claims.remove(claim);
        }
    }
    Invented { sub: format!("invented-{number}"), claims, age }
}

/// What a person of this age answers.
pub fn answers(
    questionnaire: &Questionnaire,
    habits: &BTreeMap<String, Habit>,
    age: u32,
    rng: &mut StdRng,
) -> Answers {
    let mut answers = Answers::new();
    for question in &questionnaire.questions {
        let Some(habit) = habits.get(&question.code) else { continue };
        if !question.required && rng.random_bool(habit.skip) {
            continue;
        }
        if let Some(answer) = answer(question, habit, age, rng) {
            answers.insert(question.code.clone(), answer);
        }
    }
    answers
}

fn answer(question: &Question, habit: &Habit, age: u32, rng: &mut StdRng) -> Option<Answer> {
    let codes = question.kind.categories();
    let weights = leaning(habit, age);
    if weights.len() != codes.len() || codes.is_empty() {
        return None;
    }
    Some(match &question.kind {
        Kind::SingleChoice { .. } | Kind::YesNo => {
            Answer::Choice(codes[pick(&weights, rng)].clone())
        }
        Kind::Scale { .. } => Answer::Scale(codes[pick(&weights, rng)].parse().ok()?),
        Kind::Number { .. } => {
            let (low, high) = codes[pick(&weights, rng)].split_once("..")?;
            Answer::Number(rng.random_range(low.parse::<i64>().ok()?..=high.parse().ok()?))
        }
        Kind::MultipleChoice { options, most, .. } => {
            let mut chosen: Vec<&String> = options
                .iter()
                .zip(&weights)
                .filter(|(option, weight)| {
                    !option.exclusive && rng.random_bool((*weight / 100.0).clamp(0.0, 1.0))
                })
                .map(|(option, _)| &option.code)
                .collect();
            chosen.shuffle(rng);
            chosen.truncate(*most as usize);
            if chosen.is_empty() {
                let exclusive = options.iter().find(|option| option.exclusive);
                chosen.push(&exclusive.unwrap_or(&options[0]).code);
            }
            Answer::Choices(chosen.into_iter().cloned().collect())
        }
        Kind::Date { .. } | Kind::ShortText { .. } => return None,
    })
}

/// The habit's weights for this age.
fn leaning(habit: &Habit, age: u32) -> Vec<f64> {
    let lean = ((f64::from(age) - 45.0) / 30.0).clamp(-1.0, 1.0);
    let last = habit.weights.len().saturating_sub(1).max(1);
    let place = |index: usize| {
        let part = f64::from(u32::try_from(index).unwrap_or(0))
            / f64::from(u32::try_from(last).unwrap_or(1));
        2.0 * part - 1.0
    };
    habit
        .weights
        .iter()
        .enumerate()
        .map(|(index, weight)| weight * (-habit.tilt * lean * place(index)).exp())
        .collect()
}

/// An index, as likely as its weight.
fn pick(weights: &[f64], rng: &mut StdRng) -> usize {
    let mut at = rng.random_range(0.0..weights.iter().sum::<f64>());
    for (index, weight) in weights.iter().enumerate() {
        if at < *weight {
            return index;
        }
        at -= weight;
    }
    weights.len() - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    #[test]
    fn the_old_lean_to_the_first_options() {
        let habit = Habit { weights: vec![1.0, 1.0, 1.0], tilt: 1.0, skip: 0.0 };
        let old = leaning(&habit, 80);
        assert!(old[0] > old[1] && old[1] > old[2]);
        assert!((leaning(&habit, 45)[0] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_same_seed_gives_the_same_people() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        let people = |seed| {
            let mut rng = StdRng::seed_from_u64(seed);
            (0..20).map(|n| person(n, today, &mut rng).claims).collect::<Vec<_>>()
        };
        assert_eq!(people(1), people(1));
        assert_ne!(people(1), people(2));
    }
}
