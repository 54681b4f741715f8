//! Everything that needs the parts together: one binary, a module an area.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::too_many_lines, clippy::type_complexity, reason = "journeys and tables of tries")]

mod accounts;
mod api;
mod authoring;
mod copies;
mod demo;
mod esia;
mod house;
mod identity;
mod live;
mod participation;
mod portal;
mod public_pages;
mod results;
mod scripted;
mod staff;
mod statistics;
mod visitors;
