//! The rows of options: their names, their codes, and what their buttons do.

use super::{OptionRow, QuestionForm, YES};
use crate::views::editor::reader::{blank, words};
use questionnaire::{Label, Language, definition::MAX_OPTIONS};
use std::collections::BTreeSet;

/// The id of what stands above the options' rows.
pub const OPTIONS: &str = "options";

/// The button that adds several rows at once.
pub const ADD_SEVERAL: &str = "add-several";

/// How many rows it adds.
pub const SEVERAL: usize = 5;

/// The name of an option's words without the language.
#[must_use]
pub fn option_name(index: usize) -> String {
    format!("options[{index}][text]")
}

/// The id of an option's row.
#[must_use]
pub fn option_anchor(index: usize) -> String {
    format!("option-{}", index + 1)
}

/// The rows of options as stored.
pub(super) fn of(options: &[Label]) -> Vec<OptionRow> {
    options
        .iter()
        .map(|option| OptionRow {
            code: option.code.clone(),
            text: words(&option.text),
            exclusive: if option.exclusive { YES } else { "" }.to_owned(),
        })
        .collect()
}

/// How many options one answer can have: all that do not exclude the others.
pub(super) fn choosable(options: &[Label]) -> usize {
    options.iter().filter(|option| !option.exclusive).count()
}

/// The codes of a letter and a number that are not taken, from the first one on, without end.
pub fn free_codes<'a>(
    letter: char,
    taken: impl IntoIterator<Item = &'a str>,
) -> impl Iterator<Item = String> {
    let taken: BTreeSet<&str> = taken.into_iter().collect();
    let codes = (1_usize..).map(move |number| format!("{letter}{number}"));
    codes.filter(move |code| !taken.contains(code.as_str()))
}

/// The first of the [`free_codes`].
///
/// # Panics
/// Never: of more numbers than codes one is free.
#[must_use]
pub fn free_code<'a>(letter: char, taken: impl IntoIterator<Item = &'a str>) -> String {
    free_codes(letter, taken).next().expect("of more numbers than codes one is free")
}

impl QuestionForm {
    /// Does what a button of the rows asks: `add`, [`ADD_SEVERAL`], `remove-N`, `up-N`, `down-N` with the row's
    /// index from 0; one of a row that does not exist changes nothing. Gives the index at which to
    /// go on: of the row itself, of the first that was added, or of what came to its place. `None` where the button
    /// is none of these.
    pub fn press(&mut self, button: &str) -> Option<usize> {
        let last = |form: &Self| form.options.len().saturating_sub(1);
        let added = match button {
            "add" => Some(1),
            ADD_SEVERAL => Some(SEVERAL),
            _ => None,
        };
        if let Some(added) = added {
            let first = self.options.len();
            if first < MAX_OPTIONS {
                self.options.resize((first + added).min(MAX_OPTIONS), OptionRow::default());
            }
            return Some(first.min(last(self)));
        }
        let (what, row) = button.split_once('-')?;
        let row = row.parse::<usize>().ok()?;
        let row = match what {
            "remove" if row < self.options.len() => {
                drop(self.options.remove(row));
                row
            }
            "up" if (1..=last(self)).contains(&row) => {
                self.options.swap(row - 1, row);
                row - 1
            }
            "down" if row < last(self) => {
                self.options.swap(row, row + 1);
                row + 1
            }
            "remove" | "up" | "down" => row,
            _ => return None,
        };
        Some(row.min(last(self)))
    }

    /// The rows with words and their indices; empty ones are left out. One that has words only in a language
    /// that the poll does not have now is none of these: it would go without anybody having seen it.
    pub(super) fn rows_with_words(&self) -> impl Iterator<Item = (usize, &OptionRow)> {
        let every = BTreeSet::from(Language::ALL);
        self.options.iter().enumerate().filter(move |(_, row)| !blank(&row.text, &every))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons_of_rows_that_do_not_exist_change_nothing() {
        let mut form = QuestionForm::new("single_choice");
        for button in ["remove-3", "up-0", "down-2", "up-99", "remove-18446744073709551615"] {
            let before = form.clone();
            assert!(form.press(button).is_some(), "{button}");
            assert_eq!(form, before, "{button}");
        }
        for other in ["save", "", "remove", "remove-x", "jump-1", "remove--1"] {
            assert!(form.press(other).is_none(), "{other}");
        }
        for _ in 0..100 {
            form.press("add");
        }
        assert_eq!(form.options.len(), MAX_OPTIONS);
        let full = form.clone();
        assert_eq!(form.press(ADD_SEVERAL), Some(MAX_OPTIONS - 1));
        assert_eq!(form, full);
        form.options.truncate(MAX_OPTIONS - 2);
        assert_eq!(form.press(ADD_SEVERAL), Some(MAX_OPTIONS - 2), "at the first that is new");
        assert_eq!(form, full);
    }

    #[test]
    fn a_button_of_the_rows_says_where_to_go_on() {
        let mut form = QuestionForm::new("single_choice");
        form.options = vec![OptionRow::default(); 3];
        for (button, row) in [
            ("add", 3),
            ("up-3", 2),
            ("down-0", 1),
            ("remove-1", 1),
            ("remove-2", 1),
            ("up-9", 1),
            (ADD_SEVERAL, 2),
        ] {
            assert_eq!(form.press(button), Some(row), "{button}");
        }
    }
}
