//! What reads something from outside is fed with nonsense, and what it says about it is checked.
//!
//! A target is a function from bytes to nothing that panics where a promise is broken. libFuzzer
//! looks for such bytes (`make fuzz`); what it found once, and something of every kind to begin
//! with, is in `seeds/TARGET/`, which `tests/seeds.rs` runs like any other test.
//!
//! It is a member of the workspace, although fuzzing crates mostly are not: so the dependencies
//! are those that every other test was built with, and only our own crates are built again to
//! watch which way they go (`.make/sancov`).

#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "panicking is what these functions are for"
)]

pub mod disclosure;
pub mod editor;
pub mod forms;
pub mod mapping;
pub mod questionnaire;
pub mod tokens;

/// A target and its name.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 6] = [
    ("disclosure", disclosure::run),
    ("editor", editor::run),
    ("forms", forms::run),
    ("mapping", mapping::run),
    ("questionnaire", questionnaire::run),
    ("tokens", tokens::run),
];

/// The target of that name.
pub fn target(name: &str) -> Option<fn(&[u8])> {
    TARGETS.iter().find(|(known, _)| *known == name).map(|(_, run)| *run)
}
