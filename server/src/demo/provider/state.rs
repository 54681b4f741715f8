//! What the provider remembers, all of it in memory and for a short time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::encoding::{base64url, with_query};
use super::keys::SigningKey;
use super::locale::Locale;
use super::settings::Settings;
use super::shelf::Shelf;
use crate::clock::Clock;
use crate::demo::people::{People, Region, Scope, regions};
use crate::entropy::Entropy;

/// How long a visitor may take over the pages of one sign-in.
const INTERACTION_LIFE: TimeDelta = TimeDelta::minutes(30);
/// How long a browser stays signed in at the provider.
const SESSION_LIFE: TimeDelta = TimeDelta::hours(8);
/// How long an authorization code can be exchanged.
const CODE_LIFE: TimeDelta = TimeDelta::seconds(60);
/// How long an access token is good for.
pub(super) const TOKEN_LIFE: TimeDelta = TimeDelta::minutes(10);
/// How long an ID token is good for.
pub(super) const ID_TOKEN_LIFE: TimeDelta = TimeDelta::minutes(5);

/// A client's request for a sign-in, checked.
#[derive(Clone, Debug)]
pub(super) struct AuthorizationRequest {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) scopes: BTreeSet<Scope>,
    pub(super) state: Option<String>,
    pub(super) nonce: Option<String>,
    /// The S256 challenge of RFC 7636.
    pub(super) code_challenge: String,
}

/// Who signed in, and when.
#[derive(Clone, Debug)]
pub(super) struct SignIn {
    pub(super) sub: String,
    /// The identifier of the session, in ID tokens and hints.
    pub(super) sid: String,
    pub(super) auth_time: DateTime<Utc>,
}

/// A sign-in that a visitor is busy with.
#[derive(Debug)]
pub(super) struct Interaction {
    pub(super) request: AuthorizationRequest,
    /// The value of the browser's cookie.
    pub(super) browser: String,
    pub(super) locale: Locale,
    /// `None` until the visitor has picked a person.
    pub(super) sign_in: Option<SignIn>,
}

/// What a person last decided about a client.
#[derive(Debug)]
pub(super) struct Decision {
    pub(super) asked: BTreeSet<Scope>,
    pub(super) granted: BTreeSet<Scope>,
}

/// A browser that is signed in.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) sign_in: SignIn,
    /// By client identifier.
    pub(super) decisions: BTreeMap<String, Decision>,
}

/// An authorization code.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) request: AuthorizationRequest,
    pub(super) granted: BTreeSet<Scope>,
    pub(super) sign_in: SignIn,
    pub(super) expires: DateTime<Utc>,
    /// Set at the first attempt to exchange the code; a second one is a replay.
    pub(super) spent: bool,
}

/// An access token for the userinfo endpoint.
#[derive(Debug)]
pub(super) struct AccessToken {
    pub(super) sub: String,
    pub(super) sid: String,
    pub(super) scopes: BTreeSet<Scope>,
    /// The code it was issued for; a replay of that code revokes the token.
    pub(super) code: String,
}

/// A sign-out that waits for the visitor's confirmation.
#[derive(Debug)]
pub(super) struct SignOut {
    /// The value of the browser's cookie.
    pub(super) browser: String,
    pub(super) locale: Locale,
    /// Where to go afterwards: a registered address with the client's `state`.
    pub(super) target: Option<String>,
}

/// Everything the provider remembers.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// By the identifier in the page's address.
    pub(super) interactions: Shelf<Interaction>,
    /// By the value of the browser's cookie.
    pub(super) sessions: Shelf<Session>,
    /// By the code itself.
    pub(super) codes: Shelf<Code>,
    /// By the token itself.
    pub(super) tokens: Shelf<AccessToken>,
    /// By the identifier in the page's address.
    pub(super) sign_outs: Shelf<SignOut>,
}

/// The provider.
pub(super) struct Provider {
    pub(super) settings: Settings,
    pub(super) people: People,
    pub(super) regions: Vec<Region>,
    pub(super) key: SigningKey,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    memory: Mutex<Memory>,
}

impl Provider {
    pub(super) fn new(
        settings: Settings,
        people: People,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let key = SigningKey::generate(entropy.as_ref());
        let memory = Mutex::default();
        Self { settings, people, regions: regions(), key, clock, entropy, memory }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A fresh name that cannot be guessed: 256 random bits, 43 characters.
    pub(super) fn secret(&self) -> String {
        let mut bytes = [0; 32];
        self.entropy.fill(&mut bytes);
        base64url(&bytes)
    }

    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
        // Every change is a single insertion or removal, so a panic leaves nothing half done.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps an interaction and returns its identifier.
    pub(super) fn begin(&self, memory: &mut Memory, interaction: Interaction) -> String {
        let now = self.now();
        let id = self.secret();
        memory.interactions.put(now, id.clone(), now + INTERACTION_LIFE, interaction);
        id
    }

    /// Keeps a sign-out for confirmation and returns its identifier.
    pub(super) fn ask_about(&self, memory: &mut Memory, sign_out: SignOut) -> String {
        let now = self.now();
        let id = self.secret();
        memory.sign_outs.put(now, id.clone(), now + INTERACTION_LIFE, sign_out);
        id
    }

    /// Signs `sub` in, in place of whoever was signed in in that browser, and returns the new
    /// value of the browser's cookie: a value from before a sign-in must not carry a session.
    pub(super) fn sign_in(&self, memory: &mut Memory, browser: &str, sub: &str) -> String {
        let now = self.now();
        memory.end_session(now, browser);
        let cookie = self.secret();
        let sign_in = SignIn { sub: sub.to_owned(), sid: self.secret(), auth_time: now };
        let session = Session { sign_in, decisions: BTreeMap::new() };
        memory.sessions.put(now, cookie.clone(), now + SESSION_LIFE, session);
        // Sign-ins in the browser's other tabs go on.
        for interaction in memory.interactions.values() {
            if interaction.browser == browser {
                interaction.browser.clone_from(&cookie);
            }
        }
        cookie
    }

    /// The client's address with a fresh authorization code for `granted`.
    pub(super) fn grant(
        &self,
        memory: &mut Memory,
        request: AuthorizationRequest,
        sign_in: SignIn,
        granted: BTreeSet<Scope>,
    ) -> String {
        let now = self.now();
        let code = self.secret();
        let address = self.response_address(
            &request.redirect_uri,
            request.state.as_deref(),
            &[("code", &code)],
        );
        let expires = now + CODE_LIFE;
        let entry = Code { request, granted, sign_in, expires, spent: false };
        // Kept as long as its token may live, so that a late replay still revokes the token.
        memory.codes.put(now, code, expires + TOKEN_LIFE, entry);
        address
    }

    /// The client's address with an error of RFC 6749, 4.1.2.1 or `OpenID` Connect Core, 3.1.2.6.
    pub(super) fn refuse(
        &self,
        redirect_uri: &str,
        state: Option<&str>,
        error: &str,
        description: &str,
    ) -> String {
        let parameters = [("error", error), ("error_description", description)];
        self.response_address(redirect_uri, state, &parameters)
    }

    /// `redirect_uri` with the parameters of a response, its `state`, and `iss` as RFC 9207 says.
    fn response_address(
        &self,
        redirect_uri: &str,
        state: Option<&str>,
        parameters: &[(&str, &str)],
    ) -> String {
        let mut all = parameters.to_vec();
        all.extend(state.map(|state| ("state", state)));
        all.push(("iss", &self.settings.issuer));
        with_query(redirect_uri, &all)
    }
}

impl Memory {
    /// The interaction `id`, if it belongs to `browser`.
    pub(super) fn interaction(
        &mut self,
        now: DateTime<Utc>,
        id: &str,
        browser: Option<&str>,
    ) -> Option<&mut Interaction> {
        self.interactions.get(now, id).filter(|found| Some(found.browser.as_str()) == browser)
    }

    /// The session of `browser`.
    pub(super) fn session(
        &mut self,
        now: DateTime<Utc>,
        browser: Option<&str>,
    ) -> Option<&mut Session> {
        self.sessions.get(now, browser?)
    }

    /// Ends the session of `browser`, with its codes and tokens.
    pub(super) fn end_session(&mut self, now: DateTime<Utc>, browser: &str) {
        if let Some(session) = self.sessions.take(now, browser) {
            let sid = session.sign_in.sid;
            self.codes.retain(|code| code.sign_in.sid != sid);
            self.tokens.retain(|token| token.sid != sid);
        }
    }
}
