//! Texts that people wrote in several languages: the words for this page, and in which language
//! they are where it is not the page's.

use ports::look::language;
use questionnaire::{Language, Text};

/// The words in the page's language, or in whichever language there is.
#[must_use]
pub fn words_of(text: &Text) -> String {
    text.get(language()).to_owned()
}

/// The `lang` of [`words_of`] where it is not the page's.
#[must_use]
pub fn lang_of(text: &Text) -> Option<&'static str> {
    if text.exact(language()).is_some() {
        return None;
    }
    Language::ALL.into_iter().find(|other| text.exact(*other).is_some()).map(Language::tag)
}
