//! The program itself, running: as those who run the portal meet it, over real sockets.

use crate::portal;
use migration::testing::SqliteFile;
use serde_json::Value;
use std::{
    fs,
    io::{self, Read as _},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

/// Longest that anything here may take.
pub const LONG: Duration = Duration::from_mins(1);

/// The program, ended when this is dropped.
pub struct Running {
    child: Child,
    pub at: SocketAddr,
    /// The address of the metrics.
    pub internal: SocketAddr,
    pub folder: SqliteFile,
}

/// Two addresses of this machine that nobody uses now.
fn free() -> [SocketAddr; 2] {
    // Both are held before either is let go of, or they could be the same.
    let both = [(), ()].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    both.map(|listener| listener.local_addr().unwrap())
}

/// `[section]` with these keys, as TOML.
fn toml(section: &str, value: &Value, text: &mut String) {
    use std::fmt::Write as _;
    writeln!(text, "[{section}]").unwrap();
    let mut below = Vec::new();
    for (key, value) in value.as_object().unwrap() {
        match value {
            Value::Object(_) => below.push((format!("{section}.{key}"), value)),
            // Of what stands in these files, JSON is TOML.
            other => writeln!(text, "{key} = {other}").unwrap(),
        }
    }
    for (section, value) in below {
        toml(&section, value, text);
    }
}

/// A folder with a configuration, its stores in it: `settings` are further sections.
pub fn write_config(folder: &SqliteFile, at: SocketAddr, settings: &Value) -> PathBuf {
    let file = |name: &str| format!("sqlite://{}/{name}.sqlite", folder.folder().display());
    let mut config = serde_json::json!({
        "server": {
            "listen": at.to_string(),
            "public_url": format!("http://{at}"),
            "pages": folder.folder().join("pages"),
        },
        "stores": { "portal": file("portal"), "vault": file("vault") },
        "keys": { "master": portal::MASTER },
        "limits": { "posts_per_minute": 100_000, "requests_per_minute": 100_000 },
    });
    for (section, value) in settings.as_object().unwrap() {
        for (key, value) in value.as_object().unwrap() {
            config[section][key] = value.clone();
        }
    }
    let mut text = String::from(
        "provider.name.en = \"ID\"\nprovider.issuer = \"http://127.0.0.1:9/\"\n\
         provider.client_id = \"portal\"\nprovider.client_secret = \"secret\"\n\
         provider.scopes = []\nprovider.attributes = []\n\
         portal.operator.en = \"Ministry of tests\"\nportal.contact = \"data@example.org\"\n\
         portal.regions = [{ code = \"north\", name.en = \"North\" }]\n",
    );
    for (section, value) in config.as_object().unwrap() {
        toml(section, value, &mut text);
    }
    let path = folder.folder().join("veche.toml");
    fs::write(&path, text).unwrap();
    path
}

/// The program with this configuration.
pub fn command(config: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_veche"));
    command.env_clear().env("VECHE_CONFIG", config).args(arguments);
    command
}

/// `veche serve`, which writes its log into the folder.
fn serve(folder: &SqliteFile, config: &Path) -> Child {
    let log = fs::File::create(folder.folder().join("log")).unwrap();
    command(config, &["serve"])
        .env("RUST_LOG", "trace")
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}

impl Running {
    /// Starts `veche serve`, and waits until it is ready.
    pub async fn start(settings: Value) -> Self {
        Self::start_in(SqliteFile::new(), settings).await
    }

    /// In a folder that may hold something.
    pub async fn start_in(folder: SqliteFile, mut settings: Value) -> Self {
        let mut start = |folder: &SqliteFile| {
            let [at, internal] = free();
            settings["operation"]["listen"] = internal.to_string().into();
            let config = write_config(folder, at, &settings);
            (serve(folder, &config), at, internal)
        };
        let (child, at, internal) = start(&folder);
        let mut running = Self { child, at, internal, folder };
        let began = Instant::now();
        while !running.get_internal("/readyz").await.is_ok_and(|answer| answer.contains(" 200 ")) {
            let (ended, log) = (running.child.try_wait().unwrap(), running.log());
            assert!(began.elapsed() < LONG, "{log}");
            if let Some(ended) = ended {
                // Another test's connection has taken one of the ports meanwhile.
                assert!(log.contains("Address already in use"), "{ended}: {log}");
                (running.child, running.at, running.internal) = start(&running.folder);
            }
            sleep(Duration::from_millis(20)).await;
        }
        running
    }

    /// Starts `veche serve` on a database that takes connections and says nothing, and waits until it
    /// has asked it for something.
    pub async fn start_without_a_database() -> (Self, tokio::net::TcpListener) {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = |store| format!("postgres://{store}@{}/{store}", silent.local_addr().unwrap());
        let folder = SqliteFile::new();
        let [at, internal] = free();
        let settings =
            serde_json::json!({ "stores": { "portal": url("portal"), "vault": url("vault") } });
        let config = write_config(&folder, at, &settings);
        let child = serve(&folder, &config);
        let running = Self { child, at, internal, folder };
        let asked = timeout(LONG, silent.accept()).await;
        let (mut asked, _) = asked.expect("it asks for its database").unwrap();
        tokio::spawn(async move {
            let mut said = Vec::new();
            let _ = asked.read_to_end(&mut said).await;
        });
        (running, silent)
    }

    /// What it logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.folder().join("log")).unwrap()
    }

    /// A connection to the portal.
    pub async fn connect(&self) -> Connection {
        Connection(TcpStream::connect(self.at).await.unwrap())
    }

    /// The answer to a GET as a browser sends it, head and body; the connection is closed.
    pub async fn get(&self, path: &str) -> String {
        self.ask(&browser("GET", path, "")).await
    }

    /// The answer to whatever is sent, until the connection is closed.
    pub async fn ask(&self, request: &str) -> String {
        let mut connection = self.connect().await;
        connection.send(request).await.unwrap();
        connection.rest().await
    }

    /// A connection on which the head of a form was sent, with these further lines, and read: its body is
    /// asked for.
    pub async fn begin_form(&self, path: &str, more: &str) -> Connection {
        let mut connection = self.connect().await;
        let head = browser("POST", path, &format!("{more}Expect: 100-continue\r\n"));
        connection.send(&head).await.unwrap();
        connection.until("100 Continue\r\n\r\n").await;
        connection
    }

    /// The answer on the address of the metrics.
    pub async fn get_internal(&self, path: &str) -> io::Result<String> {
        let mut connection = Connection(TcpStream::connect(self.internal).await?);
        connection.send(&browser("GET", path, "")).await?;
        Ok(connection.rest().await)
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Waits for the end.
    pub async fn ended(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < LONG, "it does not end: {}", self.log());
            sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection.
pub struct Connection(pub TcpStream);

impl Connection {
    pub async fn send(&mut self, text: &str) -> io::Result<()> {
        self.0.write_all(text.as_bytes()).await
    }

    /// What comes until it ends with these words.
    pub async fn until(&mut self, end: &str) -> String {
        let mut text = String::new();
        while !text.ends_with(end) {
            let mut bytes = [0; 4096];
            let read = timeout(LONG, self.0.read(&mut bytes)).await.expect("it goes on").unwrap();
            assert!(read > 0, "{text}");
            text += &String::from_utf8_lossy(&bytes[..read]);
        }
        text
    }

    /// Everything that comes until the other side closes.
    pub async fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        let read = timeout(LONG, self.0.read_to_end(&mut bytes)).await;
        // A reset is an end, too.
        drop(read.expect("the other side closes"));
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// A request as a browser sends it, the last one on its connection; `more` are further lines.
pub fn browser(method: &str, path: &str, more: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: portal\r\nAccept: text/html\r\n\
         Accept-Language: en\r\nConnection: close\r\n{more}\r\n"
    )
}

/// What a command says, and how it ended.
pub fn said(mut command: Command) -> (bool, String) {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    (child.wait().unwrap().success(), text)
}
