//! Asking other machines over HTTP: the one place where it is decided whom the portal believes.
//!
//! The identity provider, whichever it is, and the collector of traces are asked by what
//! [`client`] begins. A server has to show a certificate for its name from a public authority, whose list
//! is built in, or from one of the operator's own (`[network]`). Redirects are not followed: one
//! could lead into our own network, with the client's secret.
//!
//! Databases are another matter: who may pose as one of them stands in its address
//! ([`migration::exposure`]).

use crate::config::network::Network;
use reqwest::{Certificate, ClientBuilder, redirect};
use std::{
    error::Error,
    fs, io,
    path::{Path, PathBuf},
};
use tokio_rustls::rustls::{
    self, CertificateError, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};

/// Why a file of authorities cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AuthoritiesError {
    /// It cannot be read.
    #[error("{path}: it cannot be read: {error}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// There is none in it.
    #[error("{path}: it holds no certificate in PEM")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// One of them is none.
    #[error("{path}: its certificate number {number} is damaged")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Which, from 1.
        number: usize,
    },
}

/// The certificates of a file, each of which can be an authority's.
///
/// # Errors
/// When it cannot be read, or holds none, or one that is damaged.
pub fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, AuthoritiesError> {
    let path = path.to_owned();
    let pem = match fs::read(&path) {
        Ok(pem) => pem,
        Err(error) => return Err(AuthoritiesError::Unreadable { path, error }),
    };
    let mut found = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let usable = certificate
            .ok()
            .filter(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok());
        let Some(certificate) = usable else {
            return Err(AuthoritiesError::Damaged { path, number: found.len() + 1 });
        };
        found.push(certificate);
    }
    if found.is_empty() { Err(AuthoritiesError::Empty { path }) } else { Ok(found) }
}

/// The beginning of a client that believes whom the configuration says.
///
/// # Errors
/// When a file of authorities cannot be used.
pub fn client(network: &Network) -> Result<ClientBuilder, String> {
    let wrong = |error: &dyn Error| format!("network.authorities: {error}");
    let mut client = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .tls_built_in_root_certs(network.public_authorities);
    for file in &network.authorities {
        for certificate in authorities(file).map_err(|error| wrong(&error))? {
            let certificate = Certificate::from_der(&certificate).map_err(|error| wrong(&error))?;
            client = client.add_root_certificate(certificate);
        }
    }
    Ok(client)
}

/// What is at the bottom of a request that failed, for the log: a host or a certificate, never the
/// address that was asked, which can name a person.
#[must_use]
pub fn reason(error: &(dyn Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| (*error).source());
    // Its own words hold the address.
    let says_address = |error: &&(dyn Error + 'static)| {
        error.is::<reqwest::Error>() || error.is::<Box<reqwest::Error>>()
    };
    let Some(mut cause) = chain.filter(|error| !says_address(error)).last() else {
        return "the request failed".to_owned();
    };
    while let Some(within) = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        cause = within;
    }
    match cause.downcast_ref::<rustls::Error>() {
        Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            "its certificate is from an authority that is not known: one of your own goes into \
             [network] authorities"
                .to_owned()
        }
        Some(rustls::Error::InvalidCertificate(wrong)) => format!("its certificate: {wrong}"),
        _ => cause.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_an_authority_is_named_with_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let said = |name: &str, text: Option<&str>| {
            let path = folder.path().join(name);
            if let Some(text) = text {
                fs::write(&path, text).unwrap();
            }
            let said = authorities(&path).unwrap_err().to_string();
            assert!(said.starts_with(&format!("{}: ", path.display())), "{said}");
            said
        };
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(said("missing.pem", None).contains("cannot be read"));
        assert!(said("empty.pem", Some("")).contains("no certificate"));
        assert!(said("text.pem", Some("MIIB")).contains("no certificate"));
        assert!(said("key.pem", Some(key)).contains("no certificate"));
        assert!(said("damaged.pem", Some(damaged)).contains("number 1 is damaged"));
        assert!(said("half.pem", Some(&damaged[..30])).contains("damaged"));
    }
}
