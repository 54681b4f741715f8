//! What people see, and the words the pages speak with the server.
//!
//! Every page is a complete HTML document rendered by the server; only [`islands`] run in the
//! browser, for comfort. This crate knows no database: what a page needs it asks of a port
//! ([`ports`]), and the server decides what stands behind it.

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

pub mod actions;
pub mod failure;
pub mod forms;
pub mod islands;
pub mod look;
pub mod pages;
pub mod purposes;
pub mod roles;
pub mod routes;
pub mod shell;
pub mod states;
pub mod ui;

#[cfg(feature = "ssr")]
pub mod caller;
#[cfg(feature = "ssr")]
pub mod ports;

/// Starts the islands in the browser.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
