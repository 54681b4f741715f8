//! Keys and what is derived from them. Pure; no key is ever printed, compared or serialised.
//!
//! Everything about one poll comes from its random key by HMAC-SHA-256 under a label of its own,
//! so that destroying the one key takes it all. A citizen's id is 16 bytes and no labelled input
//! is, so a pseudonym never equals another derived value.
//!
//! What is derived is not kept: a pseudonym and the key of contents are derived once more where a draft is
//! opened and then sent. That is a few blocks of SHA-256 beside a commit; what is kept could be read from
//! memory for longer, or be taken for another person's.

use crate::{Error, Respondent};
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use hmac::{Hmac, Mac as _};
use rand::CryptoRng;
use sha2::Sha256;
use uuid::Uuid;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// The source of keys, nonces and row ids: the operating system's in the server, a seeded one in
/// tests.
pub type Random<'a> = &'a mut (dyn CryptoRng + Send);

/// Length of the nonce of XChaCha20-Poly1305, long enough to be drawn at random.
const NONCE: usize = 24;
/// Sealed content is padded to a multiple of this many bytes, so that its length says little.
const PADDING: usize = 256;

/// The key that wraps the polls' keys. It lives outside both databases.
///
/// While it is being replaced there are two: everything is wrapped under the current one, and what
/// the previous one wrapped still opens, until [`Vault::rewrap`](crate::Vault::rewrap) has gone
/// over all of it.
#[derive(ZeroizeOnDrop)]
pub struct MasterKey {
    current: [u8; 32],
    previous: Option<[u8; 32]>,
}

impl MasterKey {
    /// A master key of 32 random bytes.
    #[must_use]
    pub const fn from_bytes(current: [u8; 32]) -> Self {
        Self { current, previous: None }
    }

    /// The same, while the key before it is being replaced; `None` where none is.
    #[must_use]
    pub const fn replacing(current: [u8; 32], previous: Option<[u8; 32]>) -> Self {
        Self { current, previous }
    }

    /// Nonce and sealed poll key, bound to the poll.
    pub(crate) fn wrap(&self, poll: Uuid, key: &PollKey, rng: Random<'_>) -> Vec<u8> {
        seal(&self.current, key.0.as_slice(), poll.as_bytes(), rng)
    }

    pub(crate) fn unwrap(&self, poll: Uuid, wrapped: &[u8]) -> Result<PollKey, Error> {
        let open = |key: &[u8; 32]| open(key, wrapped, poll.as_bytes());
        let opened = open(&self.current)
            .or_else(|error| self.previous.as_ref().ok_or(error).and_then(open))?;
        let opened = Zeroizing::new(opened);
        let key = <[u8; 32]>::try_from(opened.as_slice()).map_err(|_| Error::Unreadable)?;
        Ok(PollKey(Zeroizing::new(key)))
    }

    /// Whether this was wrapped under the current key.
    pub(crate) fn is_current(&self, poll: Uuid, wrapped: &[u8]) -> bool {
        open(&self.current, wrapped, poll.as_bytes()).map(Zeroizing::new).is_ok()
    }
}

/// The key of one poll.
pub struct PollKey(Zeroizing<[u8; 32]>);

/// Under what a person's row of one poll is filed.
pub type Pseudonym = [u8; 32];

/// What a sealed text is, so that a draft put in the place of a response does not open.
#[derive(Clone, Copy)]
pub enum Content {
    Response,
    Draft,
}

impl PollKey {
    pub fn generate(rng: Random<'_>) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        rng.fill_bytes(key.as_mut_slice());
        Self(key)
    }

    fn derive(&self, parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_slice())
            .expect("HMAC takes keys of any length");
        for part in parts {
            mac.update(part);
        }
        Zeroizing::new(mac.finalize().into_bytes().into())
    }

    pub fn pseudonym(&self, respondent: &Respondent) -> Pseudonym {
        *self.derive(&[respondent.citizen_id()])
    }

    pub fn record_key(&self, pseudonym: &Pseudonym) -> u32 {
        disclosure::record_key(&self.0, pseudonym)
    }

    /// The receipt's reference: 50 bits in Crockford's base 32 (no I, L, O, U), `XXXXX-XXXXX`.
    /// Derived, never stored: nothing that a receipt shows leads to a row.
    pub fn reference(&self, pseudonym: &Pseudonym) -> String {
        const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let bits = first_u64(&self.derive(&[b"receipt/v1\0", pseudonym])) >> 14;
        let mut reference = String::with_capacity(11);
        for place in (0..10).rev() {
            reference.push(char::from(DIGITS[(bits >> (5 * place)) as usize & 31]));
            if place == 5 {
                reference.push('-');
            }
        }
        reference
    }

    /// The key of this person's row in `released`, which is written only when they leave a batch that was
    /// cut; not to be matched with the pseudonym without the poll's key.
    pub fn released_token(&self, pseudonym: &Pseudonym) -> Vec<u8> {
        self.derive(&[b"released/v1\0", pseudonym]).to_vec()
    }

    /// What keeps from outside when exactly a live batch is due, and each further step of the schedule that
    /// it takes: see [`disclosure::live`].
    pub fn batch_secret(&self, number: i32, step: u32) -> u64 {
        let (number, step) = (number.to_be_bytes(), step.to_be_bytes());
        let further: &[u8] = if step == [0; 4] { &[] } else { &step };
        first_u64(&self.derive(&[b"live-batch/v1\0", &number, further]))
    }

    /// Whose a form is: says nothing to anybody but this person, and nothing without the key.
    pub fn form_owner(&self, pseudonym: &Pseudonym) -> String {
        hex::encode(&self.derive(&[b"form-owner/v1\0", pseudonym])[..16])
    }

    /// What a page showed of a draft, and whose.
    pub fn draft_version(&self, pseudonym: &Pseudonym, json: &[u8]) -> String {
        hex::encode(&self.derive(&[b"draft-version/v1\0", pseudonym, json])[..16])
    }

    /// The seed of the order in which this person sees shuffled options.
    pub fn option_seed(&self, pseudonym: &Pseudonym) -> u64 {
        first_u64(&self.derive(&[b"option-order/v1\0", pseudonym]))
    }

    pub fn seal(
        &self,
        content: Content,
        poll: Uuid,
        pseudonym: &Pseudonym,
        json: Vec<u8>,
        rng: Random<'_>,
    ) -> Vec<u8> {
        let padded = with_blanks(json, PADDING);
        seal(&self.content_key(), &padded, &context(content, poll, pseudonym), rng)
    }

    pub fn open(
        &self,
        content: Content,
        poll: Uuid,
        pseudonym: &Pseudonym,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        open(&self.content_key(), sealed, &context(content, poll, pseudonym)).map(Zeroizing::new)
    }

    fn content_key(&self) -> Zeroizing<[u8; 32]> {
        self.derive(&[b"content-key/v1\0"])
    }
}

/// JSON with blanks after it, up to a multiple of `unit` bytes: sealed, its length says little. Blanks after a
/// JSON value mean nothing to its reader.
///
/// Both are wiped when they are let go, and the place of the longer one is large enough from the start: one
/// that has to grow is moved, and leaves behind what it held. So may the JSON have done while it was written;
/// nothing wipes that.
#[must_use]
pub fn with_blanks(json: Vec<u8>, unit: usize) -> Zeroizing<Vec<u8>> {
    let json = Zeroizing::new(json);
    let length = json.len().next_multiple_of(unit);
    let mut longer = Zeroizing::new(Vec::with_capacity(length));
    longer.extend_from_slice(&json);
    longer.resize(length, b' ');
    longer
}

fn first_u64(bytes: &[u8; 32]) -> u64 {
    let (first, _) = bytes.split_first_chunk().expect("32 bytes begin with 8");
    u64::from_be_bytes(*first)
}

fn context(content: Content, poll: Uuid, pseudonym: &Pseudonym) -> Vec<u8> {
    let label: &[u8] = match content {
        Content::Response => b"response/v1\0",
        Content::Draft => b"draft/v1\0",
    };
    [label, poll.as_bytes(), pseudonym].concat()
}

/// `nonce || ciphertext || tag` of XChaCha20-Poly1305.
fn seal(key: &[u8; 32], plain: &[u8], aad: &[u8], rng: Random<'_>) -> Vec<u8> {
    let mut nonce = [0; NONCE];
    rng.fill_bytes(&mut nonce);
    let sealed = XChaCha20Poly1305::new(key.into())
        .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad })
        .expect("a text of a few kilobytes is far under the cipher's limit");
    [nonce.as_slice(), &sealed].concat()
}

fn open(key: &[u8; 32], sealed: &[u8], aad: &[u8]) -> Result<Vec<u8>, Error> {
    let (nonce, msg) = sealed.split_first_chunk::<NONCE>().ok_or(Error::Unreadable)?;
    XChaCha20Poly1305::new(key.into())
        .decrypt(&XNonce::from(*nonce), Payload { msg, aad })
        .map_err(|_| Error::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng as _, rngs::StdRng};

    const POLL: Uuid = Uuid::from_u128(7);

    #[test]
    fn a_wrapped_key_opens_under_its_master_and_for_its_poll_only() {
        let mut rng = StdRng::seed_from_u64(1);
        let master = MasterKey::from_bytes([1; 32]);
        let key = PollKey::generate(&mut rng);
        let wrapped = master.wrap(POLL, &key, &mut rng);
        assert_eq!(*master.unwrap(POLL, &wrapped).unwrap().0, *key.0);
        assert!(master.unwrap(Uuid::from_u128(8), &wrapped).is_err());
        assert!(MasterKey::from_bytes([2; 32]).unwrap(POLL, &wrapped).is_err());
        assert!(master.unwrap(POLL, &[]).is_err());
        assert!(!wrapped.windows(8).any(|part| part == &key.0[..8]));
    }

    #[test]
    fn content_opens_in_its_own_place_only_and_hides_its_length() {
        let mut rng = StdRng::seed_from_u64(2);
        let key = PollKey::generate(&mut rng);
        let (mine, theirs) = ([1; 32], [2; 32]);
        let sealed = key.seal(Content::Response, POLL, &mine, b"{}".to_vec(), &mut rng);
        let opened = key.open(Content::Response, POLL, &mine, &sealed).unwrap();
        assert_eq!(opened.trim_ascii_end(), b"{}");
        assert!(key.open(Content::Draft, POLL, &mine, &sealed).is_err());
        assert!(key.open(Content::Response, POLL, &theirs, &sealed).is_err());
        assert!(key.open(Content::Response, Uuid::nil(), &mine, &sealed).is_err());
        let longer = key.seal(Content::Response, POLL, &mine, vec![b' '; 200], &mut rng);
        assert_eq!(sealed.len(), longer.len());
    }

    #[test]
    fn the_last_copies_of_what_is_written_are_wiped() {
        fn wiped(_: &impl ZeroizeOnDrop) {}
        for length in [0, 1, PADDING, PADDING + 1] {
            let padded = with_blanks(vec![b'1'; length], PADDING);
            wiped(&padded);
            assert_eq!(padded.len(), length.next_multiple_of(PADDING));
            assert_eq!(padded.capacity(), padded.len(), "it has not grown");
        }
    }

    #[test]
    fn each_batch_of_each_poll_has_a_secret_of_its_own() {
        let key = PollKey(Zeroizing::new([3; 32]));
        assert_eq!(key.batch_secret(1, 0), key.batch_secret(1, 0));
        assert_ne!(key.batch_secret(1, 0), key.batch_secret(2, 0));
        assert_ne!(key.batch_secret(1, 0), key.batch_secret(1, 1));
        assert_ne!(key.batch_secret(1, 1), key.batch_secret(1, 2));
        let other = PollKey(Zeroizing::new([4; 32]));
        assert_ne!(key.batch_secret(1, 0), other.batch_secret(1, 0));
    }

    #[test]
    fn a_reference_reads_as_ten_digits_of_crockford() {
        let key = PollKey(Zeroizing::new([3; 32]));
        let reference = key.reference(&[4; 32]);
        let (left, right) = reference.split_once('-').unwrap();
        assert_eq!((left.len(), right.len()), (5, 5));
        let digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        assert!(left.chars().chain(right.chars()).all(|digit| digits.contains(digit)));
        assert_ne!(reference, key.reference(&[5; 32]));
    }
}
