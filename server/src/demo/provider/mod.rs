//! The demo identity provider: a small `OpenID` provider in the manner of a State Services
//! account, for `make run` and for tests that need a provider within reach.
//!
//! It is a program of its own: its own port, its own pages, its own texts in two languages, and no
//! knowledge of the portal, which meets it as it would meet any provider. There are no passwords:
//! a visitor picks one of the invented [people](crate::demo::people). Therefore it must never be
//! reachable by anyone but the person at the machine, and [`router`] refuses any address that is
//! not a loopback address.
//!
//! # What it does
//! - Authorization code flow with PKCE (S256 only), RFC 9207 `iss`, `prompt`, `max_age`,
//!   `id_token_hint` and `ui_locales`; `client_secret_basic` and `client_secret_post`.
//! - A consent page that shows the data each scope would release; each scope but `openid` can be
//!   refused. The token response names the granted scopes.
//! - ID tokens signed with ES256: `iss sub aud exp iat auth_time nonce at_hash acr sid`. The data
//!   itself comes from the userinfo endpoint alone, in the shapes of [`crate::demo::people`].
//! - RP-initiated logout.
//!
//! | address | purpose |
//! | --- | --- |
//! | `/.well-known/openid-configuration` | discovery |
//! | `/jwks` | the public key |
//! | `/authorize` | start of a sign-in |
//! | `/interaction/{id}` | sign-in and consent pages |
//! | `/token`, `/userinfo` | back channel |
//! | `/end_session`, `/sign-out/{id}` | sign-out, and its confirmation |
//!
//! All state is in memory, bounded and forgotten at the end of the process.

mod authorize;
mod discovery;
mod encoding;
mod interaction;
mod keys;
mod locale;
mod logout;
mod pages;
mod params;
mod preview;
mod reply;
mod settings;
mod shelf;
mod state;
mod texts;
mod token;
mod userinfo;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use crate::clock::Clock;
use crate::demo::people::People;
use crate::entropy::Entropy;

pub use settings::{Client, Settings, SettingsError};
pub(super) use texts::NAME;

use state::Provider;

/// The largest body the provider reads, in bytes; its own forms have a few hundred.
const BODY_LIMIT: usize = 64 * 1024;

/// The provider's pages and endpoints, to be served at the root of `settings.issuer`.
///
/// The key that signs ID tokens is made here, from `entropy`, and lives as long as the router.
///
/// # Errors
/// If [`Settings::validate`] finds fault with the settings.
pub fn router(
    settings: Settings,
    people: People,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Router, SettingsError> {
    settings.validate()?;
    let provider = Arc::new(Provider::new(settings, people, clock, entropy));
    Ok(Router::new()
        .route("/", get(interaction::front_page))
        .route("/.well-known/openid-configuration", get(discovery::configuration))
        .route("/jwks", get(discovery::keys))
        .route("/authorize", get(authorize::authorize).post(authorize::authorize))
        .route("/interaction/{id}", get(interaction::show))
        .route("/interaction/{id}/sign-in", post(interaction::sign_in))
        .route("/interaction/{id}/switch", post(interaction::switch_person))
        .route("/interaction/{id}/consent", post(interaction::consent))
        .route("/token", post(token::exchange))
        .route("/userinfo", get(userinfo::userinfo).post(userinfo::userinfo))
        .route("/end_session", get(logout::end_session).post(logout::end_session))
        .route("/sign-out/{id}", get(logout::show).post(logout::confirm))
        .fallback(interaction::not_found)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(provider))
}
