//! Signing in and being signed in: providers, attribute mapping, callback, sessions, logout.
//!
//! The only room that names the protocol's crates. A sign-in goes: the page `/sign-in` says what
//! is asked → [`start`] remembers in the session what it sends the browser away with → the
//! provider → [`callback`] checks what comes back and gives the session an account.
//!
//! Every request goes through [`session_cookie`], which reads its session with the person
//! ([`arrivals`]) and stores what becomes of it ([`sessions`]), and through [`caller`], which says who is
//! signed in and with which roles. Three kinds do not: files that are everybody's; to ask how long a
//! session lasts yet, which is no use of it ([`sessions::remaining`]); and to ask whether the portal is well
//! ([`crate::operation::health`]).
//!
//! What it must never do: keep a token beyond reading what it releases (but for the hint that ends
//! the provider's session, if it says no more than who signed in), follow an address from outside,
//! or write a person's data to the log.

pub mod arrivals;
pub mod backchannel;
mod callback;
pub mod caller;
pub mod client_key;
mod discovery;
mod ended;
pub mod esia;
pub mod jws;
pub mod jwt;
pub mod mapping;
pub mod oidc;
mod problem;
pub mod provider;
pub mod session_cookie;
pub mod sessions;
mod sign_out;
mod start;
pub mod trust;

use crate::{
    accounts::{attributes::Attributes, sign_in::Subjects},
    config::{Config, provider::Provider as Settings},
    error::while_,
    http::assets::Client,
    platform::Platform,
    store::logout_token,
};
use axum::{
    Router,
    routing::{get, post},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use ports::{Region, failure::Failure};
use provider::Provider;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};

/// Where the provider answers.
pub const CALLBACK: &str = "/auth/callback";
/// Where the provider posts that somebody signed out elsewhere.
pub const BACKCHANNEL_LOGOUT: &str = "/auth/backchannel-logout";

/// What signing in stands on.
pub struct Identity {
    platform: Platform,
    provider: Provider,
    attributes: Attributes,
    subjects: Subjects,
    regions: Vec<Region>,
    administrators: Vec<String>,
    /// The start page's whole address: there the provider sends people whom it signed out.
    home: String,
    client: Client,
}

impl Identity {
    /// Signing in as configured.
    ///
    /// # Errors
    /// What is wrong with the provider's configuration.
    pub fn new(
        config: &Config,
        platform: Platform,
        attributes: Attributes,
        subjects: Subjects,
        client: Client,
    ) -> Result<Self, String> {
        let redirect_uri = format!("{}{CALLBACK}", config.server.origin());
        let (settings, clock) = (config.provider.clone(), platform.clock.clone());
        Ok(Self {
            provider: Provider::new(settings, &config.network, redirect_uri, clock)?,
            platform,
            attributes,
            subjects,
            regions: config.portal.regions.clone(),
            administrators: config.staff.administrators.clone(),
            home: format!("{}/", config.server.origin()),
            client,
        })
    }

    /// The provider as it is configured.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        self.provider.settings()
    }

    /// 256 random bits as text.
    fn secret(&self) -> String {
        let mut bytes = [0; 32];
        self.platform.entropy.fill(&mut bytes);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// The addresses of signing in and out. They need the session and the caller around them, but for
/// the back channel, where no browser comes.
pub fn routes(identity: Arc<Identity>) -> Router {
    Router::new()
        .route(ports::routes::POST_SIGN_IN, post(start::begin))
        .route(CALLBACK, get(callback::complete))
        .route(ports::routes::POST_SIGN_OUT, post(sign_out::sign_out))
        .route(BACKCHANNEL_LOGOUT, post(backchannel::logout))
        .with_state(identity)
}

/// Session key of the sign-ins that are under way, a list: several tabs can do it at once.
const UNDER_WAY: &str = "sign_ins";
/// Session key of the sign-in that was completed last.
const COMPLETED: &str = "signed_in_by";
/// Session key of the ID token that ends the provider's session, or of null in its place where it
/// says too much to be kept.
const ID_TOKEN_HINT: &str = "id_token_hint";

/// A sign-in between leaving for the provider and coming back.
#[derive(Clone, Serialize, Deserialize)]
struct UnderWay {
    state: String,
    nonce: String,
    verifier: String,
    return_to: String,
    scopes: BTreeSet<String>,
    /// When it began, in seconds since 1970.
    at: i64,
}

/// A completed sign-in, by which a callback that comes twice is recognised.
#[derive(Clone, Serialize, Deserialize)]
struct Completed {
    state: String,
    return_to: String,
}

/// Forgets the logout tokens, and the notes of what they ended, that have expired by `now`. For the
/// scheduled work.
///
/// # Errors
/// When the store cannot be written.
pub async fn forget_logout_tokens(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<u64, Failure> {
    logout_token::Entity::delete_many()
        .filter(logout_token::Column::ExpiresAt.lte(now))
        .exec(db)
        .await
        .map(|deleted| deleted.rows_affected)
        .map_err(while_("forgetting logout tokens"))
}
