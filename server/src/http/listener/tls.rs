//! TLS by rustls: 1.2 and 1.3, HTTP/2 and HTTP/1.1, and a certificate that can change under way.
//!
//! The files are looked at now and then, and on SIGHUP. A new certificate is for new connections; the
//! others go on. If the files cannot be used, the log says why and the old certificate stays.
//!
//! What it must never do: write anything of the key to the log, or end connections for a new certificate.

use crate::config::tls::Tls;
use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
        server::{ClientHello, ResolvesServerCert},
        sign::CertifiedKey,
    },
};

/// Accepts TLS connections.
pub type Acceptor = TlsAcceptor;

/// HTTP/2's name in ALPN.
pub const HTTP2: &[u8] = b"h2";
/// HTTP/1.1's name in ALPN.
const HTTP1: &[u8] = b"http/1.1";
/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(10);

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds something else.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: rustls::pki_types::pem::Error,
    },
    /// The two do not belong together, or cannot be used.
    #[error("certificate and key: {0}")]
    Unusable(#[from] rustls::Error),
}

/// The certificate of the moment.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// Reads certificate and key.
///
/// # Errors
/// When a file cannot be read, or the two cannot be used together.
pub fn read(files: &Tls) -> Result<CertifiedKey, TlsError> {
    let wrong = |path: &PathBuf| {
        let path = path.clone();
        |error| TlsError::File { path, error }
    };
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(wrong(&files.certificate))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(wrong(&files.key))?;
    // Fails where the key is another certificate's, or where there is no certificate.
    Ok(CertifiedKey::from_der(chain, key, &ring::default_provider())?)
}

/// What accepts connections, and what keeps its certificate new as long as it is run.
///
/// # Errors
/// As [`read`].
pub fn acceptor(files: Tls) -> Result<(Acceptor, impl Future<Output = ()>), TlsError> {
    let current = Arc::new(Current(RwLock::new(Arc::new(read(&files)?))));
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(current.clone());
    config.alpn_protocols = vec![HTTP2.to_vec(), HTTP1.to_vec()];
    Ok((TlsAcceptor::from(Arc::new(config)), keep_new(files, current)))
}

/// When the files were changed last, as far as that can be told.
fn changed(files: &Tls) -> [Option<SystemTime>; 2] {
    [&files.certificate, &files.key]
        .map(|path| std::fs::metadata(path).and_then(|file| file.modified()).ok())
}

async fn keep_new(files: Tls, current: Arc<Current>) {
    let mut seen = changed(&files);
    let mut interval = tokio::time::interval(LOOK);
    let mut hangup = signal(SignalKind::hangup()).ok();
    loop {
        let asked = async {
            match &mut hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        let asked = tokio::select! { _ = asked => true, _ = interval.tick() => false };
        let now = changed(&files);
        if now == seen && !asked {
            continue;
        }
        match read(&files) {
            Ok(key) => {
                *current.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
                seen = now;
                tracing::info!("the certificate was read anew");
            }
            // Perhaps only one of the two is written yet: looked at again.
            Err(error) => tracing::error!(%error, "the certificate stays the old one"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use migration::testing::{SqliteFile, certificates::self_signed};
    use std::{fs, thread};
    use tokio::time::sleep;

    #[tokio::test(start_paused = true)]
    async fn a_new_certificate_is_shown_within_ten_seconds_once_both_files_are_there() {
        let [here, elsewhere] = [(); 2].map(|()| SqliteFile::new());
        let first = self_signed(here.folder(), "localhost");
        // The clock of a file system may be coarse.
        thread::sleep(Duration::from_millis(50));
        let second = self_signed(elsewhere.folder(), "localhost");
        let files = Tls { certificate: first.certificate, key: first.key };
        let current = Arc::new(Current(RwLock::new(Arc::new(read(&files).unwrap()))));
        let shown = || current.0.read().unwrap().cert.clone();
        let old = shown();
        let keeping = tokio::spawn(keep_new(files.clone(), current.clone()));
        let ten_seconds = || sleep(Duration::from_millis(10_001));
        ten_seconds().await;
        fs::copy(&second.certificate, &files.certificate).unwrap();
        ten_seconds().await;
        assert_eq!(shown(), old, "it has no key yet");
        fs::copy(&second.key, &files.key).unwrap();
        sleep(Duration::from_secs(9)).await;
        assert_eq!(shown(), old, "nobody has looked yet");
        sleep(Duration::from_millis(1_001)).await;
        let other = CertificateDer::from_pem_file(&second.certificate).unwrap();
        assert_ne!(other, old[0]);
        assert_eq!(shown(), [other]);
        assert!(!keeping.is_finished());
    }
}
