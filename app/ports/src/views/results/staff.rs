//! What staff see of their department's polls: before its release no more of one than how many took
//! part, and what everybody sees.

use super::{Live, ResultsPage};
use crate::{states::State, views::ZonedMoment};
use chrono::NaiveDate;
use questionnaire::Language;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A poll's results as staff see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StaffResults {
    /// Not published yet.
    Waiting(WaitingPage),
    /// Published: what everybody sees.
    Published(Box<ResultsPage>),
}

/// The page of a poll before its release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingPage {
    /// The poll.
    #[serde(flatten)]
    pub poll: Waiting,
    /// The interim totals of an open poll; absent where none are shown.
    pub live: Option<Live>,
    /// Whether the address asked for a breakdown or a filter, which do not exist before the release.
    pub refused: bool,
}

/// How far participation in a poll has come before its release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The poll.
    pub poll: Uuid,
    /// Its title.
    pub title: String,
    /// The title's language where it is not the reader's.
    pub language: Option<Language>,
    /// Its department.
    pub department: Uuid,
    /// Where it is in its life.
    pub state: State,
    /// When it closes.
    pub closes: Option<ZonedMoment>,
    /// How many took part at least until the last interim totals, in full tens; absent without them, and
    /// once the poll is closed.
    pub at_least: Option<u64>,
}

/// A department's statistics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepartmentStatistics {
    /// The department.
    pub department: Uuid,
    /// Its name.
    pub name: String,
    /// Polls that are open or being counted.
    pub waiting: Vec<Waiting>,
    /// Published polls, newest first.
    pub published: Vec<PublishedLine>,
    /// Which page of them this is, from 1.
    pub page: u64,
    /// How many pages there are, at least 1.
    pub pages: u64,
    /// Whether the address asked for a filter, which does not exist: then no poll is listed.
    pub refused: bool,
    /// Whether the reader may make and revoke the department's tokens.
    pub may_manage_tokens: bool,
}

/// A published poll in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedLine {
    /// The poll.
    pub poll: Uuid,
    /// Its title.
    pub title: String,
    /// The title's language where it is not the reader's.
    pub language: Option<Language>,
    /// The day of publication.
    pub published: NaiveDate,
    /// The number of responses; absent where nothing is published.
    pub responses: Option<u64>,
    /// SHA-256 of the stored release.
    pub digest: String,
}
