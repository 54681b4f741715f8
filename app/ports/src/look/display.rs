//! The panel for low vision: size of the text, colours, and space between letters and lines. Kept in a
//! cookie, as codes.

use serde::{Deserialize, Serialize};

/// Cookie with the display settings, as [`Display::to_cookie`] writes them.
pub const DISPLAY_COOKIE: &str = "display";

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

#[cfg(test)]
mod tests {
    use super::Display;

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
