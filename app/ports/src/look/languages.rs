//! In which language somebody reads: the one that was chosen in this browser, or else one that the
//! browser asks for.

use super::head::cookie;
use axum::http::{HeaderMap, HeaderValue, header::ACCEPT_LANGUAGE};
use locales::i18n::Locale;
use questionnaire::Language;

/// Cookie with the language.
pub const LANGUAGE_COOKIE: &str = "language";

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

/// The language that was chosen in the request's browser.
#[must_use]
pub fn chosen_language(headers: &HeaderMap) -> Option<Language> {
    cookie(headers, LANGUAGE_COOKIE)?.parse().ok()
}

/// The first language that we speak of those that the browser asks for: it lists them by preference.
pub(super) fn accepted_language(headers: &HeaderMap) -> Option<Language> {
    let header = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    header.split(',').find_map(|part| {
        let tag = part.split(';').next().unwrap_or_default().trim();
        tag.split('-').next().unwrap_or_default().to_ascii_lowercase().parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header::COOKIE;

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
}
