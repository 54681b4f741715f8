//! In which language somebody reads: the one that the address of a page says, which was chosen by whoever gave the
//! link and holds for that page; or else the one that was chosen in this browser, or one that the browser asks for.

use super::head::cookie;
use crate::{
    address::{here, parts_of},
    routes,
};
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

/// The language that an address says of a page that is everybody's: one that there is, and one only.
pub(super) fn said_language(path: &str, query: &str) -> Option<Language> {
    if !routes::may_say_language(path) {
        return None;
    }
    let mut said = form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| name.as_ref() == routes::LANGUAGE);
    let (_, language) = said.next()?;
    if said.next().is_some() { None } else { language.parse().ok() }
}

/// The language that the address of the page being rendered says, where it says one.
#[must_use]
pub fn said_here() -> Option<Language> {
    let here = here();
    let (path, query) = parts_of(&here);
    said_language(path, query)
}

/// The address of a page of ours that is the same one to its reader, as another breakdown is: in the language that the
/// address of the page being rendered says, where it says one.
#[must_use]
pub fn as_said(address: &str) -> routes::Path {
    said_here()
        .map_or_else(|| address.to_owned(), |language| routes::in_language(address, language))
}

/// The language that was chosen in the request's browser.
#[must_use]
pub fn chosen_language(headers: &HeaderMap) -> Option<Language> {
    cookie(headers, LANGUAGE_COOKIE)?.parse().ok()
}

/// Of the languages that the browser asks for and we speak, the one of the greatest weight; of several, the one
/// that is named first (RFC 9110 §12.5.4).
pub(super) fn accepted_language(headers: &HeaderMap) -> Option<Language> {
    let header = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    let wanted = header.split(',').filter_map(|part| {
        let (tag, parameters) = part.split_once(';').unwrap_or((part, ""));
        let primary = tag.trim().split('-').next()?.to_ascii_lowercase();
        let language: Language = primary.parse().ok()?;
        let weight = weight(parameters);
        (weight > 0).then_some((weight, language))
    });
    // Of equals the last one is taken, so the first one is to come last.
    wanted.rev().max_by_key(|(weight, _)| *weight).map(|(_, language)| language)
}

/// The weight `q` among the parameters of a language, in thousandths. Without one it is whole, and what is no
/// weight counts as if it was not there; nothing says that the language is not wanted.
fn weight(parameters: &str) -> u16 {
    let q = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    q.and_then(thousandths).unwrap_or(1000)
}

/// A number from 0 to 1 with three decimals at most (RFC 9110 §12.4.2), in thousandths.
fn thousandths(q: &str) -> Option<u16> {
    let (whole, decimals) = q.split_once('.').unwrap_or((q, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let decimals: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some(decimals),
        "1" if decimals == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header::COOKIE;

    #[test]
    fn the_language_of_the_greatest_weight_is_taken() {
        for (asked, spoken) in [
            ("ru, en", Some(Language::Ru)),
            ("en-GB,ru", Some(Language::En)),
            ("de, fr;q=0.9, RU-ru;q=0.8, en;q=0.7", Some(Language::Ru)),
            ("ru;q=0, en", Some(Language::En)),
            ("ru;q=0.000", None),
            ("en;q=0.1, ru;q=0.101", Some(Language::Ru)),
            ("en;q=0.9, ru;q=1.0", Some(Language::Ru)),
            ("en ; Q=0.5 , ru ; q=0.50", Some(Language::En)),
            // What is no weight is none.
            ("en;q=0.9, ru;q=2", Some(Language::Ru)),
            ("en;q=0.9, ru;q=0.0001", Some(Language::Ru)),
            ("en;q=0.9, ru;q=-1", Some(Language::Ru)),
            ("en;q=0.9, ru;q=1.5", Some(Language::Ru)),
            ("en;q=0.9, ru;q=", Some(Language::Ru)),
            ("de, *;q=0.5", None),
            ("", None),
        ] {
            let asked_for = HeaderValue::from_static(asked);
            let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, asked_for)]);
            assert_eq!(accepted_language(&headers), spoken, "{asked:?}");
        }
    }

    #[test]
    fn the_address_of_a_page_for_everybody_may_say_the_language() {
        let poll = "/polls/0b9ec0de-1a2b-4c3d-8e4f-5a6b7c8d9eaf";
        let below = |step: &str| format!("{poll}{step}");
        for path in ["/", "/polls", "/protection", poll, &below("/results"), &below("/compare")] {
            assert_eq!(said_language(path, "lang=ru"), Some(Language::Ru), "{path}");
            assert_eq!(said_language(path, "by=region&lang=en"), Some(Language::En), "{path}");
            for nothing in ["", "lang", "lang=de", "LANG=ru", "lang=ru&lang=ru", "x=lang=ru"] {
                assert_eq!(said_language(path, nothing), None, "{path}?{nothing}");
            }
        }
        for path in ["/account", "/sign-in", &below("/take/1"), &below("/results.csv"), "/staff"] {
            assert_eq!(said_language(path, "lang=ru"), None, "{path}");
        }
    }

    #[test]
    fn the_cookie_of_a_language_is_read_back() {
        for language in Language::ALL {
            let said = language_cookie(language);
            let said = said.to_str().expect("plain text");
            let age = format!("; Max-Age={};", crate::look::CHOICE_AGE);
            assert!(said.contains(&age), "{said}");
            let pair = said.split(';').next().expect("a pair");
            let sent = HeaderValue::from_str(pair).expect("plain text");
            let headers = HeaderMap::from_iter([(COOKIE, sent)]);
            assert_eq!(chosen_language(&headers), Some(language));
        }
    }
}
