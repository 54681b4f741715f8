//! Every kept input of every target, without libFuzzer.

use std::{fs, path::Path};

/// A target, whether it takes an input, and inputs that it has to take: one that refuses everything keeps
/// every promise, too.
type InOrder = (&'static str, fn(&[u8]) -> bool, &'static [&'static str]);

const IN_ORDER: [InOrder; 3] = [
    ("mapping", fuzz::mapping::taken, &["plain.json"]),
    ("questionnaire", fuzz::questionnaire::taken, &["every-kind.json"]),
    ("tokens", fuzz::tokens::taken, &["esia", "id", "logout"]),
];

#[test]
fn what_is_in_order_is_taken() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    for (target, taken, names) in IN_ORDER {
        for name in names {
            let input = fs::read(seeds.join(target).join(name)).unwrap();
            assert!(taken(&input), "{target}/{name}");
        }
    }
    // It has `sub#` in the place of `sub`.
    assert!(!fuzz::tokens::taken(&fs::read(seeds.join("tokens/language")).unwrap()));
}

#[test]
fn no_seed_breaks_a_promise() {
    for (name, run) in fuzz::TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(name);
        let mut seeds = 0;
        for file in fs::read_dir(&folder).unwrap() {
            let file = file.unwrap().path();
            println!("{}", file.display());
            run(&fs::read(&file).unwrap());
            seeds += 1;
        }
        assert!(seeds > 0, "{} is empty", folder.display());
    }
}
