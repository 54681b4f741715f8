//! The portal under load, against what the machine can do without it: `make bench`.
//!
//! One line a figure, `name | measured | reference | ratio | goal | ok` or `short`; figure and
//! reference are measured in turns, a few seconds each, so that a noisy or slow machine moves both.
//! Exits with 1 if one is short. The portal is the real program, started on a store of its own; people, sessions and
//! drafts are put there first, by the portal's own code, and the answers that were acknowledged are
//! counted at the end.
//!
//! `-- sqlite` or `-- postgres` measures one of the stores, `-- --people N` with fewer people,
//! `-- --present N` with so many responses in the vault beforehand (PostgreSQL), `-- --own N` with so many
//! to the very poll that people answer.
//!
//! `-- --against PROGRAM` measures this build against another program of the same schema: both work on the
//! same stores, in short turns, and each line is one kind of request.
//!
//! `-- --soak MINUTES [--rate N]` measures something else: that nothing goes wrong and nothing
//! grows while people come and go for so long, N requests a second or half of the peak.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

mod client;
mod portal;
mod present;
mod reference;
mod report;
mod soak;
mod visitor;
mod watch;
mod world;

use client::{Load, Sent};
use portal::Running;
use reference::Alone;
use report::Report;
use soak::Soak;
use std::{process::ExitCode, sync::Arc, time::Duration};
use world::{Engine, Person, World};

/// Connections, as the goals are said for.
const CONNECTIONS: usize = 16;
/// Turns of a figure and its reference.
const TURNS: usize = 4;
/// How long a turn of what does not use people up is.
const TURN: Duration = Duration::from_secs(2);
/// Connections of a crowd that is larger than the goals are said for.
const CROWD: usize = 128;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1)).cloned()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if let Some(file) = value("--bare") {
        runtime.block_on(reference::bare_handler(&file));
        return ExitCode::SUCCESS;
    }
    let soak = value("--soak").map(|minutes| Soak {
        minutes: minutes.parse().unwrap(),
        rate: value("--rate").map(|rate| rate.parse().unwrap()),
    });
    let people = if soak.is_some() { 10_000 } else { 30_000 };
    let people = value("--people").map_or(people, |people| people.parse().unwrap());
    let number = |name: &str, otherwise| value(name).map_or(otherwise, |it| it.parse().unwrap());
    let present = Present { others: number("--present", 1_000_000), own: number("--own", 0) };
    let mut report = Report::default();
    for engine in [Engine::Postgres, Engine::Sqlite] {
        let named = |e: Engine| arguments.iter().any(|a| a == e.name());
        if named(engine) || !(named(Engine::Postgres) || named(Engine::Sqlite)) {
            match (&soak, value("--against")) {
                (Some(soak), _) => runtime.block_on(soak::run(engine, people, soak, &mut report)),
                (None, Some(other)) => runtime.block_on(against(engine, people, &other, &report)),
                (None, None) => runtime.block_on(measure(engine, people, present, &mut report)),
            }
        }
    }
    report.verdict()
}

/// Responses that are in the vault before people send into it once more.
#[derive(Clone, Copy)]
struct Present {
    /// To another poll.
    others: u64,
    /// To the poll that people answer.
    own: u64,
}

/// Everything that is measured on one engine.
async fn measure(engine: Engine, people: usize, present: Present, report: &mut Report) {
    let world = World::new(engine, people).await;
    let portal = Running::start(&world);
    report.line_at_most(&format!("ready, {}", engine.name()), portal.ready_ms(), 300.0, "ms");
    pages(&world, &portal, report).await;
    submissions(&world, &portal, report).await;
    let mut beforehand = 0;
    if engine == Engine::Postgres {
        crowded(&world, &portal, present, report).await;
        beforehand = present.own;
    }
    everybody_is_stored(&world, beforehand).await;
    report.line_at_most(
        &format!("memory at the peak of the load, {}", engine.name()),
        portal.peak_memory_mb(),
        250.0,
        "MB",
    );
}

/// How many send in a turn of two builds.
const PEOPLE_OF_A_TURN: usize = 600;

/// This build against another program on the same stores.
async fn against(engine: Engine, people: usize, other: &str, report: &Report) {
    let world = World::new(engine, people).await;
    let portals = [Running::start(&world), Running::start_program(&world, other)];
    let loads = [0, 1].map(|which| Load::new(portals[which].address(), CONNECTIONS));
    let page = world.poll_page();
    for load in &loads {
        load.show_all(&page, &world.people).await;
    }
    let (mut pages, mut sent) = ([0.0; 2], [Sent::default(), Sent::default()]);
    // One, the other, the other, the one: what becomes slower with time does so for both.
    let turns = [0, 1, 1, 0];
    for which in turns.repeat(TURNS) {
        let people = Some(&world.people);
        pages[which] += loads[which].pages_a_second(&page, people, TURN / 2).await / each() / 2.0;
    }
    present::settle(&world).await;
    for (which, people) in turns.into_iter().cycle().zip(world.people.chunks(PEOPLE_OF_A_TURN)) {
        sent[which].add(loads[which].send_all(&world, people, None).await);
    }
    let name = engine.name();
    report.beside(&format!("pages of a poll a second, {name}, of two builds"), pages[0], pages[1]);
    let [ours, theirs] = [0, 1].map(|which| sent[which].rate());
    report.beside(&format!("submissions a second, {name}, of two builds"), ours, theirs);
    everybody_is_stored(&world, 0).await;
}

/// Beside so many responses that were there beforehand.
async fn everybody_is_stored(world: &World, beforehand: u64) {
    let stored = world.responses().await - beforehand;
    let people = u64::try_from(world.people.len()).unwrap();
    assert_eq!(stored, people, "every acknowledged response is stored, once");
}

/// A poll's page, drawn for a person, against a bare handler that gives the same bytes.
async fn pages(world: &World, portal: &Running, report: &mut Report) {
    let load = Load::new(portal.address(), CONNECTIONS);
    let page = load.get(&world.poll_page(), Some(&world.people[0])).await;
    assert_eq!(page.status, 200, "the page of the poll");
    assert!(page.body.len() > 5_000, "the page is a page");
    let name = format!("pages of a poll a second, signed in, {}", world.engine.name());
    beside_bare(&name, world, &load, Some(&world.people), 0.06, report).await;
    // What browsers ask for: a page of somebody's own is compressed for each, one for many is kept so.
    let small = Load::new(portal.address(), CONNECTIONS).compressed();
    let (mut pages, mut plain) = (0.0, 0.0);
    for _ in 0..TURNS {
        let people = Some(&world.people);
        pages += small.pages_a_second(&world.poll_page(), people, TURN).await / each();
        plain += load.pages_a_second(&world.poll_page(), people, TURN).await / each();
    }
    report.beside(&format!("the same compressed, {}", world.engine.name()), pages, plain);
    let name = format!("public pages a second, {}", world.engine.name());
    beside_bare(&name, world, &load, None, 0.7, report).await;
}

/// The poll's page for these people, or for nobody, and a bare handler's of the same bytes.
async fn beside_bare(
    name: &str,
    world: &World,
    load: &Load,
    people: Option<&Arc<[Person]>>,
    goal: f64,
    report: &mut Report,
) {
    let path = world.poll_page();
    let page = load.get(&path, people.map(|people| &people[0])).await;
    let (mut pages, mut bare) = (0.0, 0.0);
    for _ in 0..TURNS {
        pages += load.pages_a_second(&path, people, TURN).await / each();
        bare += reference::bare(&page.body, CONNECTIONS, TURN).await / each();
    }
    report.line_at_least(name, pages, bare, goal, "/s");
}

/// Turns, to divide by.
#[expect(clippy::cast_precision_loss, reason = "a handful")]
const fn each() -> f64 {
    TURNS as f64
}

/// Who of the people sends at the peak, who at a measured pace, who in a larger crowd, and who when
/// the vault is full.
fn shares(world: &World) -> [&[Person]; 4] {
    let full = if world.engine == Engine::Postgres { world.people.len() / 4 } else { 0 };
    let (full, rest) = world.people.split_at(full);
    let (peak, rest) = rest.split_at(rest.len() * 3 / 5);
    let (paced, crowd) = rest.split_at(rest.len() / 2);
    [peak, paced, crowd, full]
}

/// With many responses in the vault: sending against sending into an empty one beside it, in turns,
/// and the page of a poll's results against that of a small poll.
async fn crowded(world: &World, portal: &Running, present: Present, report: &mut Report) {
    let load = Load::new(portal.address(), CONNECTIONS);
    let Present { others, own } = present;
    let small = world.results_page(1000).await;
    let large = world.results_page(others).await;
    if own > 0 {
        present::fill(world, world.poll, own).await;
    }
    let [.., people] = shares(world);
    // The other one has seen all that this one has, but for the responses that are present.
    let empty = World::new(world.engine, world.people.len()).await;
    let beside = Running::start(&empty);
    let into_empty = Load::new(beside.address(), CONNECTIONS);
    let [before @ .., also] = shares(&empty);
    for people in before {
        into_empty.show_all(&empty.poll_page(), people).await;
        into_empty.send_all(&empty, people, None).await;
    }
    load.show_all(&world.poll_page(), people).await;
    into_empty.show_all(&empty.poll_page(), also).await;
    present::settle(world).await;
    present::settle(&empty).await;
    let (mut sent, mut reference) = (Sent::default(), Sent::default());
    let a_turn = people.len().div_ceil(TURNS);
    for (people, also) in people.chunks(a_turn).zip(also.chunks(a_turn)) {
        reference.add(into_empty.send_all(&empty, also, None).await);
        sent.add(load.send_all(world, people, None).await);
    }
    let name = match own {
        0 => format!("submissions a second with {others} responses present"),
        own => format!("submissions a second with {own} responses to the same poll present"),
    };
    report.line_at_least(&name, sent.rate(), reference.rate(), 0.9, "/s");
    everybody_is_stored(&empty, 0).await;
    drop(beside);
    // Signed in, since what everybody sees is drawn once a second.
    for path in [&small, &large] {
        let page = load.get(path, Some(&world.people[0])).await;
        assert!(page.status == 200 && page.body.len() > 5_000, "the page of results");
    }
    let (mut time_of_small, mut time_of_large) = (0.0, 0.0);
    for _ in 0..TURNS {
        time_of_small += 1.0 / load.pages_a_second(&small, Some(&world.people), TURN).await;
        time_of_large += 1.0 / load.pages_a_second(&large, Some(&world.people), TURN).await;
    }
    let name = format!("time of a page of results, {others} responses against 1000");
    let micros = 1e6 / each();
    report.line_within(&name, time_of_large * micros, time_of_small * micros, 1.1, "µs");
}

/// Sending three answers, against the database alone writing the same rows.
async fn submissions(world: &World, portal: &Running, report: &mut Report) {
    let name = world.engine.name();
    let load = Load::new(portal.address(), CONNECTIONS);
    let [peak, paced, crowd, _] = shares(world);
    let (mut alone, mut fastest, goal) = match world.engine {
        Engine::Postgres => {
            let [alone, fastest] = [false, true].map(|it| Alone::pgbench(world, CONNECTIONS, it));
            (alone.await, Some(fastest.await), 1.0)
        }
        Engine::Sqlite => (Alone::sqlite(world).await, None, 1.5),
    };
    // As before those who send into a full vault: everybody's session is one that was used just now, or
    // it would be written, too; and after a checkpoint PostgreSQL logs each page that is changed for the
    // first time as a whole.
    for people in [peak, paced, crowd] {
        load.show_all(&world.poll_page(), people).await;
    }
    present::settle(world).await;
    let (mut sent, mut reference, mut at_its_fastest) = (Sent::default(), 0.0, 0.0);
    for people in peak.chunks(peak.len().div_ceil(TURNS)) {
        sent.add(load.send_all(world, people, None).await);
        reference += alone.a_second().await / each();
        if let Some(fastest) = &mut fastest {
            at_its_fastest += fastest.a_second().await / each();
        }
    }
    let title = format!("submissions a second, {name}");
    report.line_at_least(&title, sent.rate(), reference, goal, "/s");
    if fastest.is_some() {
        let title = "submissions a second, against pgbench's prepared statements";
        report.beside(title, sent.rate(), at_its_fastest);
    }
    report.note(&format!("latency at the peak, {name}"), sent.latency_ms());
    // What the reference wrote is still on its way to the disk, and is none of theirs.
    present::settle(world).await;
    let paced = load.send_all(world, paced, Some(sent.rate() * 0.8)).await;
    let (median, p99) = paced.latency_ms();
    report.note(&format!("latency at 80 % of the peak, {name}"), (median, p99));
    report.line_at_most(&format!("p99 at 80 % of the peak, {name}"), p99, 50.0, "ms");
    let crowd = Load::new(portal.address(), CROWD).send_all(world, crowd, None).await;
    report.rate(&format!("submissions a second of {CROWD} connections, {name}"), crowd.rate());
    report.note(&format!("latency of {CROWD} connections, {name}"), crowd.latency_ms());
}
