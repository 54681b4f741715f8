//! How much room words take, and where lines break. Lengths are in points (1/72 inch).

use crate::{font, pdf::look::Colour};
use rustybuzz::{Face, UnicodeBuffer};

/// How words are set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// Height of the letters.
    pub size: f32,
    /// Whether they are semi-bold.
    pub strong: bool,
    /// Of the letters.
    pub colour: Colour,
}

impl Style {
    /// From one line to the next.
    pub fn line(self) -> f32 {
        self.size * 1.35
    }
}

/// The type, measured.
pub struct Letters {
    regular: Face<'static>,
    strong: Face<'static>,
}

impl Letters {
    /// The embedded type; nothing if it cannot be read, which tests exclude.
    pub fn new() -> Option<Self> {
        Some(Self {
            regular: Face::from_slice(font::REGULAR, 0)?,
            strong: Face::from_slice(font::SEMIBOLD, 0)?,
        })
    }

    /// The text without signs that the type lacks: an unknown one becomes `?`. PDF/UA forbids the
    /// empty box that would stand there.
    fn known(&self, text: &str) -> String {
        let known =
            |c: char| self.regular.glyph_index(c).is_some() && self.strong.glyph_index(c).is_some();
        text.chars()
            .filter(|c| !c.is_control())
            .map(|c| {
                if known(c) {
                    c
                } else if c.is_whitespace() {
                    ' '
                } else {
                    '?'
                }
            })
            .collect()
    }

    /// The length of words on one line.
    pub fn width(&self, words: &str, style: Style) -> f32 {
        let face = if style.strong { &self.strong } else { &self.regular };
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(words);
        let glyphs = rustybuzz::shape(face, &[], buffer);
        // Advances are whole units of the type, far below 2^24.
        #[expect(clippy::cast_precision_loss, reason = "small whole numbers")]
        let units =
            glyphs.glyph_positions().iter().map(|glyph| glyph.x_advance as f32).sum::<f32>();
        #[expect(clippy::cast_precision_loss, reason = "1000 or 2048")]
        let em = face.units_per_em() as f32;
        units * style.size / em
    }

    /// The text as lines no longer than `width`. Line ends in the text stay; a word that is longer
    /// than a line is cut.
    pub fn lines(&self, text: &str, style: Style, width: f32) -> Vec<String> {
        let space = self.width(" ", style);
        let mut lines = Vec::new();
        for paragraph in text.lines() {
            let (mut line, mut length) = (String::new(), 0.0);
            for word in self.known(paragraph).split(' ').filter(|word| !word.is_empty()) {
                for part in self.parts(word, style, width) {
                    let more = self.width(&part, style);
                    if !line.is_empty() && length + space + more > width {
                        lines.push(std::mem::take(&mut line));
                        length = 0.0;
                    }
                    if !line.is_empty() {
                        line.push(' ');
                        length += space;
                    }
                    line.push_str(&part);
                    length += more;
                }
            }
            lines.push(line);
        }
        lines
    }

    /// A word, cut where it is longer than a line.
    fn parts(&self, word: &str, style: Style, width: f32) -> Vec<String> {
        if self.width(word, style) <= width {
            return vec![word.to_owned()];
        }
        let mut parts = vec![String::new()];
        let mut length = 0.0;
        for letter in word.chars() {
            let more = self.width(letter.encode_utf8(&mut [0; 4]), style);
            if length > 0.0 && length + more > width {
                parts.push(String::new());
                length = 0.0;
            }
            length += more;
            if let Some(part) = parts.last_mut() {
                part.push(letter);
            }
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::{Letters, Style};
    use proptest::prelude::*;

    const STYLE: Style = Style { size: 10.0, strong: false, colour: (0, 0, 0) };

    #[test]
    fn both_alphabets_are_there() {
        let letters = Letters::new().unwrap();
        let text = "Aa Zz 09 “”‘’–—…−%№€ Ёё Аа Яя Ъъ «» \u{a0}Ўў Її Ґґ ä ç ñ";
        let kept = text.replace('\u{a0}', " ");
        assert_eq!(letters.known(text).replace('\u{a0}', " "), kept);
        assert_eq!(letters.known("a\u{1f600}b\u{7}"), "a?b");
        let width = |word| letters.width(word, STYLE);
        assert!(width("Вече") > 15.0 && width("Вече") < 40.0, "{}", width("Вече"));
    }

    proptest! {
        #[test]
        fn lines_fit_and_lose_no_letter(text in "[a-zА-я, ]{0,80}", width in 20.0f32..200.0) {
            let letters = Letters::new().unwrap();
            let lines = letters.lines(&text, STYLE, width);
            for line in &lines {
                prop_assert!(letters.width(line, STYLE) <= width + 1.0, "{line:?}");
            }
            let bare = |text: &str| text.replace(' ', "");
            prop_assert_eq!(bare(&lines.concat()), bare(&text));
        }
    }
}
