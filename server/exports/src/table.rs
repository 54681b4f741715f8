//! The walk over a release that every format takes: tables, their rows, their figures.

use locales::i18n::Locale;
use ports::views::results::{
    self, Category, Facet, Figure, QuestionResults, Rate, Results, Turnout, words,
};
use questionnaire::Breakdown;

/// One published table. It only points into the release, however many rows that has.
#[derive(Clone, Copy)]
pub struct Table<'a> {
    /// The question; none for participation.
    pub question: Option<&'a QuestionResults>,
    /// The breakdown; none for everybody.
    pub by: Option<Breakdown>,
    /// Whether its figures are exact.
    pub exact: bool,
    /// Whether every combination of categories has a row.
    pub complete: bool,
    /// The published rows.
    pub rows: Rows<'a>,
}

impl Table<'_> {
    /// Whether it is about the number of people only: participation, and written answers.
    #[must_use]
    pub fn people_only(&self) -> bool {
        self.rows.iter().all(|row| row.figures.is_empty())
    }

    /// Whether residents are known of any of its rows.
    #[must_use]
    pub fn tells_residents(&self) -> bool {
        self.rows.iter().any(|row| row.residents.is_some())
    }

    /// An option of its question by itself, for a line that stands alone wherever it is copied to.
    #[must_use]
    pub fn label(&self, figure: &Figure, locale: Locale) -> String {
        self.question.map_or_else(
            || figure.label.clone(),
            |question| words::label(locale, &question.note, figure),
        )
    }

    /// The facets of its rows, in their order.
    #[must_use]
    pub fn facets(&self) -> &'static [Facet] {
        self.by.map_or(&[], Facet::of)
    }
}

/// Where the rows of a table are.
#[derive(Clone, Copy)]
pub enum Rows<'a> {
    /// One, about everybody.
    Everybody(Row<'a>),
    /// How many people took part; by region, of how many residents.
    People(&'a [(Vec<Category>, u64)], &'a [Turnout]),
    /// What they answered.
    Answers(&'a [results::Row]),
}

impl<'a> Rows<'a> {
    /// The rows in their order.
    pub fn iter(self) -> impl Iterator<Item = Row<'a>> {
        (0..self.len()).map(move |place| match self {
            Self::Everybody(row) => row,
            Self::People(rows, turnout) => {
                let (categories, people) = &rows[place];
                let region = categories.first().map(|category| &category.code);
                let known = turnout.iter().find(|known| Some(&known.region) == region);
                let residents = known.map(|known| (known.residents, known.rate));
                Row { categories, base: *people, figures: &[], residents }
            }
            Self::Answers(rows) => {
                let results::Row { categories, base, figures } = &rows[place];
                Row { categories, base: *base, figures, residents: None }
            }
        })
    }

    /// How many there are.
    #[must_use]
    pub const fn len(self) -> usize {
        match self {
            Self::Everybody(_) => 1,
            Self::People(rows, _) => rows.len(),
            Self::Answers(rows) => rows.len(),
        }
    }

    /// Whether all are withheld.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// One row.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// Whom it is about, in the order of [`Facet::of`]; empty for everybody.
    pub categories: &'a [Category],
    /// How many of them answered.
    pub base: u64,
    /// The options in their order; empty where only people are counted.
    pub figures: &'a [Figure],
    /// Of those who took part: how many live there, and how many of each thousand took part.
    pub residents: Option<(u64, Rate)>,
}

/// Everything that is published, in the order of the page: participation, then each question,
/// everybody before the breakdowns.
#[must_use]
pub fn tables(results: &Results) -> Vec<Table<'_>> {
    let everybody = results.responses.map(|responses| Table {
        question: None,
        by: None,
        exact: true,
        complete: true,
        rows: Rows::Everybody(Row {
            categories: &[],
            base: responses,
            figures: &[],
            residents: results.residents,
        }),
    });
    let questions = results.questions.iter().flat_map(of_question);
    everybody.into_iter().chain(of_participation(results)).chain(questions).collect()
}

/// The tables of who took part.
pub fn of_participation(results: &Results) -> impl Iterator<Item = Table<'_>> {
    results.participation.iter().map(|table| {
        let turnout = if table.by == Breakdown::Region { &results.turnout[..] } else { &[] };
        Table {
            question: None,
            by: Some(table.by),
            exact: false,
            complete: table.complete,
            rows: Rows::People(&table.rows, turnout),
        }
    })
}

/// A question's tables.
pub fn of_question(question: &QuestionResults) -> impl Iterator<Item = Table<'_>> {
    let headline = question.headline.iter().map(move |headline| Table {
        question: Some(question),
        by: None,
        exact: headline.exact,
        complete: true,
        rows: Rows::Everybody(Row {
            categories: &[],
            base: headline.base,
            figures: &headline.figures,
            residents: None,
        }),
    });
    let breakdowns = question.breakdowns.iter().map(move |table| Table {
        question: Some(question),
        by: Some(table.by),
        exact: false,
        complete: table.complete,
        rows: Rows::Answers(&table.rows),
    });
    headline.chain(breakdowns)
}
