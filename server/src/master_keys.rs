//! The master key: what wraps the keys that lie in the databases, and comes from outside both.
//!
//! The configuration reads it ([`crate::config::keys`]); the portal's key
//! ([`crate::accounts::portal_key`]) and the polls' (`vault`) lie in the databases wrapped by it.

use zeroize::Zeroizing;

/// The master key, and the one before it while it is being replaced.
pub struct MasterKeys {
    /// What everything is wrapped under from now on.
    pub current: Zeroizing<[u8; 32]>,
    /// What opens, too, until everything is wrapped anew.
    pub previous: Option<Zeroizing<[u8; 32]>>,
}

impl MasterKeys {
    /// The same for the polls' keys.
    #[must_use]
    pub fn of_polls(&self) -> vault::MasterKey {
        vault::MasterKey::replacing(*self.current, self.previous.as_ref().map(|key| **key))
    }
}
