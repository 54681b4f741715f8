//! Everything that needs the parts together: one binary, a module an area.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::type_complexity, reason = "tables of tries")]

mod accounts;
mod addresses;
mod api;
mod assurance;
mod authoring;
mod authorities;
mod backchannel;
mod backup;
mod copies;
mod database_tls;
mod demo;
mod download;
mod elsewhere;
mod esia;
mod example;
mod feed;
mod first_start;
mod handbook;
mod house;
mod identity;
mod inbox;
mod limits;
mod live;
mod mistakes;
mod notice;
mod operation;
mod participation;
mod portal;
mod providers;
mod public_pages;
mod publisher;
mod rates;
mod recovery;
mod replica;
mod results;
mod rivals;
mod rotation;
mod running;
mod scheduler;
mod scripted;
mod secrets;
mod sessions;
mod sign_ins;
mod staff;
mod statistics;
mod tls;
mod traces;
mod visitors;
