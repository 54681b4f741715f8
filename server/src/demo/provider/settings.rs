//! The provider's settings, and the rule that it stays on the machine it runs on.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use axum::http::Uri;
use serde::Deserialize;

/// What the provider is and who may use it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address under which the provider is reached, such as `http://127.0.0.1:8001`: a
    /// scheme and an authority without a path, and without a slash at the end.
    pub issuer: String,
    /// The clients.
    pub clients: Vec<Client>,
}

/// A relying party.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The client's identifier.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: String,
    /// The addresses a sign-in may return to, compared letter by letter.
    pub redirect_uris: Vec<String>,
    /// The addresses a sign-out may return to, compared letter by letter.
    pub post_logout_redirect_uris: Vec<String>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("client_id", &self.client_id)
            .field("redirect_uris", &self.redirect_uris)
            .field("post_logout_redirect_uris", &self.post_logout_redirect_uris)
            .finish_non_exhaustive()
    }
}

/// Why the provider refuses to start.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// An address that could be reached from, or lead to, another machine.
    #[error(
        "the demo identity provider signs anyone in without a password, so it runs on loopback \
         addresses only, and {0} is not one"
    )]
    NotLoopback(String),
    /// An address that is no `http` or `https` address, or has parts it must not have.
    #[error("{0} is not an address the demo identity provider can use")]
    BadAddress(String),
    /// A client without identifier, secret or return address, or one that is there twice.
    #[error("the client {0:?} of the demo identity provider is incomplete or there twice")]
    BadClient(String),
}

impl Settings {
    /// Checks that the issuer and every address of every client is a loopback address, and that
    /// the clients are complete.
    ///
    /// # Errors
    /// The first fault found.
    pub fn validate(&self) -> Result<(), SettingsError> {
        let issuer = loopback(&self.issuer)?;
        let bare = issuer.path() == "/" && issuer.query().is_none();
        if !bare || self.issuer.ends_with('/') {
            return Err(SettingsError::BadAddress(self.issuer.clone()));
        }
        let mut seen = BTreeSet::new();
        for client in &self.clients {
            let incomplete = client.client_id.is_empty()
                || client.client_secret.is_empty()
                || client.redirect_uris.is_empty();
            if incomplete || !seen.insert(&client.client_id) {
                return Err(SettingsError::BadClient(client.client_id.clone()));
            }
            for address in client.redirect_uris.iter().chain(&client.post_logout_redirect_uris) {
                loopback(address)?;
            }
        }
        Ok(())
    }

    /// The client called `client_id`.
    pub(super) fn client(&self, client_id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.client_id == client_id)
    }
}

/// The parsed `address`, if it is an `http` or `https` address on this machine.
fn loopback(address: &str) -> Result<Uri, SettingsError> {
    let bad = || SettingsError::BadAddress(address.to_owned());
    // `Uri` drops a fragment without a word, and allows a user name, which can make an address
    // look like another.
    if address.contains(['#', '@', '\\']) {
        return Err(bad());
    }
    let uri: Uri = address.parse().map_err(|_| bad())?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(bad());
    }
    let host = uri.host().ok_or_else(bad)?;
    let on_this_machine = host.eq_ignore_ascii_case("localhost")
        || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        || host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .and_then(|ip| ip.parse::<Ipv6Addr>().ok())
            .is_some_and(|ip| ip.is_loopback());
    if on_this_machine { Ok(uri) } else { Err(SettingsError::NotLoopback(address.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(issuer: &str, redirect: &str, after_logout: &str) -> Settings {
        Settings {
            issuer: issuer.into(),
            clients: vec![Client {
                client_id: "portal".into(),
                client_secret: "secret".into(),
                redirect_uris: vec![redirect.into()],
                post_logout_redirect_uris: vec![after_logout.into()],
            }],
        }
    }

    #[test]
    fn loopback_addresses_are_accepted() {
        for issuer in
            ["http://127.0.0.1:8001", "http://127.9.9.9", "http://localhost:1", "https://[::1]:8"]
        {
            let settings = settings(issuer, "http://127.0.0.1:8000/cb", "http://localhost:8000/");
            assert_eq!(settings.validate(), Ok(()), "{issuer}");
        }
    }

    #[test]
    fn an_issuer_elsewhere_is_refused() {
        for issuer in [
            "https://id.example",
            "http://0.0.0.0:8001",
            "http://192.168.0.7:8001",
            "http://[::]:8001",
            "http://127.0.0.1.example",
            "http://localhost.example",
        ] {
            let settings = settings(issuer, "http://127.0.0.1/cb", "http://127.0.0.1/");
            assert_eq!(settings.validate(), Err(SettingsError::NotLoopback(issuer.into())));
        }
    }

    #[test]
    fn an_issuer_with_more_than_an_origin_is_refused() {
        for issuer in [
            "http://127.0.0.1:8001/",
            "http://127.0.0.1:8001/id",
            "http://127.0.0.1:8001?x=1",
            "http://127.0.0.1:8001#x",
            "http://127.0.0.1@id.example",
            "ftp://127.0.0.1",
            "127.0.0.1:8001",
            "",
        ] {
            let settings = settings(issuer, "http://127.0.0.1/cb", "http://127.0.0.1/");
            assert_eq!(settings.validate(), Err(SettingsError::BadAddress(issuer.into())));
        }
    }

    #[test]
    fn a_portal_elsewhere_is_refused() {
        let away = "https://portal.example/cb";
        let here = "http://127.0.0.1:8001";
        let refused = Err(SettingsError::NotLoopback(away.into()));
        assert_eq!(settings(here, away, here).validate(), refused);
        assert_eq!(settings(here, here, away).validate(), refused);
    }

    #[test]
    fn an_incomplete_or_repeated_client_is_refused() {
        let here = "http://127.0.0.1:8001";
        let refused = Err(SettingsError::BadClient("portal".into()));
        let mut without_secret = settings(here, here, here);
        without_secret.clients[0].client_secret.clear();
        assert_eq!(without_secret.validate(), refused);
        let mut twice = settings(here, here, here);
        twice.clients.push(twice.clients[0].clone());
        assert_eq!(twice.validate(), refused);
    }

    #[test]
    fn a_secret_is_not_printed() {
        let here = "http://127.0.0.1:8001";
        assert!(!format!("{:?}", settings(here, here, here)).contains("\"secret\""));
    }
}
