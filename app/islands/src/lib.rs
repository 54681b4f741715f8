//! The only code that runs in the browser: comfort on top of pages that work without it.

#![expect(
    missing_docs,
    reason = "`#[island]` makes public fields of the properties that it documents elsewhere"
)]

pub mod answer_guard;
pub mod session_end;
pub mod unsent;

pub use answer_guard::AnswerGuard;
pub use session_end::SessionEnd;
pub use unsent::Unsent;

/// Starts the islands in the browser.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
