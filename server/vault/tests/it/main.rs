//! The vault against real databases: every test runs on SQLite and on PostgreSQL.
//!
//! See `migration::testing` for where PostgreSQL comes from.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod at_rest;
mod counting;
mod drafts;
mod growth;
mod intake;
mod lifecycle;
mod live;
mod one_answer;
mod previous;
mod retention;
mod roles;
mod silence;
mod upgrade;
mod world;

/// Makes one test of each function for each engine.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::world::World::on_sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::world::World::on_postgres().await).await;
            })+
        }
    };
}
use on_both_engines;
