//! What those who run the portal see of it and do with it: whether it is ready, metrics, logs,
//! traces, backups.
//!
//! They are trusted with the machines, not with the answers: nothing here tells who took part, and
//! nothing moves by one when one person does ([`metrics`] says how).

pub mod backup;
pub mod embedded;
pub mod health;
pub mod logs;
pub mod metrics;
pub mod portions;
pub mod process;
pub mod routes;
pub mod soundness;
pub mod traces;
