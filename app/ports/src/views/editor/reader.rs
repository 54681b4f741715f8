//! Reading what was typed: texts in several languages, numbers, days, times of day.
//!
//! A [`Reader`] goes on after a fault, with a value of its own in that field's place, so that a form
//! is told everything that is wrong with it at once.

use crate::forms::{Fault, FieldFault};
use chrono::{Datelike as _, NaiveDate, NaiveDateTime, NaiveTime};
use questionnaire::{Language, Text, is_blank, printable};
use std::collections::{BTreeMap, BTreeSet};

/// A text in several languages as typed: `title[en]`, `title[ru]`.
pub type Words = BTreeMap<String, String>;

/// The name of a field in one language.
#[must_use]
pub fn field(name: &str, language: Language) -> String {
    format!("{name}[{language}]")
}

/// A text as its fields show it.
#[must_use]
pub fn words(text: &Text) -> Words {
    Language::ALL
        .into_iter()
        .filter_map(|language| Some((language.to_string(), text.exact(language)?.to_owned())))
        .collect()
}

/// What was typed in one language.
#[must_use]
pub fn typed(words: &Words, language: Language) -> &str {
    words.get(language.tag()).map_or("", String::as_str)
}

/// Whether nothing that can be seen was typed in any of the languages.
pub(crate) fn blank(words: &Words, languages: &BTreeSet<Language>) -> bool {
    languages.iter().all(|&language| is_blank(typed(words, language)))
}

/// Reads a form; collects what is wrong.
#[derive(Debug, Default)]
pub struct Reader {
    /// What is wrong so far.
    pub faults: Vec<FieldFault>,
}

impl Reader {
    /// Notes a fault.
    pub fn fault(&mut self, field: impl Into<String>, fault: Fault) {
        self.faults.push(FieldFault::new(field, fault));
    }

    /// A text in every one of the languages. What there is in another one is kept: a draft may have
    /// lost that language for a while, and loses its words when it is sent to review.
    pub fn text(
        &mut self,
        name: &str,
        words: &Words,
        languages: &BTreeSet<Language>,
        max: usize,
    ) -> Text {
        for language in Language::ALL {
            let words = typed(words, language);
            if is_blank(words) {
                if languages.contains(&language) {
                    self.fault(field(name, language), Fault::MissingTranslation { language });
                }
            } else if printable(words).trim().chars().count() > max {
                let max = u32::try_from(max).unwrap_or(u32::MAX);
                self.fault(field(name, language), Fault::TooLong { max });
            }
        }
        Text::new(Language::ALL.map(|language| (language, typed(words, language))))
    }

    /// A text in every one of the languages or in none.
    pub fn optional_text(
        &mut self,
        name: &str,
        words: &Words,
        languages: &BTreeSet<Language>,
        max: usize,
    ) -> Text {
        let none = BTreeSet::new();
        let required = if blank(words, languages) { &none } else { languages };
        self.text(name, words, required, max)
    }

    /// A whole number within bounds.
    pub fn number(&mut self, name: &str, typed: &str, min: i64, max: i64) -> i64 {
        match typed.trim().replace(['\u{a0}', '\u{202f}', ' '], "").replace('−', "-").parse() {
            Ok(number) if (min..=max).contains(&number) => number,
            _ => {
                let fault = if typed.trim().is_empty() {
                    Fault::Required
                } else {
                    Fault::NotInRange { min, max }
                };
                self.fault(name, fault);
                min
            }
        }
    }

    /// A whole number within bounds, or nothing.
    pub fn optional_number(&mut self, name: &str, typed: &str, min: i64, max: i64) -> Option<i64> {
        (!typed.trim().is_empty()).then(|| self.number(name, typed, min, max))
    }

    /// A calendar date.
    pub fn date(&mut self, name: &str, typed: &str) -> NaiveDate {
        date(typed).unwrap_or_else(|| {
            let fault = if typed.trim().is_empty() { Fault::Required } else { Fault::NotADate };
            self.fault(name, fault);
            NaiveDate::default()
        })
    }

    /// A date and a time of day in two fields: `name_date` and `name_time`.
    pub fn moment(&mut self, name: &str, day: &str, clock: &str) -> NaiveDateTime {
        let date = self.date(&format!("{name}_date"), day);
        let time = time(clock).unwrap_or_else(|| {
            let fault = if clock.trim().is_empty() { Fault::Required } else { Fault::NotADate };
            self.fault(format!("{name}_time"), fault);
            NaiveTime::default()
        });
        date.and_time(time)
    }

    /// The value, if nothing is wrong.
    ///
    /// # Errors
    /// Everything that is.
    pub fn done<T>(self, value: T) -> Result<T, Vec<FieldFault>> {
        if self.faults.is_empty() { Ok(value) } else { Err(self.faults) }
    }
}

/// A date as browsers send it, or as people type it where a browser shows a plain field: days
/// come first.
fn date(typed: &str) -> Option<NaiveDate> {
    let typed = typed.trim();
    ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d %m %Y"]
        .into_iter()
        .find_map(|format| NaiveDate::parse_from_str(typed, format).ok())
        // A year of two digits is an oversight, not the first century.
        .filter(|date| (1800..=2200).contains(&date.year()))
}

/// A time of day.
fn time(typed: &str) -> Option<NaiveTime> {
    let typed = typed.trim().replace('.', ":");
    ["%H:%M", "%H:%M:%S"]
        .into_iter()
        .find_map(|format| NaiveTime::parse_from_str(&typed, format).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_nothing_is_not_a_text() {
        let read = |typed: &str| {
            let mut reader = Reader::default();
            let words = [("en".to_owned(), typed.to_owned())].into();
            let text = reader.text("title", &words, &[Language::En].into(), 100);
            (text, reader.faults)
        };
        for typed in ["", " \t", "\u{0}", "\u{200b}", "\u{feff}\u{ad} \u{3164}"] {
            let missing = Fault::MissingTranslation { language: Language::En };
            let faults = vec![FieldFault::new("title[en]", missing)];
            assert_eq!(read(typed), (Text::default(), faults), "{typed:?}");
        }
        let seen = Text::new([(Language::En, "?")]);
        assert_eq!(read(" ?\u{200b} "), (Text::new([(Language::En, "?\u{200b}")]), Vec::new()));
        assert_eq!(read("?"), (seen, Vec::new()));
    }

    #[test]
    fn dates_and_times_are_read_as_browsers_and_people_write_them() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 27);
        for typed in ["2026-03-27", "27.03.2026", "27/3/2026", " 27 3 2026 "] {
            assert_eq!(date(typed), day, "{typed}");
        }
        for typed in ["", "27.03.26", "31.02.2026", "tomorrow", "2026-13-01"] {
            assert_eq!(date(typed), None, "{typed}");
        }
        assert_eq!(time("9:05"), NaiveTime::from_hms_opt(9, 5, 0));
        assert_eq!(time("09.05"), NaiveTime::from_hms_opt(9, 5, 0));
        assert_eq!(time("24:00"), None);
    }
}
