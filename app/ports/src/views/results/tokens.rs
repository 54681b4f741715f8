//! A department's tokens for the API.

use crate::forms::Form;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Most characters of a token's name.
pub const MAX_TOKEN_NAME: u32 = 100;

/// A department's tokens for the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// The department.
    pub department: Uuid,
    /// Its name.
    pub name: String,
    /// The tokens, newest first.
    pub tokens: Vec<Token>,
}

/// The page of a department's tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokensPage {
    /// The tokens that there are.
    #[serde(flatten)]
    pub known: Tokens,
    /// The token that was just made: shown once.
    pub new: Option<String>,
    /// The form for a new one.
    pub form: Form<TokenFields>,
}

/// A token, where it is asked once more whether to revoke it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenPage {
    /// The department.
    pub department: Uuid,
    /// Its name.
    pub name: String,
    /// The token.
    pub token: Token,
}

/// A new token as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenFields {
    /// What it is for.
    pub name: String,
    /// The mark that was drawn for the form: sent twice, it makes one token.
    #[serde(default)]
    pub new: String,
}

/// A token as its department sees it: never the token itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its id.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// The day it was made.
    pub created: NaiveDate,
    /// The day it was last used.
    pub used: Option<NaiveDate>,
    /// Whether it is revoked.
    pub revoked: bool,
}
