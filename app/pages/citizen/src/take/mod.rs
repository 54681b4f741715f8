//! Answering a poll: one question a page, the check of all answers, the receipt.

pub mod api;
mod check;
mod date;
mod lines;
mod question;
mod receipt;
mod scale;
pub(crate) mod unsaved;

pub use check::Page as CheckPage;
pub use lines::sent_rows;
pub use ports::views::take as view;
pub use question::Page as QuestionPage;
pub use question::fields as question_fields;
pub use receipt::Page as ReceiptPage;
