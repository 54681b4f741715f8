//! Writing polls: what initiators do, the port behind the editor's pages.
//!
//! A draft is changed in memory ([`edits`]) and written back if nobody changed it in between. Nothing
//! here changes a state: that is [`super::life`]'s.

use crate::{
    error::while_,
    polls::{edits, eligibility, life::Life, notice, record::Poll, review},
    staff::{log, waiting},
    statistics::release,
    store::{department, poll as poll_table, poll_event, staff_log},
};
use async_trait::async_trait;
use chrono::{DateTime, NaiveDateTime, Utc};
use ports::{
    Authoring, Portal,
    actions::Action,
    authoring::{Edit, NewPoll, Refusal, Start},
    caller::SignedIn,
    failure::Failure,
    forms::{Fault, FieldFault},
    roles::Role,
    states::State,
    views::editor::{
        Department, DepartmentPolls, Event, Missing, PollLine, PollPage, ReviewLine, ReviewPage,
        Reviewed, Settings, Who,
    },
};
use questionnaire::{Audience, Plan, Questionnaire, Text};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    sea_query::OnConflict,
};
use sha2::{Digest as _, Sha256};
use std::{cmp::Reverse, collections::BTreeSet, slice, sync::Arc};
use uuid::Uuid;
use vault::Participation;

/// Days that a new poll's answers can be traced after publication.
pub(crate) const RETENTION_DAYS: u16 = 30;

/// Writing and reviewing polls: the port behind the pages.
pub struct AuthoringPort {
    pub(crate) life: Life,
    portal: Arc<Portal>,
}

impl AuthoringPort {
    /// The port.
    #[must_use]
    pub const fn new(life: Life, portal: Arc<Portal>) -> Self {
        Self { life, portal }
    }

    fn local(&self, at: Option<DateTime<Utc>>) -> Option<NaiveDateTime> {
        at.map(|at| self.life.platform.zone.local(at))
    }

    /// The poll, if the person is an initiator of its department.
    async fn own(&self, person: &SignedIn, poll: Uuid) -> Result<Poll, Failure> {
        // Before looking: without the role, an id that exists and one that does not are alike.
        person.require(Role::Initiator)?;
        let poll = Poll::load(&self.life.platform.db, poll).await?;
        person.require_in(Role::Initiator, poll.department)?;
        Ok(poll)
    }

    /// The poll as the person saw it.
    async fn seen(&self, person: &SignedIn, poll: Uuid, revision: i32) -> Result<Poll, Failure> {
        let poll = self.own(person, poll).await?;
        if poll.revision == revision { Ok(poll) } else { Err(Failure::Conflict) }
    }

    pub(crate) async fn department_of(&self, id: Uuid) -> Result<Department, Failure> {
        let name = department::name(&self.life.platform.db, id).await?;
        Ok(Department { id, name })
    }

    pub(crate) fn line(&self, poll: &Poll) -> PollLine {
        let mut title = poll.title.clone();
        title.keep(&poll.languages);
        PollLine {
            id: poll.id,
            title,
            state: poll.state,
            withheld: false,
            opens: self.local(poll.opens_at),
            closes: self.local(poll.closes_at),
            returned: false,
        }
    }

    /// Those of the polls that are drafts again because a reviewer returned them.
    async fn returned(&self, polls: &[Poll]) -> Result<BTreeSet<Uuid>, Failure> {
        let drafts = polls.iter().filter(|poll| poll.state == State::Draft).map(|poll| poll.id);
        waiting::returned(&self.life.platform.db, drafts.collect()).await
    }

    /// Those of the polls whose releases say nothing.
    async fn withheld(&self, polls: &[Poll]) -> Result<BTreeSet<Uuid>, Failure> {
        let published = polls.iter().filter(|poll| poll.state == State::Published);
        let published: Vec<Uuid> = published.map(|poll| poll.id).collect();
        if published.is_empty() {
            return Ok(BTreeSet::new());
        }
        release::withheld(&self.life.platform.db, published).await
    }

    pub(crate) async fn settings_of(&self, poll: Poll) -> Result<Settings, Failure> {
        let department = self.department_of(poll.department).await?;
        let withheld = self.withheld(slice::from_ref(&poll)).await?.contains(&poll.id);
        let (now, zone) = (self.life.platform.now(), self.life.platform.zone);
        // A notice speaks to those who are asked, in the languages in which they are.
        let asked = poll.as_asked();
        let notice = notice::of(&asked, department.name.clone(), &self.portal, zone, now);
        Ok(Settings {
            id: poll.id,
            department,
            state: poll.state,
            withheld,
            revision: poll.revision,
            languages: poll.languages,
            title: poll.title,
            purpose: poll.purpose,
            questionnaire: poll.questionnaire,
            audience: poll.audience,
            plan: poll.plan,
            special: poll.special,
            special_chosen: poll.special_chosen,
            opens: self.local(poll.opens_at),
            overdue: poll.opens_at.is_some_and(|opens| opens <= now),
            closes: self.local(poll.closes_at),
            ahead: zone.ahead(now),
            retention_days: poll.retention_days,
            outcome: poll.outcome,
            regions: self
                .portal
                .regions
                .iter()
                .map(|region| (region.code.clone(), region.name.clone()))
                .collect(),
            never_known: eligibility::never_known(&self.portal.releasable),
            notice,
        })
    }

    pub(crate) async fn history(&self, poll: Uuid, reader: Uuid) -> Result<Vec<Event>, Failure> {
        let mut rows = poll_event::Entity::find()
            .filter(poll_event::Column::PollId.eq(poll))
            .order_by_desc(poll_event::Column::At)
            .all(&self.life.platform.db)
            .await
            .map_err(while_("reading a poll's history"))?;
        // What the scheduler does one after the other it does at one moment.
        let place = |code: &str| State::ALL.iter().position(|state| state.code() == code);
        rows.sort_by_key(|row| Reverse((row.at, place(&row.to_state))));
        let events = rows.into_iter().filter_map(|row| {
            Some(Event {
                at: self.life.platform.zone.local(row.at),
                from: State::from_code(&row.from_state)?,
                to: State::from_code(&row.to_state)?,
                who: match row.actor_id {
                    Some(actor) if actor == reader => Who::You,
                    Some(_) => Who::Colleague,
                    None => Who::Portal,
                },
                note: row.note,
            })
        });
        Ok(events.collect())
    }

    /// Changes a poll's state for somebody of the staff.
    pub(crate) async fn change(
        &self,
        poll: &Poll,
        to: State,
        person: &SignedIn,
        note: Option<&str>,
    ) -> Result<(), Failure> {
        let now = self.life.platform.now();
        self.life.change(poll, to, Some(person.account), note, now).await
    }

    async fn record(
        &self,
        db: &impl ConnectionTrait,
        person: &SignedIn,
        poll: &Poll,
        action: Action,
        details: serde_json::Value,
    ) -> Result<(), Failure> {
        let entry = log::Entry { details, ..poll.log_entry(action, Some(person.account)) };
        log::record(db, &self.life.platform, entry).await
    }

    /// Writes a changed poll and its line in the log.
    async fn store(
        &self,
        person: &SignedIn,
        mut poll: Poll,
        action: Action,
        details: serde_json::Value,
    ) -> Result<(), Failure> {
        let (state, seen) = (poll.state, poll.revision);
        poll.revision += 1;
        poll.updated_at = self.life.platform.now();
        let tx = self.life.platform.begin().await.map_err(while_("beginning to write a poll"))?;
        poll.replace(&tx, state, seen).await?;
        self.record(&tx, person, &poll, action, details).await?;
        tx.commit().await.map_err(while_("writing a poll"))?;
        self.life.catalogue.changed().await;
        Ok(())
    }

    /// Does the edit to a draft that nobody has changed since.
    async fn write(
        &self,
        person: &SignedIn,
        poll: Uuid,
        revision: i32,
        edit: Edit,
    ) -> Result<(), Refusal> {
        let mut poll = self.own(person, poll).await?;
        if !poll.state.editable() {
            return Err(Failure::WrongState.into());
        }
        if poll.revision != revision {
            return Err(Failure::Conflict.into());
        }
        let details = serde_json::json!({ "part": edits::part(&edit) });
        let now = self.life.platform.now();
        edits::apply(&mut poll, edit, &self.life.regions, self.life.platform.zone, now)?;
        Ok(self.store(person, poll, Action::PollChanged, details).await?)
    }

    /// Whether the poll is a draft that is already as the edit would make it.
    async fn is_written(&self, person: &SignedIn, poll: Uuid, edit: Edit) -> Result<bool, Failure> {
        let poll = self.own(person, poll).await?;
        let (now, zone) = (self.life.platform.now(), self.life.platform.zone);
        Ok(poll.state.editable() && edits::is_done(&poll, edit, &self.life.regions, zone, now))
    }

    /// Writes down, or takes down, what was decided because of a poll that nobody has changed since.
    async fn write_outcome(
        &self,
        person: &SignedIn,
        poll: Uuid,
        revision: i32,
        outcome: Text,
    ) -> Result<(), Failure> {
        let mut poll = self.seen(person, poll, revision).await?;
        if poll.state != State::Published {
            return Err(Failure::WrongState);
        }
        let outcome = (!outcome.is_empty()).then_some(outcome);
        if outcome == poll.outcome {
            // There is nothing to take down or to change, and nothing to be logged: citizens read when it was.
            return Ok(());
        }
        let (action, details) = match (&poll.outcome, &outcome) {
            (_, None) => (Action::OutcomeRemoved, serde_json::Value::Null),
            (None, Some(_)) => (Action::OutcomeWritten, serde_json::Value::Null),
            (Some(_), Some(_)) => (Action::OutcomeWritten, serde_json::json!({ "again": true })),
        };
        poll.outcome = outcome;
        self.store(person, poll, action, details).await
    }

    /// What a new poll takes over from another one of the same department, or from a template.
    async fn start(
        &self,
        department: Uuid,
        start: Start,
    ) -> Result<(Questionnaire, Audience, Plan), Refusal> {
        match start {
            Start::Template(template) => {
                Ok((template.questionnaire(), Audience::default(), Plan::default()))
            }
            Start::File(questionnaire, audience, plan) => Ok((questionnaire, audience, plan)),
            Start::Copy(id) => {
                match Poll::load(&self.life.platform.db, id).await {
                    Ok(model) if model.department == department => {
                        Ok((model.questionnaire, model.audience, model.plan))
                    }
                    // Somebody may have deleted it while the form was filled in.
                    Ok(_) | Err(Failure::NotFound) => {
                        let fault = FieldFault::new("start", Fault::UnknownChoice);
                        Err(Refusal::Faults(vec![fault]))
                    }
                    Err(failure) => Err(failure.into()),
                }
            }
        }
    }
}

/// Writes a new poll, unless there is one with its id; whether there was none.
async fn insert(db: &impl ConnectionTrait, poll: &Poll) -> Result<bool, Failure> {
    let inserted = poll_table::Entity::insert(poll.row())
        .on_conflict(OnConflict::column(poll_table::Column::Id).do_nothing().to_owned())
        .exec_without_returning(db)
        .await;
    match inserted {
        Ok(0) | Err(DbErr::RecordNotInserted) => Ok(false),
        Ok(_) => Ok(true),
        Err(error) => Err(while_("beginning a poll")(error)),
    }
}

/// Whether there was a draft of this id that was deleted.
async fn was_deleted(db: &impl ConnectionTrait, poll: Uuid) -> Result<bool, Failure> {
    let line = staff_log::Entity::find()
        .filter(staff_log::Column::Action.eq(Action::PollDeleted.code()))
        .filter(staff_log::Column::Object.eq(poll.to_string()))
        .one(db)
        .await
        .map_err(while_("reading the staff's log"))?;
    Ok(line.is_some())
}

/// The department of a draft that was deleted, where the person is an initiator there.
async fn department_of_deleted(
    db: &impl ConnectionTrait,
    person: &SignedIn,
    poll: Uuid,
) -> Result<Option<Uuid>, Failure> {
    let own = person.departments(Role::Initiator);
    let line = staff_log::Entity::find()
        .filter(staff_log::Column::Action.eq(Action::PollDeleted.code()))
        .filter(staff_log::Column::Object.eq(poll.to_string()))
        .filter(staff_log::Column::DepartmentId.is_in(own))
        .one(db)
        .await
        .map_err(while_("reading the staff's log"))?;
    Ok(line.and_then(|line| line.department_id))
}

/// The id of the draft that a form with this mark makes for this person: the same each time, and none that the form
/// could choose.
fn id_by(person: &SignedIn, department: Uuid, mark: Uuid) -> Uuid {
    let all = [person.account, department, mark].map(Uuid::into_bytes).concat();
    let mut id = [0; 16];
    id.copy_from_slice(&Sha256::digest(all)[..16]);
    uuid::Builder::from_custom_bytes(id).into_uuid()
}

#[async_trait]
impl Authoring for AuthoringPort {
    async fn department(
        &self,
        person: &SignedIn,
        department: Uuid,
    ) -> Result<DepartmentPolls, Failure> {
        let department = self.department_name(person, department).await?;
        let rows = poll_table::Entity::find()
            .filter(poll_table::Column::DepartmentId.eq(department.id))
            .order_by_desc(poll_table::Column::CreatedAt)
            .all(&self.life.platform.db)
            .await
            .map_err(while_("listing a department's polls"))?;
        let polls = Poll::readable(rows);
        let returned = self.returned(&polls).await?;
        let withheld = self.withheld(&polls).await?;
        let line = |poll: &Poll| PollLine {
            returned: returned.contains(&poll.id),
            withheld: withheld.contains(&poll.id),
            ..self.line(poll)
        };
        Ok(DepartmentPolls { department, polls: polls.iter().map(line).collect() })
    }

    async fn department_name(
        &self,
        person: &SignedIn,
        department: Uuid,
    ) -> Result<Department, Failure> {
        person.require_in(Role::Initiator, department)?;
        self.department_of(department).await
    }

    fn mark(&self) -> Uuid {
        self.life.platform.uuid()
    }

    async fn create(
        &self,
        person: &SignedIn,
        department: Uuid,
        new: NewPoll,
    ) -> Result<Uuid, Refusal> {
        person.require_in(Role::Initiator, department)?;
        let (questionnaire, audience, plan) = self.start(department, new.start).await?;
        let now = self.life.platform.now();
        let mut poll = Poll {
            id: new.mark.map_or_else(|| self.mark(), |mark| id_by(person, department, mark)),
            department,
            author: person.account,
            state: State::Draft,
            revision: 1,
            languages: new.languages,
            title: new.title,
            purpose: new.purpose,
            questionnaire,
            audience,
            plan,
            special: None,
            special_chosen: false,
            opens_at: None,
            closes_at: None,
            retention_days: RETENTION_DAYS,
            outcome: None,
            created_at: now,
            updated_at: now,
            opened_at: None,
            closed_at: None,
            published_at: None,
            key_destroyed_at: None,
            backup_days: None,
        };
        let tx = self.life.platform.begin().await.map_err(while_("beginning a poll"))?;
        // It is not deleted meanwhile.
        department::lock(&tx, department).await?;
        if was_deleted(&tx, poll.id).await? {
            // A new id, so that the log's lines about the deleted draft are not taken for lines about this one.
            poll.id = self.mark();
        }
        if !insert(&tx, &poll).await? {
            let there = Poll::load(&tx, poll.id).await?;
            poll = Poll { created_at: there.created_at, updated_at: there.updated_at, ..poll };
            if poll == there {
                // The form was sent twice.
                return Ok(there.id);
            }
            poll = Poll { id: self.mark(), created_at: now, updated_at: now, ..poll };
            if !insert(&tx, &poll).await? {
                return Err(Failure::Conflict.into());
            }
        }
        self.record(&tx, person, &poll, Action::PollCreated, serde_json::Value::Null).await?;
        tx.commit().await.map_err(while_("beginning a poll"))?;
        Ok(poll.id)
    }

    async fn poll(&self, person: &SignedIn, poll: Uuid) -> Result<PollPage, Failure> {
        let poll = self.own(person, poll).await?;
        let participation = if poll.state == State::Open {
            let rounded = self.life.vault.participation(poll.id).await;
            let rounded = rounded.map_err(while_("asking for the participation"))?;
            rounded.map(Participation::at_least)
        } else {
            None
        };
        let now = self.life.platform.now();
        let mut next = poll.clone();
        if poll.state == State::Scheduled {
            // What can be done with it is to open it before its time.
            next.opens_at = next.opens_at.map(|at| at.min(now));
        }
        let mut missing = self.life.missing(&next, now).await?;
        if poll.state == State::Scheduled {
            // What was approved opens with what is in it, also where a later version would not approve it.
            missing.retain(Missing::keeps_from_opening);
        }
        Ok(PollPage {
            missing,
            participation,
            history: self.history(poll.id, person.account).await?,
            settings: self.settings_of(poll).await?.as_asked(),
        })
    }

    async fn settings(&self, person: &SignedIn, poll: Uuid) -> Result<Settings, Failure> {
        let poll = self.own(person, poll).await?;
        self.settings_of(poll).await
    }

    async fn edit(
        &self,
        person: &SignedIn,
        poll: Uuid,
        revision: i32,
        edit: Edit,
    ) -> Result<(), Refusal> {
        let written = self.write(person, poll, revision, edit.clone()).await;
        let overtaken = written == Err(Refusal::Failure(Failure::Conflict));
        // Whoever sends a form twice has it saved the second time, too, and is not told of somebody else.
        if overtaken && self.is_written(person, poll, edit).await? {
            return Ok(());
        }
        written
    }

    async fn delete(&self, person: &SignedIn, poll: Uuid, revision: i32) -> Result<Uuid, Failure> {
        let poll = match self.seen(person, poll, revision).await {
            // The button may have been pressed twice.
            Err(Failure::NotFound) => {
                let department =
                    department_of_deleted(&self.life.platform.db, person, poll).await?;
                return department.ok_or(Failure::NotFound);
            }
            seen => seen?,
        };
        if !poll.state.editable() {
            return Err(Failure::WrongState);
        }
        let tx = self.life.platform.begin().await.map_err(while_("beginning a deletion"))?;
        let deleted = poll_table::Entity::delete_many()
            .filter(poll_table::Column::Id.eq(poll.id))
            .filter(poll_table::Column::State.eq(State::Draft.code()))
            .filter(poll_table::Column::Revision.eq(revision))
            .exec(&tx)
            .await
            .map_err(while_("deleting a draft"))?;
        if deleted.rows_affected != 1 {
            // Somebody was quicker, be it with this.
            let department = department_of_deleted(&tx, person, poll.id).await?;
            return department.ok_or(Failure::Conflict);
        }
        // Nothing else says afterwards what the lines about it were about.
        let details = serde_json::json!({ "title": poll.title });
        self.record(&tx, person, &poll, Action::PollDeleted, details).await?;
        tx.commit().await.map_err(while_("deleting a draft"))?;
        Ok(poll.department)
    }

    async fn submit(&self, person: &SignedIn, poll: Uuid, revision: i32) -> Result<(), Failure> {
        let poll = self.seen(person, poll, revision).await?;
        self.change(&poll, State::InReview, person, None).await
    }

    async fn withdraw(&self, person: &SignedIn, poll: Uuid, revision: i32) -> Result<(), Failure> {
        let poll = self.seen(person, poll, revision).await?;
        self.change(&poll, State::Draft, person, None).await
    }

    async fn open(&self, person: &SignedIn, poll: Uuid, revision: i32) -> Result<(), Failure> {
        let poll = self.seen(person, poll, revision).await?;
        self.change(&poll, State::Open, person, None).await
    }

    async fn close(&self, person: &SignedIn, poll: Uuid, revision: i32) -> Result<(), Failure> {
        let poll = self.seen(person, poll, revision).await?;
        self.change(&poll, State::Closed, person, None).await
    }

    async fn outcome(
        &self,
        person: &SignedIn,
        poll: Uuid,
        revision: i32,
        outcome: Text,
    ) -> Result<(), Failure> {
        let written = self.write_outcome(person, poll, revision, outcome.clone()).await;
        if written == Err(Failure::Conflict) {
            let there = self.own(person, poll).await?;
            // Sent twice, as an edit.
            if there.state == State::Published && there.outcome.unwrap_or_default() == outcome {
                return Ok(());
            }
        }
        written
    }

    async fn reviews(&self, person: &SignedIn) -> Result<Vec<ReviewLine>, Failure> {
        review::waiting(self, person).await
    }

    async fn review(&self, person: &SignedIn, poll: Uuid) -> Result<ReviewPage, Failure> {
        review::page(self, person, poll).await
    }

    async fn reviewed(&self, person: &SignedIn, poll: Uuid) -> Result<Reviewed, Failure> {
        review::last(self, person, poll).await
    }

    async fn approve(&self, person: &SignedIn, poll: Uuid, revision: i32) -> Result<(), Failure> {
        review::approve(self, person, poll, revision).await
    }

    async fn return_(
        &self,
        person: &SignedIn,
        poll: Uuid,
        revision: i32,
        reason: String,
    ) -> Result<(), Failure> {
        review::return_(self, person, poll, revision, &reason).await
    }
}
