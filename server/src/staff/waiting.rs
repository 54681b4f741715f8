//! How much waits for somebody of the staff: for reviewers, and for initiators to whom a poll was returned.

use crate::{
    error::while_,
    store::{poll, poll_event},
};
use ports::{failure::Failure, states::State};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How many polls wait for review, in all departments.
///
/// # Errors
/// When the store cannot be read.
pub async fn polls_in_review(db: &impl ConnectionTrait) -> Result<u64, Failure> {
    poll::Entity::find()
        .filter(poll::Column::State.eq(State::InReview.code()))
        .count(db)
        .await
        .map_err(while_("counting polls in review"))
}

/// Those of these drafts that are drafts again because a reviewer returned them.
///
/// # Errors
/// When the store cannot be read.
pub async fn returned(
    db: &impl ConnectionTrait,
    drafts: Vec<Uuid>,
) -> Result<BTreeSet<Uuid>, Failure> {
    let rows = poll_event::Entity::find()
        .filter(poll_event::Column::PollId.is_in(drafts))
        .filter(poll_event::Column::ToState.eq(State::Draft.code()))
        .order_by_asc(poll_event::Column::At)
        .all(db)
        .await
        .map_err(while_("reading histories of polls"))?;
    let mut returned = BTreeSet::new();
    for row in rows {
        // A reason is given by a reviewer; without one the poll was taken back. The last time counts.
        if row.from_state == State::InReview.code() && row.note.is_some() {
            returned.insert(row.poll_id);
        } else {
            returned.remove(&row.poll_id);
        }
    }
    Ok(returned)
}

/// Of each of these departments that has any, how many polls a reviewer [returned](returned).
///
/// # Errors
/// When the store cannot be read.
pub async fn polls_returned(
    db: &impl ConnectionTrait,
    departments: Vec<Uuid>,
) -> Result<BTreeMap<Uuid, u64>, Failure> {
    if departments.is_empty() {
        return Ok(BTreeMap::new());
    }
    let drafts: Vec<(Uuid, Uuid)> = poll::Entity::find()
        .select_only()
        .columns([poll::Column::Id, poll::Column::DepartmentId])
        .filter(poll::Column::State.eq(State::Draft.code()))
        .filter(poll::Column::DepartmentId.is_in(departments))
        .into_tuple()
        .all(db)
        .await
        .map_err(while_("listing drafts"))?;
    let returned = returned(db, drafts.iter().map(|(poll, _)| *poll).collect()).await?;
    let mut numbers: BTreeMap<Uuid, u64> = BTreeMap::new();
    for (_, department) in drafts.iter().filter(|(poll, _)| returned.contains(poll)) {
        *numbers.entry(*department).or_default() += 1;
    }
    Ok(numbers)
}
