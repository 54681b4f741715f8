//! Texts that people wrote in several languages: the words for this page, and in which language
//! they are where it is not the page's, also inside a sentence of the page's own.

use leptos::prelude::*;
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

/// The paragraphs of what somebody wrote, each for an element of its own: its lines, without the blank ones.
#[must_use]
pub fn paragraphs(words: &str) -> Vec<String> {
    words.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// What stands in a sentence for words that are put there afterwards: nobody types these characters.
const PLACES: [char; 2] = ['\u{e000}', '\u{e001}'];

/// A sentence of the page's own with words in it that may be in another language, each marked with
/// the language that it is in. `say` puts the sentence around what it is given.
pub fn around<const N: usize>(
    words: [(String, Option<&'static str>); N],
    say: impl FnOnce([String; N]) -> String,
) -> AnyView {
    const { assert!(N <= PLACES.len(), "a place for each of the words") };
    if words.iter().all(|(_, lang)| lang.is_none()) {
        return say(words.map(|(words, _)| words)).into_any();
    }
    let sentence = say(std::array::from_fn(|place| PLACES[place].to_string()));
    let parts = sentence.split_inclusive(PLACES).map(|part| {
        // Drawn, no words are a blank.
        let own = Some(part.trim_end_matches(PLACES).to_owned()).filter(|own| !own.is_empty());
        let place = PLACES.iter().position(|place| part.ends_with(*place));
        let words = place.and_then(|place| words.get(place)).cloned();
        let words = words.map(|(words, lang)| view! { <span lang=lang>{words}</span> });
        view! { {own} {words} }
    });
    parts.collect_view().into_any()
}

#[cfg(test)]
mod tests {
    use super::{around, paragraphs};
    use leptos::prelude::*;

    fn said(low: Option<&'static str>) -> String {
        let ends = [("плохо".to_owned(), low), ("good".to_owned(), None)];
        let view = around(ends, |[low, high]| format!("5 is “{high}”, 1 is “{low}”."));
        // Without the marks for a browser that takes pages over.
        view.to_html().replace("<!>", "")
    }

    #[test]
    fn a_text_has_as_many_paragraphs_as_lines_that_are_not_blank() {
        assert_eq!(
            paragraphs("Why.\r\n \r\nWhat for. \nUntil when."),
            ["Why.", "What for.", "Until when."]
        );
        assert!(paragraphs(" \n").is_empty());
    }

    #[test]
    fn words_in_another_language_are_marked_inside_a_sentence() {
        assert_eq!(said(None), "5 is “good”, 1 is “плохо”.");
        let marked = "5 is “<span>good</span>”, 1 is “<span lang=\"ru\">плохо</span>”.";
        assert_eq!(said(Some("ru")), marked);
        let first =
            around([("Парки".to_owned(), Some("ru"))], |[title]| format!("{title} (1 May)"));
        let first = first.to_html().replace("<!>", "");
        assert_eq!(first, "<span lang=\"ru\">Парки</span> (1 May)");
    }
}
