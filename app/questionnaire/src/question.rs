//! A question and its type.

use crate::text::{Language, Text, is_blank, is_unseen};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
use unicode_security::skeleton;

/// A coded option: the code is stored and counted, the words are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Stable code, unique in its question: lower-case letters, digits, `-` and `_`.
    pub code: String,
    /// The words of the option.
    pub text: Text,
    /// "None of these": cannot be chosen together with others, and stays last when shuffled.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exclusive: bool,
}

/// In which order a person sees the options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// As written.
    #[default]
    Fixed,
    /// Another order for each person, always the same for one person.
    Shuffled,
}

/// The type of a question with what it needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Kind {
    /// One of several options.
    SingleChoice {
        /// At least two.
        options: Vec<Label>,
        /// Order in which they are shown.
        #[serde(default)]
        order: Order,
    },
    /// Several of several options.
    MultipleChoice {
        /// At least two.
        options: Vec<Label>,
        /// Order in which they are shown.
        #[serde(default)]
        order: Order,
        /// Fewest options in a valid answer (an exclusive option alone is always enough).
        least: u32,
        /// Most options in a valid answer.
        most: u32,
    },
    /// Yes or no.
    YesNo,
    /// Whole steps between two labelled ends.
    Scale {
        /// Lowest step.
        from: i32,
        /// Highest step; at most 20 above `from`.
        to: i32,
        /// What the lowest step means.
        low: Text,
        /// What the highest step means.
        high: Text,
    },
    /// A whole number.
    Number {
        /// Smallest valid value.
        min: i64,
        /// Largest valid value.
        max: i64,
        /// Lower bounds of the published bins, rising; values below the first form a bin of
        /// their own. Numbers are published in these bins only.
        bins: Vec<i64>,
    },
    /// A calendar date, published by year.
    Date {
        /// Earliest valid day.
        min: NaiveDate,
        /// Latest valid day.
        max: NaiveDate,
    },
    /// A short text, never published as written.
    ShortText {
        /// Most characters, at most 2000.
        max_chars: u32,
    },
}

/// The codes of [`Kind::YesNo`].
pub const YES_NO: [&str; 2] = ["yes", "no"];

/// The type of a question without what it needs: a [`Kind`] has that, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QuestionType {
    /// One of several options.
    SingleChoice,
    /// Several of several options.
    MultipleChoice,
    /// Yes or no.
    YesNo,
    /// Whole steps between two labelled ends.
    Scale,
    /// A whole number.
    Number,
    /// A calendar date.
    Date,
    /// A short text.
    ShortText,
}

impl QuestionType {
    /// Every type, in the order in which the editor offers them.
    pub const ALL: [Self; 7] = [
        Self::SingleChoice,
        Self::MultipleChoice,
        Self::YesNo,
        Self::Scale,
        Self::Number,
        Self::Date,
        Self::ShortText,
    ];

    /// The code as in the definition's JSON and in forms.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SingleChoice => "single_choice",
            Self::MultipleChoice => "multiple_choice",
            Self::YesNo => "yes_no",
            Self::Scale => "scale",
            Self::Number => "number",
            Self::Date => "date",
            Self::ShortText => "short_text",
        }
    }

    /// The type with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.code() == code)
    }

    /// Whether answers are counted and published; what people write is neither.
    #[must_use]
    pub const fn is_counted(self) -> bool {
        match self {
            Self::SingleChoice
            | Self::MultipleChoice
            | Self::YesNo
            | Self::Scale
            | Self::Number
            | Self::Date => true,
            Self::ShortText => false,
        }
    }
}

impl Kind {
    /// The type.
    #[must_use]
    pub const fn question_type(&self) -> QuestionType {
        match self {
            Self::SingleChoice { .. } => QuestionType::SingleChoice,
            Self::MultipleChoice { .. } => QuestionType::MultipleChoice,
            Self::YesNo => QuestionType::YesNo,
            Self::Scale { .. } => QuestionType::Scale,
            Self::Number { .. } => QuestionType::Number,
            Self::Date { .. } => QuestionType::Date,
            Self::ShortText { .. } => QuestionType::ShortText,
        }
    }

    /// Whether it is answered in fields to write in: what is in them takes longer to write again than an option
    /// to choose, and can be emptied where a single choice, without scripts, cannot be undone.
    #[must_use]
    pub const fn is_written(&self) -> bool {
        matches!(self, Self::Number { .. } | Self::Date { .. } | Self::ShortText { .. })
    }

    /// The written options of a choice.
    #[must_use]
    pub fn options(&self) -> &[Label] {
        match self {
            Self::SingleChoice { options, .. } | Self::MultipleChoice { options, .. } => options,
            _ => &[],
        }
    }

    /// The codes under which answers are counted and published, in their order; empty where
    /// nothing is published (free text).
    #[must_use]
    pub fn categories(&self) -> Vec<String> {
        use chrono::Datelike as _;
        match self {
            Self::SingleChoice { options, .. } | Self::MultipleChoice { options, .. } => {
                options.iter().map(|option| option.code.clone()).collect()
            }
            Self::YesNo => YES_NO.map(String::from).to_vec(),
            Self::Scale { from, to, .. } => (*from..=*to).map(|step| step.to_string()).collect(),
            Self::Number { min, max, bins } => {
                let mut categories = Vec::new();
                let mut low = *min;
                for bound in bins.iter().copied().filter(|bound| bound > min && bound <= max) {
                    categories.push(bin_code(low, bound - 1));
                    low = bound;
                }
                categories.push(bin_code(low, *max));
                categories
            }
            Self::Date { min, max } => {
                (min.year()..=max.year()).map(|year| year.to_string()).collect()
            }
            Self::ShortText { .. } => Vec::new(),
        }
    }

    /// Whether the categories have an order of their own (a scale, bins, years).
    #[must_use]
    pub const fn ordered(&self) -> bool {
        matches!(self, Self::Scale { .. } | Self::Number { .. } | Self::Date { .. })
    }
}

/// The code of the bin from `low` to `high`, both included: `18..29`.
#[must_use]
pub fn bin_code(low: i64, high: i64) -> String {
    format!("{low}..{high}")
}

/// One question of a poll.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Stable code, unique in the poll: lower-case letters, digits, `-` and `_`.
    pub code: String,
    /// The question itself.
    pub title: Text,
    /// What helps to answer it.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub hint: Text,
    /// Whether it must be answered before sending.
    pub required: bool,
    /// Its type.
    #[serde(flatten)]
    pub kind: Kind,
}

impl Question {
    /// Whether both ask the same thing: in some language their words look the same, however they
    /// are cased, accented, spaced, punctuated and ordered, and in whatever alphabet their letters
    /// are: a reviewer reads what it looks like. Of options nothing is said: asked with other
    /// options it is the same question still.
    #[must_use]
    pub fn asks_the_same_as(&self, other: &Self) -> bool {
        Asked::in_languages(self, Language::ALL)
            .is_same_as(&Asked::in_languages(other, Language::ALL))
    }
}

/// What the title of a question looks like in some languages, for comparison with many others.
pub(crate) struct Asked(Vec<(Language, BTreeSet<String>)>);

impl Asked {
    /// What it looks like in these languages.
    pub(crate) fn in_languages(
        question: &Question,
        languages: impl IntoIterator<Item = Language>,
    ) -> Self {
        let words = |language| Some((language, words(question.title.exact(language)?)));
        let asked = languages.into_iter().filter_map(words);
        Self(asked.filter(|(_, words)| !words.is_empty()).collect())
    }

    /// Whether it looks the same in one of the languages.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        self.0.iter().any(|asked| other.0.contains(asked))
    }
}

/// A text without what shows nothing and without compatibility variants of letters.
fn plain(text: &str) -> String {
    text.nfkc().filter(|character| !is_unseen(*character)).collect()
}

/// A [`plain`] text in small letters, with the same letter in place of all that look alike (UTS 39).
fn alike(plain: &str) -> String {
    skeleton(&plain.to_lowercase()).collect()
}

/// The place of the first of these texts of options that says the same as one before it, whatever its case, or
/// looks the same. Unlike in a question's title, the order of words, signs and accents count: `<5` is not `>5`.
/// How blanks are written does not. What looks the same does so as it is written: a small `б` is like a `6`, a
/// capital one is not.
#[must_use]
pub fn twin<'a>(options: impl IntoIterator<Item = &'a str>) -> Option<usize> {
    let spaced = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (mut words, mut looks) = (BTreeSet::new(), BTreeSet::new());
    options.into_iter().position(|text| {
        let plain = plain(text);
        let said = !words.insert(spaced(&plain.to_lowercase()));
        let seen = !looks.insert(spaced(&skeleton(&plain).collect::<String>()));
        said || seen
    })
}

/// What the words of a text look like, for comparison. A text of nothing but signs is one word: it
/// asks something, too.
fn words(text: &str) -> BTreeSet<String> {
    let plain = plain(text);
    let alike: String =
        alike(&plain).chars().filter(|letter| !is_combining_mark(*letter)).collect();
    let words: BTreeSet<String> = alike
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    if words.is_empty() && !is_blank(&plain) {
        return [plain.split_whitespace().collect()].into();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(en: &str, ru: &str) -> Question {
        Question {
            code: "q".into(),
            title: Text::both(en, ru),
            hint: Text::default(),
            required: true,
            kind: Kind::YesNo,
        }
    }

    #[test]
    fn a_question_is_known_again_in_other_clothes() {
        let one = question("Do you ride the bus?", "Вы ездите на автобусе?");
        assert!(one.asks_the_same_as(&question("do you  ride (the) BUS", "Другое")));
        assert!(one.asks_the_same_as(&question("Another", "На автобусе вы ездите?")));
        assert!(!one.asks_the_same_as(&question("Do you ride the tram?", "Вы ездите на трамвае?")));
        for disguised in [
            "Do you r\u{200b}ide the bus?",
            "Do you ride\u{a0}the b\u{ad}us?",
            "Dо yоu ridе thе bus?",
            "Dο you ride the bus?",
            "Ｄｏ you ride the bus?",
            "Do you rïde the bus?",
        ] {
            assert!(one.asks_the_same_as(&question(disguised, "Другое")), "{disguised:?}");
        }
        assert!(one.asks_the_same_as(&question("Another", "Вы eздите нa aвтобусe?")));
        let eleven = question("Is it 11 o'clock?", "Уже 11 часов?");
        assert!(!eleven.asks_the_same_as(&question("Is it 10 o'clock?", "Уже 10 часов?")));
        assert!(!question("", "А").asks_the_same_as(&question("", "Б")));
        let signs = question("🚌 🚲?", "?");
        assert!(signs.asks_the_same_as(&question("🚌\u{200b}🚲 ?", "Другое")));
        assert!(!signs.asks_the_same_as(&question("🚌?", "!")));
    }

    #[test]
    fn options_that_look_the_same_are_twins() {
        for [one, other] in [
            ["Yes", "yes"],
            ["Yes", "Yes\u{200b}"],
            ["Yes", "Yеs"],
            ["Very good", "Very  good"],
            ["Very good", "Very\u{a0}good"],
            ["Ｖery good", "Very good"],
        ] {
            assert_eq!(twin([one, "Maybe", other]), Some(2), "{one:?} and {other:?}");
        }
        for [one, other] in [
            ["<5", ">5"],
            ["5 of 10", "10 of 5"],
            ["C", "C++"],
            ["Все", "Всё"],
            ["I", "II"],
            ["More often", "Less often"],
            ["Маршрут Б", "Маршрут 6"],
        ] {
            assert_eq!(twin([one, other]), None, "{one:?} and {other:?}");
        }
        assert_eq!(twin([]), None);
    }

    #[test]
    fn every_type_has_a_code_of_its_own() {
        for known in QuestionType::ALL {
            assert_eq!(QuestionType::from_code(known.code()), Some(known));
        }
        assert_eq!(QuestionType::from_code("riddle"), None);
    }
}
