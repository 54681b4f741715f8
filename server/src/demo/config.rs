//! The demonstration's configuration: the example file, on this machine, with keys of its own.

use crate::config::{Config, ConfigError};
use crate::demo::people::People;
use crate::demo::provider;
use crate::entropy::Entropy;
use crate::identity::CALLBACK;
use crate::operation::embedded;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use figment::{
    Figment,
    providers::{Env, Format as _, Toml},
};
use questionnaire::Text;
use secrecy::ExposeSecret as _;
use std::{
    fs, io,
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

/// The example that everybody starts from: what the demonstration runs is what it documents.
const EXAMPLE: &str = include_str!("../../veche.example.toml");

/// What people are told of the demonstration's operator. The example only proposes it, so that nobody publishes it as
/// their own.
const PARTICULARS: [(&str, &str, &str); 5] = [
    (
        "portal.address",
        "12 Harbour Street, Capital, 101000",
        "101000, г. Столичный, ул. Портовая, д. 12",
    ),
    (
        "portal.officer",
        "A. Sokolova, data protection officer, dpo@portal.example",
        "А. В. Соколова, ответственная за обработку персональных данных, dpo@portal.example",
    ),
    (
        "portal.legal_basis",
        "your consent, and for answers also the law on public polls, article 4",
        "ваше согласие, а для ответов — также статья 4 закона об общественных опросах",
    ),
    (
        "portal.recipients",
        "the State Computing Centre, which runs the servers",
        "Государственный вычислительный центр, который обслуживает серверы",
    ),
    (
        "portal.authority",
        "Office for the Protection of Personal Data, complaints@opd.example",
        "Управление по защите персональных данных, complaints@opd.example",
    ),
];

/// The variable of the environment that names the folder of the built client.
pub const PAGES: &str = "VECHE_SERVER__PAGES";

/// Why the demonstration cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The folder cannot be used.
    #[error("{path}: {error}")]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The example file is not what it should be.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no port after this one.
    #[error("the identity provider takes the next port, and {0} is the last")]
    Port(u16),
}

/// Where the databases are, as the environment says: `VECHE_DEMO_STORES__PORTAL` and `…__VAULT`. Invented people
/// must not come into a portal that is in use, so the names are not those that `veche serve` reads.
fn stores() -> Env {
    // Above the folder's own, which as single settings stand above any profile.
    Env::prefixed("VECHE_DEMO_").only(&["stores__portal", "stores__vault"]).split("__").global()
}

/// Where the built client is, as the environment says: [`PAGES`].
fn pages() -> Env {
    Env::prefixed("VECHE_").only(&["server__pages"]).split("__").global()
}

/// The portal's configuration: databases and keys in `data`, which is made if it is missing, unless the
/// environment names other databases, empty ones; the portal on `port` and the identity provider on
/// the next one, both of this machine only. The built client is in `dist`, unless the environment names
/// another folder.
///
/// # Errors
/// When the folder cannot be used.
pub fn config(data: &Path, port: u16, entropy: &dyn Entropy) -> Result<Config, SetupError> {
    let next = port.checked_add(1).ok_or(SetupError::Port(port))?;
    let at = |path: &Path, error| SetupError::Folder { path: path.to_owned(), error };
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .map_err(|error| at(data, error))?;
    let data = data.canonicalize().map_err(|error| at(data, error))?;
    let secret = |name: &str| {
        let path = data.join(name);
        random_file(&path, entropy).map_err(|error| at(&path, error))?;
        Ok::<_, SetupError>(path)
    };
    let (master, client) = (secret("master.key")?, secret("client.secret")?);
    let store = |name: &str| format!("{}?mode=rwc", embedded::address(&data.join(name)));
    let administrators: Vec<String> = People::demo()
        .iter()
        .filter(|person| person.staff.as_ref().is_some_and(|staff| staff.role == "administrator"))
        .map(|person| person.sub.clone())
        .collect();
    let (en, ru) = provider::NAME;
    let figment = Figment::from(Toml::string(EXAMPLE))
        .merge(("server.listen", format!("127.0.0.1:{port}")))
        .merge(("server.public_url", format!("http://127.0.0.1:{port}")))
        .merge(("stores.portal", store("portal.sqlite")))
        .merge(("stores.vault", store("vault.sqlite")))
        .merge(("keys.master.file", master))
        // The pages that people are sent to have this name above them, not the example's.
        .merge(("provider.name", Text::both(en, ru)))
        .merge(("provider.issuer", format!("http://127.0.0.1:{next}")))
        .merge(("provider.client_secret.file", client))
        .merge(("staff.administrators", administrators));
    let figment = PARTICULARS
        .into_iter()
        .fold(figment, |figment, (key, en, ru)| figment.merge((key, Text::both(en, ru))))
        .merge(stores())
        .merge(pages());
    let mut config = Config::read(&figment)?;
    config.portal.demo = true;
    Ok(config)
}

/// The settings of the identity provider that this portal knows.
///
/// # Errors
/// When the client's secret cannot be read.
pub fn provider(config: &Config) -> Result<provider::Settings, io::Error> {
    let portal = config.server.origin();
    let secret = config.provider.client_secret.as_ref().ok_or(io::ErrorKind::NotFound)?.read()?;
    Ok(provider::Settings {
        issuer: config.provider.issuer.origin().ascii_serialization(),
        clients: vec![provider::Client {
            client_id: config.provider.client_id.clone(),
            client_secret: secret.expose_secret().to_owned(),
            redirect_uris: vec![format!("{portal}{CALLBACK}")],
            post_logout_redirect_uris: vec![format!("{portal}/")],
        }],
    })
}

/// 32 random bytes in base 64, for their owner only; a file that is there stays.
fn random_file(path: &Path, entropy: &dyn Entropy) -> io::Result<()> {
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = match file {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        file => file?,
    };
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    entropy.fill(bytes.as_mut_slice());
    writeln!(file, "{}", BASE64_STANDARD.encode(bytes.as_slice()))?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn keys_are_made_once_and_for_their_owner_only() {
        let folder = migration::testing::SqliteFile::new();
        let data = folder.folder().join("data");
        let first = config(&data, 8000, &SystemEntropy).unwrap();
        let second = config(&data, 9000, &SystemEntropy).unwrap();
        assert_eq!(*first.keys.master().unwrap(), *second.keys.master().unwrap());
        assert_eq!(first.validate(), []);
        assert_eq!(second.provider.issuer.as_str(), "http://127.0.0.1:9001/");
        assert!(provider(&second).unwrap().validate().is_ok());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&data), 0o700);
        assert_eq!(mode(&data.join("master.key")), 0o600);
        assert!(matches!(config(&data, u16::MAX, &SystemEntropy), Err(SetupError::Port(_))));
    }

    #[test]
    fn the_databases_lie_in_the_folder_whatever_it_is_called() {
        let folder = migration::testing::SqliteFile::new();
        for name in ["night buses", "50%20", "what?mode=ro", "ночь#1"] {
            let data = folder.folder().join(name);
            let config = config(&data, 8000, &SystemEntropy).unwrap();
            let data = data.canonicalize().unwrap();
            for (store, file) in [
                (&config.stores.portal, data.join("portal.sqlite")),
                (&config.stores.vault, data.join("vault.sqlite")),
            ] {
                let address = store.read().unwrap();
                assert_eq!(embedded::file(address.expose_secret()), Some(file));
            }
        }
    }

    #[test]
    fn people_are_sent_to_a_provider_of_the_name_that_it_has() {
        let folder = migration::testing::SqliteFile::new();
        let config = config(folder.folder(), 8000, &SystemEntropy).unwrap();
        let name = Text::both("Demonstration State ID", "Демонстрационная учётная запись");
        assert_eq!(config.provider.name, name);
        let (en, ru) = provider::NAME;
        assert_eq!(Text::both(en, ru), name);
    }

    #[test]
    fn the_example_and_the_demonstration_speak_of_the_same_regions() {
        let folder = migration::testing::SqliteFile::new();
        let config = config(folder.folder(), 8000, &SystemEntropy).unwrap();
        let named: Vec<_> = config
            .portal
            .regions
            .iter()
            .map(|region| (region.code.clone(), region.name.clone()))
            .collect();
        let demo: Vec<_> = crate::demo::people::regions()
            .into_iter()
            .map(|region| (region.code, Text::both(region.en, region.ru)))
            .collect();
        assert_eq!(named, demo);
    }
}
