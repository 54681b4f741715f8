//! A streaming replica of the portal's database: what it answers, and when it does not.

use crate::{
    portal::{Answer, Browser, TestPortal, noon},
    statistics::{answered, asks_and_publishes, publish, results},
};
use chrono::TimeDelta;
use migration::{
    connection,
    testing::{Replicated, with_database},
};
use questionnaire::Facts;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, EntityTrait as _, Statement};
use serde_json::json;
use server::{
    polls::record::Poll,
    store::{lease::last_beat, poll as poll_table},
};
use uuid::Uuid;

struct World {
    portal: TestPortal,
    servers: Replicated,
    replica: DatabaseConnection,
}

impl World {
    async fn new() -> Self {
        let servers = Replicated::new();
        let admin = connection::open(&servers.primary()).await.unwrap();
        admin.execute_unprepared("CREATE DATABASE vault").await.unwrap();
        let stores = json!({
            "portal": servers.primary(),
            "vault": with_database(&servers.primary(), "vault"),
            "portal_replica": servers.replica(),
        });
        let portal = TestPortal::on(&stores).await;
        let replica = connection::open(&servers.replica()).await.unwrap();
        Self { portal, servers, replica }
    }

    async fn on_replica(&self, sql: &str) {
        self.replica.execute_unprepared(sql).await.unwrap();
    }

    async fn rename(&self, poll: Uuid, title: &str) {
        let sql = "UPDATE poll SET title = CAST($1 AS json) WHERE id = $2";
        let title = json!({ "en": title, "ru": title }).to_string();
        let values = [title.into(), poll.into()];
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        self.portal.platform.db.execute_raw(statement).await.unwrap();
    }

    /// Waits until the replica has this title of the poll, and the scheduler's last beat.
    async fn caught_up(&self, poll: Uuid, title: &str) {
        let beat = last_beat(&self.portal.platform.db).await.unwrap();
        loop {
            let row = poll_table::Entity::find_by_id(poll).one(&self.replica).await.unwrap();
            let title = |row: poll_table::Model| row.title["en"] == title;
            if row.is_some_and(title) && last_beat(&self.replica).await.unwrap() == beat {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    /// What somebody is shown who is not signed in, when no page of a second ago is kept any more.
    async fn anyone(&self, path: &str) -> Answer {
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
        self.portal.get(&mut Browser::default(), path).await
    }

    /// As [`Self::anyone`], where the replica has to answer, with these words. It is `from` seconds
    /// after the day's noon. On a busy machine the replica may take too long, and is then left alone for
    /// a second by the portal's clock: so it is asked again and again, at most three seconds later.
    async fn by_replica(&self, path: &str, words: &str, from: i64) -> Answer {
        let mut answer = self.anyone(path).await;
        for second in (from + 1..=from + 3).cycle().take(30) {
            if answer.body.contains(words) {
                break;
            }
            self.portal.clock.set(noon(23) + TimeDelta::seconds(second));
            answer = self.anyone(path).await;
        }
        answer
    }

    /// The scheduler's work, so many seconds after the day's noon.
    async fn second(&self, second: i64) {
        self.portal.at(noon(23) + TimeDelta::seconds(second)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn published_statistics_come_from_the_replica_while_it_can_be_trusted() {
    let world = World::new().await;
    let portal = &world.portal;
    let poll = answered(portal, |_| {}, &[("red", "", 20)]).await;
    publish(portal).await;
    let account = portal.account(&Facts::default()).await;
    let page = results(poll);
    let csv = format!("{page}.csv");

    world.rename(poll, "The first title").await;
    world.second(0).await;
    world.caught_up(poll, "The first title").await;
    // With a connection to the replica, which takes its time on a busy machine.
    world.anyone(&page).await;
    world.on_replica("SELECT pg_wal_replay_pause()").await;
    world.rename(poll, "The second title").await;
    world.second(5).await;
    let mut person = portal.sign_in(account).await;
    // Within the allowed lag, whoever is not signed in is answered by the replica.
    let answer = world.by_replica(&page, "The first title", 5).await;
    answer.is(200).shows("The first title").hides("The second");
    world.anyone(&csv).await.is(200);
    // Whoever is signed in could miss what they have just done, and is answered by the store.
    portal.get(&mut person, &page).await.is(200).shows("The second title");
    // What the replica does not know yet is found all the same.
    let open = |poll: &mut Poll| poll.closes_at = Some(noon(23) + TimeDelta::seconds(10));
    let unknown = answered(portal, open, &[("blue", "", 20)]).await;
    world.second(10).await;
    world.second(11).await;
    world.anyone(&results(unknown)).await.is(200).shows("Everybody who answered: 20");
    world.by_replica(&page, "The first title", 11).await.shows("The first title");

    // Behind by more than that, though it answers as gladly as before.
    world.second(30).await;
    world.anyone(&page).await.is(200).shows("The second title");

    // Once it has caught up, it is trusted again.
    world.on_replica("SELECT pg_wal_replay_resume()").await;
    world.caught_up(poll, "The second title").await;
    world.second(32).await;
    world.caught_up(poll, "The second title").await;
    world.on_replica("SELECT pg_wal_replay_pause()").await;
    world.rename(poll, "The third title").await;
    world.by_replica(&page, "The second title", 32).await.is(200).shows("The second title");

    // Broken: the first reader who notices is not told, and nor is any other.
    world.servers.end_replica();
    for _ in 0..3 {
        world.anyone(&page).await.is(200).shows("The third title");
    }
    world.second(40).await;
    world.anyone(&page).await.is(200).shows("The third title");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_starts_without_its_replica() {
    let world = World::new().await;
    world.servers.end_replica();
    let stores = json!({
        "portal": world.servers.primary(),
        "vault": with_database(&world.servers.primary(), "vault"),
        "portal_replica": world.servers.replica(),
    });
    let portal = TestPortal::on(&stores).await;
    asks_and_publishes(&portal).await;
}
