//! What the system says of this process: memory, processor time, open files.

use std::fs;

/// Ticks of the processor's clock a second, as Linux reports them to every program.
const TICKS: f64 = 100.0;

/// What the system says. What it does not say is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Process {
    /// Bytes in memory.
    pub memory: Option<u64>,
    /// Open files.
    pub files: Option<u64>,
    /// Most files that may be open.
    pub most_files: Option<u64>,
    /// Seconds of processor time.
    pub seconds: Option<f64>,
    /// Threads.
    pub threads: Option<u64>,
}

impl Process {
    /// Now.
    #[must_use]
    pub fn now() -> Self {
        let read = |name: &str| fs::read_to_string(format!("/proc/self/{name}")).ok();
        let status = read("status");
        let field = |name: &str| status.as_deref().and_then(|text| field(text, name));
        let files = fs::read_dir("/proc/self/fd").ok();
        Self {
            memory: field("VmRSS:").map(|kilobytes| kilobytes * 1024),
            // The one that lists them is not counted.
            files: files.map(|files| files.count().saturating_sub(1) as u64),
            most_files: read("limits").and_then(|text| self::field(&text, "Max open files")),
            seconds: read("stat").and_then(|text| processor_seconds(&text)),
            threads: field("Threads:"),
        }
    }
}

/// The number after a name.
fn field(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

/// User and system time out of `/proc/self/stat`, whose second field can hold blanks.
fn processor_seconds(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_is_understood() {
        let now = Process::now();
        assert!(now.memory.unwrap() > 1 << 20 && now.files.unwrap() >= 3, "{now:?}");
        assert!(now.most_files.unwrap() >= now.files.unwrap() && now.threads.unwrap() >= 1);
        assert!(now.seconds.unwrap() >= 0.0);
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 5 0 1 2 3";
        assert_eq!(processor_seconds(stat), Some(2.0));
    }
}
