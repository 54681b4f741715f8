//! A soak: people come and go at a steady pace for a long time, and nothing goes wrong or grows.
//!
//! `-- postgres --soak 60` prints a line a minute and then its figures. Without `--rate`, the pace
//! is half of what the same people reach as fast as it goes, measured just before. One of less than a minute
//! says nothing of a pace, nor of what grows: it is judged by errors alone. `make test` runs such a one, because
//! these people fill in the portal's forms and have to keep up with them.

use crate::{
    CONNECTIONS,
    client::{Line, compressed, now, per_second, request},
    portal::Running,
    present,
    report::Report,
    visitor::{Chance, Place, Visitor, filled},
    watch::Watch,
    world::{Engine, World},
};
use ports::routes;
use std::{
    fmt::Write as _,
    mem,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// How long the peak is measured.
const BURST: Duration = Duration::from_secs(20);
const MINUTE: Duration = Duration::from_mins(1);
/// One of so many requests is of somebody without a session.
const PUBLIC: usize = 4;
/// Errors that are described.
const DESCRIBED: usize = 20;

/// How long, and how fast.
pub struct Soak {
    pub minutes: f64,
    /// Requests a second, if not half the peak.
    pub rate: Option<f64>,
}

/// When requests are due.
struct Pace {
    start: Instant,
    during: Duration,
    rate: Option<f64>,
    next: AtomicU64,
}

/// What came of requests.
#[derive(Default)]
struct Tally {
    latencies: Mutex<Vec<Duration>>,
    errors: Mutex<Vec<String>>,
}

/// One connection, with people for whom no other one speaks.
struct Hand {
    line: Line,
    place: Place,
    visitors: Vec<Visitor>,
    /// Of whom it is not known any more what they have sent, after an error.
    lost: Vec<Visitor>,
    chance: Chance,
}

impl Pace {
    fn new(rate: Option<f64>, during: Duration) -> Self {
        Self { start: now(), during, rate, next: AtomicU64::new(0) }
    }

    /// Waits until the next request is due, and says when that was; `None` at the end.
    async fn due(&self) -> Option<Instant> {
        let due = match self.rate {
            None => now(),
            Some(rate) => {
                #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
                let number = self.next.fetch_add(1, Ordering::Relaxed) as f64;
                let due = self.start + Duration::from_secs_f64(number / rate);
                if due < self.start + self.during {
                    tokio::time::sleep_until(due.into()).await;
                }
                due
            }
        };
        // Where it does not keep up, it ends all the same, and its report says so.
        (due.max(now()) < self.start + self.during).then_some(due)
    }
}

impl Tally {
    fn add(&self, latency: Duration, wrong: Option<String>) {
        self.latencies.lock().unwrap().push(latency);
        if let Some(wrong) = wrong {
            let mut errors = self.errors.lock().unwrap();
            if errors.len() < DESCRIBED {
                eprintln!("error: {wrong}");
            }
            errors.push(wrong);
        }
    }

    fn errors(&self) -> usize {
        self.errors.lock().unwrap().len()
    }

    /// The latencies since the last time, in order.
    fn take(&self) -> Vec<Duration> {
        let mut latencies = mem::take(&mut *self.latencies.lock().unwrap());
        latencies.sort_unstable();
        latencies
    }
}

fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let at = sorted.len().saturating_sub(1) * percent / 100;
    sorted.get(at).map_or(0.0, |latency| latency.as_secs_f64() * 1000.0)
}

impl Hand {
    /// One thing after the other, until the time is over.
    async fn work(mut self, pace: Arc<Pace>, tally: Arc<Tally>) -> Self {
        while let Some(due) = pace.due().await {
            let wrong = if self.visitors.is_empty() || self.chance.below(PUBLIC) == 0 {
                self.read_something().await
            } else {
                self.take_a_step().await
            };
            tally.add(due.elapsed(), wrong.err());
        }
        self
    }

    /// Somebody without a session reads a public page.
    async fn read_something(&mut self) -> Result<(), String> {
        let poll = routes::poll(self.place.poll);
        let pages = [
            routes::HOME,
            &poll,
            routes::POLLS,
            &self.place.results,
            routes::PROTECTION,
            "/sign-in",
        ];
        let page = pages[self.chance.below(pages.len())];
        let mut asked = request("GET", page, None, String::new());
        compressed(&mut asked);
        let came = self.line.ask(asked).await;
        came.map_err(|error| error.to_string())
            .and_then(|came| filled(&came))
            .map_err(|wrong| format!("{page} without a session: {wrong}"))
    }

    /// One of the people does what they do next.
    async fn take_a_step(&mut self) -> Result<(), String> {
        let one = self.chance.below(self.visitors.len());
        let visitor = &mut self.visitors[one];
        let step = visitor.next(&mut self.chance);
        let asked = visitor.request(step, &self.place, &mut self.chance);
        let came = self.line.ask(asked).await.map_err(|error| error.to_string());
        let heard = came.and_then(|came| visitor.hear(step, &came, &self.place));
        if heard.is_err() {
            self.lost.push(self.visitors.swap_remove(one));
        }
        heard.map_err(|wrong| format!("{step:?}: {wrong}"))
    }

    /// Looks at everybody's own answers.
    async fn look_at_all(mut self, tally: Arc<Tally>) -> Self {
        let own = routes::own_answers(self.place.poll);
        for visitor in &self.visitors {
            let asked = request("GET", &own, Some(visitor.person()), String::new());
            let came = self.line.ask(asked).await.map_err(|error| error.to_string());
            let wrong = came.and_then(|came| visitor.last_look(&came)).err();
            tally.add(Duration::ZERO, wrong.map(|wrong| format!("the last look: {wrong}")));
        }
        self
    }
}

/// Divides the people among connections.
async fn hands(world: &World, portal: &Running, place: &Place) -> Vec<Hand> {
    let mut hands = Vec::new();
    for number in 0..CONNECTIONS {
        let people = world.people.iter().skip(number).step_by(CONNECTIONS);
        hands.push(Hand {
            line: Line::open(portal.address()).await,
            place: place.clone(),
            visitors: people.map(Visitor::new).collect(),
            lost: Vec::new(),
            chance: Chance(number.try_into().unwrap()),
        });
    }
    hands
}

fn set_to_work(hands: Vec<Hand>, pace: &Arc<Pace>, tally: &Arc<Tally>) -> JoinSet<Hand> {
    hands.into_iter().map(|hand| hand.work(pace.clone(), tally.clone())).collect()
}

/// Everything that a soak measures on one engine.
pub async fn run(engine: Engine, people: usize, soak: &Soak, report: &mut Report) {
    let world = World::new(engine, people).await;
    let place = Place { poll: world.poll, results: world.results_page(1000).await };
    present::settle(&world).await;
    let portal = Running::start(&world);
    let hands = hands(&world, &portal, &place).await;
    let name = engine.name();

    let tally = Arc::new(Tally::default());
    let during = MINUTE.mul_f64(soak.minutes);
    let burst = Arc::new(Pace::new(None, BURST.min(during)));
    let hands = set_to_work(hands, &burst, &tally).join_all().await;
    let peak = per_second(tally.take().len(), burst.start.elapsed());
    let rate = soak.rate.unwrap_or(peak / 2.0);
    println!(
        "a soak of {} minutes, {name}: {people} people, {rate:.0} requests a second of {peak:.0} at \
         the peak",
        soak.minutes
    );

    let steady = Arc::new(Pace::new(Some(rate), during));
    let mut watch = Watch::default();
    let working = set_to_work(hands, &steady, &tally);
    let (hands, mut all) = observe(working, &steady, &tally, &mut watch, &world, &portal).await;
    all.sort_unstable();
    report.note(
        &format!("latency at {rate:.0} requests a second, {name}"),
        (percentile(&all, 50), percentile(&all, 99)),
    );
    if during >= MINUTE {
        report.line_at_least(
            &format!("requests a second of a soak against those due, {name}"),
            per_second(all.len(), during),
            rate,
            0.99,
            "/s",
        );
        report.line_at_most(
            &format!("memory at the peak of a soak, {name}"),
            portal.peak_memory_mb(),
            250.0,
            "MB",
        );
        watch.judge(during, name, report);
    }

    let looking: JoinSet<Hand> =
        hands.into_iter().map(|hand| hand.look_at_all(tally.clone())).collect();
    let hands = looking.join_all().await;
    let answered =
        |visitors: &Vec<Visitor>| visitors.iter().filter(|one| one.has_answered()).count();
    let known: usize = hands.iter().map(|hand| answered(&hand.visitors)).sum();
    let lost: usize = hands.iter().map(|hand| hand.lost.len()).sum();
    let stored = usize::try_from(world.responses().await).unwrap();
    // Of those with whom something went wrong it is not known.
    let astray = known.saturating_sub(stored) + stored.saturating_sub(known + lost);
    report.line_none(&format!("responses too many or missing, of {known}, {name}"), astray);
    report.line_none(
        &format!("errors in a soak of {} minutes, {name}", soak.minutes),
        tally.errors(),
    );
}

/// Looks at the portal once a second and prints a line a minute, until the work is done: who did
/// it, and all latencies.
async fn observe(
    mut working: JoinSet<Hand>,
    pace: &Pace,
    tally: &Tally,
    watch: &mut Watch,
    world: &World,
    portal: &Running,
) -> (Vec<Hand>, Vec<Duration>) {
    let (mut hands, mut all, mut minutes) = (Vec::new(), Vec::new(), 0);
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        let ended = tokio::select! {
            hand = working.join_next() => match hand {
                Some(hand) => {
                    hands.push(hand.unwrap());
                    continue;
                }
                None => true,
            },
            _ = seconds.tick() => false,
        };
        if !ended {
            watch.look(pace.start.elapsed(), world, portal).await;
        }
        let next = MINUTE * (minutes + 1);
        // The last minute is over when the work is.
        if ended || next < pace.during && next <= pace.start.elapsed() {
            let latencies = tally.take();
            if !latencies.is_empty() {
                minutes += 1;
                minute(minutes, &latencies, tally.errors(), watch, world).await;
                all.extend(latencies);
            }
        }
        if ended {
            return (hands, all);
        }
    }
}

/// The line of a minute.
async fn minute(number: u32, latencies: &[Duration], errors: usize, watch: &Watch, world: &World) {
    let seen = watch.last();
    let mut held =
        format!("{:.1} MB, {} files, {} threads", seen.memory_mb, seen.files, seen.threads);
    if world.engine == Engine::Postgres {
        let _ = write!(held, ", {} connections to the database", seen.connections);
    }
    println!(
        "minute {number} | {} requests, {errors} errors so far | p50 {:.2} ms, p99 {:.2} ms | \
         {held} | {}",
        latencies.len(),
        percentile(latencies, 50),
        percentile(latencies, 99),
        world.sizes().await,
    );
}
