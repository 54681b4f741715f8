//! Vectors of trust (RFC 8485): how reliably somebody signed in, said in parts that stand for one thing each, such as
//! `Cl.Cm.P2`, in place of a single level.
//!
//! Values are names, not a scale (RFC 8485, 2): that `P2` is more than `P1`, only a configuration that names both can
//! say.

/// Whether a text is a vector: parts with dots between, each a capital and a value of small letters and digits
/// (RFC 8485, 3.1).
#[must_use]
pub fn is_vector(text: &str) -> bool {
    text.split('.').all(|part| {
        let mut part = part.bytes();
        let value = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        part.next().is_some_and(|byte| byte.is_ascii_uppercase())
            && part.len() > 0
            && part.all(value)
    })
}

/// Whether a vector has every part of the one that was asked for. What it has beside them takes nothing away.
#[must_use]
pub fn has_all_of(vector: &str, asked: &str) -> bool {
    asked.split('.').all(|asked| vector.split('.').any(|part| part == asked))
}

#[cfg(test)]
mod tests {
    use super::{has_all_of, is_vector};

    #[test]
    fn a_vector_is_parts_of_a_capital_and_a_value() {
        for vector in ["P2", "Cl.Cm", "Cl.Cm.P2", "P1.Cc.Ab"] {
            assert!(is_vector(vector), "{vector}");
        }
        for other in
            ["", ".", "P2.", ".P2", "P", "p2", "substantial", "P2 Cl", "P2,Cl", "[\"P2\"]", "PÉ"]
        {
            assert!(!is_vector(other), "{other}");
        }
    }

    #[test]
    fn no_part_stands_for_another() {
        assert!(has_all_of("P2.Cl.Cm", "Cl.Cm.P2"));
        assert!(!has_all_of("P3.Cl.Cm", "Cl.Cm.P2"), "values are names, not a scale");
        assert!(!has_all_of("P20", "P2"));
        assert!(!has_all_of("", "P2"));
    }

    #[test]
    fn whatever_the_order_no_part_may_be_missing() {
        let parts = ["Cl", "Cm", "P2"];
        for turn in 0..parts.len() {
            let mut there = parts;
            there.rotate_left(turn);
            assert!(has_all_of(&there.join("."), "Cl.Cm.P2"), "{there:?}");
            assert!(!has_all_of(&there[1..].join("."), "Cl.Cm.P2"), "{there:?}");
        }
    }
}
