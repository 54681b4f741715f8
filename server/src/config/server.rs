//! `[server]`: where the server listens and how it is reached.

use super::Finding;
use serde::Deserialize;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};
use url::{Host, Url};

/// Where the server listens and how it is reached.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Address and port to listen on. Default `127.0.0.1:8000`.
    pub listen: SocketAddr,
    /// How people reach the portal: `https://polls.example`, or `http:` on loopback.
    pub public_url: Url,
    /// Folder of the built client. Default `dist`.
    pub pages: PathBuf,
    /// Whether the client's address is read from `X-Forwarded-For`, because a proxy of ours is
    /// in front. Default `false`.
    pub behind_proxy: bool,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8000),
            public_url: Url::parse("http://127.0.0.1:8000").expect("a constant address"),
            pages: PathBuf::from("dist"),
            behind_proxy: false,
        }
    }
}

/// Whether an address is this very machine.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

impl Server {
    /// Whether people reach the portal over TLS.
    #[must_use]
    pub fn https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// The portal's origin as browsers send it.
    #[must_use]
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// Says what is wrong.
    pub fn validate(&self, findings: &mut Vec<Finding>) {
        let mut find = |problem: &str| findings.push(Finding::new("server.public_url", problem));
        match self.public_url.scheme() {
            "https" => {}
            "http" if is_loopback(&self.public_url) => {}
            "http" => {
                find("sessions over http can be stolen: use https (http is for loopback only)");
            }
            _ => find("must begin with https://"),
        }
        if self.public_url.path() != "/" {
            find("must have no path: the portal needs an origin of its own");
        }
    }
}
