//! What stands between the network and the pages: one middleware a file, the connections
//! themselves ([`listener`]), and what several of them, and those behind them, have to read in one
//! way ([`bearer`], [`etag`], [`taking_part`]).

pub mod again;
pub mod assets;
pub mod bearer;
pub mod body;
pub mod chain;
pub mod errors;
pub mod etag;
pub mod head;
pub mod headers;
pub mod household;
pub mod in_time;
pub mod lengths;
pub mod listener;
pub mod overload;
pub mod plain_page;
pub mod public_pages;
pub mod rate;
pub mod refused;
pub mod request_id;
pub mod same_origin;
pub mod taking_part;
