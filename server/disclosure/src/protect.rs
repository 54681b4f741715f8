//! The final release: rules 1 to 7 of the method, in order.
//!
//! 1. Only the declared breakdowns are made.
//! 2. Under [`Parameters::min_release`] responses nothing is published; under
//!    [`Parameters::min_breakdowns`] the headline only, and of a question on a special category
//!    nothing. Both are asked of the poll and again of each question's own respondents, because an
//!    optional question is a smaller poll of its own.
//! 3. and 4. Primary and complementary suppression, per question: on its own denominators, and once more
//!    with a group that responded and did not answer as a group of a few (`suppression`).
//! 5. Every remaining cell and denominator is perturbed by its cell key (`perturbation`).
//! 6. Percentages come from what is published ([`crate::percent`]); of few, and of nearly all, they are
//!    bounds and no count stands beside them ([`RowOption`]), and no denominator of another question is
//!    that count (`bases`).
//! 7. The number of responses is exact. A headline is exact when each of its numbers, and every number of
//!    people that follows from them by subtraction, is 0 or at least [`Parameters::min_row`]
//!    (`is_exact`); otherwise its numbers are perturbed.
//!
//! **What is known exactly is not perturbed as well.** Cell keys add up, so noise that is known says where a
//! group's key lies, and with it which numbers of the groups that it consists of are possible: of two rows,
//! how many of an option's people are in each, down to none or one. So a row that everybody is in has the
//! headline's numbers, and the base of a question that everybody had to answer is exact. `attacks/keys.rs` tries
//! it. Of whom that is not known, two numbers are left as they are: that they agree would tell it. Everybody
//! can skip an optional question, also one that goes on from another one; so that exactly those answered it who
//! said yes is never known.
//!
//! **What questions say of each other.** Who answers a question that can be skipped is an answer, too, and of
//! one that goes on from another one that answer. Two things follow. Which rows such a question has says
//! hardly more than which groups are small (3 and 4). And its denominators do not tell what a bound of a share
//! hides (6). Suppression looks at each question by itself: a linear combination of the tables of several
//! questions is a statement about the answers to one of them only through the rows of that one. That the
//! answers to two questions go together, nothing here can know (METHOD.md, "What is left").

use serde::{Deserialize, Serialize};

use crate::bases::{Bases, Group};
use crate::percent::{FEW, Percent};
use crate::perturbation::published;
use crate::plan::{Breakdown, Facet, Plan};
use crate::protected::{
    BreakdownTable, FORMAT, Headline, OptionCount, ParticipationRow, ParticipationTable,
    ProtectedTables, QuestionTables, Row, RowOption, Withheld,
};
use crate::ptable::{PTable, PTableId};
use crate::raw::{RawQuestion, RawTables, Tallies, Tally};
use crate::rows::{Key, categories, combinations, published_rows, total, within};
use crate::schema::{QuestionSchema, Schema};

/// The thresholds and the perturbation table. They are public, and part of every release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameters {
    /// Fewer people than this who responded, or who answered a question: nothing is published, of the
    /// poll or of that question. By default 10.
    pub min_release: u64,
    /// Fewer people than this: no breakdowns, and of a special category nothing. By default 50.
    pub min_breakdowns: u64,
    /// A row of fewer people than this is withheld. By default 10.
    pub min_row: u64,
    /// The perturbation table.
    pub table: PTableId,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { min_release: 10, min_breakdowns: 50, min_row: 10, table: PTableId::B }
    }
}

impl Parameters {
    /// Why a question (or the poll) with this many respondents has no headline, if so.
    fn withholds(&self, respondents: u64, special: bool) -> Option<Withheld> {
        // In this order: of a special category nothing tells 9 from 10.
        if special && respondents < self.min_breakdowns {
            Some(Withheld::SpecialCategory)
        } else if respondents < self.min_release {
            Some(Withheld::TooFew)
        } else {
            None
        }
    }
}

/// Turns raw counts into the tables that are published: once, after closing.
///
/// Unless the poll is withheld as a whole, each question of the schema is in them, and its breakdowns are,
/// or the reason why they are not; a withheld row is not there. It never fails: any counts are protected,
/// also those that no poll can have.
///
/// Deterministic: the same counts and keys give the same tables, whatever the order in which they
/// were reported.
#[expect(
    clippy::needless_pass_by_value,
    reason = "raw counts end here; nobody keeps them after they were protected"
)]
pub fn protect(raw: RawTables, plan: &Plan, parameters: &Parameters) -> ProtectedTables {
    let RawTables { schema, respondents, questions } = &raw;
    let responses = total(respondents).count;
    let all_special =
        !schema.questions.is_empty() && schema.questions.iter().all(|question| question.special);
    let mut release = ProtectedTables {
        format: FORMAT,
        parameters: parameters.clone(),
        least_told: Some(FEW),
        responses: None,
        withheld: parameters.withholds(responses, all_special),
        participation: Vec::new(),
        questions: Vec::new(),
    };
    if release.withheld.is_some() {
        return release;
    }
    release.responses = Some(responses);
    release.questions = schema
        .questions
        .iter()
        .zip(questions)
        .map(|(question, raw)| totals(question, raw, responses, plan, parameters))
        .collect();
    let all = if responses < parameters.min_breakdowns {
        Vec::new()
    } else {
        published_rows(schema, respondents, respondents, plan, parameters.min_row)
    };
    divide(&mut release.questions, &raw, &all, plan, parameters);
    release.participation = participation(schema, respondents, all, parameters);
    release
}

/// Rules 2 and 7 for one question, whose breakdowns are still to be made.
fn totals(
    question: &QuestionSchema,
    raw: &RawQuestion,
    responses: u64,
    plan: &Plan,
    parameters: &Parameters,
) -> QuestionTables {
    let respondents = responses.min(total(&raw.answered).count);
    let withheld = parameters.withholds(respondents, question.special);
    let too_few = respondents < parameters.min_breakdowns;
    QuestionTables {
        code: question.code.clone(),
        withheld,
        headline: withheld.is_none().then(|| headline(question, raw, responses, parameters)),
        breakdowns_withheld: (withheld.is_none() && !plan.breakdowns.is_empty() && too_few)
            .then_some(Withheld::TooFew),
        breakdowns: Vec::new(),
    }
}

/// The rows of each breakdown that are published.
type PublishedRows = Vec<(Breakdown, Vec<Key>)>;

/// Makes the breakdowns of the questions whose totals are published: rules 3 to 6. `all` are the rows of
/// those who responded. Of a question without options there are none: its rows would say only how many
/// wrote something, and stand for the denominators of other questions, of which nobody could see why.
fn divide(
    questions: &mut [QuestionTables],
    raw: &RawTables,
    all: &PublishedRows,
    plan: &Plan,
    parameters: &Parameters,
) {
    let RawTables { schema, respondents, questions: counts } = raw;
    let table = parameters.table.table();
    let keys = |rows: &PublishedRows| rows.iter().flat_map(|(_, keys)| keys).copied().collect();
    let responses = total(respondents).count;
    let mut groups =
        vec![Group { people: respondents, count: responses, told: responses, rows: keys(all) }];
    let mut divided = Vec::new();
    for (place, tables) in questions.iter().enumerate() {
        let has_options = !schema.questions[place].options.is_empty();
        let has_rows = has_options && tables.breakdowns_withheld.is_none();
        if let (Some(headline), true) = (&tables.headline, has_rows) {
            let people = &counts[place].answered;
            let rows = published_rows(schema, people, respondents, plan, parameters.min_row);
            let (count, told) = (total(people).count, headline.base);
            groups.push(Group { people, count, told, rows: keys(&rows) });
            divided.push((place, groups.len() - 1, rows));
        }
    }
    // Not before all rows are known that are published: only of them a number may stand for another one.
    let mut bases = Bases::new(table, groups);
    for (place, group, rows) in divided {
        let (question, raw, tables) =
            (&schema.questions[place], &counts[place], &mut questions[place]);
        let Some(headline) = &tables.headline else { continue };
        let answered = total(&raw.answered).count;
        let mut row = |breakdown, key| {
            let categories = categories(schema, breakdown, key);
            if within(&raw.answered, key).count == answered {
                return everybody(categories, headline);
            }
            let base = bases.told(group, key);
            Row { categories, base, options: row_options(question, raw, key, base, table) }
        };
        tables.breakdowns = rows
            .into_iter()
            .map(|(breakdown, keys)| BreakdownTable {
                breakdown,
                complete: keys.len() == combinations(schema, breakdown),
                rows: keys.into_iter().map(|key| row(breakdown, key)).collect(),
            })
            .collect();
    }
}

/// A row that everybody is in who is in the headline. Beside its bounds there are no counts either: it looks
/// like any other row.
fn everybody(categories: Vec<(Facet, String)>, headline: &Headline) -> Row {
    let base = headline.base;
    let options =
        headline.options.iter().map(|option| RowOption::of(&option.code, option.count, base));
    Row { categories, base, options: options.collect() }
}

/// Rule 7, and of what is exact nothing may be subtracted to fewer people than a row may have: not
/// those who answered from all, nor what [`tells_nobody_by_choices`] looks at.
fn is_exact(
    question: &QuestionSchema,
    raw: &RawQuestion,
    responses: u64,
    parameters: &Parameters,
) -> bool {
    let base = total(&raw.answered).count;
    let chosen: Vec<Tally> = raw.chosen.iter().map(total).collect();
    let tells_nobody = |people: u64| people == 0 || people >= parameters.min_row;
    tells_nobody(responses.saturating_sub(base))
        && chosen.iter().all(|tally| tells_nobody(tally.count))
        && (!question.multiple
            || tells_nobody_by_choices(question, &chosen, base, parameters.min_row))
}

/// Rule 7. A base that is known exactly is told as it is in every headline: where nobody can skip the
/// question. That everybody answered a question that can be skipped is not known, and nor is that exactly
/// those did whom another question tells.
fn headline(
    question: &QuestionSchema,
    raw: &RawQuestion,
    responses: u64,
    parameters: &Parameters,
) -> Headline {
    let exact = is_exact(question, raw, responses, parameters);
    let publish = |tally: Tally| {
        if exact { tally.count } else { published(parameters.table.table(), tally) }
    };
    let base = total(&raw.answered);
    let everybody = question.required && base.count == responses;
    let base = if everybody { responses } else { publish(base) };
    let options = question
        .options
        .iter()
        .zip(raw.chosen.iter().map(total))
        .map(|(code, tally)| {
            let count = publish(tally);
            OptionCount { code: code.clone(), count, percent: Percent::of_headline(count, base) }
        })
        .collect();
    Headline { base, exact, options }
}

/// Rule 7 where several options can be chosen: whether no subtraction among the exact numbers of a
/// question leads to 1 to `min_row - 1` people. `chosen` are those who chose each option, none of
/// which is that few (the caller sees to it), and `base` those who answered, each with at least one.
///
/// It looks at two groups of people with their options: all who answered, with all options; and those
/// who chose no option that excludes the others, with the options that do not. Of a group of `P` people
/// who made `C` choices among `m` options it is true if each of these numbers is 0 or at least `min_row`:
/// * `P`: in the second group, all less those who chose "none of these";
/// * `P` less those who chose an option, for each of them: who did not choose it;
/// * `C - e·P` for each `e` from 1 to `m`, without its sign: where everybody chose `e` or `e + 1`
///   options, this many chose one more, and `(e + 1)·P - C` one fewer.
///
/// Why these are enough: a sum of the exact numbers with whole weights is a number of people only if
/// it counts each person once or not at all, whichever answer of those that the question allows they
/// gave. Where any options may be chosen together, such a sum is one of these numbers or adds up some
/// that are about different people, so it is not small either. Where a question allows fewer answers
/// there are more such sums; the test goes through those with weights from -3 to 3 for three options
/// and "none of these", however many may be chosen.
///
/// It is false more often than necessary: `C - e·P` is looked at also where nobody can know that
/// everybody chose `e` or `e + 1`.
fn tells_nobody_by_choices(
    question: &QuestionSchema,
    chosen: &[Tally],
    base: u64,
    min_row: u64,
) -> bool {
    let all: Vec<u64> = chosen.iter().map(|tally| tally.count).collect();
    let (mut left, mut together) = (base, Vec::new());
    for (code, count) in question.options.iter().zip(&all) {
        if question.exclusive.contains(code) {
            left = left.saturating_sub(*count);
        } else {
            together.push(*count);
        }
    }
    [(base, &all), (left, &together)].into_iter().all(|(people, options)| {
        let tells_nobody = |count: u128| count == 0 || count >= u128::from(min_row);
        // Wider than a count: any counts are protected, also those that no poll can have.
        let choices: u128 = options.iter().map(|count| u128::from(*count)).sum();
        tells_nobody(u128::from(people))
            && options.iter().all(|count| tells_nobody(people.saturating_sub(*count).into()))
            && (1..)
                .take(options.len())
                .all(|each: u128| tells_nobody(choices.abs_diff(u128::from(people) * each)))
    })
}

/// The options of a row, from their perturbed counts and its published base.
fn row_options(
    question: &QuestionSchema,
    raw: &RawQuestion,
    key: Key,
    base: u64,
    table: &PTable,
) -> Vec<RowOption> {
    question
        .options
        .iter()
        .zip(&raw.chosen)
        .map(|(code, chosen)| RowOption::of(code, published(table, within(chosen, key)), base))
        .collect()
}

/// The respondents by each declared breakdown, protected like a question without options.
fn participation(
    schema: &Schema,
    respondents: &Tallies,
    rows: PublishedRows,
    parameters: &Parameters,
) -> Vec<ParticipationTable> {
    let table = parameters.table.table();
    let all = total(respondents).count;
    rows.into_iter()
        .map(|(breakdown, keys)| ParticipationTable {
            breakdown,
            complete: keys.len() == combinations(schema, breakdown),
            rows: keys
                .into_iter()
                .map(|key| {
                    let people = within(respondents, key);
                    let everybody = people.count == all;
                    ParticipationRow {
                        categories: categories(schema, breakdown, key),
                        count: if everybody { all } else { published(table, people) },
                    }
                })
                .collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::tells_nobody_by_choices;
    use crate::raw::Tally;
    use crate::schema::QuestionSchema;

    const MIN_ROW: u64 = 3;

    /// Three options, and a fourth that excludes them.
    fn question() -> QuestionSchema {
        QuestionSchema {
            code: "q".into(),
            options: ["a", "b", "c", "none"].map(str::to_owned).to_vec(),
            multiple: true,
            exclusive: vec!["none".to_owned()],
            ..QuestionSchema::default()
        }
    }

    fn tells_nobody(chosen: [u64; 4], base: u64) -> bool {
        let chosen = chosen.map(|count| Tally { count, key_sum: 0 });
        tells_nobody_by_choices(&question(), &chosen, base, MIN_ROW)
    }

    #[test]
    fn each_number_that_is_looked_at() {
        // Ten chose one of three each, and five none of these.
        assert!(tells_nobody([10, 10, 10, 5], 35));
        assert!(!tells_nobody([10, 10, 0, 18], 20), "two of twenty chose something");
        assert!(!tells_nobody([10, 8, 0, 0], 10), "two of ten did not choose b");
        assert!(!tells_nobody([10, 8, 0, 5], 15), "nor of the ten who chose something");
        assert!(!tells_nobody([10, 6, 6, 0], 20), "two chose one more than the others");
        assert!(!tells_nobody([10, 14, 14, 0], 20), "two chose one fewer than the others");
        assert!(tells_nobody([0; 4], 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// Goes through all sums, with weights from -3 to 3, of those who answered and those who chose
        /// each option. Whatever counts each person once or not at all is a number of people.
        #[test]
        fn no_sum_that_counts_people_counts_a_few(
            least in 1..=3_u32,
            more in 0..3_u32,
            people in prop::collection::vec(
                prop_oneof![3 => Just(0_i64), 1 => 1..3_i64, 3 => 3..9_i64],
                9,
            ),
        ) {
            // What a person may choose, one bit an option, and how many did: `people[choice]`.
            let fits = |choice: &usize| (least..=least + more).contains(&choice.count_ones());
            let choices: Vec<usize> = (1..8).filter(fits).chain([8]).collect();
            let chose = |option: u32, choice: usize| (choice >> option) & 1 == 1;
            let base: i64 = choices.iter().map(|choice| people[*choice]).sum();
            let chosen = [0, 1, 2, 3].map(|option| -> i64 {
                let those = choices.iter().filter(|choice| chose(option, **choice));
                those.map(|choice| people[*choice]).sum()
            });
            let few = |people: i64| (1..3).contains(&people);
            let counts = chosen.map(i64::unsigned_abs);
            if chosen.into_iter().any(few) || !tells_nobody(counts, base.unsigned_abs()) {
                return Ok(());
            }
            for weights in 0..7_i64.pow(5) {
                let weight = |place: u32| weights / 7_i64.pow(place) % 7 - 3;
                let times = |choice: &usize| -> i64 {
                    let its = (0..4).filter(|option| chose(*option, *choice));
                    weight(4) + its.map(weight).sum::<i64>()
                };
                if choices.iter().all(|choice| (0..=1).contains(&times(choice))) {
                    let options = (0..4).zip(chosen).map(|(option, count)| weight(option) * count);
                    let told = weight(4) * base + options.sum::<i64>();
                    prop_assert!(!few(told), "{told} people by the weights {weights}");
                }
            }
        }

        #[test]
        fn any_counts_are_looked_at(chosen: [u64; 4], base: u64) {
            tells_nobody(chosen, base);
        }
    }
}
