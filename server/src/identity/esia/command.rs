//! A program of the operator's that does what the portal must not: GOST signatures are made and
//! checked by certified software.
//!
//! It is started without a shell, gets its input on stdin and answers on stdout and with its exit
//! code. Settings of the portal, secrets among them, are not passed on in its environment.

use crate::config::esia::Program;
use std::{process::Stdio, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::Command,
    time::timeout,
};

/// Most bytes of an answer: a detached CMS signature with its certificates has a few thousand.
const MOST_BYTES: u64 = 64 * 1024;

/// What the program wrote to stdout.
///
/// # Errors
/// When it cannot be started, takes too long or ends with another exit code than 0. The words hold
/// nothing of input or output.
pub async fn run(program: &Program, input: &[u8]) -> Result<Vec<u8>, String> {
    let (name, arguments) = program.command.split_first().ok_or("no command is set")?;
    let ours = std::env::vars_os().map(|(key, _)| key);
    let ours = ours.filter(|key| key.to_string_lossy().starts_with("VECHE_"));
    let mut command = Command::new(name);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.kill_on_drop(true);
    for key in ours {
        command.env_remove(key);
    }
    let mut child = command.spawn().map_err(|error| format!("it cannot be started: {error}"))?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else {
        return Err("it has no stdin or stdout".to_owned());
    };
    let work = async {
        let write = async {
            // A program that reads no further has its reasons; its exit code counts.
            let _ = stdin.write_all(input).await;
            drop(stdin);
        };
        let mut output = Vec::new();
        let mut stdout = stdout.take(MOST_BYTES);
        let ((), read) = tokio::join!(write, stdout.read_to_end(&mut output));
        read.map_err(|error| format!("its answer cannot be read: {error}"))?;
        drop(stdout);
        let status = child.wait().await.map_err(|error| format!("it is lost: {error}"))?;
        if status.success() { Ok(output) } else { Err(format!("it ended with {status}")) }
    };
    timeout(Duration::from_secs(program.seconds.into()), work)
        .await
        .map_err(|_| format!("it took more than {} seconds", program.seconds))?
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn of(command: &[&str], seconds: u32, input: &[u8]) -> Result<Vec<u8>, String> {
        let command = command.iter().map(|&part| part.to_owned()).collect();
        run(&Program { command, seconds }, input).await
    }

    #[tokio::test]
    async fn the_answer_and_the_exit_code_count() {
        let long = vec![b'x'; 50_000];
        assert_eq!(of(&["cat"], 5, &long).await.unwrap(), long);
        assert_eq!(of(&["echo", "-n", "$HOME;true"], 5, b"unread").await.unwrap(), b"$HOME;true");
        assert!(of(&["false"], 5, b"").await.unwrap_err().contains("exit status: 1"));
        assert!(of(&["/nowhere/to/be/found"], 5, b"").await.unwrap_err().contains("started"));
        assert!(of(&["sleep", "60"], 1, b"").await.unwrap_err().contains("1 seconds"));
        assert!(of(&[], 5, b"").await.is_err());
    }
}
