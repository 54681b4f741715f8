//! What people look at, read for many at once: a draft, and in which polls somebody has one or has
//! answered.
//!
//! Every page of taking part asks for one of these. Nothing is kept from one request to the next;
//! those that arrive at the same moment are read by one statement ([`gather`]), and each is given
//! the rows of their own pseudonyms and no others.

use crate::{
    Error,
    rounds::{Place, refusal},
    store::lookup,
};
use gather::{Gather, Limits};
use sea_orm::{DatabaseConnection, DbErr};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Requests that may wait, and that are read by one statement.
const LIMITS: Limits = Limits::new(4096, 64);
/// Places of one statement.
pub const PLACES: usize = 4096;

/// In which of the polls asked for somebody has answered, and in which there is a draft.
#[derive(Clone, Default)]
pub struct Standings {
    /// Where a response is stored.
    pub answered: BTreeSet<Uuid>,
    /// Where something typed is kept that was not sent.
    pub drafts: BTreeSet<Uuid>,
}

/// Reads for people.
#[derive(Clone)]
pub struct Reading {
    drafts: Gather<Place, Result<Option<Vec<u8>>, Error>>,
    standings: Gather<Vec<Place>, Result<Standings, Error>>,
}

impl Reading {
    /// Reads from the vault's database.
    pub fn new(db: &DatabaseConnection) -> Self {
        let of = db.clone();
        let drafts = Gather::new(LIMITS, move |places: Vec<Place>| {
            let db = of.clone();
            async move {
                match lookup::drafts(&db, places.iter().cloned().collect()).await {
                    Ok(found) => places.iter().map(|place| Ok(found.get(place).cloned())).collect(),
                    Err(error) => failed(places.len(), error),
                }
            }
        });
        let of = db.clone();
        let standings = Gather::new(LIMITS, move |asked: Vec<Vec<Place>>| {
            let db = of.clone();
            async move {
                match standings(&db, asked.iter().flatten()).await {
                    Ok(found) => asked.iter().map(|places| Ok(found.of(places))).collect(),
                    Err(error) => failed(asked.len(), error),
                }
            }
        });
        Self { drafts, standings }
    }

    /// The sealed draft of somebody in a poll.
    pub async fn draft(&self, place: Place) -> Result<Option<Vec<u8>>, Error> {
        self.drafts.ask(place).await?
    }

    /// How far somebody is in each of these polls.
    pub async fn standings(&self, places: Vec<Place>) -> Result<Standings, Error> {
        if places.is_empty() {
            return Ok(Standings::default());
        }
        self.standings.ask(places).await?
    }
}

fn failed<T>(number: usize, error: DbErr) -> Vec<Result<T, Error>> {
    let error = refusal(error);
    (0..number).map(|_| Err(error.clone())).collect()
}

/// Where there is a response and where a draft.
#[derive(Default)]
pub struct Found {
    responses: BTreeSet<Place>,
    drafts: BTreeSet<Place>,
}

impl Found {
    fn of(&self, places: &[Place]) -> Standings {
        let polls = |found: &BTreeSet<Place>| {
            places.iter().filter(|place| found.contains(*place)).map(|(poll, _)| *poll).collect()
        };
        Standings { answered: polls(&self.responses), drafts: polls(&self.drafts) }
    }

    /// In which polls there is anything.
    pub fn polls(&self) -> BTreeSet<Uuid> {
        self.responses.iter().chain(&self.drafts).map(|(poll, _)| *poll).collect()
    }
}

/// At which places there is a response and at which a draft.
pub async fn standings(
    db: &DatabaseConnection,
    places: impl IntoIterator<Item = &Place>,
) -> Result<Found, DbErr> {
    let places: Vec<Place> = places.into_iter().cloned().collect();
    let mut found = Found::default();
    for places in places.chunks(PLACES) {
        for (place, sent) in lookup::standings(db, places.iter().cloned().collect()).await? {
            let places = if sent { &mut found.responses } else { &mut found.drafts };
            places.insert(place);
        }
    }
    Ok(found)
}
