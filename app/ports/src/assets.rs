//! The names of the built client.

/// The built client's files, by their hashed names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assets {
    /// Stem of the script and the wasm; absent without a built client.
    pub stem: Option<String>,
    /// The style sheet.
    pub stylesheet: Option<String>,
}
