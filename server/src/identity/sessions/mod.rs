//! Sessions: how they are stored, what a request sees of its own, and when they end.
//!
//! | file | what is in it |
//! | --- | --- |
//! | [`store`] | the rows of the table `session`: what is written of a session, read and ended |
//! | [`request`] | the session of one request, which may get another id or end |
//! | [`lifetime`] | when a session ends by itself |
//! | [`held`] | one as a request holds it, beside others of the same browser |
//! | [`merged`] | what of two requests' changes is stored |
//! | [`at_rest`] | what the database knows of one |
//! | [`seen`] | that one is used |
//! | [`owner`] | whose an ended one was |
//! | [`expired`] | what becomes of ended ones |
//! | [`remaining`] | how long one lasts yet, for the page that warns |
//! | [`mod@device`] | by what a person recognises one |
//!
//! How a session comes to a browser and back is another matter ([`super::session_cookie`]), and so is who
//! is signed in to it ([`super::caller`]).
//!
//! What this room must never do: bring back a session that was ended, here or at the provider, by what
//! another request still does to it; or show anybody what was typed by somebody else. Where a session gets
//! another id, the old one is remembered as one that ended by itself: another request of the browser may be
//! on its way with it. What the form of such a request held waits, for that person alone, in a session of
//! its own, which the browser is given in place of the one that goes on: it asks to sign in again, and
//! nothing is lost.

mod at_rest;
mod device;
mod expired;
mod held;
mod lifetime;
mod merged;
mod owner;
pub mod remaining;
mod request;
mod seen;
mod store;

pub use at_rest::filed_under;
pub use device::{DEVICE, device};
pub use expired::delete_expired;
pub use owner::Owner;
pub use request::RequestSessions;
pub use store::{Sessions, StoredSession};

/// Data key of the provider's session id (`sid` of the ID token), a text.
pub const PROVIDER_SID: &str = "provider_sid";

/// Data key of when the person signed in, in seconds since 1970.
pub const SIGNED_IN_AT: &str = "signed_in_at";
