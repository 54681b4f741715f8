//! What stands between the network and the pages.
//!
//! - The connections themselves: [`listener`], and what one is told for which there is no room ([`overload`]).
//! - One middleware a file. `veche`'s `startup.rs` puts them around the routes and says in which order;
//!   [`chain`] is how.
//! - The pages that answer where no page of the portal does: [`errors`], drawn by [`plain_page`], with the
//!   form that could not be taken ([`again`]), and for programs by [`problem`]; and [`refused`], which says
//!   what limit it was.
//! - What programs look for on every site: [`well_known`].
//! - What several of them have to read in one way: [`bearer`], [`etag`], [`household`], [`taking_part`].
//!
//! What this room must never do: ask a store, or decide what a person may see. It writes nothing of a
//! person to the log, and of the way of taking part nothing that would tell when somebody answered.

pub mod again;
pub mod assets;
pub mod bearer;
pub mod body;
pub mod chain;
pub mod errors;
pub mod etag;
pub mod files;
pub mod head;
pub mod headers;
pub mod held;
pub mod host;
pub mod household;
pub mod in_time;
pub mod lengths;
pub mod listener;
pub mod overload;
pub mod plain_page;
pub mod problem;
pub mod public_pages;
pub mod rate;
pub mod refused;
pub mod request_id;
pub mod same_origin;
pub mod spelling;
pub mod taking_part;
pub mod well_known;
