//! Days of the calendar in words, in each language's order.

use icu_datetime::{DateTimeFormatter, fieldsets::YMD, input::Date};
use icu_locale_core::locale;
use locales::i18n::Locale;

/// How dates are written in each language; to put one together takes ten times as long as to use it.
struct Dates {
    en: Option<DateTimeFormatter<YMD>>,
    ru: Option<DateTimeFormatter<YMD>>,
}

thread_local! {
    static DATES: Dates = Dates {
        // British, as the sentences are.
        en: DateTimeFormatter::try_new(locale!("en-GB").into(), YMD::long()).ok(),
        ru: DateTimeFormatter::try_new(locale!("ru").into(), YMD::long()).ok(),
    };
}

/// A calendar date in words: "22 November 2026", "22 ноября 2026 года".
///
/// The Russian format ends in the abbreviation "г.", whose full stop would meet that of a sentence:
/// the word is written out. The narrow space before it is hardly seen in the portal's type; a full one
/// that does not break stands there instead.
#[must_use]
pub fn date(locale: Locale, date: chrono::NaiveDate) -> String {
    use chrono::Datelike as _;
    let month = u8::try_from(date.month()).unwrap_or(1);
    let day = u8::try_from(date.day()).unwrap_or(1);
    let Ok(date) = Date::try_new_iso(date.year(), month, day) else { return String::new() };
    let words = DATES.with(|dates| {
        let format = match locale {
            Locale::en => &dates.en,
            Locale::ru => &dates.ru,
        };
        format.as_ref().map(|format| format.format(&date).to_string())
    });
    let words = words.unwrap_or_default();
    match words.strip_suffix("г.") {
        Some(rest) => format!("{}\u{a0}года", rest.trim_end()),
        None => words,
    }
}
