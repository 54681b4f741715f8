//! The person whose answers a request may touch.

use crate::Error;
use tower_sessions::Session;
use uuid::Uuid;

/// The session's key under which signing in puts the account's id, a [`Uuid`].
pub const SESSION_ACCOUNT_KEY: &str = "account";

/// A signed-in person. It can be made from a session only, so no function of the vault can be
/// called with an identifier that came with a request.
///
/// ```compile_fail,E0451
/// let claimed = vault::Respondent { account: uuid::Uuid::nil() };
/// ```
///
/// ```compile_fail,E0277
/// fn printed(respondent: vault::Respondent) -> String {
///     format!("{respondent:?}")
/// }
/// ```
pub struct Respondent {
    account: Uuid,
}

impl Respondent {
    /// The person signed in to this session; `None` if nobody is.
    ///
    /// # Errors
    /// [`Error::Session`] if the session cannot be read.
    pub async fn from_session(session: &Session) -> Result<Option<Self>, Error> {
        let account = session.get::<Uuid>(SESSION_ACCOUNT_KEY).await?;
        Ok(account.map(|account| Self { account }))
    }

    pub(crate) const fn citizen_id(&self) -> &[u8; 16] {
        self.account.as_bytes()
    }
}
