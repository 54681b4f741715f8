//! Every sentence of the pages, per language.
//!
//! A crate of its own, so that a change in a page does not generate the sentences anew. The keys
//! are checked when the project is built: a page cannot name a sentence that a language lacks.
//! Use `td!` and `td_string!` with the request's [`i18n::Locale`].
#![expect(missing_docs, clippy::all, clippy::pedantic, reason = "the module below is generated")]

include!(concat!(env!("OUT_DIR"), "/i18n.rs"));
pub use leptos_i18n::{td, td_display, td_format_string, td_plural, td_string};

/// A mark of all sentences: another one as soon as one of them is corrected. It belongs into the tag of whatever is
/// made of them and may be kept elsewhere.
pub const SENTENCES: &str = env!("SENTENCES");
