//! Before signing in: which data is asked, for what, and which of it can be refused.

pub mod api;
mod page;

pub use page::Page;
pub use ports::views::sign_in as view;
