//! A poll's life: draft, review, open, closed; audience; taking part.

pub mod authoring;
pub mod catalogue;
pub mod copies;
mod edits;
pub mod eligibility;
pub mod life;
pub mod notice;
pub mod participation;
pub mod record;
mod review;
mod rivals;

pub use authoring::AuthoringPort;
pub use life::Life;
pub use participation::ParticipationPort;
