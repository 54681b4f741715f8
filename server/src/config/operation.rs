//! `[operation]`: what those who run the portal see of it, and how it stops.

use super::{Finding, ranges};
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use url::Url;
use validator::Validate;

/// What those who run the portal see of it, and how it stops.
#[derive(Clone, Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct Operation {
    /// Address and port of `/metrics`, `/healthz` and `/readyz` for those who run the portal: on
    /// loopback or a private network. Without it there are no metrics.
    pub listen: Option<SocketAddr>,
    /// Form of the log's lines. Default `text`.
    pub logs: Logs,
    /// Address that takes traces by OTLP over HTTP, for example
    /// `http://127.0.0.1:4318/v1/traces`. Without it there are none. Nothing on the way of taking
    /// part is ever traced.
    pub traces: Option<Url>,
    /// The share of traces that are taken, 0 to 1. Default 0.1.
    #[validate(range(min = 0.0, max = 1.0, message = "must be 0 to 1"))]
    pub traces_share: f64,
    /// Seconds between being asked to stop and taking no more connections, in which `/readyz`
    /// answers 503, so that whoever spreads the requests sends them elsewhere. Default 0.
    #[validate(range(max = 600, message = "must be at most 600"))]
    pub drain_seconds: u64,
    /// Seconds that running requests and scheduled work are then given to end. Default 30.
    #[validate(range(max = 600, message = "must be at most 600"))]
    pub stop_seconds: u64,
}

/// Form of the log's lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Logs {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

impl Default for Operation {
    fn default() -> Self {
        Self {
            listen: None,
            logs: Logs::default(),
            traces: None,
            traces_share: 0.1,
            drain_seconds: 0,
            stop_seconds: 30,
        }
    }
}

/// Whether an address cannot be reached from the internet.
fn is_internal(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

impl Operation {
    /// Says what is wrong.
    pub fn validate(&self, portal: SocketAddr, findings: &mut Vec<Finding>) {
        ranges("operation", self, findings);
        if self.traces.as_ref().is_some_and(|traces| !matches!(traces.scheme(), "http" | "https")) {
            findings.push(Finding::new("operation.traces", "must begin with http:// or https://"));
        }
        let Some(listen) = self.listen else { return };
        let mut find = |problem: &str| findings.push(Finding::new("operation.listen", problem));
        if !is_internal(listen.ip()) {
            find("must be an address of loopback or of a private network: metrics are not public");
        }
        if listen == portal {
            find("must not be the portal's own address");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(listen: &str) -> usize {
        let mut findings = Vec::new();
        let operation = Operation { listen: Some(listen.parse().unwrap()), ..Operation::default() };
        operation.validate("127.0.0.1:8000".parse().unwrap(), &mut findings);
        findings.len()
    }

    #[test]
    fn metrics_are_never_on_a_public_address() {
        for good in
            ["127.0.0.1:9000", "10.1.2.3:9000", "192.168.0.4:9000", "[::1]:9", "[fd00::1]:9"]
        {
            assert_eq!(findings(good), 0, "{good}");
        }
        for bad in
            ["0.0.0.0:9000", "203.0.113.7:9000", "[::]:9", "[2001:db8::1]:9", "127.0.0.1:8000"]
        {
            assert_eq!(findings(bad), 1, "{bad}");
        }
    }
}
