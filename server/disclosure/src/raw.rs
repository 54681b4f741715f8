//! Raw counts, on their only way: in.
//!
//! [`RawTables`] can be filled and handed to [`protect`](crate::protect()), and nothing else. It has
//! no readers, cannot be printed, cloned, compared or serialised, and must never learn to:
//!
//! ```compile_fail,E0277
//! let raw = disclosure::RawTables::new(disclosure::Schema::default());
//! println!("{raw:?}");
//! ```
//! ```compile_fail,E0277
//! let raw = disclosure::RawTables::new(disclosure::Schema::default());
//! println!("{raw}");
//! ```
//! ```compile_fail,E0277
//! let raw = disclosure::RawTables::new(disclosure::Schema::default());
//! let json = serde_json::to_string(&raw).unwrap();
//! ```
//! ```compile_fail,E0599
//! let raw = disclosure::RawTables::new(disclosure::Schema::default());
//! let copy = raw.clone();
//! ```
//! ```compile_fail,E0616
//! let raw = disclosure::RawTables::new(disclosure::Schema::default());
//! let counts = raw.questions;
//! ```
//! A tally is as raw as the tables that it goes into:
//! ```compile_fail,E0277
//! println!("{:?}", disclosure::Tally { count: 1, key_sum: 2 });
//! ```
//! ```compile_fail,E0277
//! let json = serde_json::to_string(&disclosure::Tally { count: 1, key_sum: 2 }).unwrap();
//! ```
//! The same lines without the forbidden one do compile:
//! ```
//! let raw = disclosure::RawTables::new(disclosure::Schema::default());
//! let _ = disclosure::Tally { count: 1, key_sum: 2 };
//! let release = disclosure::protect(raw, &disclosure::Plan::default(), &disclosure::Parameters::default());
//! println!("{release:?} {}", serde_json::to_string(&release).unwrap());
//! ```

use std::collections::BTreeMap;
use std::ops::{Add, AddAssign};

use crate::plan::Facet;
use crate::schema::Schema;

/// Where a group of respondents belongs, by the codes of the stored facets.
///
/// A facet that the plan does not need was not stored and is `None`. People whose facet is `None`
/// although the plan asks for it count in the headline and in no row.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// The region's code.
    pub region: Option<String>,
    /// The age band's code.
    pub age_band: Option<String>,
    /// The gender's code.
    pub gender: Option<String>,
}

impl Cell {
    fn code(&self, facet: Facet) -> Option<&str> {
        match facet {
            Facet::Region => self.region.as_deref(),
            Facet::AgeBand => self.age_band.as_deref(),
            Facet::Gender => self.gender.as_deref(),
        }
    }
}

/// How many people, and the sum of their record keys modulo 2^32 (the cell key).
#[derive(Clone, Copy, Default)]
pub struct Tally {
    /// The number of people.
    pub count: u64,
    /// The sum of their record keys modulo 2^32.
    pub key_sum: u32,
}

impl Add for Tally {
    type Output = Self;

    /// Tallies of disjoint groups add up: counts in the integers, keys modulo 2^32.
    fn add(self, other: Self) -> Self {
        Self {
            count: self.count.saturating_add(other.count),
            key_sum: self.key_sum.wrapping_add(other.key_sum),
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// Something was counted that the schema does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RawError {
    /// No question has this code.
    #[error("no question has the code {0:?}")]
    UnknownQuestion(String),
    /// The question has no option with this code.
    #[error("question {question:?} has no option with the code {option:?}")]
    UnknownOption {
        /// The question's code.
        question: String,
        /// The unknown option's code.
        option: String,
    },
    /// The facet has no category with this code.
    #[error("{facet:?} has no category with the code {code:?}")]
    UnknownCategory {
        /// The facet.
        facet: Facet,
        /// The unknown category's code.
        code: String,
    },
}

/// A base cell by the positions of its categories in the schema, in the order of [`Facet::ALL`].
pub(crate) type Position = [Option<usize>; 3];

/// Tallies by base cell.
pub(crate) type Tallies = BTreeMap<Position, Tally>;

/// The raw counts of one question.
#[derive(Default)]
pub(crate) struct RawQuestion {
    /// The people who answered it, by base cell.
    pub(crate) answered: Tallies,
    /// The people who chose each option, in the schema's order, by base cell.
    pub(crate) chosen: Vec<Tallies>,
}

/// The raw counts of a poll. See the [module](self) for what this type must never do.
pub struct RawTables {
    pub(crate) schema: Schema,
    pub(crate) respondents: Tallies,
    pub(crate) questions: Vec<RawQuestion>,
}

impl RawTables {
    /// Tables with nobody in them, for a poll.
    pub fn new(schema: Schema) -> Self {
        let questions = schema
            .questions
            .iter()
            .map(|question| RawQuestion {
                answered: Tallies::new(),
                chosen: question.options.iter().map(|_| Tallies::new()).collect(),
            })
            .collect();
        Self { schema, respondents: Tallies::new(), questions }
    }

    /// Adds people who responded to the poll. A cell may be reported in several calls.
    ///
    /// # Errors
    /// [`RawError::UnknownCategory`]; nothing is added then.
    pub fn respondents(&mut self, cell: &Cell, tally: Tally) -> Result<(), RawError> {
        let position = self.position(cell)?;
        *self.respondents.entry(position).or_default() += tally;
        Ok(())
    }

    /// Adds people who answered a question: its denominator. A cell may be reported in several calls.
    ///
    /// # Errors
    /// [`RawError::UnknownQuestion`], [`RawError::UnknownCategory`]; nothing is added then.
    pub fn answered(&mut self, question: &str, cell: &Cell, tally: Tally) -> Result<(), RawError> {
        let index = self.question(question)?;
        let position = self.position(cell)?;
        *self.questions[index].answered.entry(position).or_default() += tally;
        Ok(())
    }

    /// Adds people who chose an option; where several can be chosen, a person counts in each of theirs.
    /// A cell may be reported in several calls.
    ///
    /// # Errors
    /// [`RawError::UnknownQuestion`], [`RawError::UnknownOption`], [`RawError::UnknownCategory`];
    /// nothing is added then.
    pub fn chosen(
        &mut self,
        question: &str,
        option: &str,
        cell: &Cell,
        tally: Tally,
    ) -> Result<(), RawError> {
        let index = self.question(question)?;
        let chosen = self.schema.questions[index]
            .options
            .iter()
            .position(|code| code == option)
            .ok_or_else(|| RawError::UnknownOption {
                question: question.to_owned(),
                option: option.to_owned(),
            })?;
        let position = self.position(cell)?;
        *self.questions[index].chosen[chosen].entry(position).or_default() += tally;
        Ok(())
    }

    fn question(&self, code: &str) -> Result<usize, RawError> {
        self.schema
            .questions
            .iter()
            .position(|question| question.code == code)
            .ok_or_else(|| RawError::UnknownQuestion(code.to_owned()))
    }

    fn position(&self, cell: &Cell) -> Result<Position, RawError> {
        let mut position = [None; 3];
        for facet in Facet::ALL {
            if let Some(code) = cell.code(facet) {
                let index = self
                    .schema
                    .categories(facet)
                    .iter()
                    .position(|known| known == code)
                    .ok_or_else(|| RawError::UnknownCategory { facet, code: code.to_owned() })?;
                position[facet.index()] = Some(index);
            }
        }
        Ok(position)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, RawError, RawTables, Tally};
    use crate::plan::Facet;
    use crate::schema::{QuestionSchema, Schema};

    fn raw() -> RawTables {
        RawTables::new(Schema {
            questions: vec![QuestionSchema {
                code: "q".into(),
                options: vec!["yes".into(), "no".into()],
                ..QuestionSchema::default()
            }],
            regions: vec!["north".into()],
            ..Schema::default()
        })
    }

    const ONE: Tally = Tally { count: 1, key_sum: u32::MAX };

    #[test]
    fn unknown_codes_are_errors() {
        let mut raw = raw();
        let anywhere = Cell::default();
        assert_eq!(
            raw.answered("other", &anywhere, ONE),
            Err(RawError::UnknownQuestion("other".into()))
        );
        assert_eq!(
            raw.chosen("q", "maybe", &anywhere, ONE),
            Err(RawError::UnknownOption { question: "q".into(), option: "maybe".into() })
        );
        let south = Cell { region: Some("south".into()), ..Cell::default() };
        assert_eq!(
            raw.respondents(&south, ONE),
            Err(RawError::UnknownCategory { facet: Facet::Region, code: "south".into() })
        );
    }

    #[test]
    fn a_cell_reported_twice_adds_up() {
        let mut raw = raw();
        let north = Cell { region: Some("north".into()), ..Cell::default() };
        raw.chosen("q", "no", &north, ONE).unwrap();
        raw.chosen("q", "no", &north, ONE).unwrap();
        let tally = raw.questions[0].chosen[1][&[Some(0), None, None]];
        assert_eq!((tally.count, tally.key_sum), (2, u32::MAX - 1));
    }
}
