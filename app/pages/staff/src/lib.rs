//! The pages of the staff: the desk, departments and roles, the log, and a poll's life from the
//! first draft to its outcome. Nothing here shows an answer or who took part.

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

pub mod editor;
pub mod staff;
