//! What the sign-in page shows.

use crate::{purposes::Purpose, views::polls::Need};
use chrono::NaiveDate;
use questionnaire::Text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Why somebody comes to sign in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    /// Where to go afterwards: a path of the portal.
    pub return_to: String,
    /// The attributes that are needed there, by their names in the portal, as one of its pages says.
    pub need: Vec<String>,
    /// Attributes that only an address names. Anybody may have written it.
    pub offered: Vec<String>,
    /// The provider's scopes that were left ticked the last time, where that came to nothing.
    pub chosen: Option<BTreeSet<String>>,
}

/// What will be asked of the identity provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// The provider's name.
    pub provider: String,
    /// Where to go afterwards: a path of the portal.
    pub return_to: String,
    /// Whether the reader is signed in already, at a level that is enough, and could release more.
    pub signed_in: bool,
    /// The title of the poll that the reader wants to take part in.
    pub poll: Option<Text>,
    /// What is useful for the errand, ticked where it was not released yet; and what is offered only.
    pub scopes: Vec<Scope>,
    /// What can be released, too.
    pub further: Vec<Scope>,
    /// The day on which consents given today end.
    pub kept_until: NaiveDate,
}

/// Data that is released or refused together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The provider's name of it.
    pub name: String,
    /// What it releases, in words.
    pub label: String,
    /// What for.
    pub purposes: Vec<Purpose>,
    /// Whether its box is ticked at first sight.
    pub ticked: bool,
    /// The day on which an earlier consent ends.
    pub held_until: Option<NaiveDate>,
    /// What an earlier consent to it that holds was to bring of what is needed, and has not brought: the provider
    /// has no value of it.
    pub without_value: Vec<Need>,
}
