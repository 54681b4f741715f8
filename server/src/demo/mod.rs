//! What `make run` needs to show the portal without the outside world: invented people and an
//! identity provider that lets a visitor be any of them.
//!
//! Nothing here may be reachable from a public address: the provider refuses to be built unless
//! every address it is given is a loopback address (see [`provider::Settings::validate`]).

pub mod config;
mod crowd;
pub mod people;
pub mod provider;
pub mod seed;
