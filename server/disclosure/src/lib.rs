//! Raw counts in, publishable tables out.
//!
//! The promise of the portal is that statistics give nobody away. This crate is where that is made
//! true, as pure mathematics: no I/O, no database, no clock, no randomness of its own.
//!
//! * [`RawTables`] takes the counts and can never be read, printed or serialised;
//! * [`protect()`] turns them into [`ProtectedTables`], the only thing with a wire format;
//! * [`live`] holds the noise and the schedule of the batches that are shown while a poll is open.
//!
//! The steps of [`protect()`] are rooms of their own: thresholds ([`mod@protect`]), primary and
//! complementary suppression (`suppression`), perturbation by cell keys ([`keys`], [`ptable`],
//! `perturbation`), percentages of what is published ([`percent`]) and what they are of (`bases`).

mod bases;
pub mod keys;
mod linear;
pub mod live;
pub mod percent;
mod perturbation;
pub mod plan;
pub mod protect;
pub mod protected;
pub mod ptable;
pub mod raw;
mod rows;
pub mod schema;
mod suppression;

pub use keys::record_key;
pub use percent::Percent;
pub use plan::{Breakdown, Facet, Plan};
pub use protect::{Parameters, protect};
pub use protected::{
    BreakdownTable, Headline, OptionCount, ParticipationRow, ParticipationTable, ProtectedTables,
    QuestionTables, Row, RowOption, Withheld,
};
pub use ptable::PTableId;
pub use raw::{Cell, RawError, RawTables, Tally};
pub use schema::{QuestionSchema, Schema};
