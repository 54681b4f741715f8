//! Every change of a poll's state, in one place.
//!
//! # Two databases and a crash in between
//! A change of state touches the portal's store and, at opening and closing, the vault, which is
//! another database: no transaction spans both. **The vault goes first**, and each of its steps
//! can be repeated, so whatever is cut short is done again by the next attempt or by the
//! scheduler:
//!
//! - *opening*: the key is made and the vault opened, then the state changes. Cut short in
//!   between, the vault would take answers, but nobody is let through to it while the poll is not
//!   open here. Should the poll be taken back to the draft at that moment, the key waits unused.
//! - *closing*: the closing time becomes the present, if it was still to come, and with it stands
//!   who closed the poll: nobody gets in any more by this server, nor a moment later by the others, who
//!   know polls as of a moment ago ([`crate::polls::catalogue`]). Then the vault is closed,
//!   which waits for the answers being written and lets in none after them, whoever asks; then the state
//!   changes. Cut short, the time has passed, and the scheduler closes the poll.
//! - *publishing*: the vault is closed once more, which it may have lost; the release is counted, on
//!   PostgreSQL by a role that can do nothing else, and stored, which happens once; then the state changes. Cut
//!   short, the release is there and nobody sees it yet; the next attempt finds it and changes the state.
//! - *retention*: the vault is closed once more and the key destroyed, then it is noted. What is left under it
//!   goes afterwards, some at each tick of the scheduler, and the vault knows what is still to go.
//!
//! The state changes by a conditional update, so of two that try at once one gets
//! [`Failure::Conflict`] and nothing happens twice.

use crate::{
    clock::Zone,
    error::while_,
    operation::traces::TRACED,
    platform::Platform,
    polls::{catalogue::Catalogue, eligibility, record::Poll, rivals},
    staff::log,
    statistics::publisher::Publisher,
    store::{
        department, poll as poll_table, poll_event,
        staff_log::{Column as LogColumn, Entity as LogEntity},
    },
};
use chrono::{DateTime, Days, NaiveDateTime, Utc};
use ports::{actions::Action, failure::Failure, states::State, views::editor::Missing};
use questionnaire::{Audience, Plan, Unknown};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Expr, ExprTrait as _},
};
use std::{
    cmp::{max, min},
    collections::BTreeSet,
    slice,
    sync::Arc,
};
use uuid::Uuid;
use vault::Vault;

/// What in a poll itself keeps it from being reviewed and approved at `now`.
#[must_use]
pub fn missing(poll: &Poll, now: DateTime<Utc>) -> Vec<Missing> {
    let mut missing = Vec::new();
    for &language in &poll.languages {
        if poll.title.exact(language).is_none() {
            missing.push(Missing::Title { language });
        }
        if poll.purpose.exact(language).is_none() {
            missing.push(Missing::Purpose { language });
        }
    }
    let problems = poll.questionnaire.problems(&poll.languages);
    missing.extend(
        problems
            .into_iter()
            .map(|error| Missing::Definition { question: error.question, problem: error.problem }),
    );
    if !poll.special_chosen {
        missing.push(Missing::Special);
    }
    match (poll.opens_at, poll.closes_at) {
        (Some(opens), Some(closes)) if opens >= closes => {
            missing.push(Missing::ClosesBeforeOpening);
        }
        (Some(_), Some(closes)) if closes <= now => missing.push(Missing::ClosesInThePast),
        (Some(_), Some(_)) => {}
        _ => missing.push(Missing::Schedule),
    }
    let fixed = poll.plan.breakdowns().filter(|&breakdown| poll.audience.fixes(breakdown));
    missing.extend(fixed.map(|breakdown| Missing::FixedBreakdown { breakdown }));
    missing
}

/// Whether a person wrote some of the poll, and so cannot be its second person.
///
/// # Errors
/// When the store cannot be read.
pub async fn wrote(db: &impl ConnectionTrait, poll: &Poll, account: Uuid) -> Result<bool, Failure> {
    Ok(written_by(db, slice::from_ref(poll), account).await?.contains(&poll.id))
}

/// Those of these polls that a person wrote some of.
///
/// # Errors
/// As of [`wrote`].
pub async fn written_by(
    db: &impl ConnectionTrait,
    polls: &[Poll],
    account: Uuid,
) -> Result<BTreeSet<Uuid>, Failure> {
    let (own, others): (Vec<&Poll>, Vec<&Poll>) =
        polls.iter().partition(|poll| poll.author == account);
    let mut written: BTreeSet<Uuid> = own.into_iter().map(|poll| poll.id).collect();
    if others.is_empty() {
        return Ok(written);
    }
    let writing = [Action::PollCreated, Action::PollChanged, Action::PollSubmitted];
    let lines: Vec<Option<String>> = LogEntity::find()
        .select_only()
        .column(LogColumn::Object)
        .distinct()
        .filter(LogColumn::ActorId.eq(account))
        .filter(LogColumn::Object.is_in(others.into_iter().map(|poll| poll.id.to_string())))
        .filter(LogColumn::Action.is_in(writing.map(Action::code)))
        .into_tuple()
        .all(db)
        .await
        .map_err(while_("reading the staff's log"))?;
    written.extend(lines.into_iter().flatten().filter_map(|id| id.parse::<Uuid>().ok()));
    Ok(written)
}

/// Whether it is written already who closed a poll. That happens once: a poll's life goes one way.
async fn closing_noted(db: &impl ConnectionTrait, poll: Uuid) -> Result<bool, Failure> {
    let event = poll_event::Entity::find()
        .filter(poll_event::Column::PollId.eq(poll))
        .filter(poll_event::Column::ToState.eq(State::Closed.code()))
        .one(db)
        .await
        .map_err(while_("reading a poll's history"))?;
    Ok(event.is_some())
}

/// What a change of state is called in the staff's log, for every change that there is. Of two ways back to
/// the draft, the one with a reason is a reviewer's.
const fn action(from: State, to: State, reasoned: bool) -> Option<Action> {
    Some(match (from, to) {
        (State::Draft, State::InReview) => Action::PollSubmitted,
        (State::InReview | State::Scheduled, State::Draft) if reasoned => Action::PollReturned,
        (State::InReview | State::Scheduled, State::Draft) => Action::PollTakenBack,
        (State::InReview, State::Scheduled) => Action::PollApproved,
        (State::Scheduled, State::Open) => Action::PollOpened,
        (State::Open, State::Closed) => Action::PollClosed,
        (State::Closed, State::Published) => Action::PollPublished,
        _ => return None,
    })
}

/// What says when a published poll's key goes, and nothing else of the poll: that a key goes in time must not
/// depend on whether this version can read what the poll asks.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// The poll.
    pub poll: Uuid,
    /// Its department.
    pub department: Uuid,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
    /// Days from then on.
    pub days: i32,
}

impl Retention {
    /// That of this poll.
    #[must_use]
    pub fn of(poll: &Poll) -> Self {
        Self {
            poll: poll.id,
            department: poll.department,
            published_at: poll.published_at,
            days: poll.retention_days.into(),
        }
    }

    /// When the key goes, by the clock on the wall of `zone`, as the day is counted that everybody was told:
    /// where clocks are changed meanwhile, so many times twenty-four hours end on another day. `None` before
    /// the publication, and of a number of days that nothing can be counted with.
    #[must_use]
    pub fn ends(&self, zone: Zone) -> Option<NaiveDateTime> {
        let days = u64::try_from(self.days).ok()?;
        zone.local(self.published_at?).checked_add_days(Days::new(days))
    }
}

/// Changes polls' states.
#[derive(Clone)]
pub struct Life {
    /// Time, randomness, the portal's store.
    pub platform: Platform,
    /// The answers' keeper.
    pub vault: Arc<Vault>,
    /// The polls that anyone may see, which change with this.
    pub catalogue: Catalogue,
    /// Who counts closed polls and stores their releases.
    pub publisher: Publisher,
    /// The codes of the portal's regions, in the order of tables.
    pub regions: Arc<[String]>,
    /// The names of the facts that the identity provider can release.
    pub releasable: Arc<[String]>,
    /// Days that a backup is kept, at most, as people are told now.
    pub backup_days: u16,
}

impl Life {
    /// What keeps a poll from being reviewed and approved at `now`: in itself, and beside the other
    /// polls of its department. Opening does not ask it: what was approved opens with what is in it,
    /// unless another poll of the department asks the same by then, which [`Self::change`] sees to.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn missing(&self, poll: &Poll, now: DateTime<Utc>) -> Result<Vec<Missing>, Failure> {
        // What a draft keeps of a language that it lost nobody sees or is asked ([`Self::change`]).
        let asked = poll.as_asked();
        let (db, zone) = (&self.platform.db, self.platform.zone);
        let beside = rivals::rivals(db, &self.vault, &asked, zone, now).await?;
        Ok([missing(&asked, now), self.out_of_reach(&asked.audience), beside].concat())
    }

    /// What of an audience nobody of this portal can ever meet.
    fn out_of_reach(&self, audience: &Audience) -> Vec<Missing> {
        let unknown = audience.regions.iter().filter(|code| !self.regions.contains(code));
        let mut missing: Vec<Missing> =
            unknown.map(|code| Missing::UnknownRegion { code: code.clone() }).collect();
        if audience.unknown == Unknown::Refuse {
            let asked = eligibility::needs(audience, &Plan::default());
            let never = eligibility::never_known(&self.releasable).into_iter();
            let never = never.filter(|need| asked.contains(need));
            missing.extend(never.map(|need| Missing::NeverKnown { need }));
        }
        missing
    }

    async fn complete(&self, poll: &Poll, now: DateTime<Utc>) -> Result<(), Failure> {
        if self.missing(poll, now).await?.is_empty() { Ok(()) } else { Err(Failure::NotReady) }
    }

    /// Takes a poll from its state to `to`. `poll` is as the actor saw it; `actor` is absent
    /// where the scheduler acts; `note` is the reason that a reviewer gives.
    ///
    /// Whether the actor has the role is the caller's to check; that nobody reviews what they
    /// wrote is checked here.
    ///
    /// # Errors
    /// [`Failure::WrongState`] for a change that a poll's life does not know;
    /// [`Failure::NotReady`] while something is missing, or another poll asks the same;
    /// [`Failure::Forbidden`] to a reviewer who wrote some of it; [`Failure::Conflict`] if the poll has
    /// changed since it was seen; that a store fails. The change can be tried again after any of them.
    #[tracing::instrument(target = TRACED, name = "change a poll's state", skip_all)]
    pub async fn change(
        &self,
        poll: &Poll,
        to: State,
        actor: Option<Uuid>,
        note: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let from = poll.state;
        if !from.may_become(to) {
            return Err(Failure::WrongState);
        }
        let mut changed = poll.clone();
        let mut ended = false;
        match (from, to) {
            (_, State::InReview) => self.complete(poll, now).await?,
            (_, State::Scheduled) => {
                let reviewer = actor.ok_or(Failure::Forbidden)?;
                if wrote(&self.platform.db, poll, reviewer).await? {
                    return Err(Failure::Forbidden);
                }
                self.complete(poll, now).await?;
                // Until here the poll keeps what was written in a language that was taken out, for who puts it
                // in again. Whoever reviews it, and whoever is asked, sees what its languages say.
                changed = changed.as_asked();
            }
            (_, State::Open) => {
                self.open_vault(poll.id).await?;
                // The page says when the poll opened, not when it was to open.
                changed.opens_at = Some(now);
                changed.backup_days = Some(self.backup_days);
            }
            (_, State::Closed) => {
                if poll.takes_answers(now) {
                    changed = self.end_at(poll, actor, now).await?;
                    ended = true;
                }
                self.close_vault(poll.id).await?;
                // Since its time was over nobody got in, whenever that is noticed here.
                let over = changed.closes_at.map_or(now, |at| min(at, now));
                changed.closed_at = Some(changed.opened_at.map_or(over, |at| max(at, over)));
            }
            (_, State::Published) => {
                // Where the vault does not answer by this way, it is counted by another all the same.
                drop(self.close_vault(poll.id).await);
                self.publisher.publish(&self.platform, poll, &self.regions).await?;
            }
            _ => {}
        }
        let seen = changed.revision;
        changed.state = to;
        changed.revision += 1;
        changed.updated_at = now;
        match self.write(&mut changed, from, seen, actor, note, now).await {
            // Nothing else becomes of a poll that has ended: somebody else did the rest of it.
            Err(Failure::Conflict) if ended => Ok(()),
            written => written,
        }
    }

    /// The state and everything that is said about its change, in one transaction.
    async fn write(
        &self,
        changed: &mut Poll,
        from: State,
        seen: i32,
        actor: Option<Uuid>,
        note: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        let tx = self.platform.begin().await.map_err(while_("beginning a change of state"))?;
        if matches!(changed.state, State::Scheduled | State::Open) {
            // One poll of a department after the other, so that of two with the same question
            // approved at the same moment the later one sees the earlier.
            department::lock(&tx, changed.department).await?;
            let zone = self.platform.zone;
            let found = rivals::rivals(&tx, &self.vault, changed, zone, now).await?;
            // How near to others a poll may be was looked at when it was approved, and by itself it opens
            // no nearer to them than that. If an earlier version approved it, which did not look, it
            // would wait without anybody being told why.
            let by_itself = actor.is_none() && changed.state == State::Open;
            let counts = |rival: &Missing| !(by_itself && rivals::is_only_near(rival));
            if found.iter().any(counts) {
                return Err(Failure::NotReady);
            }
        }
        // The moment by which it is new to whoever looks, however long it took to get here: until a round came
        // to this poll, until it was counted, or until another change of its department was done.
        let at = max(now, self.platform.now());
        match changed.state {
            State::Open => changed.opened_at = Some(at),
            State::Published => changed.published_at = Some(at),
            _ => {}
        }
        changed.replace(&tx, from, seen).await?;
        // Who closed a poll before its time was written when it ended, whoever does the rest.
        if changed.state != State::Closed || !closing_noted(&tx, changed.id).await? {
            self.note(&tx, changed, [from, changed.state], actor, note, now).await?;
        }
        tx.commit().await.map_err(while_("changing a poll's state"))?;
        self.catalogue.changed().await;
        Ok(())
    }

    /// Who changed a poll's state: in its history and in the staff's log.
    async fn note(
        &self,
        db: &impl ConnectionTrait,
        poll: &Poll,
        [from, to]: [State; 2],
        actor: Option<Uuid>,
        note: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        poll_event::Entity::insert(poll_event::ActiveModel {
            id: Set(self.platform.uuid()),
            poll_id: Set(poll.id),
            at: Set(now),
            actor_id: Set(actor),
            from_state: Set(from.code().to_owned()),
            to_state: Set(to.code().to_owned()),
            note: Set(note.map(str::to_owned)),
        })
        .exec_without_returning(db)
        .await
        .map_err(while_("noting a change of state"))?;
        let action = action(from, to, note.is_some()).ok_or(Failure::WrongState)?;
        log::record(db, &self.platform, poll.log_entry(action, actor)).await
    }

    /// Closes a poll in the vault, also once more: a vault that was taken over by a replica that was behind, or
    /// brought back to another moment than the portal, would else take answers again, and be neither counted nor
    /// rid of the key for ever.
    async fn close_vault(&self, poll: Uuid) -> Result<(), Failure> {
        self.vault.close(poll).await.map_err(while_("closing a poll in the vault"))
    }

    async fn open_vault(&self, poll: Uuid) -> Result<(), Failure> {
        let mut random = crate::entropy::AsRng(&*self.platform.entropy);
        self.vault
            .create_poll_key(poll, &mut random)
            .await
            .map_err(while_("making a poll's key"))?;
        match self.vault.open(poll).await {
            // Somebody else has opened and closed the poll since it was seen.
            Err(vault::Error::NotOpen | vault::Error::KeyDestroyed) => Err(Failure::Conflict),
            result => result.map_err(while_("opening a poll in the vault")),
        }
    }

    /// Writes down that the poll ends now, and who ends it: from here on nobody gets in but by servers that
    /// do not know it yet, and the scheduler goes on if this is cut short.
    async fn end_at(
        &self,
        poll: &Poll,
        actor: Option<Uuid>,
        now: DateTime<Utc>,
    ) -> Result<Poll, Failure> {
        let mut ended = poll.clone();
        ended.closes_at = Some(now);
        ended.revision += 1;
        ended.updated_at = now;
        let tx = self.platform.begin().await.map_err(while_("beginning to end a poll"))?;
        ended.replace(&tx, State::Open, poll.revision).await?;
        self.note(&tx, &ended, [State::Open, State::Closed], actor, None, now).await?;
        tx.commit().await.map_err(while_("ending a poll"))?;
        self.catalogue.changed().await;
        Ok(ended)
    }

    /// The retentions of all published polls whose keys are there.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn retentions(&self) -> Result<Vec<Retention>, Failure> {
        let rows: Vec<(Uuid, Uuid, Option<DateTime<Utc>>, i32)> = poll_table::Entity::find()
            .select_only()
            .columns([
                poll_table::Column::Id,
                poll_table::Column::DepartmentId,
                poll_table::Column::PublishedAt,
                poll_table::Column::RetentionDays,
            ])
            .filter(poll_table::Column::State.eq(State::Published.code()))
            .filter(poll_table::Column::KeyDestroyedAt.is_null())
            .order_by_asc(poll_table::Column::PublishedAt)
            .into_tuple()
            .all(&self.platform.db)
            .await
            .map_err(while_("looking for retentions"))?;
        let retention = |(poll, department, published_at, days)| Retention {
            poll,
            department,
            published_at,
            days,
        };
        Ok(rows.into_iter().map(retention).collect())
    }

    /// Destroys a published poll's key, if its retention is over. Gives whether it was.
    ///
    /// # Errors
    /// [`Failure::WrongState`] before publication; that a store fails.
    #[tracing::instrument(target = TRACED, name = "end a retention", skip_all)]
    pub async fn end(&self, retention: Retention, now: DateTime<Utc>) -> Result<bool, Failure> {
        let Retention { poll, department, published_at, .. } = retention;
        if published_at.is_none() {
            return Err(Failure::WrongState);
        }
        let zone = self.platform.zone;
        let ends =
            retention.ends(zone).ok_or_else(|| Failure::internal("a retention that never ends"))?;
        if zone.local(now) < ends {
            return Ok(false);
        }
        self.close_vault(poll).await?;
        self.vault
            .destroy_poll_key(poll, zone.day(now))
            .await
            .map_err(while_("destroying a poll's key"))?;
        let tx = self.platform.begin().await.map_err(while_("noting the end of a retention"))?;
        // Only these columns: somebody may write the outcome at the same time.
        let noted = poll_table::Entity::update_many()
            .col_expr(poll_table::Column::KeyDestroyedAt, Expr::val(now))
            .col_expr(poll_table::Column::Revision, Expr::col(poll_table::Column::Revision).add(1))
            .filter(poll_table::Column::Id.eq(poll))
            .filter(poll_table::Column::KeyDestroyedAt.is_null())
            .exec(&tx)
            .await
            .map_err(while_("noting the end of a retention"))?;
        if noted.rows_affected == 1 {
            let entry = log::Entry {
                action: Action::KeyDestroyed,
                actor: None,
                department: Some(department),
                object: Some(poll),
                details: serde_json::Value::Null,
            };
            log::record(&tx, &self.platform, entry).await?;
        }
        tx.commit().await.map_err(while_("noting the end of a retention"))?;
        self.catalogue.changed().await;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::{Retention, action};
    use crate::clock::Zone;
    use chrono::{DateTime, Days, TimeDelta, Utc};
    use chrono_tz::Tz;
    use ports::states::State;
    use uuid::Uuid;

    /// Whatever the clocks do between the two: in Berlin they go forward and back, in Paraguay at midnight.
    #[test]
    fn a_key_goes_on_the_day_that_many_calendar_days_later() {
        let begin: DateTime<Utc> = "2024-01-01T00:00:00Z".parse().unwrap();
        for zone in [Tz::UTC, Tz::Europe__Berlin, Tz::America__Asuncion].map(Zone) {
            for hours in 0..366 * 24 {
                let at = begin + TimeDelta::hours(hours) + TimeDelta::minutes(hours % 60);
                for days in [1, 30, 200] {
                    let published_at = Some(at);
                    let (poll, department) = (Uuid::nil(), Uuid::nil());
                    let retention = Retention { poll, department, published_at, days };
                    let ends = retention.ends(zone).unwrap();
                    let told = zone.day(at) + Days::new(u64::try_from(days).unwrap());
                    assert_eq!(ends.date(), told, "{at} in {zone:?}, {days} days");
                    // The first moment at which the wall shows it, unless it is in a gap.
                    let Some(due) = zone.moment(ends) else { continue };
                    assert_eq!(zone.day(due), told, "{at} in {zone:?}, {days} days");
                    assert!(zone.local(due - TimeDelta::seconds(1)) < ends);
                }
            }
        }
        let (poll, department) = (Uuid::nil(), Uuid::nil());
        let unpublished = Retention { poll, department, published_at: None, days: 30 };
        assert_eq!(unpublished.ends(Zone(Tz::UTC)), None);
    }

    #[test]
    fn every_change_of_state_has_its_word_in_the_log_and_nothing_else_has_one() {
        for from in State::ALL {
            for to in State::ALL {
                for reasoned in [false, true] {
                    let known = action(from, to, reasoned).is_some();
                    assert_eq!(known, from.may_become(to), "{from:?} to {to:?}");
                }
            }
        }
    }
}
