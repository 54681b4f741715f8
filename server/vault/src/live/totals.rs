//! The running totals of live batches and what is shown of them. Pure.

use crate::{Error, Random};
use disclosure::live::{QUESTIONS, batch};
use questionnaire::{Kind, Questionnaire};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is shown of a poll that is open: noisy totals of the responses released so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveResults {
    /// How many batches were released; before the first, there are no totals.
    pub batches: u32,
    /// Whether no more will be.
    pub ended: bool,
    /// How many responses are in them at least, in full tens.
    pub responses: u64,
    /// The first [`QUESTIONS`] of those that have options, in the order of the questionnaire.
    pub questions: Vec<LiveQuestion>,
}

/// The noisy totals of one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveQuestion {
    /// The question's code.
    pub code: String,
    /// Its options, in their order.
    pub options: Vec<LiveOption>,
}

/// The noisy total of one option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveOption {
    /// The option's code.
    pub code: String,
    /// People who chose it, with noise; never below zero.
    pub count: u64,
}

/// The stored totals of one question, by the option's code. Their noise may make them negative,
/// and only so do the batches add up.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub struct Totals {
    question: String,
    options: Vec<(String, i64)>,
}

/// The totals as they are stored.
pub fn write(totals: &[Totals]) -> String {
    serde_json::to_string(totals).expect("texts and numbers always have a JSON form")
}

/// The totals as they were stored.
pub fn read(content: &str) -> Result<Vec<Totals>, Error> {
    serde_json::from_str(content).map_err(Error::malformed("a live batch"))
}

/// How many people of one batch chose each option, by the codes of question and option.
pub type Increments = BTreeMap<(String, String), u64>;

impl Totals {
    /// What is shown of them.
    pub fn shown(self) -> LiveQuestion {
        let option = |(code, total)| LiveOption { code, count: u64::try_from(total).unwrap_or(0) };
        LiveQuestion {
            code: self.question,
            options: self.options.into_iter().map(option).collect(),
        }
    }
}

/// The totals after a batch: those before it, its increments and fresh noise.
pub fn add_batch(
    before: &[Totals],
    questionnaire: &Questionnaire,
    increments: &Increments,
    rng: Random<'_>,
) -> Vec<Totals> {
    let mut totals = Vec::new();
    // Free text has no options and is never shown.
    let shown =
        questionnaire.questions.iter().map(|question| (question, question.kind.categories()));
    for (question, codes) in shown.filter(|(_, codes)| !codes.is_empty()).take(QUESTIONS) {
        let increment = |code: &String| {
            increments.get(&(question.code.clone(), code.clone())).copied().unwrap_or(0)
        };
        let increments: Vec<u64> = codes.iter().map(increment).collect();
        let released = batch(&increments, most_picks(&question.kind), || rng.next_u64());
        let before = before.iter().find(|totals| totals.question == question.code);
        let total = |code: &String| {
            let mut options = before.iter().flat_map(|totals| &totals.options);
            options.find(|(known, _)| known == code).map_or(0, |(_, total)| *total)
        };
        let options = codes.into_iter().zip(released).map(|(code, released)| {
            let total = total(&code).saturating_add(released);
            (code, total)
        });
        totals.push(Totals { question: question.code.clone(), options: options.collect() });
    }
    totals
}

/// The most options that one person's answer counts in.
fn most_picks(kind: &Kind) -> u32 {
    if let Kind::MultipleChoice { most, .. } = kind { *most } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use disclosure::live::noise;
    use questionnaire::{Label, Order, Question, Text};
    use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

    fn question(code: &str, kind: Kind) -> Question {
        Question {
            code: code.into(),
            title: Text::both(code, code),
            hint: Text::default(),
            required: false,
            kind,
        }
    }

    fn questionnaire() -> Questionnaire {
        let label = |code: &str| Label {
            code: code.into(),
            text: Text::both(code, code),
            exclusive: false,
        };
        let options = ["bus", "train", "tram"].map(label).to_vec();
        let uses = Kind::MultipleChoice { options, order: Order::Fixed, least: 1, most: 3 };
        Questionnaire {
            questions: vec![
                question("know", Kind::YesNo),
                question("why", Kind::ShortText { max_chars: 9 }),
                question("uses", uses),
            ],
        }
    }

    fn increments(n: u64) -> Increments {
        let of = |question: &str, code: &str| (question.to_owned(), code.to_owned());
        [(of("know", "yes"), n), (of("uses", "tram"), n + 1), (of("why", "x"), 7)].into()
    }

    #[test]
    fn batches_add_up_each_with_the_noise_drawn_for_it() {
        let mut rng = StdRng::seed_from_u64(3);
        let first = add_batch(&[], &questionnaire(), &increments(50), &mut rng);
        let second = add_batch(&first, &questionnaire(), &increments(60), &mut rng);
        let mut rng = StdRng::seed_from_u64(3);
        let mut noises = || {
            // A multiple choice shares its budget among three picks; free text has no noise,
            // because it has no total.
            [1, 1, 3, 3, 3].map(|picks| noise(picks, || rng.next_u64()))
        };
        let (one, two) = (noises(), noises());
        let expected: Vec<i64> = [110, 0, 0, 0, 112]
            .into_iter()
            .enumerate()
            .map(|(i, count)| count + one[i] + two[i])
            .collect();
        let flat = |totals: &[Totals]| -> Vec<i64> {
            totals.iter().flat_map(|totals| totals.options.iter().map(|option| option.1)).collect()
        };
        assert_eq!(flat(&second), expected);
        let questions: Vec<_> = second.iter().map(|totals| totals.question.as_str()).collect();
        assert_eq!(questions, ["know", "uses"]);
    }

    #[test]
    fn of_many_questions_the_first_with_options_are_shown() {
        let mut questionnaire = questionnaire();
        for code in ["one", "two", "three"] {
            questionnaire.questions.push(question(code, Kind::YesNo));
        }
        let mut rng = StdRng::seed_from_u64(3);
        let totals = add_batch(&[], &questionnaire, &increments(50), &mut rng);
        let shown: Vec<_> = totals.iter().map(|totals| totals.question.as_str()).collect();
        assert_eq!(shown, ["know", "uses", "one"]);
    }

    #[test]
    fn a_negative_total_is_shown_as_nobody() {
        let options = vec![("yes".to_owned(), -3), ("no".to_owned(), 4)];
        let shown = Totals { question: "know".into(), options }.shown();
        let counts: Vec<_> = shown.options.iter().map(|option| option.count).collect();
        assert_eq!(counts, [0, 4]);
    }
}
