//! How one reader wants the pages: whether at all, and in which language and display. Read out of the
//! request's headers and cookies; what a person has stored is not asked.
//!
//! | file | what it is about |
//! | --- | --- |
//! | [`head`] | what a request's head says by itself |
//! | [`languages`] | which language is chosen, or asked for |
//! | [`display`] | the panel for low vision |
//! | [`dates`] | days in words of a language |
//!
//! Here is what they come to: the [`Look`] of a request, and that of the page being rendered.

mod dates;
mod display;
mod head;
mod languages;

pub use dates::date;
pub use display::{DISPLAY_COOKIE, Display, Scheme, TextSize};
pub use head::{CHOICE_AGE, FETCH_SITE, SESSION_COOKIES, cookie, wants_html};
pub use languages::{
    LANGUAGE_COOKIE, as_said, chosen_language, language_cookie, locale_of, said_here,
};

use axum::http::{Extensions, HeaderMap, Request};
use languages::{accepted_language, said_language};
use locales::i18n::Locale;
use questionnaire::Language;

/// What decides how a page looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Language of the pages.
    pub language: Language,
    /// Display settings.
    pub display: Display,
}

impl Look {
    /// The look that a request asks for: by cookie, or by the browser's languages.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        Self {
            language: chosen_language(headers)
                .or_else(|| accepted_language(headers))
                .unwrap_or_default(),
            display: cookie(headers, DISPLAY_COOKIE)
                .map(|value| Display::from_cookie(&value))
                .unwrap_or_default(),
        }
    }

    /// As [`Self::of`], or in the language that the request's address says; kept with the request: whoever stands further inside is handed it on
    /// ([`Self::handed_on`]) and reads nothing again.
    pub fn of_request<B>(request: &mut Request<B>) -> Self {
        if let Some(look) = request.extensions().get::<Self>() {
            return *look;
        }
        let mut look = Self::of(request.headers());
        let uri = request.uri();
        if let Some(said) = said_language(uri.path(), uri.query().unwrap_or_default()) {
            look.language = said;
        }
        request.extensions_mut().insert(look);
        look
    }

    /// The look that was kept with a request, or else the one that its headers ask for.
    #[must_use]
    pub fn handed_on(extensions: &Extensions, headers: &HeaderMap) -> Self {
        extensions.get::<Self>().copied().unwrap_or_else(|| Self::of(headers))
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

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderValue, header::COOKIE};

    #[test]
    fn what_the_first_who_asks_has_read_is_handed_on() {
        let mut request = Request::new(());
        let nothing_said = Look::handed_on(request.extensions(), request.headers());
        assert_eq!(nothing_said, Look::default());
        let chosen = HeaderValue::from_static("language=ru; display=large.dark.wide");
        request.headers_mut().insert(COOKIE, chosen);
        let look = Look::of_request(&mut request);
        assert_eq!((look.language, look.display.wide), (Language::Ru, true));
        request.headers_mut().clear();
        assert_eq!(Look::of_request(&mut request), look);
        assert_eq!(Look::handed_on(request.extensions(), request.headers()), look);
    }

    #[test]
    fn what_the_address_of_a_page_says_goes_before_what_was_chosen() {
        let mut request = Request::get("/polls?lang=en").body(()).expect("a request");
        request.headers_mut().insert(COOKIE, HeaderValue::from_static("language=ru"));
        assert_eq!(Look::of_request(&mut request).language, Language::En);
    }
}
