//! The final release: rules 1 to 7 of the method, in order.
//!
//! 1. Only the declared breakdowns are made.
//! 2. Under [`Parameters::min_release`] responses nothing is published; under
//!    [`Parameters::min_breakdowns`] the headline only, and of a question on a special category
//!    nothing. Both are asked of the poll and again of each question's own respondents, because an
//!    optional question is a smaller poll of its own.
//! 3. and 4. Primary and complementary suppression, per question and on that question's
//!    denominators (`suppression`).
//! 5. Every remaining cell and denominator is perturbed by its cell key (`perturbation`).
//! 6. Percentages come from what is published ([`crate::percent`]); where one is blurred, no count
//!    stands beside it ([`RowOption`]).
//! 7. The number of responses is exact. A headline is exact when every option has 0 or at least
//!    [`Parameters::min_row`] responses; otherwise its numbers are perturbed.
//!
//! **No number is published exactly and perturbed at once.** Cell keys add up, so noise that is known
//! says where a group's key lies, and with it which numbers of the groups that it consists of are
//! possible: of two rows, how many of an option's people are in each, down to none or one. So a row
//! that everybody is in has the headline's numbers, and the base of a question that everybody had to
//! answer, which is the number of responses, is never perturbed. (`attacks/keys.rs` tries it.)
//!
//! **Why each question stands alone.** The counts of a question are sums over the people who answered
//! it, so a linear combination of several questions' tables is a statement about one question's
//! answers only through that question's rows. What another question could add is who is where: its
//! denominators. Suppression already treats every denominator as known exactly, withheld ones too,
//! so there is nothing left to add.

use serde::{Deserialize, Serialize};

use crate::percent::Percent;
use crate::perturbation::published;
use crate::plan::{Facet, Plan};
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
        if respondents < self.min_release {
            Some(Withheld::TooFew)
        } else if special && respondents < self.min_breakdowns {
            Some(Withheld::SpecialCategory)
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
        responses: None,
        withheld: parameters.withholds(responses, all_special),
        participation: Vec::new(),
        questions: Vec::new(),
    };
    if release.withheld.is_some() {
        return release;
    }
    release.responses = Some(responses);
    if responses >= parameters.min_breakdowns {
        release.participation = participation(schema, respondents, plan, parameters);
    }
    release.questions = schema
        .questions
        .iter()
        .zip(questions)
        .map(|(question, raw)| protect_question(schema, question, raw, responses, plan, parameters))
        .collect();
    release
}

/// Rules 2 to 7 for one question.
fn protect_question(
    schema: &Schema,
    question: &QuestionSchema,
    raw: &RawQuestion,
    responses: u64,
    plan: &Plan,
    parameters: &Parameters,
) -> QuestionTables {
    let base = total(&raw.answered);
    let respondents = responses.min(base.count);
    let mut tables = QuestionTables {
        code: question.code.clone(),
        withheld: parameters.withholds(respondents, question.special),
        headline: None,
        breakdowns_withheld: None,
        breakdowns: Vec::new(),
    };
    if tables.withheld.is_some() {
        return tables;
    }
    let headline = headline(question, raw, base, responses, parameters);
    if plan.breakdowns.is_empty() || respondents < parameters.min_breakdowns {
        tables.breakdowns_withheld = (!plan.breakdowns.is_empty()).then_some(Withheld::TooFew);
        tables.headline = Some(headline);
        return tables;
    }
    let table = parameters.table.table();
    tables.breakdowns = published_rows(schema, &raw.answered, plan, parameters.min_row)
        .into_iter()
        .map(|(breakdown, keys)| BreakdownTable {
            breakdown,
            complete: keys.len() == combinations(schema, breakdown),
            rows: keys
                .into_iter()
                .map(|key| {
                    let people = within(&raw.answered, key);
                    let categories = categories(schema, breakdown, key);
                    if people.count == base.count {
                        return everybody(categories, &headline);
                    }
                    let base = published(table, people);
                    Row { categories, base, options: row_options(question, raw, key, base, table) }
                })
                .collect(),
        })
        .collect();
    tables.headline = Some(headline);
    tables
}

/// A row that everybody is in who is in the headline. Beside its blurred shares there are no counts
/// either: it looks like any other row.
fn everybody(categories: Vec<(Facet, String)>, headline: &Headline) -> Row {
    let base = headline.base;
    let options =
        headline.options.iter().map(|option| RowOption::of(&option.code, option.count, base));
    Row { categories, base, options: options.collect() }
}

/// Rule 7, and of what is exact nothing may be subtracted to fewer people than a row may have: not
/// those who answered from all, nor what [`tells_nobody_by_choices`] looks at.
fn headline(
    question: &QuestionSchema,
    raw: &RawQuestion,
    base: Tally,
    responses: u64,
    parameters: &Parameters,
) -> Headline {
    let chosen: Vec<Tally> = raw.chosen.iter().map(total).collect();
    let tells_nobody = |people: u64| people == 0 || people >= parameters.min_row;
    let exact = tells_nobody(responses.saturating_sub(base.count))
        && chosen.iter().all(|tally| tells_nobody(tally.count))
        && (!question.multiple
            || tells_nobody_by_choices(question, &chosen, base.count, parameters.min_row));
    let publish = |tally: Tally| {
        if exact { tally.count } else { published(parameters.table.table(), tally) }
    };
    let everybody = question.required && base.count == responses;
    let base = if everybody { responses } else { publish(base) };
    let options = question
        .options
        .iter()
        .zip(chosen)
        .map(|(code, tally)| {
            let count = publish(tally);
            OptionCount { code: code.clone(), count, percent: Percent::of_headline(count, base) }
        })
        .collect();
    Headline { base, exact, options }
}

/// Whether, where several options can be chosen, nothing subtracted leads to a few people: not those who
/// chose an option from those who answered, nor these from all choices, which gives who chose one more,
/// or one fewer, than the others. Both also without those who chose an option that excludes the others.
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
    plan: &Plan,
    parameters: &Parameters,
) -> Vec<ParticipationTable> {
    let table = parameters.table.table();
    let all = total(respondents).count;
    published_rows(schema, respondents, plan, parameters.min_row)
        .into_iter()
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
