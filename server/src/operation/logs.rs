//! The log: for people or for programs, and never with personal data.
//!
//! Which events there are, `RUST_LOG` says; what an event may hold, each place that logs answers
//! for. Values of statements are never logged (`migration::connection`), addresses of requests
//! only as routes (`http::request_id`).

use crate::config::operation::Logs;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

/// What is logged where nothing else is asked for. `tower_sessions_core` warns of each request that
/// comes with the id of a session that has ended, and where a session without an id is to be loaded
/// or deleted: neither is a fault. `usvg` warns of each sign that the type of a picture lacks, at each request.
const DEFAULT: &str = "info,sqlx=warn,sea_orm_migration=warn,tower_sessions_core=error,usvg=error";

/// Writes the log to standard error from now on.
pub fn init(form: Logs, further: Option<Box<dyn Layer<Registry> + Send + Sync>>) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| DEFAULT.into());
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match form {
        Logs::Text => lines.with_filter(filter).boxed(),
        // The span of the request stands in each of its lines once, by its fields.
        Logs::Json => lines.json().with_span_list(false).with_filter(filter).boxed(),
    };
    tracing_subscriber::registry().with(further).with(lines).init();
}
