//! Finding polls: what lists say of each. Only polls that anyone may see are ever among them.
//!
//! Everybody reads the same few polls, so they are kept in memory, read, for a second. A change
//! made here shows at once, one made by another server within that second. Nothing rests on it:
//! whether an answer is taken is decided by the vault, by the poll's own row.

use super::record::Poll;
use crate::{
    error::while_,
    platform::Platform,
    statistics::release,
    store::{department, poll},
};
use chrono::{DateTime, Utc};
use moka::future::Cache;
use ports::{
    failure::Failure,
    states::State,
    views::polls::{PollCard, Standing},
};
use questionnaire::{Kind, Questionnaire, Text};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

/// Names of the departments.
pub type Departments = BTreeMap<Uuid, Text>;

/// How many editions at most: as many as there are changes while one is kept.
const EDITIONS: u64 = 1_000;
/// How old what is shown may be.
const KEPT: Duration = Duration::from_secs(1);
/// Polls that are read by one statement.
const AT_ONCE: usize = 500;

/// The polls that anyone may see, and who asks them.
#[derive(Debug, Default)]
pub struct Shelf {
    /// Those that close first before the others.
    pub polls: Vec<Arc<Poll>>,
    /// Names of the departments.
    pub departments: Departments,
    /// Those of the polls whose releases say nothing, because too few people answered.
    withheld: BTreeSet<Uuid>,
    /// Published polls of which that could not be found out: it is asked again with the next reading.
    unasked: BTreeSet<Uuid>,
    by_id: HashMap<Uuid, Arc<Poll>>,
}

impl Shelf {
    /// Those of these published polls of the shelf of which nothing at all was published, because too few
    /// people answered. The store is asked for those only of which that could not be found out before.
    ///
    /// # Errors
    /// When the store cannot be read then.
    pub async fn without_results(
        &self,
        db: &impl ConnectionTrait,
        polls: Vec<Uuid>,
    ) -> Result<BTreeSet<Uuid>, Failure> {
        let (unasked, mut withheld): (BTreeSet<Uuid>, BTreeSet<Uuid>) =
            polls.into_iter().partition(|poll| self.unasked.contains(poll));
        withheld.retain(|poll| self.withheld.contains(poll));
        if !unasked.is_empty() {
            withheld.extend(release::withheld(db, unasked.into_iter().collect()).await?);
        }
        Ok(withheld)
    }
}

/// Finds polls that anyone may see. Clones share what is kept.
#[derive(Clone)]
pub struct Catalogue {
    platform: Platform,
    /// By the edition that was the newest before it was read: what was read before a change is not shown
    /// after it.
    now: Cache<u64, Arc<Shelf>>,
    /// What was read last: polls that have not changed since need not be read again.
    last: Arc<Mutex<Arc<Shelf>>>,
    edition: Arc<AtomicU64>,
}

impl Catalogue {
    /// The catalogue of a portal.
    #[must_use]
    pub fn new(platform: Platform) -> Self {
        let now = Cache::builder().max_capacity(EDITIONS).time_to_live(KEPT).build();
        Self { platform, now, last: Arc::default(), edition: Arc::default() }
    }

    /// Lets go of what is kept: a poll or a department was changed.
    pub async fn changed(&self) {
        let before = self.edition.fetch_add(1, Ordering::AcqRel);
        self.now.invalidate(&before).await;
    }

    /// Rises with every change that was told here.
    #[must_use]
    pub fn edition(&self) -> Arc<AtomicU64> {
        self.edition.clone()
    }

    /// Every poll that anyone may see.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn shelf(&self) -> Result<Arc<Shelf>, Failure> {
        let edition = self.edition.load(Ordering::Acquire);
        let read = self.now.try_get_with(edition, self.read()).await;
        read.map_err(|failure: Arc<Failure>| Failure::of_another(&failure))
    }

    /// A poll that anyone may see.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for any other; when the store cannot be read.
    pub async fn public_poll(&self, id: Uuid) -> Result<Arc<Poll>, Failure> {
        if let Some(poll) = self.shelf().await?.by_id.get(&id) {
            return Ok(poll.clone());
        }
        // Opened by another server a moment ago.
        let poll = Poll::load(&self.platform.db, id).await?;
        if poll.state.public() { Ok(Arc::new(poll)) } else { Err(Failure::NotFound) }
    }

    async fn read(&self) -> Result<Arc<Shelf>, Failure> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let states = State::ALL.into_iter().filter(|state| state.public()).map(State::code);
        let all: Vec<(Uuid, i32)> = poll::Entity::find()
            .select_only()
            .columns([poll::Column::Id, poll::Column::Revision])
            .filter(poll::Column::State.is_in(states))
            .order_by_asc(poll::Column::ClosesAt)
            .order_by_asc(poll::Column::Id)
            .into_tuple()
            .all(&self.platform.db)
            .await
            .map_err(while_("reading the list of polls"))?;
        let known = |(id, revision): &(Uuid, i32)| {
            last.by_id.get(id).filter(|poll| poll.revision == *revision).cloned()
        };
        let mut by_id: HashMap<Uuid, Arc<Poll>> =
            all.iter().filter_map(|poll| Some((poll.0, known(poll)?))).collect();
        // A release never changes.
        let mut withheld: BTreeSet<Uuid> =
            last.withheld.iter().copied().filter(|id| by_id.contains_key(id)).collect();
        let mut published: Vec<Uuid> =
            last.unasked.iter().copied().filter(|id| by_id.contains_key(id)).collect();
        let new: Vec<Uuid> =
            all.iter().map(|(id, _)| *id).filter(|id| !by_id.contains_key(id)).collect();
        for ids in new.chunks(AT_ONCE) {
            let rows = poll::Entity::find()
                .filter(poll::Column::Id.is_in(ids.iter().copied()))
                .all(&self.platform.db)
                .await
                .map_err(while_("reading polls"))?;
            for poll in Poll::readable(rows) {
                if poll.state == State::Published {
                    published.push(poll.id);
                }
                if poll.state.public() {
                    by_id.insert(poll.id, Arc::new(poll));
                }
            }
        }
        let mut unasked = BTreeSet::new();
        for ids in published.chunks(AT_ONCE) {
            match release::withheld(&self.platform.db, ids.to_vec()).await {
                Ok(found) => withheld.extend(found),
                // A list without that is better than none; what broke is in the log.
                Err(_) => unasked.extend(ids),
            }
        }
        let polls = all.iter().filter_map(|(id, _)| by_id.get(id).cloned()).collect();
        let departments = department::names(&self.platform.db).await?;
        let all = Arc::new(Shelf { polls, departments, withheld, unasked, by_id });
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = all.clone();
        Ok(all)
    }
}

/// The poll's state as people are to see it: past its closing time it is closed, even if the
/// scheduler has not come to it yet.
#[must_use]
pub fn state_at(poll: &Poll, now: DateTime<Utc>) -> State {
    let over = poll.state == State::Open && !poll.takes_answers(now);
    if over { State::Closed } else { poll.state }
}

/// How long the questions take, in whole minutes: half a minute for words of one's own, twenty
/// seconds for any other question, and never less than one minute.
#[must_use]
pub fn minutes(questionnaire: &Questionnaire) -> u32 {
    let seconds = questionnaire.questions.iter().map(|question| match question.kind {
        Kind::ShortText { .. } => 30_u32,
        _ => 20,
    });
    seconds.sum::<u32>().div_ceil(60).max(1)
}

/// What lists say of a poll.
#[must_use]
pub fn card(poll: &Poll, shelf: &Shelf, standing: Standing, platform: &Platform) -> PollCard {
    PollCard {
        id: poll.id,
        title: poll.title.clone(),
        department: shelf.departments.get(&poll.department).cloned().unwrap_or_default(),
        state: state_at(poll, platform.now()),
        withheld: shelf.withheld.contains(&poll.id),
        closes_at: poll.closed_at.or(poll.closes_at).map(|at| platform.zone.deadline(at)),
        questions: u32::try_from(poll.questionnaire.questions.len()).unwrap_or(u32::MAX),
        minutes: minutes(&poll.questionnaire),
        standing,
        asked: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use questionnaire::Question;

    fn questions(kinds: impl IntoIterator<Item = Kind>) -> Questionnaire {
        let question = |(number, kind)| Question {
            code: format!("q{number}"),
            title: Text::both("?", "?"),
            hint: Text::default(),
            required: true,
            kind,
        };
        Questionnaire { questions: kinds.into_iter().enumerate().map(question).collect() }
    }

    #[test]
    fn length_is_rounded_up_to_minutes() {
        assert_eq!(minutes(&questions([])), 1);
        assert_eq!(minutes(&questions([Kind::YesNo, Kind::YesNo, Kind::YesNo])), 1);
        assert_eq!(
            minutes(&questions([Kind::YesNo, Kind::YesNo, Kind::ShortText { max_chars: 9 }])),
            2
        );
    }
}
