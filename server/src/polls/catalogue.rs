//! Finding polls: what lists say of each. Only polls that anyone may see are ever among them.

use super::record::Poll;
use crate::{
    error::while_,
    platform::Platform,
    store::{department, poll},
};
use chrono::{DateTime, Utc};
use ports::{
    failure::Failure,
    states::State,
    views::polls::{PollCard, Standing},
};
use questionnaire::{Kind, Questionnaire, Text};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Names of the departments.
pub type Departments = BTreeMap<Uuid, Text>;

/// The name of every department.
///
/// # Errors
/// When the store cannot be read.
pub async fn departments(platform: &Platform) -> Result<Departments, Failure> {
    let rows = department::Entity::find().all(&platform.db).await;
    let rows = rows.map_err(while_("reading departments"))?;
    rows.into_iter()
        .map(|row| {
            let name = serde_json::from_value(row.name);
            Ok((row.id, name.map_err(while_("reading a department's name"))?))
        })
        .collect()
}

/// Every poll that anyone may see: open ones first, those that close first before the others.
///
/// # Errors
/// When the store cannot be read.
pub async fn public(platform: &Platform) -> Result<Vec<Poll>, Failure> {
    let states = State::ALL.into_iter().filter(|state| state.public()).map(State::code);
    let rows = poll::Entity::find()
        .filter(poll::Column::State.is_in(states))
        .order_by_asc(poll::Column::ClosesAt)
        .order_by_asc(poll::Column::Id)
        .all(&platform.db)
        .await
        .map_err(while_("reading polls"))?;
    rows.into_iter().map(Poll::try_from).collect()
}

/// A poll that anyone may see.
///
/// # Errors
/// [`Failure::NotFound`] for any other; when the store cannot be read.
pub async fn public_poll(platform: &Platform, id: Uuid) -> Result<Poll, Failure> {
    let poll = Poll::load(&platform.db, id).await?;
    if poll.state.public() { Ok(poll) } else { Err(Failure::NotFound) }
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
pub fn card(
    poll: &Poll,
    departments: &Departments,
    standing: Standing,
    platform: &Platform,
) -> PollCard {
    PollCard {
        id: poll.id,
        title: poll.title.clone(),
        department: departments.get(&poll.department).cloned().unwrap_or_default(),
        state: state_at(poll, platform.now()),
        closes_at: poll.closed_at.or(poll.closes_at).map(|at| platform.zone.local(at)),
        questions: u32::try_from(poll.questionnaire.questions.len()).unwrap_or(u32::MAX),
        minutes: minutes(&poll.questionnaire),
        standing,
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
