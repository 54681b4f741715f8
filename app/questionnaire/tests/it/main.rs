//! What the questionnaire promises to everybody who builds on it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod audience;
mod definition;
mod json;
mod properties;
