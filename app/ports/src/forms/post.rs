//! The post of a form from its request to its end: a redirect, to the next page or back to the
//! form's own.

use super::{Done, FieldFault, Flash, Form, flash, stash};
use crate::{
    Ports,
    address::with_field,
    caller::{SignedIn, signed_in},
    failure::{AGAIN_AFTER, Failure},
    look::{language_cookie, wants_html},
    routes,
};
use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header, request::Parts, uri::PathAndQuery},
    response::{IntoResponse as _, Response},
};
use leptos::prelude::{expect_context, with_context};
use leptos_axum::ResponseOptions;
use questionnaire::Language;
use serde::Serialize;
use std::sync::PoisonError;
use tower_sessions::Session;

/// What a post needs of its request, taken before the first `.await`.
#[derive(Clone)]
pub struct Post {
    /// The request's head.
    pub parts: Parts,
    /// What will be said in the response's head.
    pub response: ResponseOptions,
    /// The browser's session.
    pub session: Session,
}

impl Post {
    /// The post that is being handled.
    #[must_use]
    pub fn current() -> Self {
        Self { parts: expect_context(), response: expect_context(), session: session() }
    }

    /// A post that no server function takes, because it brings a file. Finish it, then give
    /// what [`Self::answer`] makes of it.
    #[must_use]
    pub fn of_route(parts: Parts) -> Option<Self> {
        let session = parts.extensions.get::<Session>()?.clone();
        Some(Self { parts, response: ResponseOptions::default(), session })
    }

    /// The response of a post made by [`Self::of_route`]; a program reads the failure in it.
    #[must_use]
    pub fn answer(&self, outcome: Result<(), Failure>) -> Response {
        let said = self.response.0.read().unwrap_or_else(PoisonError::into_inner);
        let (status, headers) = (said.status, said.headers.clone());
        let Err(failure) = outcome else {
            return (status.unwrap_or_default(), headers).into_response();
        };
        // Where the form could not even be kept, nothing was said of where to go on.
        let status = status.unwrap_or_else(|| failure.status());
        if wants_html(&self.parts.headers) {
            return (status, headers).into_response();
        }
        (status, headers, Json(failure)).into_response()
    }

    /// Keeps the language of the pages in this browser.
    pub fn remember_language(&self, language: Language) {
        self.response.append_header(header::SET_COOKIE, language_cookie(language));
    }
}

/// Why a form's post ends otherwise than hoped for.
#[derive(Debug)]
pub enum Stop {
    /// The form has faults: its page shows them beside what was typed.
    Invalid {
        /// Name of the form and of its object, as [`refused`](super::refused) asks for it.
        key: String,
        /// What was typed, with the faults.
        form: Form<serde_json::Value>,
    },
    /// Anything else.
    Failure(Failure),
    /// Anything else that the page says itself to which the post leads back: no banner says it above it as well.
    Said(Failure),
}

impl Stop {
    /// Faults of a form.
    pub fn invalid<T: Serialize>(
        key: impl Into<String>,
        typed: &T,
        faults: Vec<FieldFault>,
    ) -> Self {
        let typed = serde_json::to_value(typed).unwrap_or_default();
        Self::Invalid { key: key.into(), form: Form { faults, ..Form::fresh(typed) } }
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// Where a form's post leads and what is said there, or why it ends otherwise.
pub type Outcome = Result<(routes::Path, Option<Done>), Stop>;

/// The session of the request, also of somebody who has not signed in.
///
/// # Panics
/// Where the session middleware is missing, which is a mistake in `startup`.
#[must_use]
pub fn session() -> Session {
    in_request().expect("the session layer wraps every page")
}

/// The session of the request, if one is being handled.
pub(super) fn in_request() -> Option<Session> {
    with_context(|parts: &Parts| parts.extensions.get::<Session>().cloned()).flatten()
}

/// Has the browser GET another page (RFC 9110 §15.4.4). An address that no header can hold leads nowhere.
pub fn see_other(response: &ResponseOptions, to: &str) {
    lead(response, StatusCode::SEE_OTHER, header::LOCATION, to);
}

fn lead(response: &ResponseOptions, status: StatusCode, by: HeaderName, to: &str) {
    if let Ok(location) = HeaderValue::from_str(to) {
        response.set_status(status);
        response.insert_header(by, location);
    }
}

fn go(parts: &Parts, response: &ResponseOptions, to: &str, otherwise: StatusCode) {
    if wants_html(&parts.headers) {
        see_other(response, to);
    } else {
        lead(response, otherwise, HeaderName::from_static(routes::LEADS_TO), to);
    }
}

/// The address under which a form's page shows again what was typed.
#[must_use]
pub fn again(path: &str) -> String {
    let path = routes::local(path);
    if path.ends_with("?again") || path.contains("&again") {
        path
    } else {
        with_field(&path, "again")
    }
}

/// Opens the page that was asked for once more, to show again what waits for its form.
pub fn open_again(post: &Post) {
    let path = post.parts.uri.path_and_query().map_or(routes::HOME, PathAndQuery::as_str);
    go(&post.parts, &post.response, &again(path), StatusCode::OK);
}

/// Ends a form's post: to the next page when it worked, back to the form's page when it did
/// not. Programs that do not ask for HTML get the failure with its status instead.
///
/// Call it with what `session` and the context gave before the first `.await`.
///
/// # Errors
/// The failure, for programs; browsers follow the redirect.
pub async fn finish(post: &Post, back: &str, outcome: Outcome) -> Result<(), Failure> {
    let Post { parts, response, session } = post;
    let (failure, said) = match outcome {
        Ok((to, done)) => {
            if let Some(done) = done {
                flash(session, Flash::Done(done)).await;
            }
            go(parts, response, &to, StatusCode::OK);
            return Ok(());
        }
        Err(Stop::Invalid { key, form }) => {
            stash(session, &key, &form).await?;
            go(parts, response, &again(back), StatusCode::UNPROCESSABLE_ENTITY);
            return Err(Failure::Invalid);
        }
        Err(Stop::Failure(failure)) => (failure, false),
        Err(Stop::Said(failure)) => (failure, true),
    };
    let status = failure.status();
    if failure == Failure::Busy {
        // No redirect: the page would ask for more at the same moment. What was typed is kept,
        // and the error page leads back.
        response.set_status(status);
        response.insert_header(header::RETRY_AFTER, HeaderValue::from(AGAIN_AFTER));
    } else {
        // The page of the sign-in, too, says why it is there, and what becomes of what was typed; whoever
        // has no session gets none for that. A page that is not for the reader says so itself.
        let nobodys = session.id().is_none() && !session.is_modified();
        let told = match failure {
            Failure::Forbidden => false,
            Failure::SignedOut => !nobodys,
            _ => !said,
        };
        if told && wants_html(&parts.headers) {
            flash(session, Flash::Problem(failure.clone())).await;
        }
        let asks = failure.asks_to_sign_in();
        let to = if asks { routes::sign_in_for(&again(back)) } else { routes::local(back) };
        go(parts, response, &to, status);
    }
    Err(failure)
}

/// What `act` comes to for the signed-in person.
async fn by_signed_in<T, E, F>(act: impl FnOnce(Ports, SignedIn) -> F + Send) -> Result<T, E>
where
    E: From<Failure>,
    F: Future<Output = Result<T, E>> + Send,
{
    let (ports, person) = (crate::ports(), signed_in()?);
    act(ports, person).await
}

/// A form's post by the signed-in person: does what `act` does and ends as [`finish`] does.
///
/// # Errors
/// As [`finish`]; [`Failure::SignedOut`].
pub async fn posted<F>(
    back: &str,
    act: impl FnOnce(Ports, SignedIn) -> F + Send,
) -> Result<(), Failure>
where
    F: Future<Output = Outcome> + Send,
{
    let post = Post::current();
    let outcome = by_signed_in(act).await;
    finish(&post, back, outcome).await
}

/// As [`posted`], where what `act` comes to decides on the way back, too: `lead` says that way, and how the
/// post ends.
///
/// # Errors
/// As [`posted`].
pub async fn posted_led<T, F>(
    act: impl FnOnce(Ports, SignedIn) -> F + Send,
    lead: impl FnOnce(Result<T, Failure>) -> (routes::Path, Outcome) + Send,
) -> Result<(), Failure>
where
    F: Future<Output = Result<T, Failure>> + Send,
{
    let post = Post::current();
    let (back, outcome) = lead(by_signed_in(act).await);
    finish(&post, &back, outcome).await
}

/// A form's post by anybody, where what the form names is nothing that there could be: ends at the list of
/// what there is.
///
/// # Errors
/// As [`finish`]; [`Failure::NotFound`].
pub async fn posted_to_nothing(list: &str) -> Result<(), Failure> {
    finish(&Post::current(), list, Err(Failure::NotFound.into())).await
}

/// As [`posted`], for a form of this name in which somebody typed ([`keep_typed`]).
///
/// # Errors
/// As [`posted`].
pub async fn posted_form<T, F>(
    back: &str,
    key: &str,
    typed: &T,
    act: impl FnOnce(Ports, SignedIn) -> F + Send,
) -> Result<(), Failure>
where
    T: Serialize + Sync,
    F: Future<Output = Outcome> + Send,
{
    let post = Post::current();
    let outcome = by_signed_in(act).await;
    let back = match &outcome {
        Err(Stop::Failure(failure)) => {
            keep_typed(&post, back.to_owned(), key, &Form::fresh(typed), failure).await?
        }
        _ => back.to_owned(),
    };
    finish(&post, &back, outcome).await
}

/// Keeps what was typed where nothing is wrong with it, but somebody else changed the same thing,
/// a store failed, or the person was signed out in the meantime; where to go on from `back`.
///
/// # Errors
/// When the session cannot be written.
pub async fn keep_typed<T: Serialize + Sync>(
    post: &Post,
    back: String,
    key: &str,
    form: &Form<T>,
    failure: &Failure,
) -> Result<String, Failure> {
    let here = matches!(failure, Failure::Conflict | Failure::Internal { .. });
    if here || failure.asks_to_sign_in() {
        stash(&post.session, key, form).await?;
    }
    Ok(if here { again(&back) } else { back })
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Post, Stop, again, finish};
    use crate::failure::REQUEST_ID;
    use async_trait::async_trait;
    use axum::{
        body::to_bytes,
        http::{Request, StatusCode, header},
    };
    use std::{
        pin::pin,
        sync::Arc,
        task::{Context, Poll, Waker},
    };
    use tower_sessions::{
        Session, SessionStore,
        session::{Id, Record},
        session_store::{self, Error},
    };

    /// A store of sessions that does not answer.
    #[derive(Debug)]
    pub(in crate::forms) struct Broken;

    fn broken<T>() -> session_store::Result<T> {
        Err(Error::Backend("gone".to_owned()))
    }

    #[async_trait]
    impl SessionStore for Broken {
        async fn save(&self, _: &Record) -> session_store::Result<()> {
            broken()
        }

        async fn load(&self, _: &Id) -> session_store::Result<Option<Record>> {
            broken()
        }

        async fn delete(&self, _: &Id) -> session_store::Result<()> {
            broken()
        }
    }

    /// What comes of a future that waits for nothing.
    pub(in crate::forms) fn at_once<T>(future: impl Future<Output = T>) -> T {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("it waits for something"),
        }
    }

    #[test]
    fn a_route_whose_form_cannot_be_kept_says_the_id_of_the_request() {
        let told = [
            // The error page has it.
            ("text/html", ""),
            ("application/json", r#"{"code":"internal","id":"k4m7"}"#),
        ];
        for (accept, body) in told {
            let request = Request::post("/api/editor/import").header(header::ACCEPT, accept);
            let (mut parts, ()) = request.body(()).unwrap().into_parts();
            parts.extensions.insert(Session::new(Some(Id::default()), Arc::new(Broken), None));
            let post = Post::of_route(parts).unwrap();
            let refused = Err(Stop::invalid("form", &(), Vec::new()));
            let outcome = REQUEST_ID.scope("k4m7".to_owned(), finish(&post, "/", refused));
            let outcome = at_once(outcome);
            let answer = post.answer(outcome);
            assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
            let said = at_once(to_bytes(answer.into_body(), 1000)).unwrap();
            assert_eq!(said, body);
        }
    }

    #[test]
    fn a_form_is_shown_again_at_its_own_address() {
        assert_eq!(again("/polls/1/take/2"), "/polls/1/take/2?again");
        assert_eq!(again("/polls?tab=open"), "/polls?tab=open&again");
        assert_eq!(again("/polls/1/take/2?again"), "/polls/1/take/2?again");
        assert_eq!(again("https://evil.example"), "/?again");
    }
}
