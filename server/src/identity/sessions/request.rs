//! The session of one request, as its [`Session`](tower_sessions::Session) asks for it.
//!
//! 1. The row was read before, together with the person ([`crate::identity::arrivals`]). It is opened when
//!    something first asks for the session.
//! 2. The request may leave its session, for another id (`cycle_id`) or for good (`flush`): both begin with
//!    [`delete`](SessionStore::delete). It is only noted then which session was left.
//! 3. What the request does is written when the session is saved, as a rule at the request's end
//!    ([`crate::identity::session_cookie`]): [`save`](SessionStore::save) where it has its id,
//!    [`create`](SessionStore::create) where it is to have another one. What other requests of the browser have
//!    written meanwhile stays beside it ([`super::merged`]).
//! 4. Where nothing took the place of the session that was left, it is ended for good
//!    ([`RequestSessions::end_left`]).
//!
//! So a session that gets another id is there all the time: whoever ends it elsewhere meanwhile finds it,
//! and it stays as it was where the request fails before.
//!
//! What it must never do: take away the row of a session that is to get another id before it is filed
//! under that one, or let a person whose session was ended meanwhile go on under another id.

use super::{Sessions, StoredSession, held::Held};
use async_trait::async_trait;
use serde_json::Value;
use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::Result,
};
use vault::SESSION_ACCOUNT_KEY;

/// The store of sessions as one request sees it.
pub struct RequestSessions {
    store: Sessions,
    state: Mutex<State>,
}

/// What the request knows of its session.
#[derive(Default)]
struct State {
    /// What was read already, for the first who asks for it.
    read: Option<(Id, Option<StoredSession>)>,
    /// The session that was opened.
    opened: Option<Opened>,
    /// The same, where the request has left it.
    left: Option<Opened>,
    /// Whether the session was not there any more when it was to be written.
    gone: bool,
}

/// A session, and the account that its data named when it was opened.
struct Opened {
    held: Held,
    account: Option<Value>,
    /// Whether this request has filed it: to leave it ends it at once.
    filed: bool,
}

impl fmt::Debug for RequestSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestSessions").finish_non_exhaustive()
    }
}

impl RequestSessions {
    /// Of a request that has read its session already, or that there is none.
    pub(super) fn new(store: Sessions, read: Option<(Id, Option<StoredSession>)>) -> Self {
        Self { store, state: Mutex::new(State { read, ..State::default() }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the request has left its session and nothing else has taken its place.
    #[must_use]
    pub fn has_left(&self) -> bool {
        self.state().left.is_some()
    }

    /// Whether another request of the browser was quicker to take the sign-in of this state out of the session.
    /// It is known once the session has been saved.
    #[must_use]
    pub fn was_taken(&self, sign_in: &str) -> bool {
        let state = self.state();
        state.gone || state.opened.as_ref().is_some_and(|opened| opened.held.was_taken(sign_in))
    }

    /// Goes on with a session that this request has filed.
    fn filed(&self, held: Held, record: &Record) {
        let account = record.data.get(SESSION_ACCOUNT_KEY).cloned();
        self.state().opened = Some(Opened { held, account, filed: true });
    }

    /// Ends the session that the request has left, for good.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn end_left(&self) -> Result<()> {
        let left = self.state().left.take();
        match left {
            Some(left) => self.store.delete(&left.held.id).await,
            None => Ok(()),
        }
    }
}

#[async_trait]
impl SessionStore for RequestSessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let left = self.state().left.take();
        if let Some(mut left) = left {
            match self.store.replace(&mut left.held, left.account.as_ref(), record).await {
                Ok(true) => {
                    self.filed(left.held, record);
                    return Ok(());
                }
                Ok(false) => self.state().gone = true,
                Err(error) => {
                    // It is still there, and the browser keeps its cookie.
                    self.state().left = Some(left);
                    return Err(error);
                }
            }
            // It was ended meanwhile, or another request gave it another id. Whoever has just become
            // another one by signing in is let in. Whoever was signed in before gets no id of a
            // session that is not there: the browser may have the other one by now.
            let account = record.data.get(SESSION_ACCOUNT_KEY);
            if account.is_some() && account == left.account.as_ref() {
                record.id = left.held.id;
                return Ok(());
            }
        }
        let held = self.store.make(record).await?;
        self.filed(held, record);
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let opened = self.state().opened.take_if(|opened| opened.held.id == record.id);
        let Some(mut opened) = opened else { return self.store.save(record).await };
        let changed = self.store.change(&mut opened.held, record).await;
        let mut state = self.state();
        state.opened = Some(opened);
        state.gone |= matches!(changed, Ok(false));
        changed.map(drop)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let read = self.state().read.take();
        let stored = match read {
            Some((of, stored)) if of == *id => stored,
            _ => self.store.stored(*id).await?,
        };
        let Some(stored) = stored else { return Ok(None) };
        let record = self.store.open(*id, &stored).await?;
        if let Some(record) = &record {
            let account = record.data.get(SESSION_ACCOUNT_KEY).cloned();
            let held = Held::new(*id, stored.sealed);
            self.state().opened = Some(Opened { held, account, filed: false });
        }
        Ok(record)
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let noted = {
            let mut state = self.state();
            // A request that has left its session has no other that is stored.
            if state.left.is_none() {
                let opened = state.opened.take_if(|opened| opened.held.id == *id);
                state.left = opened.filter(|opened| !opened.filed);
            }
            state.left.is_some()
        };
        if noted { Ok(()) } else { self.store.delete(id).await }
    }
}
