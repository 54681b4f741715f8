//! The only code that runs in the browser: comfort on top of pages that work without it.

pub mod answer_guard;

pub use answer_guard::AnswerGuard;
