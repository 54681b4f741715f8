//! Published results and how far participation has come.

use crate::{
    caller::SignedIn,
    failure::Failure,
    forms::Fault,
    views::results::{
        Asked, Comparison, DepartmentStatistics, Live, ResultsPage, StaffResults, Tokens,
    },
};
use async_trait::async_trait;
use questionnaire::Language;
use uuid::Uuid;

/// Published results and how far participation has come.
///
/// Ids that could not be read come as `None`: they are as unknown as any other. `asked` is what an
/// address asks for beyond the poll or the department.
#[async_trait]
pub trait Statistics: Send + Sync {
    /// A published poll. [`Failure::NotFound`] before it is published. `reader` is whoever asks, if
    /// signed in: others may see it a few seconds late.
    async fn results(
        &self,
        reader: Option<&SignedIn>,
        poll: Uuid,
        asked: Asked,
        language: Language,
    ) -> Result<ResultsPage, Failure>;

    /// The interim totals of an open poll, for everybody; absent where none are shown.
    /// [`Failure::NotFound`] where nobody may see the poll.
    async fn live(&self, poll: Uuid, language: Language) -> Result<Option<Live>, Failure>;

    /// Two published polls side by side. [`Failure::NotFound`] where one is not published, or both
    /// are the same. `reader` as with [`Self::results`].
    async fn comparison(
        &self,
        reader: Option<&SignedIn>,
        polls: [Uuid; 2],
        asked: Asked,
        language: Language,
    ) -> Result<Comparison, Failure>;

    /// A poll of a department in which the person is statistician or initiator.
    /// [`Failure::Forbidden`] without such a role, [`Failure::NotFound`] with one elsewhere, and
    /// before the poll opens.
    async fn staff_results(
        &self,
        person: &SignedIn,
        poll: Option<Uuid>,
        asked: Asked,
        language: Language,
    ) -> Result<StaffResults, Failure>;

    /// The polls of a department in which the person is statistician or initiator, from opening
    /// on; of the published ones a page (from 1). There is nothing else to choose: whatever is
    /// `asked` for is refused. Failures as with [`Self::staff_results`].
    async fn department(
        &self,
        person: &SignedIn,
        department: Option<Uuid>,
        asked: Asked,
        page: u64,
        language: Language,
    ) -> Result<DepartmentStatistics, Failure>;

    /// The department's tokens for the API, newest first, to its statisticians.
    /// [`Failure::Forbidden`] without the role, [`Failure::NotFound`] with one elsewhere.
    async fn tokens(
        &self,
        person: &SignedIn,
        department: Option<Uuid>,
        language: Language,
    ) -> Result<Tokens, Failure>;

    /// A mark for a form that makes a token, which brings it along: sent twice, it makes one token.
    fn mark(&self) -> Uuid;

    /// Makes a token; it is given back this once, and once more where the form with this `mark` is sent twice within
    /// a minute. `name` is not blank and at most
    /// [`MAX_TOKEN_NAME`](crate::views::results::MAX_TOKEN_NAME) characters long. The inner error is
    /// [`Fault::SameToken`]. Failures as with [`Self::tokens`].
    async fn create_token(
        &self,
        person: &SignedIn,
        department: Option<Uuid>,
        name: &str,
        mark: Option<Uuid>,
    ) -> Result<Result<String, Fault>, Failure>;

    /// Revokes a token at once. Failures as with [`Self::tokens`].
    async fn revoke_token(
        &self,
        person: &SignedIn,
        department: Option<Uuid>,
        token: Option<Uuid>,
    ) -> Result<(), Failure>;
}
