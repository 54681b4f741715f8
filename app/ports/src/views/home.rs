//! What the pages for anyone show.

use crate::{Particulars, Traces, views::polls::Need};
use questionnaire::Text;
use serde::{Deserialize, Serialize};

/// What the start page knows of the reader.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Whether somebody is signed in.
    pub signed_in: bool,
    /// How to address the person, where a name was released.
    pub name: Option<String>,
    /// Open polls that ask this person and were not answered yet.
    pub polls: Option<u32>,
    /// The facts that the portal does not know of this person, and for want of which there may be more of them.
    pub lacking: Vec<Need>,
    /// Notices that this person has not seen.
    pub notices: Option<u32>,
}

/// Who runs the portal, and what follows from how it is run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Who runs it and answers for the data.
    pub operator: Text,
    /// How to reach the operator.
    pub contact: String,
    /// What else is told of the operator.
    pub particulars: Particulars,
    /// The identity provider's name.
    pub provider: Text,
    /// Days that a backup is kept, at most; 0 where there are none.
    pub backup_days: u16,
    /// What the store of the answers leaves behind.
    pub traces: Traces,
}
