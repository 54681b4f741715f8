//! Sealing the portal's own secrets: attributes and session data at rest.
//!
//! XChaCha20-Poly1305 with a random nonce; what a sealed value belongs to is bound to it as
//! associated data, so that a row moved elsewhere does not open. Answers are sealed in `vault`,
//! under other keys.

use crate::entropy::Entropy;
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
pub use vault::with_blanks;
use zeroize::Zeroizing;

/// Why a sealed value could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sealed value does not open with this key")]
pub struct Unsealable;

const NONCE: usize = 24;

/// A key for one purpose, wiped when it is let go.
#[derive(Clone)]
pub struct Sealer {
    key: Zeroizing<[u8; 32]>,
}

impl Sealer {
    /// The key for `purpose`, derived from a secret: HMAC-SHA-256(secret, purpose).
    #[must_use]
    pub fn derive(secret: &[u8], purpose: &str) -> Self {
        Self { key: mac(secret, &[purpose.as_bytes()]) }
    }

    /// Nonce and ciphertext of `plain`, bound to `context`.
    ///
    /// # Panics
    /// For a text of more than 256 GiB, which nothing here holds.
    #[must_use]
    pub fn seal(&self, plain: &[u8], context: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
        let mut sealed = vec![0; NONCE];
        entropy.fill(&mut sealed);
        let nonce = XNonce::try_from(sealed.as_slice()).expect("the nonce has 24 bytes");
        let cipher = XChaCha20Poly1305::new((&*self.key).into());
        let text = cipher
            .encrypt(&nonce, Payload { msg: plain, aad: context })
            .expect("the plain text is shorter than 256 GiB");
        sealed.extend(text);
        sealed
    }

    /// The plain text of what [`Self::seal`] made for the same `context`.
    ///
    /// # Errors
    /// When key, context or text are not the ones.
    pub fn open(&self, sealed: &[u8], context: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unsealable> {
        let (nonce, text) = sealed.split_at_checked(NONCE).ok_or(Unsealable)?;
        let nonce = XNonce::try_from(nonce).map_err(|_| Unsealable)?;
        XChaCha20Poly1305::new((&*self.key).into())
            .decrypt(&nonce, Payload { msg: text, aad: context })
            .map(Zeroizing::new)
            .map_err(|_| Unsealable)
    }
}

/// HMAC-SHA-256 over the concatenation of the parts: often a key, so it is wiped when it is let go.
///
/// # Panics
/// Never: HMAC takes keys of any length.
#[must_use]
pub fn mac(key: &[u8], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;
    use zeroize::ZeroizeOnDrop;

    #[test]
    fn a_derived_key_is_wiped_when_it_is_let_go() {
        fn wiped(_: &impl ZeroizeOnDrop) {}
        wiped(&Sealer::derive(b"secret", "attributes/v1").key);
        wiped(&mac(b"secret", &[b"attributes/v1"]));
    }

    #[test]
    fn the_last_copies_of_a_plain_text_are_wiped() {
        fn wiped(_: &impl ZeroizeOnDrop) {}
        let json = with_blanks(b"{}".to_vec(), 896);
        wiped(&json);
        assert!(json.len() == 896 && json.starts_with(b"{} "));
        assert_eq!(json.capacity(), 896, "it has not grown");
        let sealer = Sealer::derive(b"secret", "attributes/v1");
        wiped(&sealer.open(&sealer.seal(&json, b"", &SystemEntropy), b"").unwrap());
    }

    #[test]
    fn opens_only_for_what_it_was_sealed_for() {
        let entropy = SystemEntropy;
        let sealer = Sealer::derive(b"secret", "attributes/v1");
        let text = sealer.seal(b"12.04.1988", b"anna/birth_date", &entropy);
        assert_eq!(*sealer.open(&text, b"anna/birth_date").unwrap(), b"12.04.1988");
        assert_eq!(sealer.open(&text, b"boris/birth_date"), Err(Unsealable));
        assert_eq!(
            Sealer::derive(b"secret", "sessions/v1").open(&text, b"anna/birth_date"),
            Err(Unsealable)
        );
        assert_eq!(sealer.open(&text[..20], b"anna/birth_date"), Err(Unsealable));
        assert_ne!(
            sealer.seal(b"12.04.1988", b"anna/birth_date", &entropy),
            text,
            "the nonce is new"
        );
    }
}
