//! What the pages of polls show. Times are those of the portal's wall clock.

use super::ZonedMoment;
use crate::{Particulars, Traces, states::State};
use chrono::{NaiveDate, NaiveDateTime};
use questionnaire::{Breakdown, Gender, Ineligible, Special, Text, Unknown};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::views::{answers::Line, results::Live};

/// One list of polls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    /// Open polls that ask the reader.
    Mine,
    /// Every open poll.
    #[default]
    Open,
    /// Closed polls, with their results where they are published.
    Results,
}

impl Tab {
    /// Every list in the order of the links.
    pub const ALL: [Self; 3] = [Self::Mine, Self::Open, Self::Results];

    /// The code in the address.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::Open => "open",
            Self::Results => "results",
        }
    }

    /// The list with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.code() == code)
    }
}

/// How far the reader is with a poll. Shown to that reader only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nothing was typed or sent, or nobody is signed in.
    #[default]
    NotBegun,
    /// There is a draft, and nothing was sent.
    Draft,
    /// Answers were sent.
    Answered,
    /// Answers were sent, and a changed draft was not.
    Changing,
}

/// What a list says of one poll.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PollCard {
    /// Identifier.
    pub id: Uuid,
    /// Title.
    pub title: Text,
    /// Who asks.
    pub department: Text,
    /// Open, closed or published.
    pub state: State,
    /// Whether its release says nothing, because too few people answered.
    pub withheld: bool,
    /// When it closes or closed.
    pub closes_at: Option<ZonedMoment>,
    /// Number of questions.
    pub questions: u32,
    /// Minutes that it takes, about.
    pub minutes: u32,
    /// How far the reader is.
    pub standing: Standing,
    /// Whether the reader, if it is known who that is, is one of those whom the poll asks now: who
    /// answered and is not any more can withdraw and not change.
    pub asked: bool,
}

/// One list of polls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PollList {
    /// Which one.
    pub tab: Tab,
    /// Whether somebody is signed in.
    pub signed_in: bool,
    /// The polls of this page of it.
    pub polls: Vec<PollCard>,
    /// Which page this is, from 1.
    pub page: u64,
    /// How many there are.
    pub pages: u64,
    /// The facts that the portal does not know of the reader, and for want of which it leaves open polls out
    /// of the list of those that ask the reader; of other lists there are none.
    pub lacking: Vec<Need>,
    /// Those of them that the identity provider can release.
    pub releasable: Vec<Need>,
}

/// The open polls that ask a person, as far as the portal can know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    /// How many of them the person has sent no answers to.
    pub waiting: u32,
    /// The facts that are not known of the person, and for want of which other open polls are not among them.
    pub lacking: Vec<Need>,
}

/// The attribute by which pages address a person, as the sign-in page takes it. No poll needs it.
pub const NAME: &str = "name";

/// A fact about a person that a poll needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// The region.
    Region,
    /// The date of birth.
    BirthDate,
    /// The gender.
    Gender,
}

impl Need {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Region, Self::BirthDate, Self::Gender];

    /// The attribute's name, as the sign-in page takes it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::BirthDate => "birth_date",
            Self::Gender => "gender",
        }
    }

    /// The fact with this code, if there is one.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|need| need.code() == code)
    }

    /// Whether people can state it themselves, where it was not released.
    #[must_use]
    pub const fn can_be_stated(self) -> bool {
        matches!(self, Self::Region | Self::Gender)
    }
}

/// Whom a poll asks; empty and absent parts ask for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AudienceView {
    /// Names of the regions.
    pub regions: Vec<Text>,
    /// Lowest age in full years.
    pub age_from: Option<u32>,
    /// Highest age in full years.
    pub age_to: Option<u32>,
    /// Genders.
    pub genders: Vec<Gender>,
    /// What an unknown fact means.
    pub unknown: Unknown,
}

/// The privacy notice of one poll, made of its real settings: what the citizen reads before
/// answering, and the initiator while writing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each decides on a sentence of its own")]
pub struct PrivacyNotice {
    /// Who asks.
    pub department: Text,
    /// What the answers are for.
    pub purpose: Text,
    /// Who runs the portal and answers for the data.
    pub operator: Text,
    /// How to reach the operator.
    pub contact: String,
    /// What else is told of the operator.
    pub particulars: Particulars,
    /// The identity provider's name.
    pub provider: Text,
    /// Whether only those take part who have proved who they are.
    pub assured_only: bool,
    /// What the store of the answers leaves behind.
    pub traces: Traces,
    /// Whether the region goes with the answers.
    pub region: bool,
    /// Whether the age band goes with the answers.
    pub age_band: bool,
    /// Whether the gender goes with the answers.
    pub gender: bool,
    /// The tables that will be published beside the totals.
    pub breakdowns: Vec<Breakdown>,
    /// With fewer people nothing is published.
    pub least_totals: u64,
    /// With fewer people no breakdown is published.
    pub least_breakdowns: u64,
    /// A row of fewer people is withheld.
    pub least_row: u64,
    /// The special category that the poll asks about.
    pub special: Option<Special>,
    /// Whether interim totals are shown while the poll is open.
    pub live: bool,
    /// Whether some answer is a number, of which only the range is counted.
    pub numbers: bool,
    /// Whether some answer is a date, of which only the year is counted.
    pub dates: bool,
    /// Whether some answer is a text in the person's own words.
    pub free_text: bool,
    /// The last moment to change or withdraw, where it is set.
    pub closes_at: Option<ZonedMoment>,
    /// Days after publication until nobody can tell any more whose an answer is.
    pub retention_days: u16,
    /// Days after that in which a backup may still hold the poll's key, at most; as long may one hold an
    /// answer after it is withdrawn. Never less than was said when the poll opened.
    pub backup_days: u16,
    /// The day on which the poll's key is destroyed, as far as it can be told already.
    pub severed_on: Option<NaiveDate>,
    /// Whether the poll takes no answers any more: it is closed, or its time is over.
    pub closed: bool,
    /// Whether the day is certain, because the results are published.
    pub published: bool,
    /// Whether the key has been destroyed.
    pub severed: bool,
}

/// A poll's page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PollPage {
    /// What lists say of it, too.
    pub card: PollCard,
    /// What the department wants to know it for.
    pub purpose: Text,
    /// When it opened.
    pub opened_at: Option<NaiveDateTime>,
    /// Whom it asks.
    pub audience: AudienceView,
    /// The privacy notice.
    pub notice: PrivacyNotice,
    /// Whether somebody is signed in.
    pub signed_in: bool,
    /// Why the poll does not ask the reader; absent also where nobody is signed in.
    pub refused: Option<Ineligible>,
    /// Whether the reader is signed in at too low a level of assurance to take part.
    pub not_assured: bool,
    /// Facts that audience and plan need.
    pub needs: Vec<Need>,
    /// Those of them that the identity provider can release of the reader: not those of which it has no value,
    /// as a consent that holds has shown.
    pub releasable: Vec<Need>,
    /// Those of them that the portal does not know of the reader.
    pub unknown: Vec<Need>,
    /// What its questions ask, for everybody to read before answering.
    pub titles: Vec<Text>,
    /// What was typed and not sent, where the reader cannot go on with it.
    pub unsent: Vec<Line>,
    /// The numbers of those of [`Self::unsent`] that could not be kept with the reader any more: they
    /// are in this browser's session only.
    pub late: Vec<usize>,
    /// The interim totals of an open poll; absent where none are shown.
    pub live: Option<Live>,
    /// Whether the address asked for a breakdown or a filter of them, which do not exist.
    pub refused_filter: bool,
    /// Whose the forms are that change what was begun or sent: it comes back with them, and nobody else's
    /// is changed. Empty where there is nothing of the reader's.
    pub owner: String,
}
