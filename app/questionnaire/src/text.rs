//! A text in several languages.

use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

/// A language that polls and pages are written in.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Russian.
    Ru,
}

impl Language {
    /// Every language, in the order in which forms show them.
    pub const ALL: [Self; 2] = [Self::En, Self::Ru];

    /// The BCP 47 tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl FromStr for Language {
    type Err = ();

    fn from_str(tag: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|l| l.tag() == tag).ok_or(())
    }
}

/// Words with spaces in place of control characters and of what is no character at all, which come along
/// when something is pasted, and which neither every store nor any file of results can hold. Tabs stay, and
/// line breaks, of which there is one kind: browsers send another one than files have, and it counts twice.
#[must_use]
pub fn printable(words: &str) -> String {
    let shown = |letter: char| match letter {
        '\r' => '\n',
        '\t' | '\n' => letter,
        letter if letter.is_control() || is_noncharacter(letter) => ' ',
        letter => letter,
    };
    words.replace("\r\n", "\n").chars().map(shown).collect()
}

/// Whether Unicode will never have a character of this number.
fn is_noncharacter(letter: char) -> bool {
    u32::from(letter) & 0xfffe == 0xfffe || matches!(letter, '\u{fdd0}'..='\u{fdef}')
}

/// Whether a reader sees nothing of words.
#[must_use]
pub fn is_blank(words: &str) -> bool {
    let nothing = |one: char| one.is_whitespace() || one.is_control() || is_noncharacter(one);
    words.chars().all(|one| nothing(one) || is_unseen(one))
}

/// Whether a character is there and shows nothing: soft hyphens, joiners, marks of direction and
/// whatever else Unicode calls ignorable by default.
#[must_use]
pub const fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// One text in some of the languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(BTreeMap<Language, String>);

impl Text {
    /// A text of the given translations; blank ones are left out.
    pub fn new<S: Into<String>>(translations: impl IntoIterator<Item = (Language, S)>) -> Self {
        let mut text = Self::default();
        for (language, words) in translations {
            text.set(language, words);
        }
        text
    }

    /// The same words for both languages, for tests and demo data.
    pub fn both(en: impl Into<String>, ru: impl Into<String>) -> Self {
        Self::new([(Language::En, en.into()), (Language::Ru, ru.into())])
    }

    /// The words in `language`, or in whichever language there is: a citizen had better read a
    /// question in another language than none.
    #[must_use]
    pub fn get(&self, language: Language) -> &str {
        self.0.get(&language).or_else(|| self.0.values().next()).map_or("", String::as_str)
    }

    /// The words in exactly `language`.
    #[must_use]
    pub fn exact(&self, language: Language) -> Option<&str> {
        self.0.get(&language).map(String::as_str)
    }

    /// Sets or, with [blank](is_blank) words, removes a translation, which becomes [`printable`].
    pub fn set(&mut self, language: Language, words: impl Into<String>) {
        let words = printable(&words.into());
        if is_blank(&words) {
            self.0.remove(&language);
        } else {
            self.0.insert(language, words.trim().to_owned());
        }
    }

    /// Leaves out every translation into another language than these.
    pub fn keep(&mut self, languages: &BTreeSet<Language>) {
        self.0.retain(|language, _| languages.contains(language));
    }

    /// Whether there is no word in any language.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many bytes all translations have together.
    pub(crate) fn size(&self) -> usize {
        self.0.values().map(String::len).sum()
    }

    /// The longest translation's length in characters.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.0.values().map(|words| words.chars().count()).max().unwrap_or(0)
    }
}
