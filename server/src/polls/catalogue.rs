//! Finding polls: what lists say of each. Only polls that anyone may see are ever among them.
//!
//! Everybody reads the same few polls, so they are kept in memory for a second from when reading them began.
//! A change made here shows at once. One made by another server shows within that second, and on the pages
//! that are the same for everybody within two: those are kept for a second more (`http::public_pages`). So a
//! server may let somebody in to a poll for a moment after another one has closed it. Nothing rests on it:
//! whether an answer is taken is decided by the vault, by the poll's own row.
//!
//! Of every poll is kept what lists say of it; whole polls, with their questions, only as many as there is room
//! for, and those that are read.

use super::{listed::Listed, record::Poll};
use crate::{
    error::while_,
    platform::Platform,
    statistics::release,
    store::{department, poll},
};
use chrono::{DateTime, Utc};
use moka::{Expiry, future::Cache};
use ports::{
    failure::Failure,
    states::State,
    views::polls::{PollCard, Standing},
};
use questionnaire::Text;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;
use uuid::Uuid;

/// Names of the departments.
pub type Departments = BTreeMap<Uuid, Text>;

/// How many editions at most: as many as there are changes while one is kept.
const EDITIONS: u64 = 1_000;
/// How old what is kept may be.
const KEPT: Duration = Duration::from_secs(1);
/// Polls that are read by one statement.
const AT_ONCE: usize = 100;
/// How many bytes of whole polls are kept, about.
const WHOLE: u64 = 16 << 20;
/// How long a whole poll is kept that nobody reads.
const UNREAD: Duration = Duration::from_mins(10);

/// The polls that anyone may see, and who asks them.
#[derive(Debug, Default)]
pub struct Shelf {
    /// Those that close first before the others.
    pub polls: Vec<Arc<Listed>>,
    /// Names of the departments.
    pub departments: Departments,
    /// Those of the polls whose releases say nothing, because too few people answered.
    withheld: BTreeSet<Uuid>,
    /// Published polls of which that could not be found out: it is asked again with the next reading.
    unasked: BTreeSet<Uuid>,
    by_id: HashMap<Uuid, Arc<Listed>>,
    /// Those that have something to say to the people whom they ask, and since when, the newest first.
    told: Vec<(DateTime<Utc>, Arc<Listed>)>,
    /// When reading it began.
    began: Option<Instant>,
}

/// A shelf is as old as the beginning of its reading: what changed meanwhile may not be on it.
struct FromItsBeginning;

impl Expiry<u64, Arc<Shelf>> for FromItsBeginning {
    fn expire_after_create(
        &self,
        _: &u64,
        read: &Arc<Shelf>,
        read_at: std::time::Instant,
    ) -> Option<Duration> {
        let took = |began: Instant| read_at.saturating_duration_since(began.into_std());
        Some(KEPT.saturating_sub(read.began.map_or(Duration::ZERO, took)))
    }
}

impl Shelf {
    /// These polls, with what else is known of them.
    fn new(polls: Vec<Arc<Listed>>, about: Self) -> Self {
        let told = polls.iter().filter_map(|poll| Some((poll.told_at()?, Arc::clone(poll))));
        let mut told: Vec<_> = told.collect();
        told.sort_by_key(|(at, _)| Reverse(*at));
        let by_id = polls.iter().map(|poll| (poll.id, Arc::clone(poll))).collect();
        Self { polls, by_id, told, ..about }
    }

    /// What lists say of this poll.
    #[must_use]
    pub fn listed(&self, poll: &Poll) -> Arc<Listed> {
        let same = |listed: &&Arc<Listed>| listed.revision == poll.revision;
        self.by_id.get(&poll.id).filter(same).cloned().unwrap_or_else(|| Listed::of(poll).into())
    }

    /// Whether this is what the shelf says of a poll, and of none of its later revisions.
    #[must_use]
    pub fn has(&self, listed: &Arc<Listed>) -> bool {
        self.by_id.get(&listed.id).is_some_and(|it| Arc::ptr_eq(it, listed))
    }

    /// The polls that got something to say after `seen`, the newest first. Every page asks for them: what is older
    /// is not looked at.
    pub fn told_after(&self, seen: Option<DateTime<Utc>>) -> impl Iterator<Item = &Listed> {
        let new = move |at: DateTime<Utc>| seen.is_none_or(|seen| at > seen);
        self.told.iter().take_while(move |(at, _)| new(*at)).map(|(_, poll)| &**poll)
    }

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
    /// Whole polls, by their revision.
    whole: Cache<(Uuid, i32), Arc<Poll>>,
    edition: Arc<AtomicU64>,
}

impl Catalogue {
    /// The catalogue of a portal.
    #[must_use]
    pub fn new(platform: Platform) -> Self {
        let now = Cache::builder().max_capacity(EDITIONS).time_to_live(KEPT);
        let now = now.expire_after(FromItsBeginning).build();
        let whole =
            Cache::builder().max_capacity(WHOLE).weigher(|_, poll: &Arc<Poll>| weight(poll));
        let whole = whole.time_to_idle(UNREAD).build();
        Self { platform, now, last: Arc::default(), whole, edition: Arc::default() }
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
        let load = async {
            let poll = Poll::load(&self.platform.db, id).await?;
            if poll.state.public() { Ok(Arc::new(poll)) } else { Err(Failure::NotFound) }
        };
        let public = self.shelf().await?;
        let Some(listed) = public.by_id.get(&id) else {
            // Opened by another server a moment ago.
            return load.await;
        };
        // What is read may be newer than what is listed, and is kept under the older revision for as long as that
        // is listed.
        let read = self.whole.try_get_with((id, listed.revision), load).await;
        read.map_err(|failure: Arc<Failure>| Failure::of_another(&failure))
    }

    async fn read(&self) -> Result<Arc<Shelf>, Failure> {
        let began = Some(Instant::now());
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
        let mut by_id: HashMap<Uuid, Arc<Listed>> =
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
                    by_id.insert(poll.id, Arc::new(Listed::of(&poll)));
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
        let about = Shelf { departments, withheld, unasked, began, ..Shelf::default() };
        let all = Arc::new(Shelf::new(polls, about));
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = all.clone();
        Ok(all)
    }
}

/// How many bytes a whole poll takes, about: as many as its text in JSON, and once more for its parts.
fn weight(poll: &Poll) -> u32 {
    let texts = serde_json::to_string(&(&poll.questionnaire, &poll.purpose, &poll.outcome));
    let bytes = texts.map_or(usize::MAX, |texts| texts.len());
    u32::try_from(bytes.saturating_mul(2).saturating_add(2_000)).unwrap_or(u32::MAX)
}

/// What lists say of a poll.
#[must_use]
pub fn card(poll: &Listed, shelf: &Shelf, standing: Standing, platform: &Platform) -> PollCard {
    PollCard {
        id: poll.id,
        title: poll.title.clone(),
        department: shelf.departments.get(&poll.department).cloned().unwrap_or_default(),
        state: poll.state_at(platform.now()),
        withheld: shelf.withheld.contains(&poll.id),
        closes_at: poll.closed_at.or(poll.closes_at).map(|at| platform.zone.zoned(at)),
        questions: poll.questions,
        minutes: poll.minutes,
        standing,
        asked: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;
    use questionnaire::{Audience, Kind, Plan, Question, Questionnaire};

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

    fn moment(day: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, day, 12, 0, 0).unwrap()
    }

    /// A poll that opened on a day; published the day after, where that is its state.
    fn poll(state: State, day: u32) -> Poll {
        Poll {
            id: Uuid::from_u128(day.into()),
            department: Uuid::nil(),
            author: Uuid::nil(),
            state,
            revision: 3,
            languages: BTreeSet::new(),
            title: Text::both("Trams", "Трамваи"),
            purpose: Text::default(),
            questionnaire: questions([Kind::YesNo]),
            audience: Audience::default(),
            plan: Plan::default(),
            special: None,
            special_chosen: false,
            opens_at: None,
            closes_at: None,
            retention_days: 30,
            outcome: None,
            created_at: moment(1),
            updated_at: moment(1),
            opened_at: Some(moment(day)),
            closed_at: None,
            published_at: (state == State::Published).then(|| moment(day + 1)),
            key_destroyed_at: None,
            backup_days: None,
        }
    }

    fn shelf(polls: &[Poll]) -> Shelf {
        Shelf::new(polls.iter().map(|poll| Arc::new(Listed::of(poll))).collect(), Shelf::default())
    }

    #[test]
    fn what_was_told_lately_is_found_without_the_rest() {
        let polls =
            [(State::Open, 7), (State::Published, 9), (State::Closed, 20), (State::Open, 10)]
                .map(|(state, day)| poll(state, day));
        let shelf = shelf(&polls);
        let told = |seen: Option<u32>| {
            let days = shelf.told_after(seen.map(moment)).map(|poll| poll.id.as_u128());
            days.collect::<Vec<_>>()
        };
        let mut all = told(None);
        assert_eq!(all.pop(), Some(7), "a closed poll has nothing to say");
        all.sort_unstable();
        assert_eq!(all, [9, 10], "one opened when the results of the other were published");
        assert_eq!(told(Some(7)).len(), 2, "what came at the moment of looking was seen");
        assert_eq!(told(Some(10)), Vec::<u128>::new());
    }

    #[test]
    fn a_poll_is_listed_as_it_is_now() {
        let mut poll = poll(State::Open, 7);
        let shelf = shelf(std::slice::from_ref(&poll));
        assert!(Arc::ptr_eq(&shelf.listed(&poll), &shelf.polls[0]));
        poll.revision += 1;
        poll.state = State::Closed;
        assert_eq!(shelf.listed(&poll).state, State::Closed, "changed since the list was read");
    }

    #[test]
    fn a_poll_weighs_what_its_words_weigh() {
        let mut poll = poll(State::Open, 7);
        let small = weight(&poll);
        poll.purpose = Text::both(&*"p".repeat(50_000), "");
        poll.questionnaire = questions(vec![Kind::YesNo; 1_000]);
        assert!(weight(&poll) > small + 2 * 50_000 + 2 * 20_000, "{}", weight(&poll));
        assert!(small < 4_000, "{small}");
    }

    #[test]
    fn a_shelf_is_kept_for_a_second_from_when_reading_it_began() {
        let began = Instant::now();
        let shelf = Arc::new(Shelf { began: Some(began), ..Shelf::default() });
        let kept = |took| {
            let read_at = (began + Duration::from_millis(took)).into_std();
            FromItsBeginning.expire_after_create(&0, &shelf, read_at)
        };
        assert_eq!(kept(300), Some(Duration::from_millis(700)));
        assert_eq!(kept(5_000), Some(Duration::ZERO));
    }
}
