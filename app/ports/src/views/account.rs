//! What the pages of a person's account show: that person's own record and nobody else's. Its moments go into
//! the person's own file as well, and say of which clock they are.

use super::ZonedMoment;
use crate::{forms::Form, purposes::Purpose, roles::Role};
use chrono::NaiveDate;
use questionnaire::{Gender, Language, Text};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The account at a glance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// The name, where it was released.
    pub name: Option<String>,
    /// Facts that the portal knows.
    pub facts: u32,
    /// Consents that hold.
    pub consents: u32,
    /// Browsers that are signed in.
    pub sign_ins: u32,
    /// Notices that were not seen; absent where they could not be counted.
    pub unread: Option<u32>,
    /// Since when there is an account.
    pub since: NaiveDate,
}

/// Where a fact comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The person stated it.
    Stated,
    /// The identity provider released it, under this label.
    Released(Text),
}

/// One fact about the person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// The portal's name of it, such as `birth_date`.
    pub name: String,
    /// A text, or what a document, a vehicle or a child consists of.
    pub value: Value,
    /// Where it comes from.
    pub source: Source,
    /// Whether the provider vouches for it.
    pub verified: bool,
    /// Since when the portal has it.
    pub at: ZonedMoment,
}

/// Everything that the portal knows of the person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Data {
    /// The facts.
    pub facts: Vec<Fact>,
    /// Names of what the provider could release and the person did not let it.
    pub missing: Vec<String>,
    /// Names of what the person released and the provider has no value of.
    pub without_value: Vec<String>,
    /// Whether the person may state the gender: the provider gave none.
    pub may_state_gender: bool,
    /// Whether the person may state the region: the provider gave none.
    pub may_state_region: bool,
}

/// The page of the person's data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataPage {
    /// The data.
    pub data: Data,
    /// The regions: code and name in the reader's language.
    pub regions: Vec<(String, String)>,
    /// The form of what can be stated.
    pub form: Form<StatedFields>,
    /// The poll that asks for it, to whose page the form leads.
    pub poll: Option<Uuid>,
    /// Whose page it is, for the form to send along; sealed by the portal.
    pub mark: String,
}

/// The name under which the form waits in which a person states something, as it was refused. The download of
/// somebody's data reads it, too.
pub const STATED_FORM: &str = "account-stated";

/// What a person states, as typed; blank states nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedFields {
    /// Code of the gender.
    pub gender: String,
    /// Code of the region.
    pub region: String,
    /// Whose page it was typed on ([`DataPage::mark`]): where it waits, it is shown to nobody else. Empty
    /// where the form did not say it.
    #[serde(default)]
    pub mark: String,
}

/// What a person states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stated {
    /// The gender.
    pub gender: Option<Gender>,
    /// Code of the region.
    pub region: Option<String>,
}

/// Whether a consent holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It holds until its end.
    Holds,
    /// A newer one to the same took its place on that day.
    Renewed(NaiveDate),
    /// Its time is over.
    Ended,
    /// The person revoked it on that day.
    Revoked(NaiveDate),
}

/// A consent to release data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Identifier, to revoke it by.
    pub id: Uuid,
    /// What it releases.
    pub label: Text,
    /// What for, as it was said then; codes that this version does not know are not among them.
    pub purposes: BTreeSet<Purpose>,
    /// When it was given.
    pub given: ZonedMoment,
    /// The day on which it ends.
    pub ends: NaiveDate,
    /// Whether it holds.
    pub standing: Standing,
}

/// A page of the person's consents: those that hold, then the newest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consents {
    /// The consents on this page.
    pub consents: Vec<Consent>,
    /// Which page this is, from 1.
    pub page: u64,
    /// How many there are.
    pub pages: u64,
}

/// The page of consents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentsPage {
    /// The consents.
    pub list: Consents,
    /// The poll that led to the person's data and from there to here.
    pub poll: Option<Uuid>,
}

/// The page of one consent, before it is revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentPage {
    /// The consent.
    pub consent: Consent,
    /// The poll that led to the person's data and from there to here.
    pub poll: Option<Uuid>,
}

/// Who used the person's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The person.
    Yourself,
    /// The identity provider, which released it.
    Provider,
    /// An administrator of the portal.
    Administrator,
}

impl Who {
    /// Everybody who can stand in the list.
    pub const ALL: [Self; 3] = [Self::Yourself, Self::Provider, Self::Administrator];

    /// The code as stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Yourself => "yourself",
            Self::Provider => "provider",
            Self::Administrator => "administrator",
        }
    }

    /// The one with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|who| who.code() == code)
    }
}

/// What the person's data was used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// Taken over from the provider at a sign-in.
    SignIn,
    /// Downloaded.
    Download,
    /// Name and staff code were shown while a role was given.
    Appointment,
}

impl Use {
    /// Every use that can stand in the list.
    pub const ALL: [Self; 3] = [Self::SignIn, Self::Download, Self::Appointment];

    /// The code as stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Download => "download",
            Self::Appointment => "appointment",
        }
    }

    /// The one with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == code)
    }
}

/// One use of the person's data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// When.
    pub at: ZonedMoment,
    /// Who; absent where this version does not know the code.
    pub who: Option<Who>,
    /// What for; absent where this version does not know the code.
    pub purpose: Option<Use>,
}

/// A page of the uses of the person's data, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accesses {
    /// The uses on this page.
    pub uses: Vec<Access>,
    /// Which page this is, from 1.
    pub page: u64,
    /// How many there are.
    pub pages: u64,
}

/// A browser that is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// What to end it by. Of no use for signing in.
    pub handle: String,
    /// Browser and system, where they were recognised.
    pub device: Option<String>,
    /// Since when.
    pub since: ZonedMoment,
    /// When it was used last, to the minute.
    pub seen: ZonedMoment,
    /// Whether it is the one that asks.
    pub this: bool,
}

/// The settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Language of the pages.
    pub language: Language,
    /// What the person gives to an administrator to be appointed, once it was made.
    pub staff_code: Option<String>,
}

/// What deleting the account means for this person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// Whether the person has a role of the staff.
    pub staff: bool,
    /// Whether the records of the staff speak of the person, as of now or of former times.
    pub recorded: bool,
    /// Whether nobody else could give roles any more: then the account stays.
    pub last_administrator: bool,
    /// Whose account the page deletes, for the form to send along; sealed by the portal.
    pub mark: String,
}

/// The page that deletes the account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DeletionPage {
    /// What it means.
    pub deletion: Deletion,
    /// The form.
    pub form: Form<Confirmation>,
}

/// The word that confirms a deletion, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The word.
    pub word: String,
}

/// A message in the inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// When.
    pub at: ZonedMoment,
    /// Whether it came after the inbox was last looked at.
    pub unread: bool,
    /// What it says.
    pub matter: Matter,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Matter {
    /// A poll that asks this person is open.
    PollOpened {
        /// The poll.
        poll: Uuid,
        /// Its title.
        title: Text,
        /// Who asks.
        department: Text,
        /// When it closes.
        closes_at: Option<ZonedMoment>,
    },
    /// The results of a poll that asked this person are public.
    ResultsPublished {
        /// The poll.
        poll: Uuid,
        /// Its title.
        title: Text,
        /// Who asked.
        department: Text,
    },
    /// A poll that asked this person is over, and too few people answered for any results.
    ResultsWithheld {
        /// The poll.
        poll: Uuid,
        /// Its title.
        title: Text,
        /// Who asked.
        department: Text,
    },
    /// The person was given a role.
    RoleGiven {
        /// The role.
        role: Role,
        /// In which department.
        department: Option<Text>,
    },
    /// A role was taken from the person.
    RoleTaken {
        /// The role.
        role: Role,
        /// In which department.
        department: Option<Text>,
    },
}
