//! Who makes a request: the session's account, its roles and the name that was released.
//!
//! It is looked up for every request, so that a role that was taken away or an account that was
//! deleted counts at once, not at the next sign-in. Where a level of assurance is the minimum, roles
//! count for whoever signed in at it.
//!
//! A session's id stands for the roles that the person had when it was issued. When they have changed,
//! the next page is answered with a new id. Any other request gets only the roles that are both in the
//! id and held now. So a stolen id stops working at the first page after a change: the owner or the
//! thief, whichever of them did not get that page, is signed out and notices.

use super::arrivals::{Arrival, People};
use crate::{
    error::while_, http::chain::Next, notices, platform::Platform, polls::catalogue::Catalogue,
    staff::roles,
};
use axum::{
    extract::{Request, State},
    http::{Method, StatusCode},
    response::{IntoResponse as _, Response},
};
use ports::{
    caller::{Caller, SignedIn},
    failure::Failure,
    look::wants_html,
    roles::Grant,
    routes,
};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use tower_sessions::Session;
use uuid::Uuid;
use vault::SESSION_ACCOUNT_KEY;

/// Data key of the roles that the session's id stands for. While servers are replaced, those of the
/// version before read what this one writes: it stays a list of [`Grant`].
pub const GRANTS: &str = "grants";

/// Data key of the configured minimum at which the person signed in (`Provider::minimum`). A session that
/// began while there was none, or before this was kept, has none, and one that began while there was
/// another minimum does not count for this one.
pub const ASSURED: &str = "assured_at";

/// A role as a server of whatever version wrote it into the session.
#[derive(Deserialize)]
struct Written {
    role: String,
    department: Option<Uuid>,
}

/// The roles that the session's id stands for. One that this version does not know is left out, as it is
/// of those that the person holds: it gives no rights here, and is no change of them.
async fn stood_for(session: &Session) -> Result<Vec<Grant>, Failure> {
    let written: Option<Vec<Value>> =
        session.get(GRANTS).await.map_err(while_("reading the session"))?;
    let written = written.unwrap_or_default().into_iter();
    let codes = written.filter_map(|grant| {
        let Written { role, department } = serde_json::from_value(grant).ok()?;
        Some((role, department))
    });
    Ok(roles::known(codes))
}

/// What it takes to know a caller.
#[derive(Clone)]
pub struct Callers {
    platform: Platform,
    people: People,
    catalogue: Catalogue,
    minimum: Option<Arc<str>>,
}

impl Callers {
    /// Callers of a portal; the `minimum` of assurance as the provider's configuration says it.
    #[must_use]
    pub fn new(
        platform: Platform,
        people: People,
        catalogue: Catalogue,
        minimum: Option<String>,
    ) -> Self {
        Self { platform, people, catalogue, minimum: minimum.map(Arc::from) }
    }

    /// The person signed in to this session, if there is one, out of what was read with it.
    /// `page` is whether a page answers it, with which a session can get another id, and `counting`
    /// whether that says how many notices wait.
    ///
    /// # Errors
    /// When a store cannot be read.
    pub async fn resolve(
        &self,
        session: &Session,
        arrival: Option<&Arrival>,
        page: bool,
        counting: bool,
    ) -> Result<Option<SignedIn>, Failure> {
        let account: Option<Uuid> =
            session.get(SESSION_ACCOUNT_KEY).await.map_err(while_("reading the session"))?;
        let Some(account) = account else { return Ok(None) };
        let person = arrival.map_or(Ok(None), |arrival| self.people.person(arrival, account))?;
        let Some(mut person) = person else {
            session.flush().await.map_err(while_("ending a session without an account"))?;
            return Ok(None);
        };
        let assured = match &self.minimum {
            None => true,
            Some(minimum) => {
                let kept: Option<Option<String>> =
                    session.get(ASSURED).await.map_err(while_("reading the session"))?;
                kept.flatten().as_deref() == Some(minimum)
            }
        };
        if !assured {
            person.grants.clear();
        }
        let before = stood_for(session).await?;
        if before != person.grants && page {
            session.cycle_id().await.map_err(while_("cycling the session"))?;
            session.insert(GRANTS, &person.grants).await.map_err(while_("writing the session"))?;
        } else {
            person.grants.retain(|grant| before.contains(grant));
        }
        let unread = if counting {
            // A page without the number is better than none.
            notices::unread(&self.platform, &self.catalogue, &person).await.ok()
        } else {
            None
        };
        // As it was stored before this request: if this one counts as a use of it, it lasts longer.
        let end = arrival.map(|arrival| arrival.session.expires_at - self.platform.now());
        Ok(Some(SignedIn {
            account,
            session: session.clone(),
            name: person.name,
            assured,
            grants: person.grants.into(),
            facts: Arc::new(person.facts),
            unread: unread.map(|count| u32::try_from(count).unwrap_or(u32::MAX)),
            lasts: end.and_then(|end| u32::try_from(end.num_seconds()).ok()).unwrap_or(0),
        }))
    }
}

/// Whether what stands at this address has a header that says how many notices wait. Files have
/// none, and the page of the notices says itself which are new.
fn counts_notices(path: &str) -> bool {
    let file = path == routes::ACCOUNT_DOWNLOAD || path.contains('.');
    !file && path != routes::NOTICES
}

/// Puts the [`Caller`] into the request's extensions.
pub async fn layer(
    State(callers): State<Arc<Callers>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(session) = request.extensions().get::<Session>().cloned() else {
        tracing::error!("the session layer must be around the caller's");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let arrival = request.extensions_mut().remove::<Arrival>();
    let html = wants_html(request.headers());
    let page = html && *request.method() == Method::GET;
    let counting = page && counts_notices(request.uri().path());
    match callers.resolve(&session, arrival.as_ref(), page, counting).await {
        Ok(person) => {
            request.extensions_mut().insert(Caller(person));
            next.run(request).await
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
