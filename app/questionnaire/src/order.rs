//! The order in which one person sees the options.

use crate::question::{Kind, Label, Order, Question};

impl Question {
    /// The options in the order for the person whose `seed` this is: the same seed always gives
    /// the same order, and exclusive options stay last, where people look for them.
    #[must_use]
    pub fn options_for(&self, seed: u64) -> Vec<&Label> {
        let mut options: Vec<&Label> = self.kind.options().iter().collect();
        if let Kind::SingleChoice { order: Order::Shuffled, .. }
        | Kind::MultipleChoice { order: Order::Shuffled, .. } = self.kind
        {
            let mut state =
                self.code.bytes().fold(seed, |state, byte| mix(state ^ u64::from(byte)));
            for last in (1..options.len()).rev() {
                state = mix(state);
                let bound = last as u64 + 1;
                // Modulo of a 64-bit value by a few dozen: the bias is under 1e-17.
                let chosen = usize::try_from(state % bound).unwrap_or(0);
                options.swap(last, chosen);
            }
            options.sort_by_key(|option| option.exclusive);
        }
        options
    }
}

/// The output function of SplitMix64 (Steele, Lea, Flood 2014). Spreads a seed; hides nothing.
fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
