//! How much room words take, and where lines break. Lengths are in points (1/72 inch).

use crate::{font::Faces, pdf::look::Colour};
use rustybuzz::UnicodeBuffer;

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
    faces: Faces,
}

impl Letters {
    /// The embedded type; nothing if it cannot be read, which tests exclude.
    pub fn new() -> Option<Self> {
        Some(Self { faces: Faces::new()? })
    }

    /// Whether a sign was lacking in what has been set as [lines](Self::lines) so far ([`Faces::lacked`]).
    pub fn lacked(&self) -> bool {
        self.faces.lacked()
    }

    /// The length of words on one line.
    pub fn width(&self, words: &str, style: Style) -> f32 {
        let face = if style.strong { &self.faces.strong } else { &self.faces.regular };
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

    /// The text as lines no longer than `width`. Line ends in the text stay; a line may end after a hyphen
    /// ([`pieces`]); what is longer than a line even so is cut.
    pub fn lines(&self, text: &str, style: Style, width: f32) -> Vec<String> {
        let space = self.width(" ", style);
        let mut lines = Vec::new();
        for paragraph in text.lines() {
            let (mut line, mut length) = (String::new(), 0.0);
            for word in self.faces.plain(paragraph).split(' ').filter(|word| !word.is_empty()) {
                let parts = pieces(word).into_iter().flat_map(|part| self.cut(part, style, width));
                for (place, part) in parts.enumerate() {
                    let more = self.width(&part, style);
                    // Between the parts of a word there is none.
                    let space = if place == 0 { space } else { 0.0 };
                    if !line.is_empty() && length + space + more > width {
                        lines.push(std::mem::take(&mut line));
                        length = 0.0;
                    }
                    if place == 0 && !line.is_empty() {
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

    /// What of a word stays together, cut where it is longer than a line.
    fn cut(&self, word: &str, style: Style, width: f32) -> Vec<String> {
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

/// A word in the parts between which a line may end: after a hyphen that stands between two letters.
pub fn pieces(word: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut begin = 0;
    for (at, hyphen) in word.match_indices('-') {
        let end = at + hyphen.len();
        let before = word[begin..at].ends_with(char::is_alphabetic);
        if before && word[end..].starts_with(char::is_alphabetic) {
            pieces.push(&word[begin..end]);
            begin = end;
        }
    }
    pieces.push(&word[begin..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::{Letters, Style, pieces};
    use proptest::prelude::*;

    const STYLE: Style = Style { size: 10.0, strong: false, colour: (0, 0, 0) };

    #[test]
    fn both_alphabets_are_there() {
        let letters = Letters::new().unwrap();
        let text = "Aa Zz 09 “”‘’–—…−%№€ Ёё Аа Яя Ъъ «» \u{a0}Ўў Її Ґґ ä ç ñ";
        let kept = text.replace('\u{a0}', " ");
        let known = |text| letters.faces.plain(text);
        assert_eq!(known(text).replace('\u{a0}', " "), kept);
        assert!(!letters.lacked());
        assert_eq!(known("a\u{1f600}b\u{7}"), "a[U+1F600]b");
        assert!(letters.lacked());
        // Of this one the type itself says that it lacks it.
        assert_eq!(known("a\u{ffff}b"), "a[U+FFFF]b");
        assert_eq!(known("a\tb\r\nc"), "a b  c");
        assert_eq!(known("a\u{200b}b\u{200d}c\u{2060}d\u{feff}e\u{ad}f"), "abcdef");
        let width = |word| letters.width(word, STYLE);
        assert!(width("Вече") > 15.0 && width("Вече") < 40.0, "{}", width("Вече"));
    }

    #[test]
    fn a_line_ends_after_a_hyphen_before_a_word_is_cut() {
        assert_eq!(pieces("северо-западный"), ["северо-", "западный"]);
        for whole in ["", "-", "-5", "18-24", "-ab", "ab-", "a--b", "c-7"] {
            assert_eq!(pieces(whole), [whole]);
        }
        let letters = Letters::new().unwrap();
        let lines = |words, width| letters.lines(words, STYLE, width);
        let room = letters.width("Северо-Западный", STYLE);
        assert_eq!(lines("Северо-Западный округ", room + 1.0), ["Северо-Западный", "округ"]);
        assert_eq!(lines("Северо-Западный округ", room - 1.0), ["Северо-", "Западный округ"]);
        let room = letters.width("На северо-запад", STYLE);
        assert_eq!(lines("На северо-западе", room), ["На северо-", "западе"]);
    }

    proptest! {
        #[test]
        fn lines_fit_and_lose_no_letter(text in "[a-zА-я, -]{0,80}", width in 20.0f32..200.0) {
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
