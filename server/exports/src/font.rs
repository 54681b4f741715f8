//! Golos Text, the portal's type, for files that cannot rely on the reader's or the server's.
//!
//! The files are those of Google Fonts, unchanged, under the SIL Open Font License in
//! `fonts/LICENSE`: 68 KB each. A PDF takes along only the letters that it uses.

/// The family's name, as SVG refers to it.
pub const FAMILY: &str = "Golos Text";

/// Weight 400.
pub const REGULAR: &[u8] = include_bytes!("../fonts/golos-text-400.ttf");

/// Weight 600.
pub const SEMIBOLD: &[u8] = include_bytes!("../fonts/golos-text-600.ttf");
