//! One person and one poll: draft, send, look, change, withdraw, be forgotten.
//!
//! Every function starts from a [`Respondent`] and touches that person's rows only.
//!
//! | file | what the person does |
//! | --- | --- |
//! | [`draft`] | types, goes on later, throws it away |
//! | [`sending`] | sends, for the first time or in place of earlier answers |
//! | [`own`] | looks: at the answers, and in which polls there is something |
//! | [`leaving`] | withdraws, takes a consent back, or deletes the account |
//! | [`form`] | opens a page whose form comes back |
//!
//! Here is what they share: where a person's rows are.

mod draft;
mod form;
mod leaving;
mod own;
mod sending;

pub use draft::{Draft, Unsent};
pub use leaving::Stays;
pub use own::OwnResponse;
pub use sending::{Receipt, Submission};

use crate::{
    Error, Respondent, Vault,
    keys::{PollKey, Pseudonym},
    reading::PLACES,
    rounds::Place,
    store::{
        poll_key::{self, State},
        response,
    },
};
use gather::padded;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, ExprTrait as _, QueryFilter as _, sea_query::Expr,
};
use std::sync::Arc;
use uuid::Uuid;

impl Vault {
    /// Where the person's rows are in those of the polls that have a key.
    async fn places(&self, respondent: &Respondent, polls: &[Uuid]) -> Result<Vec<Place>, Error> {
        let keys = self.keys(polls).await?.into_iter();
        Ok(keys.map(|(poll, key)| (poll, key.pseudonym(respondent).to_vec())).collect())
    }

    /// The keys of those of the polls that have one.
    async fn keys(&self, polls: &[Uuid]) -> Result<Vec<(Uuid, Arc<PollKey>)>, Error> {
        let (mut keys, mut others) = (Vec::with_capacity(polls.len()), Vec::new());
        for &poll in polls {
            match self.known.get(poll).await {
                Some(key) => keys.push((poll, key)),
                None => others.push(poll),
            }
        }
        // A padded list of all might have more polls than one statement takes.
        for others in others.chunks(PLACES) {
            let rows = poll_key::Entity::find()
                .filter(poll_key::Column::PollId.is_in(padded(others.to_vec())))
                .filter(poll_key::Column::DestroyedOn.is_null())
                .all(&self.db)
                .await?;
            for row in rows {
                let key = Arc::new(self.master.unwrap(row.poll_id, &row.wrapped)?);
                keys.push((row.poll_id, key.clone()));
                if row.state == State::Open {
                    self.known.keep(row.poll_id, key).await;
                }
            }
        }
        Ok(keys)
    }
}

/// The person's one response.
fn mine(poll: Uuid, pseudonym: &Pseudonym) -> Expr {
    response::Column::Pseudonym.eq(pseudonym.to_vec()).and(response::Column::PollId.eq(poll))
}

fn to_json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("maps with string keys always have a JSON form")
}
