//! Published results: headlines, breakdowns of the plan, how the figures were made.
//!
//! The pages show what a release holds and compute nothing: no figure here is counted, summed or
//! divided.

pub mod api;
mod department;
mod figures;
mod page;
pub mod view;
pub mod words;

pub use department::Page as DepartmentPage;
pub use page::{Page, StaffPage};
