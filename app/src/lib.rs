//! The portal's document: which page each path opens, and what surrounds all of them.
//!
//! The pages are crates of their own, an area each (`pages/`), so that a change in one is built in
//! seconds; what they ask of the server stands in [`ports`], and only `islands` runs in the
//! browser. No crate under `app` knows a database.

// Views are deep types.
#![recursion_limit = "256"]

pub mod document;
pub mod routes;
