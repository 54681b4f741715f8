//! A post of the editor from its request to its end: who sent it, what it changes, where it leads,
//! and what becomes of what was typed.

use super::{
    filled::held,
    id,
    lost::{LOST, kept},
    revision,
};
use crate::editor::{
    form::{Written, key},
    question_form::QuestionForm,
    view::Settings,
};
use ports::{
    Ports,
    authoring::{Edit, Refusal},
    caller::{SignedIn, signed_in},
    failure::Failure,
    forms::{Done, FieldFault, Form, Post, Stop, finish, forget, keep_typed, stash},
    ports, routes,
};
use serde::Serialize;
use uuid::Uuid;

/// What a post of the editor needs of its request, taken before the first `.await`.
pub(super) struct Desk {
    pub(super) post: Post,
    pub(super) ports: Ports,
    person: Result<SignedIn, Failure>,
    /// The revision that the form was filled in on, where it says one.
    seen: Option<i32>,
}

/// Where to go on, and what to say there.
pub(super) type Next = (routes::Path, Option<Done>);

/// Where to go when it did not work.
pub(super) struct Back {
    /// The form's page.
    pub(super) form: routes::Path,
    /// A page that is there in every state of the poll: the form's page could only say once more
    /// that the state is another one.
    always: routes::Path,
    /// The poll, where the form is of a part of it.
    poll: Option<Uuid>,
}

impl Back {
    /// Back to a part of the editor.
    pub(super) fn to(poll: &str, part: &str) -> Self {
        let always = format!("{}/polls/{poll}", routes::STAFF);
        Self { form: format!("{always}/{part}"), always, poll: poll.parse().ok() }
    }

    /// Back to the page of a review.
    pub(super) fn to_review(poll: &str) -> Self {
        let always = routes::STAFF_REVIEWS.to_owned();
        Self { form: format!("{always}/{poll}"), always, poll: None }
    }

    /// Back to a page that is there in every state.
    pub(super) fn to_page(page: routes::Path) -> Self {
        Self { form: page.clone(), always: page, poll: None }
    }

    fn after(self, failure: &Failure) -> routes::Path {
        if *failure == Failure::WrongState { self.always } else { self.form }
    }
}

impl Desk {
    pub(super) fn current() -> Self {
        Self { post: Post::current(), ports: ports(), person: signed_in(), seen: None }
    }

    /// With a form that was filled in on this revision.
    pub(super) fn on(revision: &str) -> Self {
        Self { seen: revision.parse().ok(), ..Self::current() }
    }

    pub(super) fn person(&self) -> Result<&SignedIn, Failure> {
        self.person.as_ref().map_err(Clone::clone)
    }

    /// Changes a draft; `read` makes the change of what was typed and of what is set.
    pub(super) async fn edit(
        &self,
        ids: (&str, &str),
        read: impl FnOnce(&Settings) -> Result<Edit, Vec<FieldFault>> + Send,
    ) -> Result<Settings, Refusal> {
        let person = self.person()?;
        let (poll, revision) = (id(ids.0)?, revision(ids.1)?);
        let settings = self.ports.authoring.settings(person, poll).await?;
        if !settings.state.editable() {
            // Before what is wrong with it: there is no form now that could say so.
            return Err(Failure::WrongState.into());
        }
        let edit = read(&settings).map_err(Refusal::Faults)?;
        self.ports.authoring.edit(person, poll, revision, edit).await?;
        Ok(settings)
    }

    /// Keeps rows of options that are not saved yet, for the form's page. Gives what is set.
    pub(super) async fn keep_rows(
        &self,
        poll: &str,
        key: &str,
        form: &QuestionForm,
    ) -> Result<Settings, Failure> {
        let settings = self.ports.authoring.settings(self.person()?, id(poll)?).await?;
        if !settings.state.editable() {
            return Err(Failure::WrongState);
        }
        let rows = Form { seen: self.seen, ..Form::fresh(form) };
        stash(&self.post.session, key, &rows).await?;
        Ok(settings)
    }

    /// Forgets what waited for a form's page: it is older than what was done.
    pub(super) async fn forget(&self, key: &str) {
        forget(&self.post.session, key).await;
        forget(&self.post.session, &held(key)).await;
    }

    /// Ends the post of a form. What was typed is kept not only when it has faults, but also when
    /// somebody else changed the poll or sent it on, or the person was signed out in the meantime; on
    /// the revision that it was filled in on, so that nobody's words are written over unseen. Whoever
    /// was told of a change sees the newest one, and sends again knowing it.
    ///
    /// Where there is no place for the form any more, because the poll was deleted or a role was taken away, what
    /// was written in it is shown on a page of its own; also where there is none at present, because the poll is no
    /// draft.
    pub(super) async fn finish<T: Serialize + Written + Sync>(
        &self,
        back: Back,
        key: String,
        typed: &T,
        outcome: Result<Next, Refusal>,
    ) -> Result<(), Failure> {
        let (back, outcome) = match outcome {
            Ok(next) => {
                self.forget(&key).await;
                self.forget(LOST).await;
                (back.form, Ok(next))
            }
            Err(Refusal::Faults(faults)) => {
                let mut stop = Stop::invalid(key, typed, faults);
                if let Stop::Invalid { form, .. } = &mut stop {
                    form.seen = self.seen;
                }
                (back.form, Err(stop))
            }
            Err(Refusal::Failure(failure @ (Failure::NotFound | Failure::Forbidden))) => {
                let written = kept(typed.written());
                // The form's page could say no more than that it is not there.
                let back = if written.is_empty() {
                    back.form
                } else {
                    stash(&self.post.session, LOST, &Form::fresh(written)).await?;
                    routes::STAFF_NOT_SAVED.to_owned()
                };
                (back, Err(Stop::Said(failure)))
            }
            Err(Refusal::Failure(failure)) => {
                let poll = back.poll;
                let mut back = back.after(&failure);
                let overtaken = failure == Failure::Conflict;
                let seen = self.seen.filter(|_| !overtaken);
                let unsaved = failure == Failure::WrongState;
                let form = Form { seen, unsaved, overtaken, ..Form::fresh(typed) };
                let mut said = overtaken;
                if unsaved {
                    stash(&self.post.session, &held(&key), &form).await?;
                    let written = kept(typed.written());
                    if let Some(poll) = poll.filter(|_| !written.is_empty()) {
                        let words = Form { unsaved, ..Form::fresh(written) };
                        stash(&self.post.session, LOST, &words).await?;
                        back = routes::staff_not_saved(poll);
                        said = true;
                    }
                }
                let back = keep_typed(&self.post, back, &key, &form, &failure).await?;
                // Of what was overtaken its form says so, and of what has no place the page that shows it.
                let stop = if said { Stop::Said } else { Stop::Failure };
                (back, Err(stop(failure)))
            }
        };
        finish(&self.post, &back, outcome).await
    }
}

/// Ends the post of a part's form: to the task list, or back to the form.
pub(super) async fn save<T: Serialize + Written + Sync>(
    desk: Desk,
    poll: &str,
    part: &str,
    typed: &T,
    outcome: Result<Settings, Refusal>,
) -> Result<(), Failure> {
    let next = outcome.map(|settings| (routes::staff_poll(settings.id), Some(Done::Saved)));
    desk.finish(Back::to(poll, part), key(part, poll), typed, next).await
}

/// Ends the post of a button.
pub(super) async fn press(
    desk: &Desk,
    back: Back,
    outcome: Result<Next, Refusal>,
) -> Result<(), Failure> {
    let outcome = outcome.map_err(|refusal| match refusal {
        Refusal::Faults(_) => Failure::Invalid,
        Refusal::Failure(failure) => failure,
    });
    let back = match &outcome {
        Ok(_) => back.form,
        Err(failure) => back.after(failure),
    };
    finish(&desk.post, &back, outcome.map_err(Stop::Failure)).await
}
