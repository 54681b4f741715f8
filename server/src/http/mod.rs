//! What stands between the network and the pages: one middleware a file.

pub mod assets;
pub mod errors;
pub mod headers;
pub mod plain_page;
pub mod public_pages;
pub mod rate;
pub mod request_id;
pub mod same_origin;
pub mod too_large;
