//! What a poll asks, whom it asks, and which answers are valid.
//!
//! Pure data and rules: the same code decides in the browser and in the server, so a form never
//! promises what the server then refuses. It must never do I/O, know a person, or count answers.

pub mod answer;
pub mod audience;
pub mod definition;
pub mod order;
pub mod plan;
pub mod question;
pub mod sameness;
pub mod special;
pub mod text;

pub use answer::{Answer, AnswerError, Answers, Typed, whole_number};
pub use audience::{AgeBand, Audience, Facts, Gender, Ineligible, Unknown};
pub use definition::{DefinitionError, Problem, Questionnaire};
pub use plan::{Breakdown, Plan};
pub use question::{Kind, Label, Order, Question, QuestionType};
pub use special::Special;
pub use text::{Language, Text, is_blank, printable};
