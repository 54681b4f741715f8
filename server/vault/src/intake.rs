//! The intake: what many people send at the same moment is stored by one statement and one commit.
//!
//! A commit costs the database about the same for one response as for fifty, so responses that
//! arrive while one round is being stored go into the next together ([`gather`]). Each person is
//! answered after the commit that holds their response, and for their response alone: in a round,
//! a poll that has closed refuses those who answered it and nobody else, and a round that the
//! database refuses is tried again one by one.
//!
//! A response is stored if the draft that it was made of can be thrown away with it, as it was
//! read. So a draft is sent once, however often a browser asks for it, and whoever was told that it
//! took too long and has typed, sent or withdrawn something since is not overtaken by what comes
//! late: the draft that it was made of is not there any more. It does not matter how late, nor by
//! which server, and no clock is asked.
//!
//! On PostgreSQL a round is one call of the function that `m0007_take` makes; on `SQLite`, where
//! no way lies between, it is the same steps one after the other. Nothing here serialises on a row:
//! a round holds the gates of its polls shared, so that rounds of several servers run side by side.

use crate::{
    Error,
    lifecycle::{begin, gate_number},
    rounds::{self, Place, lost},
    store::{
        lookup,
        poll_key::{self, State},
        response, take, upsert,
    },
};
use chrono::NaiveDate;
use gather::{Gather, Limits, padded};
use sea_orm::{
    ColumnTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, EntityTrait as _,
    QueryFilter as _, QuerySelect as _, sea_query::Expr,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Responses that may wait: about as many as are stored in a fifth of a second.
const WAITING: usize = 1024;
/// Responses of one statement. SQLite allows 32,766 parameters.
const ROUND: usize = 128;

/// Somebody's response on its way into the store.
#[derive(Clone)]
pub struct Sending {
    /// The row, but for its live batch.
    pub row: response::Model,
    /// Whether live batches may count it.
    pub live: bool,
    /// Under what it would be kept that the person is in a batch and withdrew.
    pub token: Vec<u8>,
    /// The draft that is sent, as it is stored: nothing is stored unless it goes. `None`: whatever
    /// draft there is goes.
    pub draft: Option<Vec<u8>>,
}

/// Whether it took the place of an earlier one, once it is on the disk.
pub type Stored = Result<bool, Error>;

/// Takes responses and answers each once it is stored.
pub type Intake = Gather<Sending, Stored>;

fn place(sending: &Sending) -> Place {
    (sending.row.poll_id, sending.row.pseudonym.clone())
}

/// An intake over the vault's database.
pub fn intake(db: DatabaseConnection) -> Intake {
    let limits = Limits::new(WAITING, ROUND, rounds::writers(&db));
    Gather::new(limits, move |round| {
        let db = db.clone();
        async move { store(&db, round).await }
    })
}

/// Stores a round. Somebody who sent twice at the same moment is in two turns of it, one after the
/// other.
async fn store(db: &DatabaseConnection, round: Vec<Sending>) -> Vec<Stored> {
    let mut stored: Vec<Option<Stored>> = round.iter().map(|_| None).collect();
    loop {
        let mut turn: BTreeMap<Place, usize> = BTreeMap::new();
        for (index, sending) in round.iter().enumerate() {
            if stored[index].is_none() {
                turn.entry(place(sending)).or_insert(index);
            }
        }
        if turn.is_empty() {
            return stored.into_iter().flatten().collect();
        }
        // In the order of their places, so that no two rounds wait for each other.
        let sent = turn.values().map(|&index| round[index].clone()).collect();
        for (index, done) in turn.into_values().zip(store_turn(db, sent).await) {
            stored[index] = Some(done);
        }
    }
}

/// Stores what is of different people, or to different polls; alone, whoever the others cannot be
/// stored with.
async fn store_turn(db: &DatabaseConnection, sent: Vec<Sending>) -> Vec<Stored> {
    match together(db, &sent).await {
        Ok(stored) => stored,
        Err(error) if sent.len() == 1 || lost(&error) => {
            let error = Error::from(error);
            sent.iter().map(|_| Err(error.clone())).collect()
        }
        Err(error) => {
            // Its words can hold values of the row that failed.
            drop(error);
            tracing::warn!(responses = sent.len(), "a round was refused; storing one by one");
            let one = |sending| async move {
                let mut one = together(db, &[sending]).await?;
                Ok(one.pop().unwrap_or_else(|| Err(Error::Db("no answer".to_owned()))))
            };
            rounds::one_by_one(sent, one).await
        }
    }
}

/// Stores in one transaction all that can be, or nothing. In their order: whether each took the
/// place of an earlier one, or why it alone was refused.
async fn together(db: &DatabaseConnection, sent: &[Sending]) -> Result<Vec<Stored>, DbErr> {
    if db.get_database_backend() == DbBackend::Postgres {
        let polls: BTreeSet<Uuid> = sent.iter().map(|sending| sending.row.poll_id).collect();
        let gates = polls.into_iter().map(gate_number).collect();
        return take::responses(db, gates, sent).await;
    }
    let tx = begin(db).await?;
    let stored = step_by_step(&tx, sent).await?;
    tx.commit().await?;
    Ok(stored)
}

/// What the function of PostgreSQL does, in a transaction that is alone.
async fn step_by_step(tx: &DatabaseTransaction, sent: &[Sending]) -> Result<Vec<Stored>, DbErr> {
    let open = forming(tx, sent.iter().map(|sending| sending.row.poll_id).collect()).await?;
    let to_open = |sending: &&Sending| matches!(open.get(&sending.row.poll_id), Some(Ok(_)));
    let drafts: Vec<_> =
        sent.iter().filter(to_open).map(|it| (place(it), it.draft.clone())).collect();
    if drafts.is_empty() {
        return Ok(sent.iter().map(|it| became(it, &open, None)).collect());
    }
    let thrown_away = lookup::throw_away(tx, drafts).await?;
    let goes =
        |sending: &&Sending| sending.draft.is_none() || thrown_away.contains(&place(sending));
    let rows: Vec<response::Model> = sent
        .iter()
        .filter(to_open)
        .filter(goes)
        .map(|sending| {
            let batch = open.get(&sending.row.poll_id).and_then(|open| open.clone().ok());
            response::Model { batch: batch.filter(|_| sending.live), ..sending.row.clone() }
        })
        .collect();
    let stored =
        if rows.is_empty() { BTreeMap::new() } else { upsert::responses(tx, rows).await? };
    keep_out_released(tx, sent, &stored, &open).await?;
    Ok(sent.iter().map(|it| became(it, &open, stored.get(&place(it)))).collect())
}

/// What became of one, from its poll and from whether it was stored as a change.
fn became(sending: &Sending, open: &Open, stored: Option<&bool>) -> Stored {
    match open.get(&sending.row.poll_id) {
        None => Err(Error::UnknownPoll),
        Some(Err(refused)) => Err(refused.clone()),
        Some(Ok(_)) => stored.copied().ok_or(Error::Overtaken),
    }
}

/// The live batch that each of the polls is forming, or why it takes no answers.
type Open = BTreeMap<Uuid, Result<i32, Error>>;

async fn forming(tx: &DatabaseTransaction, polls: BTreeSet<Uuid>) -> Result<Open, DbErr> {
    let rows: Vec<(Uuid, State, Option<NaiveDate>, i32)> = poll_key::Entity::find()
        .select_only()
        .columns([
            poll_key::Column::PollId,
            poll_key::Column::State,
            poll_key::Column::DestroyedOn,
            poll_key::Column::Batch,
        ])
        .filter(poll_key::Column::PollId.is_in(padded(polls.into_iter().collect())))
        .into_tuple()
        .all(tx)
        .await?;
    let open = |(poll, state, destroyed, batch)| {
        let open = match (state, destroyed) {
            (_, Some(_)) => Err(Error::KeyDestroyed),
            (State::Open, None) => Ok(batch),
            _ => Err(Error::NotOpen),
        };
        (poll, open)
    };
    Ok(rows.into_iter().map(open).collect())
}

/// Takes first responses of people who are in an earlier batch, from which they withdrew, out of
/// every batch.
async fn keep_out_released(
    tx: &DatabaseTransaction,
    sent: &[Sending],
    stored: &BTreeMap<Place, bool>,
    open: &Open,
) -> Result<(), DbErr> {
    // Nobody can have left the first batch before it was cut.
    let later = |it: &&Sending| !matches!(open.get(&it.row.poll_id), Some(Ok(1)));
    let fresh = |it: &&Sending| it.live && stored.get(&place(it)) == Some(&false);
    let fresh = sent.iter().filter(fresh).filter(later);
    let tokens: BTreeMap<(Uuid, Vec<u8>), &[u8]> =
        fresh.map(|it| ((it.row.poll_id, it.token.clone()), it.row.pseudonym.as_slice())).collect();
    if tokens.is_empty() {
        return Ok(());
    }
    for left in lookup::released(tx, tokens.keys().cloned().collect()).await? {
        // Few do this. By the key of the response: nothing else leads to it.
        let Some(pseudonym) = tokens.get(&left) else { continue };
        response::Entity::update_many()
            .col_expr(response::Column::Batch, Expr::val(None::<i32>))
            .filter(response::Column::PollId.eq(left.0))
            .filter(response::Column::Pseudonym.eq(pseudonym.to_vec()))
            .exec(tx)
            .await?;
    }
    Ok(())
}
