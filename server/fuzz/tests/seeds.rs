//! Every kept input of every target, without libFuzzer.

use std::{fs, path::Path};

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
