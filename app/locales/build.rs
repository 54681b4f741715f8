//! Turns the sentences in `en/` and `ru/` into a module with compile-time keys.
//!
//! `leptos_i18n_build` does the same and also exports data for other locales, for which it takes
//! a hundred crates more; parser and code generator are all that is needed here.

use leptos_i18n_parser::parse_locales::{
    options::{Config, ParseOptions},
    parse_locales,
};
use std::{error::Error, fs, io, path::PathBuf};

const LANGUAGES: [&str; 2] = ["en", "ru"];

/// One file a language for each area of the pages.
const NAMESPACES: [&str; 10] = [
    "common", "home", "sign_in", "polls", "take", "account", "staff", "editor", "results",
    "exports",
];

fn main() -> Result<(), Box<dyn Error>> {
    for path in ["build.rs"].into_iter().chain(LANGUAGES) {
        println!("cargo::rerun-if-changed={path}");
    }
    println!("cargo::rustc-env=SENTENCES={:016x}", mark()?);
    let [first, others @ ..] = LANGUAGES;
    let config = Config::new(first)?
        .add_locales(others)?
        .add_namespaces(NAMESPACES)?
        .locales_path(".")
        .parse_options(ParseOptions::new().interpolate_display(true));
    let sentences = parse_locales(None, config)?;
    // A sentence that one language lacks, or has in vain, is an error, not a warning.
    let mut lacking: Vec<String> =
        sentences.diag.warnings().iter().map(ToString::to_string).collect();
    lacking.extend(sentences.diag.errors().iter().map(ToString::to_string));
    if !lacking.is_empty() {
        return Err(lacking.join("\n").into());
    }
    let module = leptos_i18n_codegen::gen_code(&sentences, None, false, None, false)?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    fs::write(out.join("i18n.rs"), module.to_string())?;
    Ok(())
}

/// FNV-1a of the files of all sentences, by language and name: another number as soon as one is corrected.
/// Not the standard library's hash, which may be another one with each compiler.
fn mark() -> io::Result<u64> {
    let mut names = NAMESPACES;
    names.sort_unstable();
    let mut mark = 0xcbf2_9ce4_8422_2325_u64;
    for language in LANGUAGES {
        for name in names {
            for byte in fs::read(format!("{language}/{name}.json"))? {
                mark = (mark ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
    }
    Ok(mark)
}
