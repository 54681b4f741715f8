//! Forms: show, post, show again with what was typed and what is wrong with it.
//!
//! A form is a plain POST to a server function, which ends in a redirect. When something is
//! wrong, typed values and faults wait in the session, and the form's page, opened with `?again`,
//! shows them with status 422. Nothing of it stands in an address, where it could be forged.

use crate::failure::Failure;
use questionnaire::{AnswerError, Language, Problem};
use serde::{Deserialize, Serialize};

/// What is wrong with a field. A closed set: `ui::words::fault` turns it into words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum Fault {
    /// Nothing was typed or chosen.
    Required,
    /// Text in this language is missing.
    MissingTranslation {
        /// The language.
        language: Language,
    },
    /// More characters than allowed.
    TooLong {
        /// Most characters.
        max: u32,
    },
    /// Not a date or a time.
    NotADate,
    /// A time that has passed.
    InThePast,
    /// The end is not after the beginning.
    EndBeforeStart,
    /// Not a whole number, or outside the bounds.
    NotInRange {
        /// Smallest allowed.
        min: i64,
        /// Largest allowed.
        max: i64,
    },
    /// A choice that does not exist.
    UnknownChoice,
    /// A code that nobody has.
    UnknownCode,
    /// The object exists already.
    AlreadyThere,
    /// Without this administrator there would be none.
    LastAdministrator,
    /// The text that confirms a deletion is another.
    NotConfirmed,
    /// What the page showed has changed since.
    Outdated,
    /// The separate consent is missing.
    ConsentRequired,
    /// No file was chosen, or an empty one.
    NoFile,
    /// The file is larger than allowed.
    FileTooLarge {
        /// Most kilobytes.
        kilobytes: u32,
    },
    /// The file is something else than a questionnaire's copy.
    NotAQuestionnaire,
    /// The file cannot be read from here on.
    BrokenFile {
        /// Its line, from 1.
        line: u32,
    },
    /// A region that the portal does not have.
    UnknownRegion,
    /// What is wrong in a part of a file.
    InFile {
        /// Where.
        part: FilePart,
        /// What.
        wrong: Box<Self>,
    },
    /// What is wrong with an answer.
    Answer {
        /// As the questionnaire says it.
        error: AnswerError,
    },
    /// What is wrong with a question's definition.
    Definition {
        /// As the questionnaire says it.
        problem: Problem,
    },
}

/// A part of a questionnaire's copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum FilePart {
    /// The languages.
    Languages,
    /// The title.
    Title,
    /// The purpose.
    Purpose,
    /// One question.
    Question {
        /// Its place, from 1.
        number: usize,
    },
    /// The questions all together.
    Questions,
    /// Whom it asks.
    Audience,
}

/// A fault and the field that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldFault {
    /// The field's name, which is also the id that the summary links to.
    pub field: String,
    /// What is wrong.
    pub fault: Fault,
}

impl FieldFault {
    /// A fault of a field.
    pub fn new(field: impl Into<String>, fault: Fault) -> Self {
        Self { field: field.into(), fault }
    }
}

/// A form as its page shows it: what is in the fields, and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Form<T> {
    /// The fields as typed, or as stored where nothing was typed yet.
    pub typed: T,
    /// What is wrong; empty at first sight.
    pub faults: Vec<FieldFault>,
    /// The revision of what is changed by it that it was filled in on, where there are revisions:
    /// shown again, it is still filled in on that one.
    #[serde(default)]
    pub seen: Option<i32>,
}

impl<T> Form<T> {
    /// A form nobody has sent yet.
    pub const fn fresh(typed: T) -> Self {
        Self { typed, faults: Vec::new(), seen: None }
    }

    /// What is wrong, apart from what was typed.
    #[must_use]
    pub fn only_faults(&self) -> Form<()> {
        Form { typed: (), faults: self.faults.clone(), seen: self.seen }
    }

    /// What is wrong with `field`.
    pub fn fault(&self, field: &str) -> Option<&Fault> {
        self.faults.iter().find(|fault| fault.field == field).map(|fault| &fault.fault)
    }
}

/// What the next page says once, in a banner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flash {
    /// It worked.
    Done(Done),
    /// It did not.
    Problem(Failure),
}

/// What worked. A closed set: `ui::words::done` turns it into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// Settings or a form were saved.
    Saved,
    /// The response was withdrawn.
    Withdrawn,
    /// A consent was revoked, and the data with it.
    Revoked,
    /// A program's token was revoked.
    TokenRevoked,
    /// Another session was ended.
    SessionEnded,
    /// The account is deleted.
    AccountDeleted,
    /// Signed out here and at the provider.
    SignedOut,
    /// The poll was sent to review.
    SentToReview,
    /// The poll was approved.
    Approved,
    /// The poll was returned.
    Returned,
    /// The poll was opened.
    Opened,
    /// The poll was closed.
    Closed,
    /// A role was given.
    Appointed,
    /// A role was taken.
    Removed,
    /// A question was deleted.
    QuestionDeleted,
    /// A draft was made of a file.
    Imported,
    /// A draft poll was deleted.
    PollDeleted,
    /// What was typed and not sent was deleted.
    AnswersDiscarded,
}

pub use server::{
    Stop, again, finish, flash, forget, keep_typed, open_again, posted, posted_form, refused,
    session, stash, stashed, take_flash,
};

mod waiting;

mod server {
    use super::{Done, FieldFault, Flash, Form, waiting};
    use crate::{
        Ports,
        caller::{SignedIn, signed_in},
        failure::Failure,
        look::language_cookie,
        routes,
    };
    use axum::{
        Json,
        http::{HeaderName, HeaderValue, StatusCode, header, request::Parts, uri::PathAndQuery},
        response::{IntoResponse as _, Response},
    };
    use leptos::prelude::{expect_context, use_context};
    use leptos_axum::ResponseOptions;
    use questionnaire::Language;
    use serde::{Serialize, de::DeserializeOwned};
    use std::sync::PoisonError;
    use tower_sessions::Session;

    const FLASH: &str = "flash";

    /// Why a form's post ends otherwise than hoped for.
    #[derive(Debug)]
    pub enum Stop {
        /// The form has faults: its page shows them beside what was typed.
        Invalid {
            /// Name of the form and of its object, as [`refused`] asks for it.
            key: String,
            /// What was typed, with the faults.
            form: Form<serde_json::Value>,
        },
        /// Anything else.
        Failure(Failure),
    }

    impl Stop {
        /// Faults of a form.
        pub fn invalid<T: Serialize>(
            key: impl Into<String>,
            typed: &T,
            faults: Vec<FieldFault>,
        ) -> Self {
            let typed = serde_json::to_value(typed).unwrap_or_default();
            Self::Invalid { key: key.into(), form: Form { typed, faults, seen: None } }
        }
    }

    impl From<Failure> for Stop {
        fn from(failure: Failure) -> Self {
            Self::Failure(failure)
        }
    }

    /// Where a form's post leads and what is said there, or why it ends otherwise.
    type Outcome = Result<(String, Option<Done>), Stop>;

    /// The session of the request, also of somebody who has not signed in.
    ///
    /// # Panics
    /// Where the session middleware is missing, which is a mistake in `startup`.
    #[must_use]
    pub fn session() -> Session {
        let parts: Parts = expect_context();
        parts.extensions.get::<Session>().cloned().expect("the session layer wraps every page")
    }

    fn wants_html(parts: &Parts) -> bool {
        let accept = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        accept.is_some_and(|accept| accept.contains("text/html"))
    }

    fn store_failed(error: &tower_sessions::session::Error) -> Failure {
        tracing::error!(%error, "the session could not be written");
        Failure::Internal { id: String::new() }
    }

    /// Keeps typed values for the form's page. Also used when nobody is signed in any more: what
    /// was typed survives signing in again.
    ///
    /// # Errors
    /// When the session cannot be written.
    pub async fn stash<T: Serialize>(
        session: &Session,
        key: &str,
        form: &Form<T>,
    ) -> Result<(), Failure> {
        waiting::put(session, key, form).await.map_err(|error| store_failed(&error))
    }

    /// The form as it was refused, if the page was opened to show it again. Sets status 422 where
    /// there are faults.
    pub async fn refused<T: DeserializeOwned>(key: &str) -> Option<Form<T>> {
        let parts: Parts = use_context()?;
        let response: ResponseOptions = use_context()?;
        let again =
            parts.uri.query().is_some_and(|query| query.split('&').any(|part| part == "again"));
        if !again {
            return None;
        }
        let session = parts.extensions.get::<Session>()?.clone();
        let form: Form<T> = waiting::find(&session, key).await?;
        if !form.faults.is_empty() {
            response.set_status(StatusCode::UNPROCESSABLE_ENTITY);
        }
        Some(form)
    }

    /// Throws away what waits for a form's page: it is in its place now.
    pub async fn forget(session: &Session, key: &str) {
        if let Err(error) = waiting::remove(session, key).await {
            store_failed(&error);
        }
    }

    /// What was stashed for a form's page, also where the page was not opened to show it again.
    pub async fn stashed<T: DeserializeOwned>(session: &Session, key: &str) -> Option<Form<T>> {
        waiting::find(session, key).await
    }

    /// Says something once on the next page.
    pub async fn flash(session: &Session, flash: Flash) {
        if let Err(error) = session.insert(FLASH, flash).await {
            store_failed(&error);
        }
    }

    /// What the previous request wanted to have said.
    pub async fn take_flash() -> Option<Flash> {
        let parts: Parts = use_context()?;
        let session = parts.extensions.get::<Session>()?.clone();
        // Looking first: a removal would write every session on every page.
        session.get::<Flash>(FLASH).await.ok().flatten()?;
        session.remove(FLASH).await.ok().flatten()
    }

    fn go(parts: &Parts, response: &ResponseOptions, to: &str, otherwise: StatusCode) {
        let Ok(location) = HeaderValue::from_str(to) else { return };
        if wants_html(parts) {
            // RFC 9110 §15.4.4: 303 makes the browser GET the next page.
            response.set_status(StatusCode::SEE_OTHER);
            response.insert_header(header::LOCATION, location);
        } else {
            response.set_status(otherwise);
            response.insert_header(HeaderName::from_static("serverfnredirect"), location);
        }
    }

    /// The address under which a form's page shows again what was typed.
    #[must_use]
    pub fn again(path: &str) -> String {
        let path = routes::local(path);
        let mark = if path.contains('?') { '&' } else { '?' };
        if path.ends_with("?again") || path.contains("&again") {
            path
        } else {
            format!("{path}{mark}again")
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
        let failure = match outcome {
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
            Err(Stop::Failure(failure)) => failure,
        };
        let status =
            StatusCode::from_u16(failure.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if failure == Failure::Busy {
            // No redirect: the page would ask for more at the same moment. What was typed is kept,
            // and the error page leads back.
            response.set_status(status);
            response.insert_header(header::RETRY_AFTER, HeaderValue::from_static("5"));
        } else if failure.asks_to_sign_in() {
            // Whoever is signed in is told why to sign in again.
            if failure == Failure::NotAssured && wants_html(parts) {
                flash(session, Flash::Problem(failure.clone())).await;
            }
            go(parts, response, &routes::sign_in_for(&again(back)), status);
        } else {
            if wants_html(parts) {
                flash(session, Flash::Problem(failure.clone())).await;
            }
            go(parts, response, &routes::local(back), status);
        }
        Err(failure)
    }

    /// What `act` comes to for the signed-in person.
    async fn by_signed_in<F>(act: impl FnOnce(Ports, SignedIn) -> F + Send) -> Outcome
    where
        F: Future<Output = Outcome> + Send,
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
            let status = said.status.unwrap_or_default();
            let headers = said.headers.clone();
            match outcome {
                Err(failure) if !wants_html(&self.parts) => {
                    (status, headers, Json(failure)).into_response()
                }
                _ => (status, headers).into_response(),
            }
        }

        /// Keeps the language of the pages in this browser.
        pub fn remember_language(&self, language: Language) {
            self.response.append_header(header::SET_COOKIE, language_cookie(language));
        }
    }

    #[cfg(test)]
    mod tests {
        use super::again;

        #[test]
        fn a_form_is_shown_again_at_its_own_address() {
            assert_eq!(again("/polls/1/take/2"), "/polls/1/take/2?again");
            assert_eq!(again("/polls?tab=open"), "/polls?tab=open&again");
            assert_eq!(again("/polls/1/take/2?again"), "/polls/1/take/2?again");
            assert_eq!(again("https://evil.example"), "/?again");
        }
    }
}
pub use server::Post;
