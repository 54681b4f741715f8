//! Every format is read back by a program that is not the one that wrote it, and holds the figures
//! of the release: all of them, no others.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cells;
mod documents;
mod sample;
mod spreadsheets;
mod texts;
