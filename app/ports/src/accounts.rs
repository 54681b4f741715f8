//! The citizen's record: data, consents, sessions, inbox, export, deletion.
//!
//! Every method speaks of the person who asks: there is no account's id among the arguments, and
//! an id of somebody else's consent or session is as good as none.

use crate::{
    caller::SignedIn,
    failure::Failure,
    forms::Fault,
    views::{
        account::{Accesses, Consent, Consents, Data, Deletion, Device, Notice, Overview, Stated},
        sign_in::{Errand, SignIn},
    },
};
use async_trait::async_trait;
use questionnaire::Language;
use uuid::Uuid;

/// The citizen's record: data, consents, sessions, inbox, export, deletion.
///
/// Beside what a method names, each fails with [`Failure::Internal`] when a store cannot be read or
/// written, and with [`Failure::SignedOut`] where the account is not there any more.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// What will be asked of the identity provider on this errand, for anybody.
    async fn sign_in(
        &self,
        person: Option<&SignedIn>,
        errand: &Errand,
        language: Language,
    ) -> Result<SignIn, Failure>;

    /// The account at a glance.
    async fn overview(&self, person: &SignedIn) -> Result<Overview, Failure>;

    /// Everything that the portal knows of the person.
    async fn data(&self, person: &SignedIn) -> Result<Data, Failure>;

    /// Keeps what the person states, in place of what was stated before; what the provider
    /// released stays as it is.
    async fn state(&self, person: &SignedIn, stated: Stated) -> Result<(), Failure>;

    /// The page (from 1) of the consents that the person gave: those that hold, then the newest.
    async fn consents(&self, person: &SignedIn, page: u64) -> Result<Consents, Failure>;

    /// One of them.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for one that does not exist or is not the person's.
    async fn consent(&self, person: &SignedIn, consent: Uuid) -> Result<Consent, Failure>;

    /// Revokes a consent and deletes what it released. Where it does not hold any more it is done
    /// already.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for one that does not exist or is not the person's.
    async fn revoke(&self, person: &SignedIn, consent: Uuid) -> Result<(), Failure>;

    /// The page (from 1) of who used the person's data.
    async fn accesses(&self, person: &SignedIn, page: u64) -> Result<Accesses, Failure>;

    /// The browsers that are signed in, this one first.
    async fn sign_ins(&self, person: &SignedIn) -> Result<Vec<Device>, Failure>;

    /// Ends another sign-in of the person. The last one that was ended from here is done already.
    ///
    /// # Errors
    /// [`Failure::NotFound`] for any other that does not exist, is this one or is not the person's.
    async fn end_sign_in(&self, person: &SignedIn, handle: &str) -> Result<(), Failure>;

    /// Ends every sign-in of the person but this one.
    async fn end_other_sign_ins(&self, person: &SignedIn) -> Result<(), Failure>;

    /// What the person gives to an administrator to be appointed, once it was made.
    async fn staff_code(&self, person: &SignedIn) -> Result<Option<String>, Failure>;

    /// Makes the staff code, if there is none yet.
    async fn make_staff_code(&self, person: &SignedIn) -> Result<(), Failure>;

    /// Keeps the language that the person wants.
    async fn set_language(&self, person: &SignedIn, language: Language) -> Result<(), Failure>;

    /// What deleting the account means for this person.
    async fn deletion(&self, person: &SignedIn) -> Result<Deletion, Failure>;

    /// Deletes the account with everything that the portal keeps of the person, and ends every
    /// sign-in. Answers to polls that are not closed are deleted, those to closed ones are cut
    /// off from the person for good. Gives where the browser ends the identity provider's sign-in, too, which
    /// asks in this language, where there is such a place: whoever uses the computer next would be signed in
    /// as this person otherwise. The inner error is [`Fault::LastAdministrator`].
    async fn delete(
        &self,
        person: &SignedIn,
        language: Language,
    ) -> Result<Result<Option<String>, Fault>, Failure>;

    /// Whether the account is gone whose page of a deletion had this mark: for a form that was sent
    /// twice, by whom nobody can know any more. Of a mark that the portal did not make it is not.
    async fn is_deleted(&self, mark: &str) -> Result<bool, Failure>;

    /// Whose page it is that shows the person a form, for the form to send along ([`Self::is_of_another`]).
    /// Sealed, by another nonce each time.
    fn mark(&self, person: &SignedIn) -> String;

    /// Whether the page that had this mark was somebody else's: on a shared computer one person's form can
    /// be sent after another has signed in. Of a mark that the portal did not make it is not said.
    fn is_of_another(&self, person: &SignedIn, mark: &str) -> bool;

    /// The inbox, newest first. The person has seen it then.
    async fn inbox(&self, person: &SignedIn) -> Result<Vec<Notice>, Failure>;

    /// How many minutes the portal's clock is ahead of UTC at present.
    fn ahead(&self) -> i32;
}
