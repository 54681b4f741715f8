//! libFuzzer around the target that the variable `FUZZ_TARGET` names. `.make/fuzz` runs it.

#![no_main]

use std::sync::OnceLock;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    static TARGET: OnceLock<fn(&[u8])> = OnceLock::new();
    let target = TARGET.get_or_init(|| {
        let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
        fuzz::target(&name).unwrap_or_else(|| panic!("FUZZ_TARGET={name} is no target"))
    });
    target(bytes);
});
