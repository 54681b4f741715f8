//! Two published polls that asked the same question, side by side.
//!
//! Made of what each of them published, so it can say nothing that they do not.

use super::{Category, Choice, Figure, Note, Percent, QuestionResults, Results};
use chrono::NaiveDate;
use questionnaire::{Breakdown, Language};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A published poll that asked a question of another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparable {
    /// The poll.
    pub poll: Uuid,
    /// Its title.
    pub title: String,
    /// The title's language where it is not the reader's.
    pub language: Option<Language>,
    /// The day of publication.
    pub published: NaiveDate,
}

/// Two polls side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The poll that closed first, and the other.
    pub polls: [Side; 2],
    /// The breakdowns that both plans have.
    pub planned: Vec<Breakdown>,
    /// The one that the page shows.
    pub chosen: Choice,
    /// The questions that both asked; none where one of the two has no results.
    pub questions: Vec<Compared>,
}

/// One of the two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// The poll.
    pub poll: Uuid,
    /// Its title.
    pub title: String,
    /// The title's language where it is not the reader's.
    pub language: Option<Language>,
    /// First and last day of the poll.
    pub open: Option<(NaiveDate, NaiveDate)>,
    /// The day of publication.
    pub published: NaiveDate,
    /// The number of responses; absent where nothing is published.
    pub responses: Option<u64>,
    /// Whom it asked, a line for each condition.
    pub audience: Vec<String>,
}

/// A question that both asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// Its code.
    pub code: String,
    /// The question.
    pub title: String,
    /// The language of its words where it is not the reader's.
    pub language: Option<Language>,
    /// What one has to know to read its figures.
    pub note: Note,
    /// As [`QuestionResults::stacked`].
    pub stacked: bool,
    /// As [`QuestionResults::required`], then and then.
    pub required: [bool; 2],
    /// Whether everybody's figures are exact, then and then.
    pub exact: [bool; 2],
    /// What is compared, everybody first; nobody where one of the two published nothing.
    pub rows: Vec<ComparedRow>,
}

impl Compared {
    /// As [`QuestionResults::options_language`].
    #[must_use]
    pub const fn options_language(&self) -> Option<Language> {
        if self.stacked { None } else { self.language }
    }

    /// As [`QuestionResults::labels_language`].
    #[must_use]
    pub const fn labels_language(&self) -> Option<Language> {
        self.note.labels_language(self.language, self.options_language())
    }
}

/// The same people's group in both polls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedRow {
    /// Whom it is about; empty for everybody.
    pub categories: Vec<Category>,
    /// How many of them answered, then and then.
    pub bases: [u64; 2],
    /// The options in their order.
    pub options: Vec<Pair>,
}

/// One option's figures in both polls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// The figures.
    pub figures: [Figure; 2],
    /// By how much the second share is above the first.
    pub difference: Difference,
}

/// A difference of two published shares in percentage points: one of these, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The least that it can be.
    pub from: i16,
    /// The most that it can be.
    pub to: i16,
}

impl Difference {
    /// What two published shares say of their difference. Where one is a bound, that is a
    /// range: nothing finer than the shares comes out of it.
    #[must_use]
    pub const fn of(before: Percent, after: Percent) -> Self {
        let ((before_from, before_to), (after_from, after_to)) = (ends(before), ends(after));
        Self { from: after_from - before_to, to: after_to - before_from }
    }
}

/// The least and the most that a published share can be.
const fn ends(percent: Percent) -> (i16, i16) {
    match percent {
        Percent::AtMost(most) => (0, most as i16),
        Percent::Exactly(percent) => (percent as i16, percent as i16),
        Percent::AtLeast(least) => (least as i16, 100),
    }
}

impl Comparison {
    /// Two published polls; `same` are the codes of the questions that both asked, `planned` the breakdowns
    /// that both declared, of which one may be `chosen`.
    #[must_use]
    pub fn of(
        mut polls: [&Results; 2],
        same: &[String],
        planned: Vec<Breakdown>,
        chosen: Choice,
    ) -> Self {
        // The older one is the one to begin with, whichever was asked for first.
        polls.sort_by_key(|poll| (poll.open.map(|(_, last)| last), poll.published, poll.poll));
        let [one, other] = polls;
        let question = |code: &String| {
            let find = |poll: &Results| poll.questions.iter().find(|q| q.code == *code).cloned();
            Some(compare(&find(one)?, &find(other)?, other.language, chosen))
        };
        let polls = polls.map(Side::of);
        let questions = if chosen == Choice::NotPlanned || polls.iter().any(Side::is_withheld) {
            Vec::new()
        } else {
            same.iter().filter_map(question).collect()
        };
        Self { polls, planned, chosen, questions }
    }

    /// Whether one of the two has no results, because too few people responded: there is nothing to compare.
    #[must_use]
    pub fn is_withheld(&self) -> bool {
        self.polls.iter().any(Side::is_withheld)
    }

    /// Whether both asked the same people. It goes by the words: a condition that they do not say is none.
    #[must_use]
    pub fn same_audience(&self) -> bool {
        self.polls[0].audience == self.polls[1].audience
    }
}

impl Side {
    /// Whether nothing of it is published.
    const fn is_withheld(&self) -> bool {
        self.responses.is_none()
    }

    fn of(poll: &Results) -> Self {
        Self {
            poll: poll.poll,
            title: poll.title.clone(),
            language: poll.language,
            open: poll.open,
            published: poll.published,
            responses: poll.responses,
            audience: poll.audience.clone(),
        }
    }
}

fn compare(
    one: &QuestionResults,
    other: &QuestionResults,
    language: Option<Language>,
    chosen: Choice,
) -> Compared {
    let everybody = one.headline.as_ref().zip(other.headline.as_ref()).map(|(one, other)| {
        let bases = [one.base, other.base];
        ComparedRow { categories: vec![], bases, options: pairs(&one.figures, &other.figures) }
    });
    let table = |question: &QuestionResults| {
        question.breakdowns.iter().find(|table| chosen == Choice::By(table.by)).cloned()
    };
    let groups = table(one).zip(table(other)).map(|(one, other)| {
        let same = |row: &super::Row| {
            let codes = |row: &super::Row| -> Vec<_> {
                row.categories.iter().map(|category| category.code.clone()).collect()
            };
            let other = other.rows.iter().find(|other| codes(other) == codes(row))?;
            Some(ComparedRow {
                categories: row.categories.clone(),
                bases: [row.base, other.base],
                options: pairs(&row.figures, &other.figures),
            })
        };
        one.rows.iter().filter_map(same).collect::<Vec<_>>()
    });
    Compared {
        code: other.code.clone(),
        title: other.title.clone(),
        language,
        note: other.note.clone(),
        stacked: other.stacked,
        required: [one.required, other.required],
        exact: [one, other].map(|question| question.headline.as_ref().is_some_and(|all| all.exact)),
        rows: everybody.into_iter().chain(groups.into_iter().flatten()).collect(),
    }
}

fn pairs(one: &[Figure], other: &[Figure]) -> Vec<Pair> {
    let pair = |before: &Figure| {
        let after = other.iter().find(|after| after.code == before.code)?;
        let difference = Difference::of(before.percent, after.percent);
        Some(Pair { figures: [before.clone(), after.clone()], difference })
    };
    one.iter().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_says_no_more_than_its_shares() {
        let of = |before, after| {
            let Difference { from, to } = Difference::of(before, after);
            (from, to)
        };
        assert_eq!(of(Percent::Exactly(40), Percent::Exactly(33)), (-7, -7));
        assert_eq!(of(Percent::AtMost(5), Percent::Exactly(40)), (35, 40));
        assert_eq!(of(Percent::Exactly(90), Percent::AtLeast(95)), (5, 10));
        assert_eq!(of(Percent::AtMost(5), Percent::AtMost(5)), (-5, 5));
        assert_eq!(of(Percent::AtLeast(95), Percent::AtMost(5)), (-100, -90));
        assert_eq!(of(Percent::AtMost(18), Percent::AtLeast(82)), (64, 100));
    }
}
