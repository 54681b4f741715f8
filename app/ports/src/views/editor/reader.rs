//! Reading what was typed: texts in several languages, numbers, days, times of day.
//!
//! A [`Reader`] goes on after a fault, with a value of its own in that field's place, so that a form
//! is told everything that is wrong with it at once.

use crate::{
    forms::{Fault, FieldFault},
    look::language,
};
use chrono::{Datelike as _, NaiveDate, NaiveDateTime, NaiveTime};
use questionnaire::{Language, Text, is_blank, printable, whole_number};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

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

/// The languages in the order in which a form has their fields, that of its reader first: what is wrong is told in
/// the same one.
#[must_use]
pub fn in_order_of_fields() -> [Language; Language::ALL.len()] {
    let reader = language();
    let mut languages = Language::ALL;
    languages.sort_by_key(|of| *of != reader);
    languages
}

/// The years that a day can be of: one of two digits is an oversight, not the first century.
const YEARS: RangeInclusive<i32> = 1800..=2200;

/// Words without line breaks, as a field of one line shows them: a browser would leave the breaks out and join
/// what they divide.
fn in_one_line(words: &Words) -> Words {
    let line = |words: &String| printable(words).replace('\n', " ");
    words.iter().map(|(language, words)| (language.clone(), line(words))).collect()
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
    /// lost that language for a while, and loses its words when it is approved.
    pub fn text(
        &mut self,
        name: &str,
        words: &Words,
        languages: &BTreeSet<Language>,
        max: usize,
    ) -> Text {
        for language in in_order_of_fields() {
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

    /// As [`Self::text`], of a field of one line.
    pub fn line(
        &mut self,
        name: &str,
        words: &Words,
        languages: &BTreeSet<Language>,
        max: usize,
    ) -> Text {
        self.text(name, &in_one_line(words), languages, max)
    }

    /// As [`Self::line`], in every one of the languages or in none.
    pub fn optional_line(
        &mut self,
        name: &str,
        words: &Words,
        languages: &BTreeSet<Language>,
        max: usize,
    ) -> Text {
        let none = BTreeSet::new();
        let required = if blank(words, languages) { &none } else { languages };
        self.line(name, words, required, max)
    }

    /// A whole number within bounds.
    pub fn number(&mut self, name: &str, typed: &str, min: i64, max: i64) -> i64 {
        match whole(typed) {
            Some(number) if (min..=max).contains(&number) => number,
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
            let (first, last) = (*YEARS.start(), *YEARS.end());
            let wrong = Fault::NotADay { first, last };
            self.fault(name, if typed.trim().is_empty() { Fault::Required } else { wrong });
            NaiveDate::default()
        })
    }

    /// A date and a time of day in two fields: `name_date` and `name_time`.
    pub fn moment(&mut self, name: &str, day: &str, clock: &str) -> NaiveDateTime {
        let date = self.date(&format!("{name}_date"), day);
        let time = time(clock).unwrap_or_else(|| {
            let fault = if clock.trim().is_empty() { Fault::Required } else { Fault::NotATime };
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
        .filter(|date| YEARS.contains(&date.year()))
}

/// A whole number as people write it, unless it is too long to be read.
fn whole(typed: &str) -> Option<i64> {
    whole_number(typed)?.parse().ok()
}

/// Whether the comma between these two has no blank after it and may stand between the thousands of one number.
fn may_be_one(pair: &[&str]) -> bool {
    let digit = |letter: &char| letter.is_ascii_digit();
    matches!(*pair, [one, next]
        if (1..=3).contains(&one.chars().rev().take_while(digit).count())
            && next.chars().take_while(digit).count() == 3)
}

/// The numbers of a list: what commas, semicolons or line breaks divide or, where there are none, blanks. Nothing
/// where a blank, or a comma without one after it, may divide two numbers or the thousands of one.
pub(crate) fn numbers(typed: &str) -> Option<Vec<&str>> {
    const MARKS: [char; 4] = [',', ';', '\n', '\r'];
    if typed.split(',').collect::<Vec<_>>().windows(2).any(may_be_one) {
        return None;
    }
    if typed.contains(MARKS) {
        let parts = typed.split(MARKS).map(str::trim);
        return Some(parts.filter(|part| !part.is_empty()).collect());
    }
    let parts: Vec<&str> = typed.split_whitespace().collect();
    let short = |part: &str| part.trim_start_matches(['-', '−', '+']).len() <= 3;
    let unclear = |pair: &[&str]| matches!(*pair, [one, next] if next.len() == 3 && short(one));
    (!parts.windows(2).any(unclear)).then_some(parts)
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
    use crate::look::Look;
    use leptos::{prelude::provide_context, reactive::owner::Owner};

    #[test]
    fn what_shows_nothing_is_not_a_text() {
        let read = |typed: &str| {
            let mut reader = Reader::default();
            let words = [("en".to_owned(), typed.to_owned())].into();
            let text = reader.text("title", &words, &[Language::En].into(), 100);
            (text, reader.faults)
        };
        for typed in ["", " \t", "\u{0}", "\u{ffff}", "\u{200b}", "\u{feff}\u{ad} \u{3164}"] {
            let missing = Fault::MissingTranslation { language: Language::En };
            let faults = vec![FieldFault::new("title[en]", missing)];
            assert_eq!(read(typed), (Text::default(), faults), "{typed:?}");
        }
        let seen = Text::new([(Language::En, "?")]);
        assert_eq!(read(" ?\u{200b} "), (Text::new([(Language::En, "?\u{200b}")]), Vec::new()));
        assert_eq!(read("?"), (seen, Vec::new()));
    }

    #[test]
    fn what_is_wrong_is_told_in_the_order_of_the_fields() {
        for (language, fields) in
            [(Language::En, ["title[en]", "title[ru]"]), (Language::Ru, ["title[ru]", "title[en]"])]
        {
            Owner::new().with(|| {
                provide_context(Look { language, ..Look::default() });
                let mut reader = Reader::default();
                reader.text("title", &Words::new(), &Language::ALL.into(), 100);
                let told: Vec<_> = reader.faults.iter().map(|fault| fault.field.as_str()).collect();
                assert_eq!(told, fields, "{language}");
            });
        }
    }

    #[test]
    fn a_line_break_counts_once_and_is_a_blank_in_a_field_of_one_line() {
        let english = BTreeSet::from([Language::En]);
        let words = |typed: &str| Words::from([("en".to_owned(), typed.to_owned())]);
        let of = |words: &str| Text::new([(Language::En, words)]);
        let mut reader = Reader::default();
        assert_eq!(reader.text("purpose", &words("a\r\nb"), &english, 3), of("a\nb"));
        assert_eq!(reader.line("title", &words("a\r\nb\rc"), &english, 5), of("a b c"));
        assert_eq!(reader.optional_line("hint", &words("a\nb\u{ffff}"), &english, 3), of("a b"));
        assert_eq!(reader.faults, []);
    }

    #[test]
    fn a_blank_stands_between_thousands_and_does_not_join_numbers() {
        for (typed, number) in [
            ("1500", 1500),
            (" 1 500 ", 1500),
            ("12\u{a0}345\u{202f}678", 12_345_678),
            ("− 5", -5),
            ("-1 000", -1000),
            ("+7", 7),
            ("\u{200e}-\u{feff}5\u{200b}", -5),
        ] {
            assert_eq!(whole(typed), Some(number), "{typed:?}");
        }
        for typed in ["", "-", "1 2", "18 30", "1 5000", "1234 567", "1-2", "--1", "1.5", "x"] {
            assert_eq!(whole(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn a_list_of_numbers_is_not_guessed_at() {
        let read = |typed: &'static str| numbers(typed).map(|parts| parts.join("|"));
        for (typed, parts) in [
            ("18, 30, 60", "18|30|60"),
            ("1 500, 3 000", "1 500|3 000"),
            ("1 500;", "1 500"),
            ("18\r\n30\n\n60", "18|30|60"),
            ("18 30\t60", "18|30|60"),
            ("1000 2000", "1000|2000"),
            ("1000 200", "1000|200"),
            ("18, 300", "18|300"),
            ("18,30", "18|30"),
            ("1500,3000", "1500|3000"),
            ("1500,300", "1500|300"),
            ("100", "100"),
            (" , ", ""),
            ("", ""),
        ] {
            assert_eq!(read(typed).as_deref(), Some(parts), "{typed:?}");
        }
        for typed in
            ["1 500", "18 300", "−1 500 3 000", "1\u{a0}500", "1,500", "18,300", "−1,500; 3,000"]
        {
            assert_eq!(read(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn a_day_that_is_none_is_told_of_its_year_and_no_time() {
        let mut reader = Reader::default();
        reader.date("date_min", "27.03.26");
        reader.moment("opens", "1799-01-01", "24:00");
        let day = Fault::NotADay { first: 1800, last: 2200 };
        let told = [
            FieldFault::new("date_min", day.clone()),
            FieldFault::new("opens_date", day),
            FieldFault::new("opens_time", Fault::NotATime),
        ];
        assert_eq!(reader.faults, told);
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
