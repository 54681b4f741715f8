//! `[limits]`: how much one client may ask for, and how long it may take.

use super::{Finding, ranges};
use serde::{Deserialize, Deserializer};
use validator::Validate;

/// How much one client may ask for, and how long it may take.
#[derive(Clone, Copy, Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Largest body of a request in bytes. Default 65536.
    #[validate(range(min = 4096, message = "must be at least 4096: forms need it"))]
    pub body_bytes: usize,
    /// Bytes of bodies that are held at one time, of all clients together; files may take a quarter as
    /// much beside them. One address takes an eighth of either at most, or one body where that is more.
    /// Default 134217728.
    #[validate(range(min = 65_536, message = "must be at least 65536: forms need it"))]
    pub body_memory_bytes: usize,
    /// Largest head of a request (address and header fields) in bytes. Default 16384.
    #[validate(range(min = 2048, message = "must be at least 2048: browsers need it"))]
    pub head_bytes: usize,
    /// Most header fields of a request. Default 64.
    #[validate(range(min = 20, message = "must be at least 20: browsers need it"))]
    pub head_fields: usize,
    /// Requests a minute from one address, all together. Default 1200.
    #[validate(range(min = 1, message = "0 would refuse everything"))]
    pub requests_per_minute: u32,
    /// Forms a minute of one account, and of all at one address who are not signed in. Default 240.
    #[validate(range(min = 1, message = "0 would refuse everything"))]
    pub posts_per_minute: u32,
    /// Requests that are worked on at one time; a further one is refused at once. Default 1024.
    #[validate(range(min = 1, message = "0 would refuse everything"))]
    pub running_requests: usize,
    /// Seconds after which a request is given up. Default 30.
    #[validate(range(min = 1, message = "0 would refuse everything"))]
    pub request_seconds: u64,
    /// Seconds in which the head of a request has to arrive, and for which a connection may wait
    /// for the next one. Default 15.
    #[validate(range(min = 1, message = "0 would refuse everything"))]
    pub head_seconds: u64,
    /// Seconds in which the body of a request has to arrive. Default 20.
    #[validate(range(min = 1, message = "0 would refuse everything"))]
    pub body_seconds: u64,
    /// Seconds for which a client may take nothing of what it is sent. Default 30.
    #[validate(range(min = 1, message = "0 would refuse everything"))]
    pub write_seconds: u64,
    /// Connections, all together. Default 4096.
    #[validate(range(min = 1, message = "0 would refuse everything"))]
    pub connections: usize,
    /// Connections of one address; not counted behind a proxy, whose connections all are.
    /// Default 128.
    #[validate(range(min = 1, message = "0 would refuse everything"))]
    pub connections_per_address: usize,
    /// Beginning and completing a sign-in.
    #[serde(deserialize_with = "sign_in")]
    pub sign_in: Class,
    /// Sending answers, of whoever is signed in.
    #[serde(deserialize_with = "submission")]
    pub submission: Class,
    /// Files of results, and of one's own data.
    #[serde(deserialize_with = "export")]
    pub export: Class,
    /// The API for programs; its account is the token.
    #[serde(deserialize_with = "api")]
    pub api: Class,
}

/// Limits of one kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Validate)]
pub struct Class {
    /// A minute from one address. Many people can be behind one.
    #[validate(range(min = 1, message = "0 would refuse everything"))]
    pub address_per_minute: u32,
    /// A minute from one account; nobody has one at sign-in.
    #[validate(range(min = 1, message = "0 would refuse everything"))]
    pub account_per_minute: u32,
    /// A second from everybody together.
    #[validate(range(min = 1, message = "0 would refuse everything"))]
    pub all_per_second: u32,
}

const SIGN_IN: Class =
    Class { address_per_minute: 240, account_per_minute: 60, all_per_second: 1000 };
const SUBMISSION: Class =
    Class { address_per_minute: 240, account_per_minute: 30, all_per_second: 25_000 };
const EXPORT: Class =
    Class { address_per_minute: 240, account_per_minute: 120, all_per_second: 100 };
const API: Class = Class { address_per_minute: 600, account_per_minute: 300, all_per_second: 200 };

/// What a file says of a kind of request; the rest is the default.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    address_per_minute: Option<u32>,
    account_per_minute: Option<u32>,
    all_per_second: Option<u32>,
}

fn over<'de, D: Deserializer<'de>>(file: D, default: Class) -> Result<Class, D::Error> {
    let part = Part::deserialize(file)?;
    Ok(Class {
        address_per_minute: part.address_per_minute.unwrap_or(default.address_per_minute),
        account_per_minute: part.account_per_minute.unwrap_or(default.account_per_minute),
        all_per_second: part.all_per_second.unwrap_or(default.all_per_second),
    })
}

fn sign_in<'de, D: Deserializer<'de>>(file: D) -> Result<Class, D::Error> {
    over(file, SIGN_IN)
}

fn submission<'de, D: Deserializer<'de>>(file: D) -> Result<Class, D::Error> {
    over(file, SUBMISSION)
}

fn export<'de, D: Deserializer<'de>>(file: D) -> Result<Class, D::Error> {
    over(file, EXPORT)
}

fn api<'de, D: Deserializer<'de>>(file: D) -> Result<Class, D::Error> {
    over(file, API)
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 65_536,
            body_memory_bytes: 128 << 20,
            head_bytes: 16_384,
            head_fields: 64,
            requests_per_minute: 1200,
            posts_per_minute: 240,
            running_requests: 1024,
            request_seconds: 30,
            head_seconds: 15,
            body_seconds: 20,
            write_seconds: 30,
            connections: 4096,
            connections_per_address: 128,
            sign_in: SIGN_IN,
            submission: SUBMISSION,
            export: EXPORT,
            api: API,
        }
    }
}

impl Limits {
    /// Says what is wrong.
    pub fn validate(&self, findings: &mut Vec<Finding>) {
        ranges("limits", self, findings);
        if self.body_memory_bytes < self.body_bytes {
            let problem = "must be at least limits.body_bytes: one form has to fit";
            findings.push(Finding::new("limits.body_memory_bytes", problem));
        }
        ranges("limits.sign_in", &self.sign_in, findings);
        ranges("limits.submission", &self.submission, findings);
        ranges("limits.export", &self.export, findings);
        ranges("limits.api", &self.api, findings);
    }
}
