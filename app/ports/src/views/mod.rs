//! What goes over the wire, one file an area: pages draw it, the server fills it in.

pub mod account;
pub mod answers;
pub mod editor;
pub mod home;
pub mod polls;
pub mod results;
pub mod sign_in;
pub mod staff;
pub mod take;

/// A moment on the portal's clock, with how far that clock is from UTC then: one that somebody has to be in time
/// for, or that is read where nobody knows the portal's clock.
pub type ZonedMoment = chrono::DateTime<chrono::FixedOffset>;
