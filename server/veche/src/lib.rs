//! The portal put together: the pages on top of the server's rooms.
//!
//! The only crate that knows both, and therefore the only one built anew after a change in a page.

pub mod pages;
pub mod startup;
pub mod works;
