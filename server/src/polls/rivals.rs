//! Other polls of the department that ask the same question of some of the same people, at the same
//! time or nearly so.
//!
//! Two headlines are exact; where their respondents differ by one person, their difference is
//! that person's answer. So the same question is forbidden wherever the audiences share anybody at
//! all (rule 9 of `server/disclosure/METHOD.md`). To forbid it only where they differ by under 50
//! people would need a count of people, which would change from day to day, would have to read
//! everybody's data, and could be moved by whoever registers accounts.
//!
//! Whoever may close one poll early and open another one early can put one right after the other, and most
//! people say again what they have just said. So the same holds of polls with less than [`APART`] days
//! between them, unless they ask exactly the same audience: to ask the same people again is what surveys
//! do, and there is nobody whom only one of the two asked.
//!
//! A poll of which neither results nor interim totals were published is no rival any more: there is nothing to
//! subtract.
//!
//! A poll that this version cannot read, because a newer one wrote it, cannot be compared. It is taken for a
//! rival of every poll that could be one, until a server can tell: nobody can undo that two polls asked the
//! same of partly the same people, while a poll that waits is only late. It keeps no poll from being read,
//! edited, closed or published.

use crate::{
    clock::Zone, error::while_, polls::record::Poll, statistics::release, store::poll as poll_table,
};
use chrono::{DateTime, TimeDelta, Utc};
use ports::{failure::Failure, states::State, views::editor::Missing};
use questionnaire::Audience;
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use std::cmp::max;
use vault::Vault;

/// Days between two polls that ask the same of different audiences. In a month many change their minds, move,
/// or leave it at the one answer, so that the difference of the results says little about those whom only
/// one of the polls asked. With more, a department that asks every month could never ask others.
const APART: u16 = 30;

/// When a poll opens and when it closes.
type Times = [Option<DateTime<Utc>>; 2];

/// The approved or recently closed polls of the department that this one may not follow or overlap, each of
/// them once, with the time of its end by the portal's clock. The poll opens `now` or later.
///
/// # Errors
/// When a store cannot be read.
pub async fn rivals(
    db: &impl ConnectionTrait,
    vault: &Vault,
    poll: &Poll,
    zone: Zone,
    now: DateTime<Utc>,
) -> Result<Vec<Missing>, Failure> {
    let apart = TimeDelta::days(APART.into());
    let opens = poll.opens_at.map(|opens| max(opens, now));
    let in_states = |states: [State; 2]| {
        Condition::all().add(poll_table::Column::State.is_in(states.map(State::code)))
    };
    let mut near = Condition::any().add(in_states([State::Scheduled, State::Open]));
    // As long as nobody knows when the poll opens, nothing can be said of those that are over.
    if let Some(opens) = opens {
        let lately = poll_table::Column::ClosesAt.gt(opens - apart);
        near = near.add(in_states([State::Closed, State::Published]).add(lately));
    }
    let rows = poll_table::Entity::find()
        .filter(poll_table::Column::DepartmentId.eq(poll.department))
        .filter(poll_table::Column::Id.ne(poll.id))
        .filter(near)
        .all(db)
        .await
        .map_err(while_("looking for polls at the same time"))?;
    let mine = [opens, poll.closes_at];
    let mut found = Vec::new();
    for row in rows {
        let theirs = [row.opens_at, row.closes_at];
        if !less_between(mine, theirs, apart) {
            continue;
        }
        let at_once = less_between(mine, theirs, TimeDelta::zero());
        let apart_days = (!at_once).then_some(APART);
        let (id, title, audience) = (row.id, row.title.clone(), row.audience.clone());
        match Poll::try_from(row) {
            Ok(other) => {
                let too_close = at_once || !same_people(&poll.audience, &other.audience);
                if too_close
                    && poll.audience.may_overlap(&other.audience)
                    && let Some(rival) = shared(poll, &other, apart_days, zone)
                    && !said_nothing(db, vault, &other).await?
                {
                    found.push(rival);
                }
            }
            Err(failure) => {
                tracing::error!(poll = %id, %failure, "cannot be compared");
                if may_share_people(poll, audience) {
                    found.push(Missing::Unreadable {
                        poll: serde_json::from_value(title).ok(),
                        closes: theirs[1].map(|at| zone.local(at)),
                        apart_days,
                    });
                }
            }
        }
    }
    Ok(found)
}

/// Whether a poll is over and nothing of what people answered was ever published: neither results nor interim totals.
/// Where the vault cannot say, it may have been: the poll stays a rival, and no page fails for that.
async fn said_nothing(
    db: &impl ConnectionTrait,
    vault: &Vault,
    poll: &Poll,
) -> Result<bool, Failure> {
    if poll.state != State::Published || release::withheld(db, vec![poll.id]).await?.is_empty() {
        return Ok(false);
    }
    match vault.participation(poll.id).await {
        Ok(totals) => Ok(totals.is_none()),
        Err(error) => {
            tracing::error!(poll = %poll.id, %error, "cannot ask for interim totals");
            Ok(false)
        }
    }
}

/// Whether these polls are not open at the same time.
pub const fn is_only_near(rival: &Missing) -> bool {
    matches!(
        rival,
        Missing::SameQuestions { apart_days: Some(_), .. }
            | Missing::Unreadable { apart_days: Some(_), .. }
    )
}

/// Whether a poll that cannot be read may ask somebody whom `poll` asks, by what can be read of its audience.
/// A condition that only a newer version knows makes an audience smaller. So those that are known may show
/// that nobody is in both audiences, and never that both are the same.
fn may_share_people(poll: &Poll, audience: serde_json::Value) -> bool {
    let audience: Option<Audience> = serde_json::from_value(audience).ok();
    audience.is_none_or(|audience| poll.audience.may_overlap(&audience))
}

/// Whether less than this is between the end of one poll and the beginning of the other; less than no
/// time is where both are open at some moment. Without times nothing is known, so it is.
fn less_between(one: Times, other: Times, apart: TimeDelta) -> bool {
    let begins_before = |[opens, _]: Times, [_, closes]: Times| {
        opens.zip(closes).is_none_or(|(opens, closes)| opens - closes < apart)
    };
    begins_before(one, other) && begins_before(other, one)
}

/// Whether both audiences are described alike. What they say of unknown facts means something only where
/// they ask for one.
fn same_people(one: &Audience, other: &Audience) -> bool {
    let asks = one.asks_region() || one.asks_age() || one.asks_gender();
    let alike = Audience { unknown: one.unknown, ..other.clone() };
    *one == alike && (!asks || one.unknown == other.unknown)
}

/// The questions that both ask, if there are any.
fn shared(poll: &Poll, other: &Poll, apart_days: Option<u16>, zone: Zone) -> Option<Missing> {
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
        apart_days,
    })
}
