//! Record keys: the per-person pseudo-random numbers that drive the perturbation.
//!
//! Source: the cell key method of the Australian Bureau of Statistics (Fraser and Wooton, 2005;
//! Thompson, Broadfoot and Elazar, 2013), as described in the European SDC handbook, section 5.4.
//! A record key must never depend on the answer: otherwise a change of mind would re-draw the noise
//! of every table a person is in, and repeated changes would average it out.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Separates this use of the poll's key from every other one, and names its version.
const DOMAIN: &[u8] = b"ckm-record-key/v1\0";

/// The record key of one respondent:
/// `rk = BE32(HMAC-SHA-256(poll key, "ckm-record-key/v1\0" || pseudonym)[0..4])`.
///
/// Uniform on `0..2^32` for whoever does not know the poll's key, and the same in every table. The
/// pseudonym may have any length; a vault's has 32 bytes. Rule 5 of METHOD.md, which has vectors, too.
///
/// # Panics
/// Never: HMAC takes a key of any length.
pub fn record_key(poll_key: &[u8; 32], pseudonym: &[u8]) -> u32 {
    let mut mac = Hmac::<Sha256>::new_from_slice(poll_key).expect("HMAC takes a key of any length");
    mac.update(DOMAIN);
    mac.update(pseudonym);
    let digest = mac.finalize().into_bytes();
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

#[cfg(test)]
mod tests {
    use super::record_key;

    fn key() -> [u8; 32] {
        std::array::from_fn(|i| u8::try_from(i).unwrap())
    }

    #[test]
    fn the_vectors_of_the_design() {
        let expected = [2_055_346_091, 3_868_968_696, 3_636_182_733, 3_683_846_384];
        for (i, expected) in expected.into_iter().enumerate() {
            let pseudonym = format!("resp-{:04}", i + 1);
            assert_eq!(record_key(&key(), pseudonym.as_bytes()), expected);
        }
    }

    #[test]
    fn another_poll_gives_another_key() {
        assert_ne!(record_key(&key(), b"resp-0001"), record_key(&[7; 32], b"resp-0001"));
    }
}
