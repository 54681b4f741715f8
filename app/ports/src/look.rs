//! How one reader wants the pages: whether at all, and in which language and display. Read out of the
//! request's headers and cookies; what a person has stored is not asked.

use axum::http::{
    HeaderMap, HeaderValue,
    header::{ACCEPT, ACCEPT_LANGUAGE, COOKIE},
};
use icu_datetime::{DateTimeFormatter, fieldsets::YMD, input::Date};
use icu_locale_core::locale;
use locales::i18n::Locale;
use questionnaire::Language;
use serde::{Deserialize, Serialize};

/// Cookie with the language.
pub const LANGUAGE_COOKIE: &str = "language";
/// Cookie with the display settings, as [`Display::to_cookie`] writes them.
pub const DISPLAY_COOKIE: &str = "display";

/// The names of the session's cookie: over TLS, and without.
pub const SESSION_COOKIES: [&str; 2] = ["__Host-session", "session"];

/// Fetch Metadata: from which site the browser was led here, as it says itself.
pub const FETCH_SITE: &str = "sec-fetch-site";

/// Size of the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextSize {
    /// As designed.
    #[default]
    Normal,
    /// One and a quarter.
    Large,
    /// One and a half.
    Larger,
}

/// Colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// As designed.
    #[default]
    Standard,
    /// Black on white.
    Contrast,
    /// White on black.
    Dark,
    /// Yellow on black.
    Yellow,
}

/// The panel for low vision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Display {
    /// Size of the text.
    pub size: TextSize,
    /// Colours.
    pub scheme: Scheme,
    /// More space between letters and lines.
    pub wide: bool,
}

impl Display {
    const SIZES: [(TextSize, &str); 3] =
        [(TextSize::Normal, "normal"), (TextSize::Large, "large"), (TextSize::Larger, "larger")];
    const SCHEMES: [(Scheme, &str); 4] = [
        (Scheme::Standard, "standard"),
        (Scheme::Contrast, "contrast"),
        (Scheme::Dark, "dark"),
        (Scheme::Yellow, "yellow"),
    ];

    /// The settings out of the codes of a form or of the cookie; unknown codes are the default.
    #[must_use]
    pub fn from_codes(size: &str, scheme: &str, wide: bool) -> Self {
        fn pick<T: Copy + Default>(table: &[(T, &str)], code: &str) -> T {
            table
                .iter()
                .find(|(_, name)| *name == code)
                .map_or_else(T::default, |(value, _)| *value)
        }
        Self { size: pick(&Self::SIZES, size), scheme: pick(&Self::SCHEMES, scheme), wide }
    }

    /// The codes of size and colours.
    #[must_use]
    pub fn codes(self) -> (&'static str, &'static str) {
        let size =
            Self::SIZES.iter().find(|(size, _)| *size == self.size).map_or("", |(_, code)| code);
        let scheme = Self::SCHEMES
            .iter()
            .find(|(scheme, _)| *scheme == self.scheme)
            .map_or("", |(_, code)| code);
        (size, scheme)
    }

    /// The cookie's value: `large.dark.wide`.
    #[must_use]
    pub fn to_cookie(self) -> String {
        let (size, scheme) = self.codes();
        format!("{size}.{scheme}.{}", if self.wide { "wide" } else { "normal" })
    }

    /// The settings of a cookie.
    #[must_use]
    pub fn from_cookie(value: &str) -> Self {
        let mut parts = value.split('.');
        let mut next = || parts.next().unwrap_or_default();
        let (size, scheme, spacing) = (next(), next(), next());
        Self::from_codes(size, scheme, spacing == "wide")
    }

    /// The classes of the document's root.
    #[must_use]
    pub fn classes(self) -> String {
        let mut classes = vec!["govuk-template"];
        match self.size {
            TextSize::Normal => {}
            TextSize::Large => classes.push("veche-text-large"),
            TextSize::Larger => classes.push("veche-text-larger"),
        }
        match self.scheme {
            Scheme::Standard => {}
            Scheme::Contrast => classes.push("veche-scheme-contrast"),
            Scheme::Dark => classes.push("veche-scheme-dark"),
            Scheme::Yellow => classes.push("veche-scheme-yellow"),
        }
        if self.wide {
            classes.push("veche-spacing-wide");
        }
        classes.join(" ")
    }
}

/// What decides how a page looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Language of the pages.
    pub language: Language,
    /// Display settings.
    pub display: Display,
}

/// The locale whose sentences are in `language`.
#[must_use]
pub const fn locale_of(language: Language) -> Locale {
    match language {
        Language::En => Locale::en,
        Language::Ru => Locale::ru,
    }
}

/// The cookie that keeps a language in the browser, for a year.
#[must_use]
pub fn language_cookie(language: Language) -> HeaderValue {
    HeaderValue::from_static(match language {
        Language::En => "language=en; Path=/; Max-Age=31536000; SameSite=Lax",
        Language::Ru => "language=ru; Path=/; Max-Age=31536000; SameSite=Lax",
    })
}

/// Whether the client is a browser that shows a page; a program does not ask for one.
#[must_use]
pub fn wants_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// The value of the cookie of this name, if the browser sent it.
///
/// Each cookie is read by itself: one that another server of the domain has set in letters that a
/// header should not have is nobody's here, and takes none of ours with it.
#[must_use]
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b';'))
        // Only the blanks that a header has: a browser takes a name that begins with another one for a
        // name of its own, for which the promises of `__Host-` do not hold.
        .filter_map(|pair| {
            std::str::from_utf8(pair).ok()?.trim_matches([' ', '\t']).split_once('=')
        })
        .find_map(|(key, value)| (key == name).then(|| value.to_owned()))
}

/// The language that was chosen in the request's browser.
#[must_use]
pub fn chosen_language(headers: &HeaderMap) -> Option<Language> {
    cookie(headers, LANGUAGE_COOKIE)?.parse().ok()
}

impl Look {
    /// The look that a request asks for: by cookie, or by the browser's languages.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let accepted = || {
            let header = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
            // The first language that we speak; browsers list them by preference.
            header.split(',').find_map(|part| {
                let tag = part.split(';').next().unwrap_or_default().trim();
                tag.split('-').next().unwrap_or_default().to_ascii_lowercase().parse().ok()
            })
        };
        Self {
            language: chosen_language(headers).or_else(accepted).unwrap_or_default(),
            display: cookie(headers, DISPLAY_COOKIE)
                .map(|value| Display::from_cookie(&value))
                .unwrap_or_default(),
        }
    }
}

/// The look of the page being rendered.
#[must_use]
pub fn look() -> Look {
    leptos::prelude::use_context::<Look>().unwrap_or_default()
}

/// The language of the page being rendered.
#[must_use]
pub fn language() -> Language {
    look().language
}

/// The locale of the page being rendered, for `td!` and `td_string!`.
#[must_use]
pub fn locale() -> Locale {
    locale_of(language())
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_of_a_language_is_read_back() {
        for language in Language::ALL {
            let said = language_cookie(language);
            let pair = said.to_str().expect("plain text").split(';').next().expect("a pair");
            let sent = HeaderValue::from_str(pair).expect("plain text");
            let headers = HeaderMap::from_iter([(COOKIE, sent)]);
            assert_eq!(chosen_language(&headers), Some(language));
        }
    }

    #[test]
    fn display_settings_survive_the_cookie() {
        for (size, _) in Display::SIZES {
            for (scheme, _) in Display::SCHEMES {
                for wide in [false, true] {
                    let display = Display { size, scheme, wide };
                    assert_eq!(Display::from_cookie(&display.to_cookie()), display);
                }
            }
        }
        assert_eq!(Display::from_cookie("<script>"), Display::default());
    }
}
