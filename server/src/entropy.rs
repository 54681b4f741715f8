//! Randomness: the one place that asks the operating system.

use rand::{CryptoRng, TryCryptoRng, TryRng, rngs::SysRng};
use std::convert::Infallible;
use uuid::{Builder, Uuid};

/// Unpredictable bytes, as a parameter.
pub trait Entropy: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        // Without randomness there is no session, no key and no nonce: going on would be worse.
        SysRng.try_fill_bytes(bytes).expect("the operating system gives randomness");
    }
}

/// An [`Entropy`] where a generator of the `rand` crate is asked for.
pub struct AsRng<'a>(pub &'a dyn Entropy);

impl TryRng for AsRng<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for AsRng<'_> {}

const _: fn() = || {
    fn is_crypto_rng<T: CryptoRng>() {}
    is_crypto_rng::<AsRng<'static>>();
};

/// A random (version 4) identifier.
pub fn uuid(entropy: &dyn Entropy) -> Uuid {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    Builder::from_random_bytes(bytes).into_uuid()
}

/// A random text of the 32 letters and digits that people do not mix up (Crockford's base 32),
/// 5 bits each.
pub fn code(entropy: &dyn Entropy, length: usize) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut bytes = vec![0; length];
    entropy.fill(&mut bytes);
    bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}
