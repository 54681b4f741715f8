//! `[tls]`: the portal's own certificate, where no proxy in front ends the connections. Then requests for another host
//! than that of `[server] public_url` are refused, too ([`crate::http::host`]).

use super::Finding;
use crate::http::listener::tls;
use serde::Deserialize;
use std::path::PathBuf;
use url::Url;

/// The portal's own certificate.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// File of the certificate chain in PEM, the portal's own first. It and the key are read again
    /// when they change, and on SIGHUP.
    pub certificate: PathBuf,
    /// File of its private key in PEM.
    pub key: PathBuf,
}

impl Tls {
    /// Says what is wrong.
    pub fn validate(&self, public_url: &Url, findings: &mut Vec<Finding>) {
        if public_url.scheme() != "https" {
            findings.push(Finding::new(
                "server.public_url",
                "must begin with https:// where there is a certificate",
            ));
        }
        if let Err(problem) = tls::read(self) {
            findings.push(Finding::new("tls.certificate", problem.to_string()));
        }
    }
}
