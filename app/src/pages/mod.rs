//! The pages, one folder an area: `api` asks the server, `view` is what goes over the wire,
//! `page` draws it.

pub mod account;
pub mod answers;
pub mod editor;
pub mod home;
pub mod polls;
pub mod results;
pub mod sign_in;
pub mod staff;
pub mod take;
