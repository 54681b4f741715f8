//! A poll's life, from the first word of a draft to its outcome, and taking part in it.
//!
//! Staff write, review and end polls here ([`authoring`]), people answer them ([`participation`]), and
//! whoever changes a poll's state does it by [`life`]. What people answer is counted and published in
//! [`statistics`](crate::statistics), and kept by `vault`: nothing here reads an answer but in the name
//! of the person whose it is, and nothing tells staff who took part.

pub mod authoring;
pub mod catalogue;
pub mod copies;
mod edits;
pub mod eligibility;
pub mod feed;
pub mod life;
pub mod listed;
pub mod notice;
pub mod participation;
pub mod record;
mod review;
mod rivals;

pub use authoring::AuthoringPort;
pub use life::Life;
pub use participation::ParticipationPort;
