//! Who makes a request: the session's account, its roles and the name that was released.
//!
//! It is looked up for every request, so that a role that was taken away or an account that was
//! deleted counts at once, not at the next sign-in.

use crate::{
    accounts::attributes::Attributes, error::while_, http::errors::wants_html, notices,
    platform::Platform, staff::roles::grants, store::account,
};
use axum::{
    extract::{Request, State},
    http::{Method, StatusCode},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use ports::{
    caller::{Caller, SignedIn},
    failure::Failure,
    roles::Grant,
};
use sea_orm::EntityTrait as _;
use tower_sessions::Session;
use uuid::Uuid;
use vault::SESSION_ACCOUNT_KEY;

/// Data key of the roles that the session's id stands for.
pub const GRANTS: &str = "grants";

/// What it takes to know a caller.
#[derive(Clone)]
pub struct Callers {
    platform: Platform,
    attributes: Attributes,
}

impl Callers {
    /// Callers of a portal.
    #[must_use]
    pub const fn new(platform: Platform, attributes: Attributes) -> Self {
        Self { platform, attributes }
    }

    async fn unread(&self, account: Uuid) -> Result<u64, Failure> {
        notices::unread(&self.platform, &self.attributes, account).await
    }

    /// The person signed in to this session, if there is one. `cycle` is whether the session may
    /// get another id now.
    ///
    /// # Errors
    /// When a store cannot be read.
    pub async fn resolve(
        &self,
        session: &Session,
        cycle: bool,
    ) -> Result<Option<SignedIn>, Failure> {
        let account: Option<Uuid> =
            session.get(SESSION_ACCOUNT_KEY).await.map_err(while_("reading the session"))?;
        let Some(account) = account else { return Ok(None) };
        let known = account::Entity::find_by_id(account)
            .one(&self.platform.db)
            .await
            .map_err(while_("reading the caller's account"))?;
        if known.is_none() {
            session.flush().await.map_err(while_("ending a session without an account"))?;
            return Ok(None);
        }
        let grants = grants(&self.platform.db, account).await?;
        if cycle {
            // An id that leaked while the person could do less must not be able to do more now.
            let before: Option<Vec<Grant>> =
                session.get(GRANTS).await.map_err(while_("reading the session"))?;
            if before.unwrap_or_default() != grants {
                session.cycle_id().await.map_err(while_("cycling the session"))?;
                session.insert(GRANTS, &grants).await.map_err(while_("writing the session"))?;
            }
        }
        let name = self.attributes.one(account, "name").await?;
        let name = name.and_then(|name| name.value.as_str().map(ToOwned::to_owned));
        Ok(Some(SignedIn {
            account,
            session: session.clone(),
            name,
            grants: grants.into(),
            unread: 0,
        }))
    }
}

/// Puts the [`Caller`] into the request's extensions.
pub async fn layer(State(callers): State<Callers>, mut request: Request, next: Next) -> Response {
    let Some(session) = request.extensions().get::<Session>().cloned() else {
        tracing::error!("the session layer must be around the caller's");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    match callers.resolve(&session, wants_html(request.headers())).await {
        Ok(mut person) => {
            if let Some(person) = &mut person
                && wants_html(request.headers())
                && *request.method() == Method::GET
            {
                // A page without the number is better than none.
                let count = callers.unread(person.account).await.unwrap_or_default();
                person.unread = u32::try_from(count).unwrap_or(u32::MAX);
            }
            request.extensions_mut().insert(Caller(person));
            next.run(request).await
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
