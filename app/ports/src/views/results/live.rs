//! The interim totals of an open poll, for everybody.

use questionnaire::Language;
use serde::{Deserialize, Serialize};

/// Interim totals of an open poll: of batches of responses, with noise, published once each.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Live {
    /// How many batches there were.
    pub batches: u32,
    /// Whether there will be no more.
    pub ended: bool,
    /// How many responses are in them at least, in full tens.
    pub responses: u64,
    /// The questions that have options; empty before the first batch.
    pub questions: Vec<LiveQuestion>,
}

/// The interim totals of a question.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LiveQuestion {
    /// The question's code.
    pub code: String,
    /// The question.
    pub title: String,
    /// The language of its words where it is not the reader's.
    pub language: Option<Language>,
    /// The options in words and their totals.
    pub options: Vec<(String, u64)>,
}
