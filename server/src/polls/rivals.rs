//! Other polls of the department that ask the same question of some of the same people at the same
//! time.
//!
//! Two headlines are exact; where their respondents differ by one person, their difference is
//! that person's answer. So the same question is forbidden wherever the audiences share anybody at
//! all (rule 9 of `server/disclosure/METHOD.md`). To forbid it only where they differ by under 50
//! people would need a count of people, which would change from day to day, would have to read
//! everybody's data, and could be moved by whoever registers accounts.

use crate::{clock::Zone, error::while_, polls::record::Poll, store::poll as poll_table};
use ports::{failure::Failure, states::State, views::editor::Missing};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

/// What the approved polls of the same department leave no room for, each of them once, with the time
/// of its end by the portal's clock.
///
/// # Errors
/// When the store cannot be read.
pub async fn rivals(
    db: &impl ConnectionTrait,
    poll: &Poll,
    zone: Zone,
) -> Result<Vec<Missing>, Failure> {
    let approved = [State::Scheduled, State::Open].map(State::code);
    let rows = poll_table::Entity::find()
        .filter(poll_table::Column::DepartmentId.eq(poll.department))
        .filter(poll_table::Column::State.is_in(approved))
        .filter(poll_table::Column::Id.ne(poll.id))
        .all(db)
        .await
        .map_err(while_("looking for polls at the same time"))?;
    let mut found = Vec::new();
    for row in rows {
        let other = Poll::try_from(row)?;
        if at_the_same_time(poll, &other) && poll.audience.may_overlap(&other.audience) {
            found.extend(shared(poll, &other, zone));
        }
    }
    Ok(found)
}

/// Whether both are open at some moment. Without times nothing is known, so they are.
fn at_the_same_time(one: &Poll, other: &Poll) -> bool {
    let begins_before_the_end = |one: &Poll, other: &Poll| {
        one.opens_at.zip(other.closes_at).is_none_or(|(opens, closes)| opens < closes)
    };
    begins_before_the_end(one, other) && begins_before_the_end(other, one)
}

/// The questions that both ask, if there are any.
fn shared(poll: &Poll, other: &Poll, zone: Zone) -> Option<Missing> {
    let questions: Vec<String> = poll
        .questionnaire
        .questions
        .iter()
        .filter(|question| {
            other.questionnaire.questions.iter().any(|asked| question.asks_the_same_as(asked))
        })
        .map(|question| question.code.clone())
        .collect();
    (!questions.is_empty()).then(|| Missing::SameQuestions {
        questions,
        poll: other.title.clone(),
        closes: other.closes_at.map(|at| zone.local(at)),
    })
}
