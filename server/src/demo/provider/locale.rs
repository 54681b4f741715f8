//! Which of the two languages a page is written in.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Locale {
    En,
    Ru,
}

impl Locale {
    /// The language tag.
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }

    /// The other language.
    pub(super) fn other(self) -> Self {
        match self {
            Self::En => Self::Ru,
            Self::Ru => Self::En,
        }
    }

    /// The first language of `ui_locales` that the pages have; otherwise the one the browser
    /// likes best; otherwise English.
    pub(super) fn choose(ui_locales: Option<&str>, headers: &HeaderMap) -> Self {
        let asked = ui_locales.and_then(Self::from_list);
        asked.unwrap_or_else(|| {
            let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
            accepted.and_then(Self::from_accept_language).unwrap_or(Self::En)
        })
    }

    /// The first language of a list of tags separated by spaces that the pages have.
    pub(super) fn from_list(tags: &str) -> Option<Self> {
        tags.split(' ').find_map(Self::from_tag)
    }

    fn from_accept_language(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for range in header.split(',') {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let weight = match parameters.trim().strip_prefix("q=") {
                Some(weight) => weight.parse().unwrap_or(0.0),
                None => 1.0,
            };
            let Some(locale) = Self::from_tag(tag.trim()) else { continue };
            if weight > best.map_or(0.0, |(weight, _)| weight) {
                best = Some((weight, locale));
            }
        }
        best.map(|(_, locale)| locale)
    }

    fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next()?;
        [Self::En, Self::Ru].into_iter().find(|locale| primary.eq_ignore_ascii_case(locale.tag()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(ui_locales: Option<&str>, accept: &str) -> Locale {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, accept.parse().unwrap());
        Locale::choose(ui_locales, &headers)
    }

    #[test]
    fn the_request_goes_before_the_browser() {
        assert_eq!(choose(Some("fr ru-RU en"), "en"), Locale::Ru);
        assert_eq!(choose(Some("fr"), "ru"), Locale::Ru);
        assert_eq!(choose(None, "fr"), Locale::En);
    }

    #[test]
    fn the_browsers_weights_count() {
        assert_eq!(choose(None, "en;q=0.5, ru-RU;q=0.9, fr"), Locale::Ru);
        assert_eq!(choose(None, "en, ru"), Locale::En);
        assert_eq!(choose(None, "ru;q=0, en;q=0.1"), Locale::En);
        assert_eq!(choose(None, "ru;q=much"), Locale::En);
    }
}
