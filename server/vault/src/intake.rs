//! The intake: what many people send at the same moment is stored by one statement and one commit.
//!
//! A commit costs the database about the same for one response as for fifty, so responses that
//! arrive while one round is being stored go into the next together ([`gather`]). Each person is
//! answered after the commit that holds their response, and for their response alone: in a round,
//! a poll that has closed refuses those who answered it and nobody else, and a round that the
//! database refuses is tried again one by one.
//!
//! What nobody waits for any more is not stored: whoever was told that it took too long has sent
//! something else meanwhile, perhaps, and that must not be overwritten by what comes late.
//!
//! Nothing here serialises on a row: a round holds the gates of its polls shared, so that rounds
//! of several servers run side by side.

use crate::{
    Error,
    lifecycle::{Gate, begin, lock},
    rounds::{self, Place, lost},
    store::{
        lookup,
        poll_key::{self, State},
        response, upsert,
    },
};
use chrono::NaiveDate;
use gather::{Gather, Limits, padded};
use sea_orm::{
    ColumnTrait as _, DatabaseConnection, DatabaseTransaction, DbErr, EntityTrait as _,
    QueryFilter as _, QuerySelect as _, sea_query::Expr,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Weak,
};
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
    /// Held by whoever waits for the answer, as long as they do.
    pub asking: Weak<()>,
}

impl Sending {
    /// Whether nobody waits for it any more: the request ran out of time, or its connection ended.
    fn is_given_up(&self) -> bool {
        self.asking.strong_count() == 0
    }
}

/// Whether it took the place of an earlier one, once it is on the disk.
type Stored = Result<bool, Error>;

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

/// Stores a round; alone, whoever the round cannot be stored with.
async fn store(db: &DatabaseConnection, round: Vec<Sending>) -> Vec<Stored> {
    match together(db, &round).await {
        Ok(stored) => stored,
        Err(error) if round.len() == 1 || lost(&error) => {
            let error = Error::from(error);
            round.iter().map(|_| Err(error.clone())).collect()
        }
        Err(error) => {
            // Its words can hold values of the row that failed.
            drop(error);
            tracing::warn!(responses = round.len(), "a round was refused; storing one by one");
            let one = |sending| async move {
                let mut one = together(db, &[sending]).await?;
                Ok(one.pop().unwrap_or_else(|| Err(Error::Db("no answer".to_owned()))))
            };
            rounds::one_by_one(round, one).await
        }
    }
}

/// Stores a round in one transaction: all that can be, or nothing. In their order: whether each
/// took the place of an earlier one, or why it alone was refused.
async fn together(db: &DatabaseConnection, round: &[Sending]) -> Result<Vec<Stored>, DbErr> {
    let polls: BTreeSet<Uuid> = round.iter().map(|sending| sending.row.poll_id).collect();
    let tx = begin(db).await?;
    for &poll in &polls {
        lock(&tx, poll, Gate::Shared).await?;
    }
    let open = forming(&tx, &polls).await?;
    let mut stored: Vec<Option<Stored>> = round
        .iter()
        .map(|sending| match open.get(&sending.row.poll_id) {
            // Asked when the database has answered, and again before the end: it may take long.
            _ if sending.is_given_up() => Some(Err(Error::Busy)),
            Some(Ok(_)) => None,
            Some(Err(refused)) => Some(Err(refused.clone())),
            None => Some(Err(Error::UnknownPoll)),
        })
        .collect();
    // Somebody who sent twice at the same moment is in two statements, one after the other.
    while stored.iter().any(Option::is_none) {
        let mut rows: BTreeMap<Place, (usize, response::Model)> = BTreeMap::new();
        for (index, sending) in round.iter().enumerate() {
            if let (None, Some(Ok(batch))) = (&stored[index], open.get(&sending.row.poll_id)) {
                rows.entry(place(sending)).or_insert_with(|| {
                    let batch = sending.live.then_some(*batch);
                    (index, response::Model { batch, ..sending.row.clone() })
                });
            }
        }
        let indices: BTreeMap<Place, usize> =
            rows.iter().map(|(place, (index, _))| (place.clone(), *index)).collect();
        // In the order of their places, so that no two rounds wait for each other.
        let rows = rows.into_values().map(|(_, row)| row).collect();
        let mut fresh = Vec::new();
        for (place, changed_on) in upsert::responses(&tx, rows, round[0].row.received_on).await? {
            let Some(&index) = indices.get(&place) else { continue };
            if changed_on.is_none() {
                fresh.push(index);
            }
            stored[index] = Some(Ok(changed_on.is_some()));
        }
        if indices.values().any(|index| stored[*index].is_none()) {
            return Err(DbErr::RecordNotInserted);
        }
        keep_out_released(&tx, round, &fresh, &open).await?;
    }
    delete_drafts(&tx, round, &stored).await?;
    let late = |(sending, stored): (&Sending, &Option<Stored>)| {
        matches!(stored, Some(Ok(_))) && sending.is_given_up()
    };
    if round.iter().zip(&stored).any(late) {
        // The database took so long to store it that it may be overtaken already. From here on it
        // cannot be: whatever the same person sends next waits for the rows of this transaction.
        tx.rollback().await?;
        return Box::pin(together(db, round)).await;
    }
    tx.commit().await?;
    Ok(stored.into_iter().flatten().collect())
}

/// The live batch that each of the polls is forming, or why it takes no answers.
async fn forming(
    tx: &DatabaseTransaction,
    polls: &BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, Result<i32, Error>>, DbErr> {
    let rows: Vec<(Uuid, State, Option<NaiveDate>, i32)> = poll_key::Entity::find()
        .select_only()
        .columns([
            poll_key::Column::PollId,
            poll_key::Column::State,
            poll_key::Column::DestroyedOn,
            poll_key::Column::Batch,
        ])
        .filter(poll_key::Column::PollId.is_in(padded(polls.iter().copied().collect())))
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
///
/// Asked after storing them and not before: a withdrawal at the same moment is then over, because
/// both need the same row of the index that gives one person one response.
async fn keep_out_released(
    tx: &DatabaseTransaction,
    round: &[Sending],
    fresh: &[usize],
    open: &BTreeMap<Uuid, Result<i32, Error>>,
) -> Result<(), DbErr> {
    // Nobody can have left the first batch before it was cut.
    let later = |index: usize| {
        let batch = open.get(&round[index].row.poll_id);
        round[index].live && batch.is_some_and(|batch| !matches!(batch, Ok(1) | Err(_)))
    };
    let tokens: BTreeMap<(Uuid, &[u8]), &[u8]> = fresh
        .iter()
        .filter(|&&index| later(index))
        .map(|&index| &round[index])
        .map(|it| ((it.row.poll_id, it.token.as_slice()), it.row.pseudonym.as_slice()))
        .collect();
    if tokens.is_empty() {
        return Ok(());
    }
    let kept = tokens.keys().map(|(poll, token)| (*poll, token.to_vec())).collect();
    let found = lookup::released(tx, kept).await?;
    for (poll, token) in &found {
        // Few do this. By the key of the response: nothing else leads to it.
        let Some(pseudonym) = tokens.get(&(*poll, token.as_slice())) else { continue };
        response::Entity::update_many()
            .col_expr(response::Column::Batch, Expr::val(None::<i32>))
            .filter(response::Column::PollId.eq(*poll))
            .filter(response::Column::Pseudonym.eq(pseudonym.to_vec()))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Throws away what those who are stored had typed and not sent.
async fn delete_drafts(
    tx: &DatabaseTransaction,
    round: &[Sending],
    stored: &[Option<Stored>],
) -> Result<(), DbErr> {
    let sent: BTreeSet<Place> = round
        .iter()
        .zip(stored)
        .filter(|(_, stored)| matches!(stored, Some(Ok(_))))
        .map(|(sending, _)| place(sending))
        .collect();
    if sent.is_empty() { Ok(()) } else { lookup::delete_drafts(tx, sent).await }
}
