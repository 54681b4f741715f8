//! What is published of polls: for pages, as files, and over the API; and before the release, how far
//! participation has come and the interim totals. It reads what is stored and counts nothing; the one
//! exception is [`publisher`], which makes the releases. Those that were read are kept in memory (`kept`), and
//! of very large ones one page at a time is made ([`large`]).

pub mod api;
mod comparison;
mod edition;
pub mod exports;
mod kept;
pub mod large;
pub mod live;
pub mod publisher;
mod queue;
pub mod release;
mod streams;
pub mod tables;
pub mod tokens;

use crate::{
    error::while_,
    platform::Platform,
    polls::{catalogue::Catalogue, record::Poll},
    staff::reading,
    store::{department, poll as poll_table},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use edition::Head;
use kept::{Kept, ReleaseKey};
use moka::future::Cache;
use ports::{
    Portal, Statistics,
    caller::SignedIn,
    failure::Failure,
    forms::Fault,
    roles::Role,
    states::State,
    views::results::{
        Asked, Choice, Comparison, Decided, DepartmentStatistics, Live, PublishedLine, Results,
        ResultsPage, StaffResults, Tokens, Waiting, WaitingPage,
    },
};
use questionnaire::Language;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use std::{
    cmp::Reverse,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use streams::Streams;
use uuid::Uuid;
use vault::{Participation, Vault};

/// Published polls on a page of a department's statistics.
const LINES: usize = 50;

/// A published poll, with when it was published and the digest of its release.
struct Published {
    at: DateTime<Utc>,
    digest: String,
    poll: Poll,
}

/// The port behind the pages.
pub struct StatisticsPort {
    pub(crate) platform: Platform,
    vault: Arc<Vault>,
    portal: Arc<Portal>,
    catalogue: Catalogue,
    lives: Lives,
    kept: Kept,
    editions: edition::Editions,
    forms: tokens::Forms,
    /// Who makes something of a very large release: pages, and what programs ask for.
    large: Arc<Streams>,
    large_of_programs: Arc<Streams>,
}

/// Live results as everybody sees them, by poll, language and edition of the catalogue.
type Lives = Cache<(Uuid, Language, u64), Arc<Option<Live>>>;

/// How old live results may be that are shown. They change with every batch, and a batch drawn
/// here is told to the catalogue.
const KEPT: Duration = Duration::from_secs(1);
/// How many are kept at most.
const KEPT_AT_MOST: u64 = 1_000;

/// `Ok` if the person is statistician or initiator of the department.
///
/// # Errors
/// [`SignedIn::without_role`] without either role; [`Failure::NotFound`] with one elsewhere only.
pub(crate) fn may_see(person: &SignedIn, department: Uuid) -> Result<(), Failure> {
    let outcomes =
        [Role::Statistician, Role::Initiator].map(|role| person.require_in(role, department));
    if outcomes.contains(&Ok(())) {
        return Ok(());
    }
    Err(if outcomes.contains(&Err(Failure::NotFound)) {
        Failure::NotFound
    } else {
        person.without_role()
    })
}

/// `Ok` if the person is statistician or initiator anywhere. Asked before anything is looked
/// up: without the role, an id that exists and one that does not are alike.
fn is_staff(person: &SignedIn) -> Result<(), Failure> {
    person.require(Role::Statistician).or_else(|_| person.require(Role::Initiator))
}

impl StatisticsPort {
    /// The port.
    #[must_use]
    pub fn new(
        platform: Platform,
        vault: Arc<Vault>,
        portal: Arc<Portal>,
        catalogue: Catalogue,
        forms: tokens::Forms,
    ) -> Self {
        let lives = Cache::builder().max_capacity(KEPT_AT_MOST).time_to_live(KEPT).build();
        let (kept, editions) = (Kept::default(), edition::editions());
        let [large, large_of_programs] = [(); 2].map(|()| Arc::new(Streams::one_by_one()));
        Self {
            platform,
            vault,
            portal,
            catalogue,
            lives,
            kept,
            editions,
            forms,
            large,
            large_of_programs,
        }
    }

    /// The port over another connection to the same store.
    fn over(&self, platform: Platform) -> Self {
        Self {
            platform,
            vault: self.vault.clone(),
            portal: self.portal.clone(),
            catalogue: self.catalogue.clone(),
            lives: self.lives.clone(),
            kept: self.kept.clone(),
            editions: self.editions.clone(),
            forms: self.forms.clone(),
            large: self.large.clone(),
            large_of_programs: self.large_of_programs.clone(),
        }
    }

    /// What `read` finds, for somebody who is not signed in from the replica where it may be used.
    async fn read<T: Send, F: Future<Output = Result<T, Failure>> + Send>(
        &self,
        reader: Option<&SignedIn>,
        read: impl Fn(Self) -> F + Send + Sync,
    ) -> Result<T, Failure> {
        if reader.is_none()
            && let Some(found) = self.platform.on_replica(|over| read(self.over(over))).await
        {
            return Ok(found);
        }
        read(self.over(self.platform.clone())).await
    }

    /// A published poll, with every breakdown of its plan; `reader` as in [`Statistics::results`].
    ///
    /// # Errors
    /// [`Failure::NotFound`] before it is published; that the store cannot be read.
    pub async fn published(
        &self,
        reader: Option<&SignedIn>,
        poll: Uuid,
        language: Language,
    ) -> Result<Results, Failure> {
        let head = self.head(reader, poll).await?;
        self.whole(reader, &head, language).await
    }

    /// A published poll as its page shows it; `reader` and `asked` as in [`Statistics`].
    async fn page_of(
        &self,
        reader: Option<&SignedIn>,
        head: &Head,
        asked: Asked,
        language: Language,
    ) -> Result<ResultsPage, Failure> {
        let chosen = Choice::of(asked, &head.planned());
        let results = self.shown(reader, head, chosen, language).await?;
        let comparable = if results.withheld.is_some() {
            Vec::new()
        } else {
            // A replica's results are read also where the store itself is away: then without this choice.
            self.comparable(&head.poll, language).await.unwrap_or_default()
        };
        let decided = match results.outcome {
            // A day beside the text; the page has everything else.
            Some(_) => self.decided(reader, head.poll.id).await.unwrap_or_default(),
            None => None,
        };
        Ok(ResultsPage { results, chosen, comparable, decided })
    }

    /// When it was written what was decided because of the poll, as the log of the staff has it.
    async fn decided(
        &self,
        reader: Option<&SignedIn>,
        poll: Uuid,
    ) -> Result<Option<Decided>, Failure> {
        let decided = move |port: Self| async move {
            let written = reading::outcome_written(&port.platform.db, poll).await?;
            let day = |at: &DateTime<Utc>| port.platform.zone.day(*at);
            Ok(written.first().map(|first| Decided {
                first: day(first),
                changed: written.last().map(day).filter(|last| *last != day(first)),
            }))
        };
        self.read(reader, decided).await
    }

    /// The polls of a department in these states, by their closing times.
    async fn polls_of(&self, department: Uuid, states: &[State]) -> Result<Vec<Poll>, Failure> {
        let rows = poll_table::Entity::find()
            .filter(poll_table::Column::DepartmentId.eq(department))
            .filter(poll_table::Column::State.is_in(states.iter().map(|state| state.code())))
            .order_by_asc(poll_table::Column::ClosesAt)
            .all(&self.platform.db)
            .await
            .map_err(while_("listing a department's polls"))?;
        Ok(Poll::readable(rows))
    }

    /// The published polls of a department, newest first; `reader` as in [`Statistics::results`].
    async fn published_of(
        &self,
        reader: Option<&SignedIn>,
        department: Uuid,
    ) -> Result<Vec<Published>, Failure> {
        let published = move |port: Self| async move {
            let polls = port.polls_of(department, &[State::Published]).await?;
            let ids = polls.iter().map(|poll| poll.id).collect();
            let mut made = release::made(&port.platform.db, ids).await?;
            let mut published = Vec::new();
            for poll in polls {
                let (made_at, digest) = made.remove(&poll.id).ok_or_else(release::missing)?;
                published.push(Published {
                    at: poll.published_at.unwrap_or(made_at),
                    digest,
                    poll,
                });
            }
            Ok(published)
        };
        let mut published = self.read(reader, published).await?;
        published.sort_by_key(|published| Reverse(published.at));
        Ok(published)
    }

    /// Published polls as lists show them; `reader` as in [`Statistics::results`].
    async fn published_lines(
        &self,
        reader: Option<&SignedIn>,
        published: Vec<Published>,
        language: Language,
    ) -> Result<Vec<PublishedLine>, Failure> {
        let mut lines = Vec::new();
        for Published { at, digest, poll } in published {
            let key = ReleaseKey { poll: poll.id, digest };
            let outline = self.outline(reader, &key).await?;
            lines.push(PublishedLine {
                poll: poll.id,
                title: poll.title.get(language).to_owned(),
                language: tables::foreign(&poll.title, language),
                published: self.platform.zone.day(at),
                responses: outline.tables.responses(),
                digest: key.digest,
            });
        }
        Ok(lines)
    }

    async fn waiting(&self, poll: &Poll, language: Language) -> Result<Waiting, Failure> {
        // Of a closed one the release says it, to everybody; until then nobody on the staff knows more.
        let at_least = if poll.state == State::Open {
            let people = self.vault.participation(poll.id).await;
            people.map_err(while_("asking for participation"))?.map(Participation::at_least)
        } else {
            None
        };
        Ok(Waiting {
            poll: poll.id,
            title: poll.title.get(language).to_owned(),
            language: tables::foreign(&poll.title, language),
            department: poll.department,
            state: poll.state,
            closes: poll.closes_at.map(|at| self.platform.zone.zoned(at)),
            at_least,
        })
    }

    /// The interim totals in words.
    async fn interim(&self, poll: &Poll, language: Language) -> Result<Option<Live>, Failure> {
        let results = live::results(&self.vault, poll).await?;
        Ok(results.map(|results| Live {
            batches: results.batches,
            ended: results.ended,
            responses: results.responses,
            questions: tables::live(&poll.questionnaire, &results, language),
        }))
    }
}

#[async_trait]
impl Statistics for StatisticsPort {
    async fn results(
        &self,
        reader: Option<&SignedIn>,
        poll: Uuid,
        asked: Asked,
        language: Language,
    ) -> Result<ResultsPage, Failure> {
        let head = self.head(reader, poll).await?;
        self.page_of(reader, &head, asked, language).await
    }

    async fn live(&self, poll: Uuid, language: Language) -> Result<Option<Live>, Failure> {
        let poll = self.catalogue.public_poll(poll).await?;
        if !poll.takes_answers(self.platform.now()) {
            return Ok(None);
        }
        let edition = self.catalogue.edition().load(Ordering::Acquire);
        let drawn = self
            .lives
            .try_get_with((poll.id, language, edition), async {
                self.interim(&poll, language).await.map(Arc::new)
            })
            .await
            .map_err(|failure: Arc<Failure>| Failure::of_another(&failure))?;
        Ok(drawn.as_ref().clone())
    }

    async fn comparison(
        &self,
        reader: Option<&SignedIn>,
        polls: [Uuid; 2],
        asked: Asked,
        language: Language,
    ) -> Result<Comparison, Failure> {
        self.compare(reader, polls, asked, language).await
    }

    async fn staff_results(
        &self,
        person: &SignedIn,
        poll: Option<Uuid>,
        asked: Asked,
        language: Language,
    ) -> Result<StaffResults, Failure> {
        is_staff(person)?;
        let poll = Poll::load(&self.platform.db, poll.ok_or(Failure::NotFound)?).await?;
        may_see(person, poll.department)?;
        match poll.state {
            State::Published => {
                let head = self.head_of(poll).await?;
                let page = self.page_of(Some(person), &head, asked, language).await?;
                Ok(StaffResults::Published(Box::new(page)))
            }
            State::Open | State::Closed => {
                let refused = asked != Asked::Headlines;
                let live = if refused { None } else { self.interim(&poll, language).await? };
                let poll = self.waiting(&poll, language).await?;
                Ok(StaffResults::Waiting(WaitingPage { poll, live, refused }))
            }
            // Nobody was asked yet: there are no statistics of it.
            State::Draft | State::InReview | State::Scheduled => Err(Failure::NotFound),
        }
    }

    async fn department(
        &self,
        person: &SignedIn,
        department: Option<Uuid>,
        asked: Asked,
        page: u64,
        language: Language,
    ) -> Result<DepartmentStatistics, Failure> {
        is_staff(person)?;
        let department = department.ok_or(Failure::NotFound)?;
        may_see(person, department)?;
        let name = department::name(&self.platform.db, department).await?.get(language).to_owned();
        let refused = asked != Asked::Headlines;
        let (mut waiting, mut published) = (Vec::new(), Vec::new());
        let (mut number, mut pages) = (1, 1);
        if !refused {
            for poll in self.polls_of(department, &[State::Open, State::Closed]).await? {
                waiting.push(self.waiting(&poll, language).await?);
            }
            let all = self.published_of(Some(person), department).await?;
            pages = all.len().div_ceil(LINES).max(1);
            number = usize::try_from(page).unwrap_or(pages).clamp(1, pages);
            let shown = all.into_iter().skip((number - 1) * LINES).take(LINES).collect();
            published = self.published_lines(Some(person), shown, language).await?;
        }
        let may_manage_tokens = tokens::may_manage(person, Some(department)).is_ok();
        Ok(DepartmentStatistics {
            department,
            name,
            waiting,
            published,
            page: number as u64,
            pages: pages as u64,
            refused,
            may_manage_tokens,
        })
    }

    async fn tokens(
        &self,
        person: &SignedIn,
        department: Option<Uuid>,
        language: Language,
    ) -> Result<Tokens, Failure> {
        let (department, tokens) = self.list_tokens(person, department).await?;
        let name = department::name(&self.platform.db, department).await?.get(language).to_owned();
        Ok(Tokens { department, name, tokens })
    }

    fn mark(&self) -> Uuid {
        self.platform.uuid()
    }

    async fn create_token(
        &self,
        person: &SignedIn,
        department: Option<Uuid>,
        name: &str,
        mark: Option<Uuid>,
    ) -> Result<Result<String, Fault>, Failure> {
        self.make_token(person, department, name, mark).await
    }

    async fn revoke_token(
        &self,
        person: &SignedIn,
        department: Option<Uuid>,
        token: Option<Uuid>,
    ) -> Result<(), Failure> {
        self.end_token(person, department, token).await
    }
}
