//! The program under load, as a process of its own.

use crate::world::World;
use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// A portal that answers.
pub struct Running {
    child: Child,
    address: SocketAddr,
    ready: Duration,
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// How long it takes until somebody listens.
pub fn until_listening(address: SocketAddr) -> Duration {
    #[expect(clippy::disallowed_methods, reason = "this is what a benchmark is for")]
    let start = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(start.elapsed() < Duration::from_secs(30), "nobody listens at {address}");
        sleep(Duration::from_millis(1));
    }
    start.elapsed()
}

#[expect(clippy::cast_precision_loss, reason = "a size in memory")]
fn mb(kilobytes: u64) -> f64 {
    kilobytes as f64 / 1024.0
}

impl Running {
    pub fn start(world: &World) -> Self {
        Self::start_program(world, env!("CARGO_BIN_EXE_veche"))
    }

    /// Another build of the portal, on the same stores.
    pub fn start_program(world: &World, program: &str) -> Self {
        let port = free_port();
        let file = world.folder().join(format!("veche-{port}.toml"));
        fs::write(&file, world.configuration(port)).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
        let mut command = Command::new(program);
        // Settings are in the file: whoever measures may have others in their environment.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("VECHE_") {
                command.env_remove(name);
            }
        }
        let child = command
            .arg("serve")
            .arg("--config")
            .arg(file)
            .env("RUST_LOG", "warn")
            .current_dir(root)
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let ready = until_listening(address);
        Self { child, address, ready }
    }

    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn ready_ms(&self) -> f64 {
        self.ready.as_secs_f64() * 1000.0
    }

    /// A number that the kernel says of the process.
    fn status(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// The most memory that it has held so far, as the kernel counts it.
    pub fn peak_memory_mb(&self) -> f64 {
        mb(self.status("VmHWM:"))
    }

    /// The memory that it holds.
    pub fn memory_mb(&self) -> f64 {
        mb(self.status("VmRSS:"))
    }

    pub fn threads(&self) -> u64 {
        self.status("Threads:")
    }

    /// Its open files, which connections are too.
    pub fn files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }
}

impl Drop for Running {
    /// However the benchmark ends, or the next one would share the machine with it.
    fn drop(&mut self) {
        // Asked to, it leaves what it counted, in a build that does (`.make/release`).
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        for _ in 0..100 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            sleep(Duration::from_millis(100));
        }
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
