//! What the editor's pages ask of the server, a file for each part of the work. Each function finds
//! out who asks, reads what was typed and calls one method of the port, which checks the role and
//! the poll's state. Nothing is decided here, and nothing reads an answer.
//!
//! Each can fail with [`Failure::SignedOut`], [`Failure::Forbidden`], in its place
//! [`Failure::NotAssured`] where signing in at a higher level would do, and [`Failure::NotFound`]; what
//! changes a poll also with [`Failure::WrongState`] and, where somebody else was quicker, with
//! [`Failure::Conflict`].

pub mod creation;
mod desk;
mod filled;
pub mod lifecycle;
pub mod lost;
pub mod outcome;
pub mod questions;
pub mod reviews;
pub mod settings;

use ports::failure::Failure;
use uuid::Uuid;

fn id(typed: &str) -> Result<Uuid, Failure> {
    typed.parse().map_err(|_| Failure::NotFound)
}

/// The revision that a form was filled in on. A form without one was filled in on none.
fn revision(typed: &str) -> Result<i32, Failure> {
    typed.parse().map_err(|_| Failure::Conflict)
}
