//! Who makes the request: resolved once by the server's session middleware, never by a request's
//! own words.

use crate::{
    failure::Failure,
    roles::{Grant, Role},
};
use axum::http::request::Parts;
use leptos::prelude::with_context;
use questionnaire::Facts;
use std::sync::Arc;
use tower_sessions::Session;
use uuid::Uuid;

/// A person with a valid session.
#[derive(Clone)]
pub struct SignedIn {
    /// The person's account.
    pub account: Uuid,
    /// The session that proves it. The vault makes a respondent of it and of nothing else.
    pub session: Session,
    /// How pages address the person, where a name was released.
    pub name: Option<String>,
    /// Whether the person signed in at the level of assurance that taking part and acting for the
    /// staff need; true where no minimum is configured.
    pub assured: bool,
    /// The roles of the staff that the person can act in: none without [`Self::assured`].
    pub grants: Arc<[Grant]>,
    /// What an audience can ask of the person, as far as it is known.
    pub facts: Arc<Facts>,
    /// How many notices the person has not seen, for the header of the page that is asked for; absent
    /// where it was not counted, or could not be. It is counted before the page is drawn: a renderer that waits for one part
    /// of a page does not poll another, and a connection given to what nobody polls is lost to
    /// everybody until it times out.
    pub unread: Option<u32>,
    /// For how many seconds the session lasts at least if it is not used again.
    pub lasts: u32,
}

/// The caller of the request, in its extensions.
#[derive(Clone, Default)]
pub struct Caller(pub Option<SignedIn>);

/// Whoever makes the request that is being handled. Take it before the first `.await`.
#[must_use]
pub fn caller() -> Caller {
    // Looked at where it lies: a copy would be of the whole head with all its headers.
    with_context(|parts: &Parts| parts.extensions.get::<Caller>().cloned())
        .flatten()
        .unwrap_or_default()
}

/// The signed-in person.
///
/// # Errors
/// [`Failure::SignedOut`].
pub fn signed_in() -> Result<SignedIn, Failure> {
    caller().0.ok_or(Failure::SignedOut)
}

impl SignedIn {
    /// Whether the person has the role anywhere: in the whole portal, or in any one department. What
    /// it lets a person do in a department is asked with [`Self::require_in`].
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.grants.iter().any(|grant| grant.role == role)
    }

    /// The departments in which the person has the role.
    #[must_use]
    pub fn departments(&self, role: Role) -> Vec<Uuid> {
        self.grants
            .iter()
            .filter(|grant| grant.role == role)
            .filter_map(|grant| grant.department)
            .collect()
    }

    /// Why the person may not do what needs a role that is not among the grants: at too low a level
    /// of assurance there are none.
    #[must_use]
    pub const fn without_role(&self) -> Failure {
        if self.assured { Failure::Forbidden } else { Failure::NotAssured }
    }

    /// `Ok` if the person has the role anywhere, as [`Self::has`] says. Of a role that is given in
    /// departments it says no more than that the person may be told which objects there are: what is
    /// done to one of them asks [`Self::require_in`], too.
    ///
    /// # Errors
    /// [`Self::without_role`].
    pub fn require(&self, role: Role) -> Result<(), Failure> {
        if self.has(role) { Ok(()) } else { Err(self.without_role()) }
    }

    /// `Ok` if the person has the role in this very department.
    ///
    /// # Errors
    /// [`Self::without_role`] without the role anywhere; [`Failure::NotFound`] with the role in
    /// another department, where this one's objects are as good as absent.
    pub fn require_in(&self, role: Role, department: Uuid) -> Result<(), Failure> {
        if self.departments(role).contains(&department) {
            Ok(())
        } else if self.has(role) {
            Err(Failure::NotFound)
        } else {
            Err(self.without_role())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use tower_sessions::{
        SessionStore,
        session::{Id, Record},
        session_store,
    };

    /// A store that nobody asks.
    #[derive(Debug)]
    struct NoStore;

    #[async_trait]
    impl SessionStore for NoStore {
        async fn save(&self, _: &Record) -> session_store::Result<()> {
            Ok(())
        }

        async fn load(&self, _: &Id) -> session_store::Result<Option<Record>> {
            Ok(None)
        }

        async fn delete(&self, _: &Id) -> session_store::Result<()> {
            Ok(())
        }
    }

    /// Somebody with this one role.
    fn with(role: Role, department: Option<Uuid>) -> SignedIn {
        SignedIn {
            account: Uuid::from_u128(1),
            session: Session::new(None, Arc::new(NoStore), None),
            name: None,
            assured: true,
            grants: Arc::new([Grant { role, department }]),
            facts: Arc::default(),
            unread: None,
            lasts: 0,
        }
    }

    #[test]
    fn a_role_of_any_one_department_is_had_but_counts_in_that_department_alone() {
        let [own, other] = [2, 3].map(Uuid::from_u128);
        let person = with(Role::Initiator, Some(own));
        assert!(person.has(Role::Initiator));
        assert_eq!(person.require(Role::Initiator), Ok(()));
        assert_eq!(person.require_in(Role::Initiator, own), Ok(()));
        assert_eq!(person.require_in(Role::Initiator, other), Err(Failure::NotFound));
        assert!(!person.has(Role::Statistician));
        assert_eq!(person.require(Role::Statistician), Err(Failure::Forbidden));
        assert_eq!(person.require_in(Role::Statistician, own), Err(Failure::Forbidden));
    }

    #[test]
    fn a_role_of_the_whole_portal_is_had_and_is_of_no_department() {
        let person = with(Role::Reviewer, None);
        assert!(person.has(Role::Reviewer));
        assert_eq!(person.require(Role::Reviewer), Ok(()));
        assert!(person.departments(Role::Reviewer).is_empty());
    }
}
