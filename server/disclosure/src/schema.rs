//! What can be counted: the poll's questions and categories, by code and in display order.
//!
//! Codes only; this crate never sees a label or a sentence.

use serde::{Deserialize, Serialize};

use crate::plan::Facet;

/// The questions of a poll and the categories of its facets: those of people whom its audience admits, with
/// one for "unknown" where it admits that. They come from the audience and never from the answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// The questions, in the order of the questionnaire.
    pub questions: Vec<QuestionSchema>,
    /// The codes of the regions.
    pub regions: Vec<String>,
    /// The codes of the age bands.
    pub age_bands: Vec<String>,
    /// The codes of the genders.
    pub genders: Vec<String>,
}

/// One question: a table of options with its respondents as the denominator.
///
/// Multiple choice, scales and rankings have the same form; a number is given as its declared bins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionSchema {
    /// The question's code, unique in the poll.
    pub code: String,
    /// The codes of the options, in display order; none where answers are written and only counted.
    pub options: Vec<String>,
    /// Whether the answer belongs to a special category (political opinion, health, belief, …).
    pub special: bool,
    /// Whether one person may choose several options.
    pub multiple: bool,
    /// The codes of those options that nobody can choose with another one, "none of these" for instance.
    #[serde(default)]
    pub exclusive: Vec<String>,
    /// Whether nobody can respond without answering it.
    #[serde(default)]
    pub required: bool,
}

impl Schema {
    /// The codes of a facet's categories, in display order.
    pub fn categories(&self, facet: Facet) -> &[String] {
        match facet {
            Facet::Region => &self.regions,
            Facet::AgeBand => &self.age_bands,
            Facet::Gender => &self.genders,
        }
    }
}
