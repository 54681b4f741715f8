//! The second person: reads a poll as the citizen will, approves it or returns it with a reason.
//!
//! A reviewer sees the polls of every department, but only while they wait for review, and
//! decides on none that they wrote some of. Of a poll that waits no longer they learn how its review ended.

use crate::{
    error::while_,
    polls::{authoring::AuthoringPort, life, record::Poll},
    store::{department, poll as poll_table},
};
use ports::{
    caller::SignedIn,
    failure::Failure,
    roles::Role,
    states::State,
    views::editor::{Ending, Event, ReviewLine, ReviewPage, Reviewed, Who},
};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use uuid::Uuid;

/// The polls that wait, the longest waiting first.
pub(super) async fn waiting(
    port: &AuthoringPort,
    person: &SignedIn,
) -> Result<Vec<ReviewLine>, Failure> {
    person.require(Role::Reviewer)?;
    let db = &port.life.platform.db;
    let rows = poll_table::Entity::find()
        .filter(poll_table::Column::State.eq(State::InReview.code()))
        .order_by_asc(poll_table::Column::UpdatedAt)
        .all(db)
        .await
        .map_err(while_("listing polls in review"))?;
    let polls = Poll::readable(rows);
    if polls.is_empty() {
        return Ok(Vec::new());
    }
    let departments = department::names(db).await?;
    let written = life::written_by(db, &polls, person.account).await?;
    let line = |poll: &Poll| {
        Some(ReviewLine {
            poll: port.line(poll),
            department: departments.get(&poll.department)?.clone(),
            own: written.contains(&poll.id),
        })
    };
    Ok(polls.iter().filter_map(line).collect())
}

/// A poll that waits for review; a poll in any other state is none of a reviewer's business.
async fn find(port: &AuthoringPort, person: &SignedIn, poll: Uuid) -> Result<Poll, Failure> {
    person.require(Role::Reviewer)?;
    let poll = Poll::load(&port.life.platform.db, poll).await?;
    if poll.state == State::InReview { Ok(poll) } else { Err(Failure::NotFound) }
}

/// The poll as the reviewer `person` saw it, if that person may decide on it.
///
/// Whoever decides was shown the poll: where it does not wait any more it was taken back, or somebody
/// else was quicker. The same is said of a poll that never waited, or that is not there: an id that was
/// guessed tells nothing.
async fn decidable(
    port: &AuthoringPort,
    person: &SignedIn,
    poll: Uuid,
    revision: i32,
) -> Result<Poll, Failure> {
    let poll = find(port, person, poll).await.map_err(|failure| match failure {
        Failure::NotFound => Failure::WrongState,
        failure => failure,
    })?;
    if life::wrote(&port.life.platform.db, &poll, person.account).await? {
        return Err(Failure::Forbidden);
    }
    if poll.revision == revision { Ok(poll) } else { Err(Failure::Conflict) }
}

pub(super) async fn page(
    port: &AuthoringPort,
    person: &SignedIn,
    poll: Uuid,
) -> Result<ReviewPage, Failure> {
    let poll = find(port, person, poll).await?;
    Ok(ReviewPage {
        missing: port.life.missing(&poll, port.life.platform.now()).await?,
        own: life::wrote(&port.life.platform.db, &poll, person.account).await?,
        history: port.history(poll.id, person.account).await?,
        settings: port.settings_of(poll).await?.as_asked(),
    })
}

/// How the last review of a poll ended that waits no longer: whoever goes back to its page is told that, and not
/// the reason, which is for those who write the poll and for whoever reviews it next.
pub(super) async fn last(
    port: &AuthoringPort,
    person: &SignedIn,
    poll: Uuid,
) -> Result<Reviewed, Failure> {
    person.require(Role::Reviewer)?;
    let poll = Poll::load(&port.life.platform.db, poll).await?;
    if poll.state == State::InReview {
        return Err(Failure::NotFound);
    }
    let history = port.history(poll.id, person.account).await?;
    let last = history.into_iter().find(|event| event.from == State::InReview);
    let Event { at, to, who, note, .. } = last.ok_or(Failure::NotFound)?;
    let ending = match (to, note) {
        (State::Draft, None) => Ending::TakenBack,
        (State::Draft, Some(_)) => Ending::Returned,
        _ => Ending::Approved,
    };
    Ok(Reviewed { at, ending, who })
}

/// Brings a poll that waits for review to another state, for `person`.
///
/// Whoever presses twice has it done the second time, too, and is not told of somebody who was quicker.
async fn decide(
    port: &AuthoringPort,
    person: &SignedIn,
    (poll, revision): (Uuid, i32),
    to: State,
    reason: Option<&str>,
) -> Result<(), Failure> {
    let decided = match decidable(port, person, poll, revision).await {
        Ok(poll) => port.change(&poll, to, person, reason).await,
        Err(failure) => Err(failure),
    };
    match decided {
        Err(Failure::WrongState | Failure::Conflict)
            if has_decided(port, person, poll, to, reason).await? =>
        {
            Ok(())
        }
        decided => decided,
    }
}

/// Whether the last that happened to a poll is that this person decided just so.
async fn has_decided(
    port: &AuthoringPort,
    person: &SignedIn,
    poll: Uuid,
    to: State,
    reason: Option<&str>,
) -> Result<bool, Failure> {
    let last = port.history(poll, person.account).await?.into_iter().next();
    Ok(last.is_some_and(|last| {
        last.who == Who::You
            && (last.from, last.to) == (State::InReview, to)
            && last.note.as_deref() == reason
    }))
}

pub(super) async fn approve(
    port: &AuthoringPort,
    person: &SignedIn,
    poll: Uuid,
    revision: i32,
) -> Result<(), Failure> {
    decide(port, person, (poll, revision), State::Scheduled, None).await
}

pub(super) async fn return_(
    port: &AuthoringPort,
    person: &SignedIn,
    poll: Uuid,
    revision: i32,
    reason: &str,
) -> Result<(), Failure> {
    decide(port, person, (poll, revision), State::Draft, Some(reason)).await
}
