//! The staff side of a poll's life: writing it, sending it to review, reviewing it, opening and
//! closing it, writing down what was decided. Nothing here shows an answer.

pub mod api;
mod audience;
mod basics;
mod confirm;
mod contents;
mod department;
mod from_file;
mod invented;
mod lost;
mod new;
mod notice;
mod outcome;
mod parts;
mod plan;
mod poll;
mod preview;
mod question;
mod questions;
mod review;
mod schedule;
mod special;
pub(crate) mod words;

pub use audience::Page as AudiencePage;
pub use basics::Page as BasicsPage;
pub use confirm::{
    ClosePage, DeleteOutcomePage, DeletePage, DeleteQuestionPage, OpenPage, TakeBackPage,
};
pub use department::Page as DepartmentPage;
pub use from_file::Page as FilePage;
pub use invented::{Page as InventedPage, ReviewerPage as ReviewerInventedPage};
pub use lost::Page as LostPage;
pub use new::Page as NewPollPage;
pub use notice::Page as NoticePage;
pub use outcome::Page as OutcomePage;
pub use plan::Page as PlanPage;
pub use poll::Page as PollPage;
pub use ports::views::editor::{self as view, form, question_form, reader, templates};
pub use preview::{Page as PreviewPage, ReviewerPage as ReviewerPreviewPage};
pub use question::Page as QuestionPage;
pub use questions::Page as QuestionsPage;
pub use review::{ListPage as ReviewsPage, Page as ReviewPage};
pub use schedule::Page as SchedulePage;
pub use special::Page as SpecialPage;
