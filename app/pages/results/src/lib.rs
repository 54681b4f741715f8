//! Published results: headlines, breakdowns of the plan, how the figures were made.
//!
//! The pages show what a release holds and compute nothing: no figure here is counted, summed or
//! divided.

#![expect(
    missing_docs,
    reason = "`#[server]` makes public fields of the arguments that it documents elsewhere"
)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "`#[component]` hands the properties of a view over by value"
)]
#![allow(
    clippy::unused_async,
    reason = "a server function is called over the network, also one that waits for nothing"
)]
// Views are deep types.
#![recursion_limit = "256"]

pub mod api;
mod comparison;
mod department;
mod figures;
mod found;
mod page;
mod tokens;

pub use comparison::Page as ComparisonPage;
pub use department::Page as DepartmentPage;
pub use page::{Page, StaffPage};
pub use ports::views::results::{self as view, words};
pub use tokens::{Page as TokensPage, RevocationPage};
