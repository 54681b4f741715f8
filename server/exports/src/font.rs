//! Golos Text, the portal's type, for files that cannot rely on the reader's or the server's.
//!
//! The files are those of Google Fonts, unchanged, under the SIL Open Font License in
//! `fonts/LICENSE`: 68 KB each. A PDF takes along only the letters that it uses.

use questionnaire::text::is_unseen;
use rustybuzz::{Face, ttf_parser::GlyphId};

/// The family's name, as SVG refers to it.
pub const FAMILY: &str = "Golos Text";

/// Weight 400.
pub const REGULAR: &[u8] = include_bytes!("../fonts/golos-text-400.ttf");

/// Weight 600.
pub const SEMIBOLD: &[u8] = include_bytes!("../fonts/golos-text-600.ttf");

/// Both weights, to be measured, and asked which signs they have.
pub struct Faces {
    /// Weight 400.
    pub regular: Face<'static>,
    /// Weight 600.
    pub strong: Face<'static>,
}

impl Faces {
    /// The embedded type; nothing if it cannot be read, which tests exclude.
    pub fn new() -> Option<Self> {
        Some(Self {
            regular: Face::from_slice(REGULAR, 0)?,
            strong: Face::from_slice(SEMIBOLD, 0)?,
        })
    }

    /// A sign as it can be drawn: itself, or what stands for one that the type lacks. Instead of an empty box, which
    /// PDF/UA forbids, that is a question mark. Nothing stands for what shows nothing, such as a joiner.
    pub fn sign(&self, sign: char) -> Option<char> {
        if is_unseen(sign) {
            return None;
        }
        // To the signs of which the type says that it lacks them it gives its box, glyph 0.
        let known = |face: &Face| face.glyph_index(sign).is_some_and(|glyph| glyph != GlyphId(0));
        Some(if known(&self.regular) && known(&self.strong) {
            sign
        } else if sign.is_whitespace() {
            ' '
        } else {
            '?'
        })
    }
}
