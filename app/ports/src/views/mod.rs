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
