//! The privacy notice, made of a poll's real settings. It has no text of its own that an author
//! could soften: the page turns exactly these settings into words.

use super::{life::Retention, record::Poll};
use crate::{clock::Zone, statistics::live};
use chrono::{DateTime, NaiveDate, Utc};
use disclosure::Parameters;
use ports::{Portal, states::State, views::polls::PrivacyNotice};
use questionnaire::{Kind, Text};

/// The notice of a poll, also of one that is being written, as it is at `now`.
#[must_use]
pub fn of(
    poll: &Poll,
    department: Text,
    portal: &Portal,
    zone: Zone,
    now: DateTime<Utc>,
) -> PrivacyNotice {
    // Past its time it takes no answers, even if nobody has closed it yet.
    let over = poll.state == State::Open && !poll.takes_answers(now);
    let least = Parameters::default();
    PrivacyNotice {
        department,
        purpose: poll.purpose.clone(),
        operator: portal.operator.clone(),
        contact: portal.contact.clone(),
        particulars: portal.particulars.clone(),
        provider: portal.provider.clone(),
        assured_only: portal.assured_only,
        traces: portal.traces,
        region: poll.plan.needs_region(),
        age_band: poll.plan.needs_age_band(),
        gender: poll.plan.needs_gender(),
        breakdowns: poll.plan.breakdowns().collect(),
        least_totals: if poll.special.is_some() { least.min_breakdowns } else { least.min_release },
        least_breakdowns: least.min_breakdowns,
        least_row: least.min_row,
        special: poll.special,
        live: live::shown(poll),
        numbers: asks(poll, |kind| matches!(kind, Kind::Number { .. })),
        dates: asks(poll, |kind| matches!(kind, Kind::Date { .. })),
        free_text: poll.questionnaire.has_free_text(),
        closes_at: poll.closed_at.or(poll.closes_at).map(|at| zone.zoned(at)),
        retention_days: poll.retention_days,
        backup_days: backup_days(poll, portal),
        severed_on: severed_on(poll, zone),
        closed: poll.closed_at.is_some() || over,
        published: poll.published_at.is_some(),
        severed: poll.key_destroyed_at.is_some(),
    }
}

/// Whether the answer to some question is of this kind.
fn asks(poll: &Poll, of: fn(&Kind) -> bool) -> bool {
    poll.questionnaire.questions.iter().any(|question| of(&question.kind))
}

/// Days that a backup may hold what was deleted, at most. Nobody is told less than at the poll's opening, nor less
/// than what holds now.
#[must_use]
pub fn backup_days(poll: &Poll, portal: &Portal) -> u16 {
    poll.backup_days.unwrap_or(0).max(portal.backup_days)
}

/// The day on which the poll's key is or was destroyed: counted from the publication, or, until that is
/// known, from the closing, which it follows at once.
#[must_use]
pub fn severed_on(poll: &Poll, zone: Zone) -> Option<NaiveDate> {
    if let Some(destroyed) = poll.key_destroyed_at {
        return Some(zone.day(destroyed));
    }
    let published_at = poll.published_at.or(poll.closed_at).or(poll.closes_at);
    let retention = Retention { published_at, ..Retention::of(poll) };
    retention.ends(zone).map(|ends| ends.date())
}
