//! Who makes the load: connections that each send one request after the other.

use crate::world::{Person, World};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    client::conn::http1::{SendRequest, handshake},
    header::{self, HeaderValue},
};
use hyper_util::rt::TokioIo;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, task::JoinSet};

/// A number of connections to one address.
pub struct Load {
    address: SocketAddr,
    connections: usize,
    /// Whether pages are asked for as browsers ask for them.
    compressed: bool,
}

/// What came back.
pub struct Page {
    pub status: u16,
    /// Where it leads.
    pub location: Option<String>,
    pub body: Bytes,
}

/// One connection, on which one thing is asked after the other.
pub struct Line {
    address: SocketAddr,
    connection: Connection,
}

/// What sending many came to; more can be added to it.
#[derive(Default)]
pub struct Sent {
    latencies: Vec<Duration>,
    took: Duration,
}

impl Sent {
    /// What others sent at another time.
    pub fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.took += other.took;
    }

    /// Acknowledged submissions a second.
    pub fn rate(&self) -> f64 {
        per_second(self.latencies.len(), self.took)
    }

    /// Median and 99th percentile of the latency, in milliseconds.
    pub fn latency_ms(&self) -> (f64, f64) {
        let mut latencies = self.latencies.clone();
        latencies.sort_unstable();
        let at = |percent: usize| latencies[(latencies.len() - 1) * percent / 100].as_secs_f64();
        (at(50) * 1000.0, at(99) * 1000.0)
    }
}

#[expect(clippy::disallowed_methods, reason = "this is what a benchmark is for")]
pub fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::cast_precision_loss, reason = "a count of requests")]
pub fn per_second(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

type Connection = SendRequest<Full<Bytes>>;

async fn connect(address: SocketAddr) -> Connection {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

pub fn request(
    method: &str,
    path: &str,
    person: Option<&Person>,
    body: String,
) -> Request<Full<Bytes>> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "127.0.0.1")
        .header(header::ACCEPT, "text/html")
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(person) = person {
        request = request.header(header::COOKIE, &person.cookie);
    }
    request.body(Full::new(body.into())).unwrap()
}

/// Asks for a page as browsers do; what it says cannot be read here.
pub fn compressed(page: &mut Request<Full<Bytes>>) {
    page.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip, br"));
}

async fn read(response: Response<Incoming>) -> Result<Page, hyper::Error> {
    let status = response.status().as_u16();
    let location = response.headers().get(header::LOCATION);
    let location = location.map(|to| to.to_str().unwrap().to_owned());
    Ok(Page { status, location, body: response.into_body().collect().await?.to_bytes() })
}

/// Asks on a connection that the server keeps open. The connection is ready for the next request only
/// some time after the page was read to its end.
async fn ask(connection: &mut Connection, request: Request<Full<Bytes>>) -> Page {
    connection.ready().await.unwrap();
    read(connection.send_request(request).await.unwrap()).await.unwrap()
}

impl Line {
    pub async fn open(address: SocketAddr) -> Self {
        Self { address, connection: connect(address).await }
    }

    /// Asks one thing, on a new connection if the server has closed this one in the meantime, as
    /// browsers do.
    pub async fn ask(&mut self, request: Request<Full<Bytes>>) -> Result<Page, hyper::Error> {
        if self.connection.ready().await.is_err() {
            self.connection = connect(self.address).await;
        }
        read(self.connection.send_request(request).await?).await
    }
}

impl Load {
    pub const fn new(address: SocketAddr, connections: usize) -> Self {
        Self { address, connections, compressed: false }
    }

    /// The same, with pages compressed.
    pub const fn compressed(self) -> Self {
        Self { compressed: true, ..self }
    }

    pub async fn get(&self, path: &str, person: Option<&Person>) -> Page {
        let mut connection = connect(self.address).await;
        ask(&mut connection, request("GET", path, person, String::new())).await
    }

    /// Pages a second, over some time; of one person after the other, or of nobody.
    pub async fn pages_a_second(
        &self,
        path: &str,
        people: Option<&Arc<[Person]>>,
        during: Duration,
    ) -> f64 {
        let next = Arc::new(AtomicUsize::new(0));
        let mut working = JoinSet::new();
        let start = now();
        for _ in 0..self.connections {
            let (next, people, path) = (next.clone(), people.cloned(), path.to_owned());
            let (mut connection, small) = (connect(self.address).await, self.compressed);
            working.spawn(async move {
                let mut pages = 0;
                while start.elapsed() < during {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let person = people.as_ref().map(|people| &people[number % people.len()]);
                    let mut asked = request("GET", &path, person, String::new());
                    if small {
                        compressed(&mut asked);
                    }
                    assert_eq!(ask(&mut connection, asked).await.status, 200);
                    pages += 1;
                }
                pages
            });
        }
        let pages = working.join_all().await.into_iter().sum();
        per_second(pages, start.elapsed())
    }

    /// Shows each of the people a page, so that all of them were here a moment ago.
    pub async fn show_all(&self, path: &str, people: &[Person]) {
        let (next, people) = (Arc::new(AtomicUsize::new(0)), Arc::<[Person]>::from(people));
        let mut working = JoinSet::new();
        for _ in 0..self.connections {
            let (next, people, path) = (next.clone(), people.clone(), path.to_owned());
            let mut connection = connect(self.address).await;
            working.spawn(async move {
                while let Some(person) = people.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let asked = request("GET", &path, Some(person), String::new());
                    assert_eq!(ask(&mut connection, asked).await.status, 200);
                }
            });
        }
        working.join_all().await;
    }

    /// Lets each of the people send what they have in their draft, as fast as it goes or at a
    /// rate. At a rate, latency counts from the moment at which it was to be sent.
    pub async fn send_all(&self, world: &World, people: &[Person], rate: Option<f64>) -> Sent {
        let next = Arc::new(AtomicUsize::new(0));
        let people: Arc<[Person]> = people.to_vec().into();
        let receipt = format!("{}/receipt", world.poll_page());
        let mut working = JoinSet::new();
        let start = now();
        for _ in 0..self.connections {
            let (next, people, poll, receipt) =
                (next.clone(), people.clone(), world.poll, receipt.clone());
            let mut connection = connect(self.address).await;
            working.spawn(async move {
                let mut latencies = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(person) = people.get(number) else { return latencies };
                    let mut due = now();
                    if let Some(rate) = rate {
                        #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
                        let at = start + Duration::from_secs_f64(number as f64 / rate);
                        tokio::time::sleep_until(at.into()).await;
                        due = at;
                    }
                    let Person { version, draft, .. } = person;
                    let form = format!("poll={poll}&version={version}&draft={draft}");
                    let sent = request("POST", "/api/take/send", Some(person), form);
                    let page = ask(&mut connection, sent).await;
                    latencies.push(due.elapsed());
                    assert_eq!(page.status, 303);
                    assert_eq!(page.location.unwrap(), receipt, "acknowledged");
                }
            });
        }
        let latencies = working.join_all().await.into_iter().flatten().collect();
        Sent { latencies, took: start.elapsed() }
    }
}
