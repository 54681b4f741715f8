//! What happens behind a request: the rooms of the server and their doors.
//!
//! The crate `veche` puts the parts together with the pages; no room here knows a page, and none
//! knows more than the parts it is given.

pub mod accounts;
pub mod clock;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod entropy;
pub mod error;
pub mod http;
pub mod identity;
pub mod notices;
pub mod operation;
pub mod outgoing;
pub mod platform;
pub mod polls;
pub mod replica;
pub mod sealing;
pub mod staff;
pub mod statistics;
pub mod store;
