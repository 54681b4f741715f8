//! Metrics in the text format of Prometheus (`OpenMetrics`), each server its own.
//!
//! # What must never be seen in them
//! Numbers that move when one person answers are a list of who answered, for whoever knows when
//! somebody sat down to it. So:
//!
//! - No label holds an id, an address of a page or anything of a person: routes are templates.
//! - Everything on the way of taking part (a poll's page, its questions, checking, sending,
//!   withdrawing, one's own answers) is one place, `taking_part`, whatever the poll and the method:
//!   looking at a page is not told from sending an answer.
//! - What happens there appears in [portions](super::portions) of 64 to 191 events. On a quiet
//!   portal these figures stand still for long; under the load for which an operator needs them they
//!   are a second old.
//! - How many submissions were acknowledged appears in portions of its own: anybody can look at a
//!   poll's page until a portion is full, and so decide between which two moments they count, but
//!   to fill one of these it takes as many submissions.
//! - How many requests are being answered is told in full tens: one of a slow phone can take as long
//!   as it takes to read this twice.
//! - Of the vault's connections it is told only whether there are any to give: on a quiet portal one that is
//!   used, or made, is somebody who answers, for whoever reads this often enough.
//! - Nothing is counted by poll. How many answers a poll has, staff learn from the poll's own pages,
//!   rounded or perturbed, when its time has come.
//!
//! Server errors are counted in all and at once, without their place: an alert must not wait for a
//! portion, and a failure says nothing of who answered. Each is in the log. What is no failure of
//! this server, although its status is one of 500 to 599, is none of them: what a limit refused,
//! which has its own counter, and the answer that it is not ready. That the identity provider does not
//! answer is one: nobody can sign in, and somebody has to look.
//!
//! They are given on an address of their own, inside the operator's network, never on the portal's.

use super::{portions::Portions, process::Process, routes::READY};
use crate::{
    entropy::Entropy,
    http::{
        chain::Next,
        refused::{Limit, Refused},
        taking_part::is_taking_part,
    },
    scheduler::Beat,
};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{Method, StatusCode, header::LOCATION},
    response::Response,
};
use migration::Store;
use ports::routes;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _, text::encode},
    metrics::{
        counter::Counter,
        family::{Family, MetricConstructor},
        gauge::{ConstGauge, Gauge},
        histogram::Histogram,
        info::Info,
    },
    registry::{Registry, Unit},
};
use sea_orm::{DatabaseConnection, DbBackend};
use std::{
    fmt,
    sync::{Arc, atomic::Ordering},
};
use tokio::time::Instant;

/// The place of everything on the way of taking part.
const TAKING_PART: &str = "taking_part";
/// By how many the requests that are being answered are counted.
const TEN: i64 = 10;
/// The outcome of a submission that is stored.
const ACKNOWLEDGED: &str = "acknowledged";
/// Upper bounds of the classes of time, in seconds.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Where a request went, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Place {
    route: String,
    method: &'static str,
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByLimit {
    limit: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// What waits for its portion.
enum Event {
    Request(Place, f64),
    Submission(&'static str),
    Refusal(Limit),
}

#[derive(Clone)]
struct Durations;

impl MetricConstructor<Histogram> for Durations {
    fn new_metric(&self) -> Histogram {
        Histogram::new(BUCKETS)
    }
}

/// The metrics of one server.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    durations: Family<Place, Histogram, Durations>,
    running: Gauge,
    errors: Counter,
    refusals: Family<ByLimit, Counter>,
    submissions: Family<Outcome, Counter>,
    portions: Portions<Event>,
    acknowledged: Portions<Event>,
}

impl Metrics {
    /// The metrics of a server with these stores and this scheduler.
    #[must_use]
    pub fn new(
        stores: [(Store, DatabaseConnection); 2],
        beat: Arc<Beat>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let mut registry = Registry::with_prefix("veche");
        let durations = Family::new_with_constructor(Durations);
        registry.register_with_unit(
            "http_request_duration",
            "Requests by route, and how long they took; those of taking part in portions",
            Unit::Seconds,
            durations.clone(),
        );
        let running = Gauge::default();
        let errors = Counter::default();
        registry.register(
            "server_errors",
            "Failures, and requests that ran out of time",
            errors.clone(),
        );
        let refusals = Family::default();
        registry.register(
            "refusals",
            "Requests refused by a limit; those of sending answers in portions",
            refusals.clone(),
        );
        let submissions = Family::default();
        registry.register(
            "submissions",
            "Submissions acknowledged and refused, in portions",
            submissions.clone(),
        );
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "What runs here", Info::new(version.to_vec()));
        registry.register_collector(Box::new(Asked { stores, beat, running: running.clone() }));
        Self(Arc::new(Inner {
            registry,
            durations,
            running,
            errors,
            refusals,
            submissions,
            portions: Portions::new(entropy.clone()),
            acknowledged: Portions::new(entropy),
        }))
    }

    /// The metrics as text.
    ///
    /// # Panics
    /// Never: a text takes whatever is written to it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.0.registry).expect("a text takes whatever is written to it");
        text
    }
}

impl Inner {
    fn see(&self, event: Event) {
        match event {
            Event::Request(place, seconds) => {
                self.durations.get_or_create(&place).observe(seconds);
            }
            Event::Submission(outcome) => {
                self.submissions.get_or_create(&Outcome { outcome }).inc();
            }
            Event::Refusal(limit) => {
                self.refusals.get_or_create(&ByLimit { limit: limit.name() }).inc();
            }
        }
    }

    fn see_in_portions(&self, event: Event) {
        let portions = match event {
            Event::Submission(ACKNOWLEDGED) => &self.acknowledged,
            _ => &self.portions,
        };
        for event in portions.add(event).into_iter().flatten() {
            self.see(event);
        }
    }
}

/// Methods there are; whatever else a client thinks of is one.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        500..=599 => "5xx",
        _ => "1xx",
    }
}

/// What became of a submission. Whose answers are stored is led to the receipt, and nobody else.
fn outcome(response: &Response) -> &'static str {
    let headers = response.headers();
    let to = headers.get(LOCATION).or_else(|| headers.get(routes::LEADS_TO));
    let acknowledged = to.and_then(|to| to.to_str().ok()).is_some_and(routes::is_receipt);
    if acknowledged { ACKNOWLEDGED } else { "refused" }
}

/// Leaves the gauge when a request ends, also where its client has gone away.
struct Running(Gauge);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Counts requests.
pub async fn layer(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let metrics = metrics.0;
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let taking_part = is_taking_part(route);
    let submission = route == routes::SEND_ANSWERS && *request.method() == Method::POST;
    let (route, method) = if taking_part {
        (TAKING_PART.to_owned(), "any")
    } else {
        (route.to_owned(), method(request.method()))
    };
    metrics.running.inc();
    let running = Running(metrics.running.clone());
    let began = Instant::now();
    let response = next.run(request).await;
    let seconds = began.elapsed().as_secs_f64();
    drop(running);
    let refused = response.extensions().get::<Refused>().copied();
    if response.status().is_server_error() && refused.is_none() && route != READY {
        metrics.errors.inc();
    }
    // Unlike the other statuses, how a look at a page ends and how sending ends would differ.
    let status = if taking_part && !response.status().is_server_error() {
        "any"
    } else {
        class(response.status())
    };
    let place = Place { route, method, status };
    if let Some(Refused(limit)) = refused {
        let refusal = Event::Refusal(limit);
        if taking_part {
            metrics.see_in_portions(refusal);
        } else {
            metrics.see(refusal);
        }
    }
    if submission {
        metrics.see_in_portions(Event::Submission(outcome(&response)));
    }
    let event = Event::Request(place, seconds);
    if taking_part {
        metrics.see_in_portions(event);
    } else {
        metrics.see(event);
    }
    response
}

/// What is asked only when somebody reads the metrics.
struct Asked {
    stores: [(Store, DatabaseConnection); 2],
    beat: Arc<Beat>,
    running: Gauge,
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked").finish_non_exhaustive()
    }
}

/// What is exported of a pool `[size, idle, limit]`. For the vault, whose connections are used by those who take
/// part, only whether it is exhausted: size and idle are both the limit, or idle is 0.
fn told(store: Store, [has, idle, limit]: [u32; 3]) -> [u32; 3] {
    if store != Store::Vault {
        return [has, idle, limit];
    }
    let exhausted = idle == 0 && has >= limit;
    [limit, if exhausted { 0 } else { limit }, limit]
}

/// Connections that a store has, that idle, and that it may have.
fn pool(db: &DatabaseConnection) -> [u32; 3] {
    let idle = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    if db.get_database_backend() == DbBackend::Postgres {
        let pool = db.get_postgres_connection_pool();
        [pool.size(), idle(pool.num_idle()), pool.options().get_max_connections()]
    } else {
        let pool = db.get_sqlite_connection_pool();
        [pool.size(), idle(pool.num_idle()), pool.options().get_max_connections()]
    }
}

impl Collector for Asked {
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let pools = self.stores.each_ref().map(|(store, db)| (*store, told(*store, pool(db))));
        let figures = [
            ("store_connections", "Connections of a store; of the vault, those that it may have"),
            (
                "store_connections_idle",
                "Connections of a store that nobody uses now; of the vault, all as long as it has one to give, or none",
            ),
            ("store_connections_limit", "Connections that a store may have"),
        ];
        for (index, (name, help)) in figures.into_iter().enumerate() {
            let kind = ConstGauge::new(0_u64);
            let mut family = encoder.encode_descriptor(name, help, None, kind.metric_type())?;
            for (store, figures) in &pools {
                let figure = ConstGauge::new(u64::from(figures[index]));
                figure.encode(family.encode_family(&[("store", store.name())])?)?;
            }
        }
        let process = Process::now();
        let beat = &self.beat;
        let at = beat.succeeded.load(Ordering::Relaxed);
        let seconds = Some(Unit::Seconds);
        let bytes = Some(Unit::Bytes);
        let float = |number: Option<u64>| number.map(|number| number as f64);
        let running = self.running.get() / TEN * TEN;
        let gauges = [
            (
                "http_requests_running",
                "Requests being answered now, in full tens",
                None,
                Some(running as f64),
            ),
            ("process_resident_memory", "Memory in use", bytes, float(process.memory)),
            ("process_open_fds", "Open files", None, float(process.files)),
            ("process_max_fds", "Most open files", None, float(process.most_files)),
            ("process_threads", "Threads", None, float(process.threads)),
            ("process_cpu", "Processor time since the start", seconds.clone(), process.seconds),
            (
                "scheduler_last_success_timestamp",
                "When this server last led the scheduled work and looked at everything that was due; 0: never",
                seconds,
                Some(at as f64),
            ),
            (
                "scheduler_failing_steps",
                "Steps that failed in the last round in which this server led, or tried to",
                None,
                Some(f64::from(beat.failed.load(Ordering::Relaxed))),
            ),
            (
                "scheduler_held_steps",
                "Those of them that others have held up for more than an hour, or that are put off",
                None,
                Some(f64::from(beat.held.load(Ordering::Relaxed))),
            ),
            (
                "scheduler_leading",
                "Whether this server holds the lease of the scheduled work",
                None,
                Some(f64::from(u8::from(beat.leading.load(Ordering::Relaxed)))),
            ),
            (
                "clock_wrong",
                "Whether this server's clock differs from the database's by more than it may",
                None,
                Some(f64::from(u8::from(beat.wrong_clock.load(Ordering::Relaxed)))),
            ),
        ];
        for (name, help, unit, value) in gauges {
            let Some(value) = value else { continue };
            let gauge = ConstGauge::new(value);
            let kind = gauge.metric_type();
            let metric = encoder.encode_descriptor(name, help, unit.as_ref(), kind)?;
            gauge.encode(metric)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{ACKNOWLEDGED, Store, outcome, told};
    use axum::{
        body::Body,
        http::{HeaderName, HeaderValue, header::LOCATION},
        response::Response,
    };
    use ports::routes;
    use uuid::Uuid;

    #[test]
    fn the_vault_s_connections_stand_still_until_there_are_none_to_give() {
        for quiet in [[0, 0, 8], [1, 1, 8], [1, 0, 8], [7, 0, 8], [8, 1, 8], [8, 8, 8]] {
            assert_eq!(told(Store::Vault, quiet), [8, 8, 8], "{quiet:?}");
            assert_eq!(told(Store::Portal, quiet), quiet);
        }
        // As the alert asks for it.
        assert_eq!(told(Store::Vault, [8, 0, 8]), [8, 0, 8]);
    }

    #[test]
    fn acknowledged_is_who_is_led_to_the_receipt() {
        let led = |header: HeaderName, to: &str| {
            let mut response = Response::new(Body::empty());
            response.headers_mut().insert(header, HeaderValue::from_str(to).unwrap());
            outcome(&response)
        };
        let poll = Uuid::from_u128(7);
        let program = HeaderName::from_static(routes::LEADS_TO);
        assert_eq!(led(LOCATION, &routes::receipt(poll)), ACKNOWLEDGED);
        assert_eq!(led(program, &routes::receipt(poll)), ACKNOWLEDGED);
        for elsewhere in [routes::check(poll), routes::poll(poll), routes::POLLS.to_owned()] {
            assert_eq!(led(LOCATION, &elsewhere), "refused", "{elsewhere}");
        }
        assert_eq!(outcome(&Response::new(Body::empty())), "refused");
    }
}
