//! `veche doctor`: one line a check.

use server::{clock::SystemClock, config::Config, doctor};
use std::{error::Error, path::Path, sync::Arc};

/// Prints what is well and what is wrong.
pub async fn run(file: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let checks = doctor::examine(Config::unchecked(file), Arc::new(SystemClock)).await;
    for check in &checks {
        println!("{check}");
    }
    match checks.iter().filter(|check| check.wrong().is_some()).count() {
        0 => Ok(()),
        wrong => Err(format!("{wrong} of {} checks are wrong", checks.len()).into()),
    }
}
