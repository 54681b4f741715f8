//! Pieces of pages: one file a piece. They know nothing of people, and of polls only what several
//! areas show alike.

#![expect(
    missing_docs,
    reason = "`#[server]` makes public fields of the arguments that it documents elsewhere"
)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "`#[component]` hands the properties of a view over by value"
)]
#![allow(
    clippy::unused_async,
    reason = "a server function is called over the network, also one that waits for nothing"
)]
// Views are deep types.
#![recursion_limit = "256"]

pub mod ask_once;
pub mod banner;
pub mod by_the_clock;
pub mod chart;
pub mod choices;
pub mod ended;
pub mod error_summary;
pub mod field;
pub mod fields;
pub mod frame;
pub mod interim;
pub mod links;
pub mod load;
pub mod pages;
pub mod problem;
pub mod remains;
pub mod shared;
pub mod state_tag;
pub mod summary_list;
pub mod table;
pub mod tiles;
pub mod title;
pub mod translated;
pub mod words;

pub use ask_once::AskOnce;
pub use by_the_clock::ByTheClock;
pub use chart::{Figure, Named};
pub use charts::Chart;
pub use choices::{Checkboxes, Choice, Radios};
pub use error_summary::ErrorSummary;
pub use field::{Hint, Legend};
pub use fields::{FileInput, Hidden, Select, Submit, TextArea, TextInput};
pub use frame::Keeps;
pub use interim::Interim;
pub use links::{DocumentLinks, HeadLink, NewsLink};
pub use load::load;
pub use pages::{Pages, page_title};
pub use remains::Remains;
pub use shared::{Shared, hole, shared, shared_around};
pub use state_tag::StateTag;
pub use summary_list::{Row, SummaryList};
pub use table::{Column, Listing, Table, TableRow};
pub use tiles::{Tile, Tiles};
pub use title::{DocumentTitle, Title};
pub use translated::{around, lang_of, paragraphs, words_of};

/// Sentences of the page's language: `t!(polls.title)`, `t!(polls.closes, date = …)`.
///
/// Gives a `String`. Interpolated values need `Display`; views go around sentences, not into
/// them.
#[macro_export]
macro_rules! t {
    ($($key:tt)*) => {
        ::std::string::String::from($crate::t_string!($crate::locale(), $($key)*))
    };
}
pub use locales::td_string as t_string;
pub use ports::look::locale;
