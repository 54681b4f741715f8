//! What happens behind a request: the rooms of the server and their doors.
//!
//! The crate `veche` puts the parts together with the pages; no room here knows a page. Each is given
//! what it works with when it is made, and reaches into another one only in this order, from the ground
//! up: a room knows those above its line, and of its own line. A test holds it
//! (`server/veche/tests/it/house.rs`).
//!
//! | rooms | what they are for those below |
//! | --- | --- |
//! | [`clock`], [`entropy`], [`error`], `named`, [`sealing`], [`master_keys`] | time, randomness, failures, names, keys |
//! | [`config`], [`outgoing`] | what is set, and whom the portal asks |
//! | [`store`], [`replica`], [`platform`] | the portal's tables, and what every capability stands on |
//! | [`http`], [`operation::traces`] | connections, layers, and what requests are read by |
//! | [`staff::log`], `accounts::{access, attributes, consents, held}`, [`notices::stored`] | what is written down of people |
//! | [`staff`] | departments and roles |
//! | [`polls`], [`statistics`] | polls from draft to release |
//! | [`accounts`], [`notices`], [`identity`] | who somebody is, and what concerns that person |
//! | `http::{public_pages, lengths, rate}` | the layers that ask who it is |
//! | [`scheduler`] | what happens by itself |
//! | [`operation`], [`doctor`], [`demo`] | running all of it, examining and showing it |
//!
//! Against the order goes one thing: a key or a certificate that a setting names is checked by what will
//! read it, so [`config`] knows `identity::client_key`, `identity::esia::token` and `http::listener::tls`.

pub mod accounts;
pub mod clock;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod entropy;
pub mod error;
pub mod http;
pub mod identity;
pub mod master_keys;
mod named;
pub mod notices;
pub mod operation;
pub mod outgoing;
pub mod platform;
pub mod polls;
pub mod replica;
pub mod scheduler;
pub mod sealing;
pub mod staff;
pub mod statistics;
pub mod store;
