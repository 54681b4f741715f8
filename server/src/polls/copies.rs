//! A poll's questionnaire as a file: taken away by an initiator of its department, and the draft
//! that is made of one.
//!
//! The upload is a route of its own, because no server function takes a file safely: theirs
//! panics where a request is not what it says to be. A file is read in memory and never kept.

use crate::polls::AuthoringPort;
use axum::{
    Extension, Router,
    extract::{
        DefaultBodyLimit, FromRequest as _, Multipart, Path, Request, State,
        multipart::MultipartError,
    },
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use ports::{
    Authoring as _,
    authoring::{NewPoll, Refusal, Start},
    caller::{Caller, SignedIn},
    failure::Failure,
    forms::{Done, Post, Stop, finish},
    roles::Role,
    routes,
    views::editor::{
        copy::{Copy, FIELD, MAX_BYTES},
        form::key,
    },
};
use std::sync::Arc;
use uuid::Uuid;

/// Most bytes of a request that brings a file. It is far more than a file may have, so that whoever
/// chose a wrong one is told so on the form's page; the rest is read and thrown away.
pub const MAX_UPLOAD: usize = 8 << 20;

/// The address of the file, to be wrapped by the layers that know the caller.
pub fn downloads(port: Arc<AuthoringPort>) -> Router {
    Router::new().route("/staff/polls/{poll}/questionnaire.json", get(download)).with_state(port)
}

/// The address that takes a file; wrapped likewise, with [`MAX_UPLOAD`] as the limit of its body for
/// whoever has a session.
pub fn uploads(port: Arc<AuthoringPort>) -> Router {
    Router::new()
        .route(routes::IMPORT, post(upload))
        .layer(DefaultBodyLimit::max(MAX_UPLOAD))
        .with_state(port)
}

fn failed(failure: &Failure) -> Response {
    failure.status().into_response()
}

async fn download(
    State(port): State<Arc<AuthoringPort>>,
    Path(poll): Path<String>,
    Extension(caller): Extension<Caller>,
) -> Response {
    let Ok(poll) = poll.parse::<Uuid>() else { return failed(&Failure::NotFound) };
    let Some(person) = caller.0 else {
        // To the page that has the link: after signing in a file would leave the browser where it is.
        return Redirect::to(&routes::staff_poll(poll)).into_response();
    };
    let settings = match port.settings(&person, poll).await {
        Ok(settings) => settings,
        Err(failure) => return failed(&failure),
    };
    // The poll's id tells several of them apart, as in the names of results' files.
    let disposition = format!("attachment; filename=\"questionnaire-{poll}.json\"");
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::CONTENT_DISPOSITION, disposition.as_str()),
        // It changes with the draft, and it is not for everybody.
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    (headers, Copy::of(&settings).to_file()).into_response()
}

/// What the form brought.
#[derive(Default)]
struct Sent {
    department: String,
    /// The id that was drawn for the form.
    new: Option<Uuid>,
    file: Vec<u8>,
}

impl Sent {
    /// Reads the form to its end: a browser shows no answer before it has sent everything. Of a
    /// file that is too large one byte more than allowed is kept, which tells it.
    async fn read(mut form: Multipart) -> Result<Self, Response> {
        let mut sent = Self::default();
        let refused = |error: MultipartError| error.status().into_response();
        while let Some(mut field) = form.next_field().await.map_err(refused)? {
            let name = field.name().unwrap_or_default().to_owned();
            let mut bytes = Vec::new();
            while let Some(chunk) = field.chunk().await.map_err(refused)? {
                let room = (MAX_BYTES + 1).saturating_sub(bytes.len());
                bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
            }
            match name.as_str() {
                FIELD => sent.file = bytes,
                "department" => sent.department = String::from_utf8(bytes).unwrap_or_default(),
                "new" => sent.new = Uuid::try_parse_ascii(&bytes).ok(),
                _ => {}
            }
        }
        Ok(sent)
    }
}

async fn upload(State(authoring): State<Arc<AuthoringPort>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let head: Parts = parts.clone();
    let request = Request::from_parts(parts, body);
    let Ok(form) = Multipart::from_request(request, &()).await else {
        return failed(&Failure::Invalid);
    };
    let sent = match Sent::read(form).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let person = head.extensions.get::<Caller>().and_then(|caller| caller.0.clone());
    let Some(post) = Post::of_route(head) else {
        tracing::error!("the session layer must be around the upload");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let department: Result<Uuid, Failure> = sent.department.parse().map_err(|_| Failure::NotFound);
    let (back, key) = match department {
        Ok(id) => (routes::new_poll_from_file(id), key("file", &id.to_string())),
        Err(_) => (routes::STAFF.to_owned(), String::new()),
    };
    let made = match (person, department) {
        (None, _) => Err(Failure::SignedOut.into()),
        (Some(_), Err(failure)) => Err(failure.into()),
        (Some(person), Ok(department)) => {
            authoring.import(&person, department, sent.new, &sent.file).await
        }
    };
    let outcome = match made {
        Ok(poll) => Ok((routes::staff_poll(poll), Some(Done::Imported))),
        Err(Refusal::Faults(faults)) => Err(Stop::invalid(key, &(), faults)),
        Err(Refusal::Failure(failure)) => Err(Stop::Failure(failure)),
    };
    let outcome = finish(&post, &back, outcome).await;
    post.answer(outcome)
}

impl AuthoringPort {
    /// A new draft of a file; its id. `mark` is the one that was drawn for the form.
    ///
    /// # Errors
    /// What is wrong with the file; [`Failure::Forbidden`] without the role,
    /// [`Failure::NotFound`] with the role in another department.
    pub async fn import(
        &self,
        person: &SignedIn,
        department: Uuid,
        mark: Option<Uuid>,
        file: &[u8],
    ) -> Result<Uuid, Refusal> {
        // Before reading: a file is parsed for those only who may make a draft of it.
        person.require_in(Role::Initiator, department)?;
        let copy = Copy::read(file, &self.life.regions).map_err(Refusal::Faults)?;
        let poll = NewPoll {
            mark,
            languages: copy.languages,
            title: copy.title,
            purpose: copy.purpose,
            start: Start::File(copy.questions, copy.audience, copy.plan),
        };
        self.create(person, department, poll).await
    }
}
