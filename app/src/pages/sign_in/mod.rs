//! Before signing in: which data is asked, for what, and which of it can be refused.

pub mod api;
mod page;
pub mod view;

pub use page::Page;
