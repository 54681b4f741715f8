//! The polls that wait for a reviewer, and the reviewer's word on one.

use super::{
    desk::{Back, Desk, Next, press},
    filled::held,
    id,
};
use crate::editor::{
    form::{ReturnForm, key},
    view::{ReviewForm, ReviewLine, ReviewPage},
};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use ports::{
    authoring::Refusal,
    caller::signed_in,
    failure::Failure,
    forms::{Done, Fault, FieldFault, Form, Post, refused, stashed},
    ports, routes,
};
use questionnaire::is_blank;

/// The polls that wait for review.
///
/// # Errors
/// As every function [here](super).
#[server(prefix = "/api", endpoint = "editor/reviews", input = GetUrl)]
pub async fn read_reviews() -> Result<Vec<ReviewLine>, Failure> {
    let ports = ports();
    let person = signed_in()?;
    ports.authoring.reviews(&person).await
}

/// A poll that waits for review, by itself.
///
/// # Errors
/// As every function [here](super).
pub async fn in_review(poll: String) -> Result<ReviewPage, Failure> {
    let ports = ports();
    let person = signed_in()?;
    ports.authoring.review(&person, id(&poll)?).await
}

/// A poll that waits for review. Where it waits no longer, how that ended and what the reviewer wrote about it
/// is all that is shown.
///
/// # Errors
/// As every function [here](super).
#[server(prefix = "/api", endpoint = "editor/review", input = GetUrl)]
pub async fn read_review(#[server(default)] poll: String) -> Result<ReviewForm, Failure> {
    let ports = ports();
    let (person, post) = (signed_in()?, Post::current());
    let key = key("review", &poll);
    let mut form = refused(&key).await;
    if form.is_none() {
        form = stashed(&post.session, &held(&key)).await;
    }
    let form: Form<ReturnForm> = form.unwrap_or_default();
    let id = id(&poll)?;
    match ports.authoring.review(&person, id).await {
        Ok(page) => return Ok(ReviewForm { page: Some(page), reviewed: None, form }),
        Err(Failure::NotFound) => {}
        Err(failure) => return Err(failure),
    }
    match ports.authoring.reviewed(&person, id).await {
        Ok(reviewed) => Ok(ReviewForm { page: None, reviewed: Some(reviewed), form }),
        Err(Failure::NotFound) if !is_blank(&form.typed.reason) => {
            Ok(ReviewForm { page: None, reviewed: None, form })
        }
        Err(failure) => Err(failure),
    }
}

/// Whether a poll waits for review. Who may not review it is told so.
async fn waits(desk: &Desk, poll: &str) -> Result<bool, Failure> {
    match desk.ports.authoring.review(desk.person()?, id(poll)?).await {
        Ok(_) => Ok(true),
        Err(Failure::NotFound) => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// The page of a review, which shows what was typed in any case.
fn back_to_words(poll: &str) -> Back {
    Back::to_page(format!("{}/{poll}", routes::STAFF_REVIEWS))
}

/// Approves a poll, unless there is a reason not to: that would reach nobody, and comes back with the page.
///
/// # Errors
/// As every function [here](super); [`Failure::Forbidden`] also to whoever wrote some of it;
/// [`Failure::NotReady`] when something is missing by now; [`Failure::Invalid`] with a reason.
#[server(prefix = "/api", endpoint = "editor/approve")]
pub async fn approve(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
    #[server(default)] reason: String,
) -> Result<(), Failure> {
    let desk = Desk::on(&revision);
    if !is_blank(&reason) {
        let form = ReturnForm { reason };
        let fault = FieldFault::new("reason", Fault::ReasonOnApproval);
        let outcome: Result<Next, Refusal> = match waits(&desk, &poll).await {
            Ok(true) => Err(Refusal::Faults(vec![fault])),
            Ok(false) => Err(Failure::WrongState.into()),
            Err(failure) => Err(failure.into()),
        };
        return desk.finish(back_to_words(&poll), key("review", &poll), &form, outcome).await;
    }
    let outcome = async {
        let person = desk.person()?;
        desk.ports.authoring.approve(person, id(&poll)?, super::revision(&revision)?).await?;
        // A reason not to, which waited to be sent.
        desk.forget(&key("review", &poll)).await;
        Ok((routes::STAFF_REVIEWS.to_owned(), Some(Done::Approved)))
    }
    .await;
    press(&desk, Back::to_review(&poll), outcome).await
}

/// Returns a poll with a reason.
///
/// # Errors
/// As every function [here](super); [`Failure::Forbidden`] also to whoever wrote some of it;
/// [`Failure::Invalid`] without a reason.
#[server(prefix = "/api", endpoint = "editor/return")]
pub async fn return_(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
    #[server(default)] reason: String,
) -> Result<(), Failure> {
    let desk = Desk::on(&revision);
    let form = ReturnForm { reason };
    let outcome = async {
        // First, whatever was typed: who may not review the poll is told that and nothing else.
        let waits = waits(&desk, &poll).await?;
        let reason = match form.read() {
            Ok(reason) => reason,
            Err(faults) if waits => return Err(Refusal::Faults(faults)),
            // Whoever has the form was shown the poll: it was taken back since, or somebody else decided.
            Err(_) => return Err(Failure::WrongState.into()),
        };
        let (id, revision) = (id(&poll)?, super::revision(&revision)?);
        desk.ports.authoring.return_(desk.person()?, id, revision, reason).await?;
        Ok((routes::STAFF_REVIEWS.to_owned(), Some(Done::Returned)))
    }
    .await;
    desk.finish(back_to_words(&poll), key("review", &poll), &form, outcome).await
}
