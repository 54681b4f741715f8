//! Where embedded stores (SQLite) lie: the file that an address names, and its folder.
//!
//! Read of the address alone: nothing is looked up here, and nothing is made.

use std::path::{Path, PathBuf};

/// The file of the store at this address; `None` where it is no embedded one.
#[must_use]
pub fn file(address: &str) -> Option<PathBuf> {
    let file = address.strip_prefix("sqlite:")?;
    let file = file.strip_prefix("//").unwrap_or(file);
    Some(file.split('?').next().unwrap_or_default().into())
}

/// The folder that a file lies in, also where its path names none.
#[must_use]
pub fn folder(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::{file, folder};
    use std::path::Path;

    #[test]
    fn the_file_of_an_address_is_known_however_it_is_written() {
        for (address, path, around) in [
            ("sqlite://data/portal.sqlite?mode=rwc", "data/portal.sqlite", "data"),
            ("sqlite:///srv/portal.sqlite", "/srv/portal.sqlite", "/srv"),
            ("sqlite:portal.sqlite", "portal.sqlite", "."),
        ] {
            let found = file(address).unwrap();
            assert_eq!((&*found, folder(&found)), (Path::new(path), Path::new(around)));
        }
        assert_eq!(file("postgres://veche@localhost/portal"), None);
    }
}
