//! Where embedded stores (SQLite) lie: the file that an address names, its folder, and the address of a file.
//!
//! What an address means is for the driver to say, and is asked of nobody else: read in another way, it
//! would name another file than the one that is opened, and a restored store would lie where nobody looks.
//! Read of the address alone: nothing is looked up here, and nothing is made.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use std::{
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

/// What stands in an address where there is no file.
const IN_MEMORY: &str = ":memory:";

/// What is written in an address by its number.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');

/// The file of the store at this address; `None` where it is no embedded one, or none that can be opened.
#[must_use]
pub fn file(address: &str) -> Option<PathBuf> {
    let named = address.strip_prefix("sqlite:")?;
    // The driver gives each of these a name, which is no file's either.
    if named.strip_prefix("//").unwrap_or(named).split('?').next() == Some(IN_MEMORY) {
        return Some(IN_MEMORY.into());
    }
    let read: SqliteConnectOptions = address.parse().ok()?;
    Some(read.get_filename().to_owned())
}

/// The address of the store in this file, whatever the file is called.
#[must_use]
pub fn address(file: &Path) -> String {
    format!("sqlite://{}", percent_encode(file.as_os_str().as_bytes(), ENCODED))
}

/// The folder that a file lies in, also where its path names none.
#[must_use]
pub fn folder(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::{address, file, folder};
    use std::path::Path;

    #[test]
    fn the_file_of_an_address_is_known_however_it_is_written() {
        for (address, path, around) in [
            ("sqlite://data/portal.sqlite?mode=rwc", "data/portal.sqlite", "data"),
            ("sqlite:///srv/portal.sqlite", "/srv/portal.sqlite", "/srv"),
            ("sqlite:portal.sqlite", "portal.sqlite", "."),
            ("sqlite://data/night%20buses%3F.sqlite?mode=rwc", "data/night buses?.sqlite", "data"),
            ("sqlite:sqlite:portal.sqlite", "portal.sqlite", "."),
            ("sqlite::memory:", ":memory:", "."),
            ("sqlite://:memory:?cache=shared", ":memory:", "."),
        ] {
            let found = file(address).unwrap();
            assert_eq!((&*found, folder(&found)), (Path::new(path), Path::new(around)));
        }
        assert_eq!(file("postgres://veche@localhost/portal"), None);
        assert_eq!(file("sqlite://portal.sqlite?mode=unknown"), None, "nobody can open it");
    }

    #[test]
    fn the_address_of_a_file_names_that_file() {
        for path in [
            "/srv/portal.sqlite",
            "//srv/portal.sqlite",
            "night buses?.sqlite",
            "50%20.sqlite",
            "sqlite:portal",
            "ночь#1.sqlite",
        ] {
            assert_eq!(file(&address(Path::new(path))).as_deref(), Some(Path::new(path)));
        }
    }
}
