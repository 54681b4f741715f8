//! The portal's tables as the server sees them: one file a table.
//!
//! No table of answers is named here; only the crate `vault` can.

pub mod account;
pub mod api_token;
pub mod attribute;
pub mod consent;
pub mod data_access;
pub mod department;
pub mod lease;
pub mod logout_token;
pub mod notice;
pub mod poll;
pub mod poll_event;
pub mod portal_key;
pub mod release;
pub mod session;
pub mod staff_log;
pub mod staff_role;
