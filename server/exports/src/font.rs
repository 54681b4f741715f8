//! Golos Text, the portal's type, for files that cannot rely on the reader's or the server's.
//!
//! The files are those of Google Fonts, unchanged, under the SIL Open Font License in
//! `fonts/LICENSE`: 68 KB each. A PDF takes along only the letters that it uses.

use questionnaire::text::is_unseen;
use rustybuzz::{Face, ttf_parser::GlyphId};
use std::{cell::Cell, fmt::Write as _};

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
    /// Whether a sign was lacking in any of the words.
    lacked: Cell<bool>,
}

impl Faces {
    /// The embedded type; nothing if it cannot be read, which tests exclude.
    pub fn new() -> Option<Self> {
        Some(Self {
            regular: Face::from_slice(REGULAR, 0)?,
            strong: Face::from_slice(SEMIBOLD, 0)?,
            lacked: Cell::new(false),
        })
    }

    /// Whether both weights have the sign.
    fn has(&self, sign: char) -> bool {
        // To the signs of which the type says that it lacks them it gives its box, glyph 0.
        let known = |face: &Face| face.glyph_index(sign).is_some_and(|glyph| glyph != GlyphId(0));
        known(&self.regular) && known(&self.strong)
    }

    /// Whether any of the words that were made [`plain`](Self::plain) had a sign that the type lacks: then a reader has
    /// to be told what stands in its place.
    pub fn lacked(&self) -> bool {
        self.lacked.get()
    }

    /// Whether this is a sign that is to be seen and that the type lacks.
    fn lacks(&self, sign: char) -> bool {
        let shows = !(is_unseen(sign) || sign.is_control() || sign.is_whitespace());
        shows && !self.has(sign)
    }

    /// The words as they can be drawn. For a sign that the type lacks stands its number in Unicode, `[U+2602]`: not an
    /// empty box, which PDF/UA forbids, nor one mark for all of them, by which two options would look alike. Signs that
    /// follow each other share the brackets. Nothing stands for what shows nothing, such as a joiner, but between
    /// such signs, where it makes another picture of them.
    pub fn plain(&self, words: &str) -> String {
        let mut plain = String::with_capacity(words.len());
        let mut open = false;
        for sign in words.chars() {
            if self.lacks(sign) || (open && is_unseen(sign)) {
                let before = if open { " " } else { "[U+" };
                let _ = write!(plain, "{before}{:04X}", u32::from(sign));
                open = true;
                self.lacked.set(true);
                continue;
            }
            if open {
                plain.push(']');
                open = false;
            }
            if sign.is_whitespace() {
                let kept = !sign.is_control() && self.has(sign);
                plain.push(if kept { sign } else { ' ' });
            } else if !is_unseen(sign) && !sign.is_control() {
                plain.push(sign);
            }
        }
        if open {
            plain.push(']');
        }
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::Faces;

    #[test]
    fn no_two_signs_that_the_type_lacks_look_alike() {
        for (words, plain) in [
            ("Парки №\u{a0}1 — 5\u{a0}%: е\u{301}", "Парки №\u{a0}1 — 5\u{a0}%: е\u{301}"),
            ("☂", "[U+2602]"),
            ("a☀b", "a[U+2600]b"),
            ("☂☀ ☂", "[U+2602 2600] [U+2602]"),
            ("\u{1f468}\u{200d}\u{1f469}!", "[U+1F468 200D 1F469]!"),
            ("ab\u{200d}c\u{7}\td", "abc d"),
            ("ა", "[U+10D0]"),
        ] {
            let faces = Faces::new().unwrap();
            assert_eq!(faces.plain(words), plain, "{words:?}");
            assert_eq!(faces.lacked(), plain.contains("[U+"), "{words:?}");
        }
    }
}
