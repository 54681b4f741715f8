//! Finding polls, and a poll's own page.

pub mod api;
pub mod buttons;
pub mod list;
pub mod notice;
mod page;
pub mod words;

pub use list::Page as ListPage;
pub use page::Page as PollPage;
pub use ports::views::polls as view;
