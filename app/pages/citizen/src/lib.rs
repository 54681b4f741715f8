//! What a citizen comes for: the start page, signing in, finding polls, taking part, my answers.
//! One folder an area: `api` asks the server, `page` draws.

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

pub mod answers;
pub mod home;
pub mod polls;
pub mod sign_in;
pub mod take;
