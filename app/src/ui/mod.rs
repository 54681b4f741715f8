//! Pieces of pages: one file a piece. They know nothing of polls or people.

pub mod banner;
pub mod chart;
pub mod error_summary;
pub mod fields;
pub mod frame;
pub mod load;
pub mod problem;
pub mod summary_list;
pub mod table;
pub mod tiles;
pub mod translated;
pub mod words;

pub use chart::{Bar, Chart};
pub use error_summary::ErrorSummary;
pub use fields::{Checkboxes, Choice, Hidden, Radios, Select, Submit, TextArea, TextInput};
pub use load::load;
pub use summary_list::{Row, SummaryList};
pub use table::{Table, TableRow};
pub use tiles::{Tile, Tiles};
pub use translated::{lang_of, words_of};

/// Sentences of the page's language: `t!(polls.title)`, `t!(polls.closes, date = …)`.
///
/// Gives a `String`. Interpolated values need `Display`; views go around sentences, not into
/// them.
#[macro_export]
macro_rules! t {
    ($($key:tt)*) => {
        ::std::string::String::from($crate::ui::t_string!($crate::look::locale(), $($key)*))
    };
}
pub use locales::td_string as t_string;
