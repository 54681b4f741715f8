//! Lines of text in a picture. SVG text does not wrap, and the font of whoever looks at it is not
//! known here: widths are estimates on the safe side.

/// A generous estimate of the width of `text`, in hundredths of the size of the font.
///
/// Advances of Golos Text and Arial lie under these; letters of East Asian scripts are square. What is as
/// narrow as in Latin text is said so: a share that is thought wider than it is would not be drawn.
pub fn width(text: &str) -> usize {
    text.chars().map(advance).sum()
}

fn advance(letter: char) -> usize {
    match letter {
        'i' | 'j' | 'l' | 't' | 'f' | 'I' | ' ' | '\u{a0}' | '.' | ',' | ':' | ';' | '!' | '\''
        | '|' | '(' | ')' | '\u{2009}' | '\u{202f}' | '‘' | '’' => 36,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | 'ж' | 'ш' | 'щ' | 'ю' | 'ы' | 'ф' | 'м' | 'Ж' | 'Ш'
        | 'Щ' | 'Ю' | 'Ы' | 'Ф' | 'М' | '—' | '…' => 100,
        '–' | '\u{2212}' | '≤' | '≥' | '“' | '”' | '„' => 64,
        letter if letter.is_uppercase() => 80,
        letter if letter as u32 >= 0x1100 => 110,
        _ => 64,
    }
}

/// The words of `text` in lines of at most `most` hundredths of the size of the font. What stands together, a
/// number and its sign, stays together; a word that is longer is broken.
pub fn wrap(text: &str, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let apart = |letter: char| letter.is_whitespace() && !is_bond(letter);
    for word in text.split(apart).filter(|word| !word.is_empty()) {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if width(&longer) <= most {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for letter in word.chars() {
            if !line.is_empty() && width(&line) + advance(letter) > most {
                lines.push(std::mem::take(&mut line));
            }
            line.push(letter);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Whether this is a space at which no line ends.
const fn is_bond(letter: char) -> bool {
    matches!(letter, '\u{a0}' | '\u{2009}' | '\u{202f}')
}

/// `text` without the characters that XML 1.0 does not allow (section 2.2).
pub fn legal(text: &str) -> String {
    text.chars()
        .filter(|letter| {
            matches!(letter, '\t' | '\n' | '\r')
                || !letter.is_control() && !is_noncharacter(*letter)
        })
        .collect()
}

const fn is_noncharacter(letter: char) -> bool {
    matches!(letter, '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_break_between_words_where_they_can() {
        assert_eq!(wrap("Parks and squares", 700), ["Parks and", "squares"]);
        assert_eq!(wrap("aaaaaaaaaaaaa", 640), ["aaaaaaaaaa", "aaa"]);
        assert_eq!(wrap("Парки: 5\u{a0}%", 500), ["Парки:", "5\u{a0}%"]);
        assert_eq!(wrap("  ", 640), [""; 0]);
    }

    #[test]
    fn a_share_is_no_wider_than_it_is() {
        // In a part of five percent of the narrowest picture.
        assert!(width("≤\u{2009}5\u{a0}%") <= 300, "{}", width("≤\u{2009}5\u{a0}%"));
        assert_eq!(width("≥\u{2009}95%"), width("≤\u{2009}95%"));
        assert_eq!(width("18–24"), width("18-24"));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_every_line_fits(text in ".{0,200}", most in 110_usize..3000) {
            let lines = wrap(&text, most);
            let letters = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
            for line in lines {
                prop_assert!(width(&line) <= most);
            }
        }
    }
}
