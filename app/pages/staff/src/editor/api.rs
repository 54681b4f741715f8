//! What the editor's pages ask of the server. Each function finds out who asks, reads what was
//! typed and calls one method of the port, which checks the role and the poll's state.

use super::{
    form::{
        AudienceForm, BasicsForm, NewForm, OutcomeForm, PlanForm, ReturnForm, ScheduleForm,
        SpecialForm, Words,
    },
    question_form::QuestionForm,
    view::{
        DepartmentPolls, FilePage, Filled, NewPage, PollPage, QuestionPage, ReviewForm, ReviewLine,
        Settings,
    },
};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use ports::failure::Failure;

use super::{
    form::{self, MAX_LONG_TEXT, Reader},
    question_form::free_code,
    templates::Template,
};
use ports::{
    Ports,
    authoring::{Edit, NewPoll, Refusal, Start},
    caller::{SignedIn, signed_in},
    forms::{
        Done, Fault, FieldFault, Form, Post, Stop, again, finish, forget, keep_typed, open_again,
        refused, stash, stashed,
    },
    ports, routes,
    states::State,
};
use questionnaire::Language;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// What a post of the editor needs of its request, taken before the first `.await`.
struct Desk {
    post: Post,
    ports: Ports,
    person: Result<SignedIn, Failure>,
    /// The revision that the form was filled in on, where it says one.
    seen: Option<i32>,
}

/// Where to go on, and what to say there.
type Next = (routes::Path, Option<Done>);

/// Where to go when it did not work.
struct Back {
    /// The form's page.
    form: routes::Path,
    /// A page that is there in every state of the poll: the form's page could only say once more
    /// that the state is another one.
    always: routes::Path,
}

impl Back {
    /// Back to a part of the editor.
    fn to(poll: &str, part: &str) -> Self {
        let always = format!("{}/polls/{poll}", routes::STAFF);
        Self { form: format!("{always}/{part}"), always }
    }

    /// Back to the page of a review.
    fn to_review(poll: &str) -> Self {
        let always = routes::STAFF_REVIEWS.to_owned();
        Self { form: format!("{always}/{poll}"), always }
    }

    /// Back to a page that is there in every state.
    fn to_page(page: routes::Path) -> Self {
        Self { form: page.clone(), always: page }
    }

    fn after(self, failure: &Failure) -> routes::Path {
        if *failure == Failure::WrongState { self.always } else { self.form }
    }
}

impl Desk {
    fn current() -> Self {
        Self { post: Post::current(), ports: ports(), person: signed_in(), seen: None }
    }

    /// With a form that was filled in on this revision.
    fn on(revision: &str) -> Self {
        Self { seen: revision.parse().ok(), ..Self::current() }
    }

    fn person(&self) -> Result<&SignedIn, Failure> {
        self.person.as_ref().map_err(Clone::clone)
    }

    /// Changes a draft; `read` makes the change of what was typed and of what is set.
    async fn edit(
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

    /// Keeps rows of options that are not saved yet, for the form's page.
    async fn keep_rows(&self, poll: &str, key: &str, form: &QuestionForm) -> Result<(), Failure> {
        let settings = self.ports.authoring.settings(self.person()?, id(poll)?).await?;
        if !settings.state.editable() {
            return Err(Failure::WrongState);
        }
        let rows = Form { seen: self.seen, ..Form::fresh(form) };
        stash(&self.post.session, key, &rows).await
    }

    /// Ends the post of a form. What was typed is kept not only when it has faults, but also when
    /// somebody else changed the poll or sent it on, or the person was signed out in the meantime; on
    /// the revision that it was filled in on, so that nobody's words are written over unseen. Whoever
    /// was told of a change sees the newest one, and sends again knowing it.
    async fn finish<T: Serialize + Sync>(
        &self,
        back: Back,
        key: String,
        typed: &T,
        outcome: Result<Next, Refusal>,
    ) -> Result<(), Failure> {
        let (back, outcome) = match outcome {
            Ok(next) => {
                // What waited for this form's page is older than what was done.
                forget(&self.post.session, &key).await;
                forget(&self.post.session, &held(&key)).await;
                (back.form, Ok(next))
            }
            Err(Refusal::Faults(faults)) => {
                let mut stop = Stop::invalid(key, typed, faults);
                if let Stop::Invalid { form, .. } = &mut stop {
                    form.seen = self.seen;
                }
                (back.form, Err(stop))
            }
            Err(Refusal::Failure(failure)) => {
                let back = back.after(&failure);
                let seen = self.seen.filter(|_| failure != Failure::Conflict);
                let form = Form { seen, ..Form::fresh(typed) };
                if failure == Failure::WrongState {
                    stash(&self.post.session, &held(&key), &form).await?;
                }
                let back = keep_typed(&self.post, back, &key, &form, &failure).await?;
                (back, Err(Stop::Failure(failure)))
            }
        };
        finish(&self.post, &back, outcome).await
    }
}

fn id(typed: &str) -> Result<Uuid, Failure> {
    typed.parse().map_err(|_| Failure::NotFound)
}

/// The revision that a form was filled in on. A form without one was filled in on none.
fn revision(typed: &str) -> Result<i32, Failure> {
    typed.parse().map_err(|_| Failure::Conflict)
}

/// The name under which a refused form waits.
fn key(part: &str, of: &str) -> String {
    format!("editor-{part}:{of}")
}

/// The name under which a form waits that came when the poll had no such form any more. It is shown
/// as soon as the poll has it again, to whoever opens its page.
fn held(key: &str) -> String {
    format!("{key}:held")
}

/// The part that a question's form is. Of questions to come there is one of each type.
fn question_part(question: &str, kind: &str) -> String {
    let kind = if question == NEW { kind } else { "" };
    format!("question-{question}:{kind}")
}

/// A part of a poll with its form, as typed before or as stored. Only a draft has such forms.
async fn filled<F>(
    poll: &str,
    part: &str,
    of: impl FnOnce(&Settings) -> F + Send,
) -> Result<Filled<F>, Failure>
where
    F: Serialize + DeserializeOwned + Send + Sync,
{
    filled_in(poll, part, State::editable, of).await
}

/// As [`filled`], in the states in which there is such a form.
async fn filled_in<F>(
    poll: &str,
    part: &str,
    has_it: impl FnOnce(State) -> bool + Send,
    of: impl FnOnce(&Settings) -> F + Send,
) -> Result<Filled<F>, Failure>
where
    F: Serialize + DeserializeOwned + Send + Sync,
{
    let ports = ports();
    let person = signed_in()?;
    let post = Post::current();
    let key = key(part, poll);
    let mut form = refused(&key).await;
    let mut settings = ports.authoring.settings(&person, id(poll)?).await?;
    if !has_it(settings.state) {
        return Err(Failure::WrongState);
    }
    let held = held(&key);
    if form.is_none()
        && let Some(late) = stashed::<F>(&post.session, &held).await
    {
        // From here on it waits as any other, so that whoever gives it up finds what is stored.
        stash(&post.session, &key, &late).await?;
        forget(&post.session, &held).await;
        open_again(&post);
        form = Some(late);
    }
    if let Some(form) = &form {
        if let Some(seen) = form.seen {
            settings.revision = seen;
        } else {
            // From here on this is the revision that the person knows of.
            let form = Form { seen: Some(settings.revision), ..Form::fresh(&form.typed) };
            stash(&post.session, &key, &form).await?;
        }
    }
    let form = form.unwrap_or_else(|| Form::fresh(of(&settings)));
    Ok(Filled { settings, form })
}

/// A department's polls.
///
/// # Errors
/// [`Failure::SignedOut`], [`Failure::Forbidden`], [`Failure::NotFound`], as everywhere here.
#[server(prefix = "/api", endpoint = "editor/department", input = GetUrl)]
pub async fn read_department(
    #[server(default)] department: String,
) -> Result<DepartmentPolls, Failure> {
    let ports = ports();
    let person = signed_in()?;
    ports.authoring.department(&person, id(&department)?).await
}

/// The form of a new poll.
///
/// # Errors
/// As [`read_department`].
#[server(prefix = "/api", endpoint = "editor/new", input = GetUrl)]
pub async fn read_new(#[server(default)] department: String) -> Result<NewPage, Failure> {
    let ports = ports();
    let person = signed_in()?;
    let form = refused(&key("new", &department)).await;
    let DepartmentPolls { department, polls } =
        ports.authoring.department(&person, id(&department)?).await?;
    let fresh = || {
        Form::fresh(NewForm {
            languages: Language::ALL.map(|language| language.to_string()).to_vec(),
            start: Template::Blank.code().to_owned(),
            ..NewForm::default()
        })
    };
    Ok(NewPage { department, polls, form: form.unwrap_or_else(fresh) })
}

/// The form of a new poll from a file. The file itself is posted to a route of its own.
///
/// # Errors
/// As [`read_department`].
#[server(prefix = "/api", endpoint = "editor/file", input = GetUrl)]
pub async fn read_file_page(#[server(default)] department: String) -> Result<FilePage, Failure> {
    let ports = ports();
    let person = signed_in()?;
    let form = refused(&key("file", &department)).await;
    let department = ports.authoring.department_name(&person, id(&department)?).await?;
    Ok(FilePage { department, form: form.unwrap_or_default() })
}

/// Begins a poll.
///
/// # Errors
/// As [`read_department`]; [`Failure::Invalid`].
#[server(prefix = "/api", endpoint = "editor/create")]
pub async fn create(
    #[server(default)] department: String,
    #[server(flatten)] form: NewForm,
) -> Result<(), Failure> {
    let desk = Desk::current();
    let outcome = async {
        let person = desk.person()?;
        let department = id(&department)?;
        desk.ports.authoring.department_name(person, department).await?;
        let start = match Template::from_code(&form.start) {
            Some(template) => Ok(Start::Template(template)),
            None => form.start.parse().map(Start::Copy),
        };
        let basics = form::read_basics(&form.languages, &form.title, &form.purpose);
        let (start, (languages, title, purpose)) = match (start, basics) {
            (Ok(start), Ok(basics)) => (start, basics),
            (start, basics) => {
                let mut faults = basics.err().unwrap_or_default();
                if start.is_err() {
                    faults.push(FieldFault::new("start", Fault::UnknownChoice));
                }
                return Err(Refusal::Faults(faults));
            }
        };
        let poll = NewPoll { languages, title, purpose, start };
        let poll = desk.ports.authoring.create(person, department, poll).await?;
        Ok((routes::staff_poll(poll), Some(Done::Saved)))
    }
    .await;
    let back = Back::to_page(format!("{}/departments/{department}/new", routes::STAFF));
    desk.finish(back, key("new", &department), &form, outcome).await
}

/// A poll with what is missing.
///
/// # Errors
/// As [`read_department`].
#[server(prefix = "/api", endpoint = "editor/poll", input = GetUrl)]
pub async fn read_poll(#[server(default)] poll: String) -> Result<PollPage, Failure> {
    let ports = ports();
    let person = signed_in()?;
    ports.authoring.poll(&person, id(&poll)?).await
}

/// What is set about a poll.
///
/// # Errors
/// As [`read_department`].
#[server(prefix = "/api", endpoint = "editor/settings", input = GetUrl)]
pub async fn read_settings(#[server(default)] poll: String) -> Result<Settings, Failure> {
    let ports = ports();
    let person = signed_in()?;
    ports.authoring.settings(&person, id(&poll)?).await
}

/// Languages, title and purpose.
///
/// # Errors
/// As [`read_department`]; [`Failure::WrongState`].
#[server(prefix = "/api", endpoint = "editor/basics", input = GetUrl)]
pub async fn read_basics(#[server(default)] poll: String) -> Result<Filled<BasicsForm>, Failure> {
    filled(&poll, "basics", BasicsForm::of).await
}

/// Saves languages, title and purpose.
///
/// # Errors
/// As [`read_basics`]; [`Failure::Invalid`], [`Failure::Conflict`].
#[server(prefix = "/api", endpoint = "editor/save-basics")]
pub async fn save_basics(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
    #[server(flatten)] form: BasicsForm,
) -> Result<(), Failure> {
    let desk = Desk::on(&revision);
    let read = |_: &Settings| {
        let basics = form::read_basics(&form.languages, &form.title, &form.purpose)?;
        Ok(Edit::Basics { languages: basics.0, title: basics.1, purpose: basics.2 })
    };
    let outcome = desk.edit((&poll, &revision), read).await;
    save(desk, &poll, "basics", &form, outcome).await
}

/// Ends the post of a part's form: to the task list, or back to the form.
async fn save<T: Serialize + Sync>(
    desk: Desk,
    poll: &str,
    part: &str,
    typed: &T,
    outcome: Result<Settings, Refusal>,
) -> Result<(), Failure> {
    let next = outcome.map(|settings| (routes::staff_poll(settings.id), Some(Done::Saved)));
    desk.finish(Back::to(poll, part), key(part, poll), typed, next).await
}

/// Whom it asks.
///
/// # Errors
/// As [`read_basics`].
#[server(prefix = "/api", endpoint = "editor/audience", input = GetUrl)]
pub async fn read_audience(
    #[server(default)] poll: String,
) -> Result<Filled<AudienceForm>, Failure> {
    filled(&poll, "audience", |settings| AudienceForm::of(&settings.audience)).await
}

/// Saves whom it asks.
///
/// # Errors
/// As [`save_basics`].
#[server(prefix = "/api", endpoint = "editor/save-audience")]
pub async fn save_audience(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
    #[server(flatten)] form: AudienceForm,
) -> Result<(), Failure> {
    let desk = Desk::on(&revision);
    let outcome = desk.edit((&poll, &revision), |_| form.read().map(Edit::Audience)).await;
    save(desk, &poll, "audience", &form, outcome).await
}

/// When it opens and closes.
///
/// # Errors
/// As [`read_basics`].
#[server(prefix = "/api", endpoint = "editor/schedule", input = GetUrl)]
pub async fn read_schedule(
    #[server(default)] poll: String,
) -> Result<Filled<ScheduleForm>, Failure> {
    filled(&poll, "schedule", ScheduleForm::of).await
}

/// Saves when it opens and closes.
///
/// # Errors
/// As [`save_basics`].
#[server(prefix = "/api", endpoint = "editor/save-schedule")]
pub async fn save_schedule(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
    #[server(flatten)] form: ScheduleForm,
) -> Result<(), Failure> {
    let desk = Desk::on(&revision);
    let read = |_: &Settings| {
        let (opens, closes, retention_days) = form.read()?;
        Ok(Edit::Schedule { opens, closes, retention_days })
    };
    let outcome = desk.edit((&poll, &revision), read).await;
    save(desk, &poll, "schedule", &form, outcome).await
}

/// What will be published.
///
/// # Errors
/// As [`read_basics`].
#[server(prefix = "/api", endpoint = "editor/plan", input = GetUrl)]
pub async fn read_plan(#[server(default)] poll: String) -> Result<Filled<PlanForm>, Failure> {
    filled(&poll, "plan", |settings| PlanForm::of(&settings.plan)).await
}

/// Saves what will be published.
///
/// # Errors
/// As [`save_basics`].
#[server(prefix = "/api", endpoint = "editor/save-plan")]
pub async fn save_plan(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
    #[server(flatten)] form: PlanForm,
) -> Result<(), Failure> {
    let desk = Desk::on(&revision);
    let outcome = desk.edit((&poll, &revision), |_| form.read().map(Edit::Plan)).await;
    save(desk, &poll, "plan", &form, outcome).await
}

/// Whether it asks about a special category.
///
/// # Errors
/// As [`read_basics`].
#[server(prefix = "/api", endpoint = "editor/special", input = GetUrl)]
pub async fn read_special(#[server(default)] poll: String) -> Result<Filled<SpecialForm>, Failure> {
    filled(&poll, "special", SpecialForm::of).await
}

/// Saves whether it asks about a special category.
///
/// # Errors
/// As [`save_basics`].
#[server(prefix = "/api", endpoint = "editor/save-special")]
pub async fn save_special(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
    #[server(flatten)] form: SpecialForm,
) -> Result<(), Failure> {
    let desk = Desk::on(&revision);
    let outcome = desk.edit((&poll, &revision), |_| form.read().map(Edit::Special)).await;
    save(desk, &poll, "special", &form, outcome).await
}

/// A question's form; `new` is a question to come, whose type is `kind`.
///
/// # Errors
/// As [`read_basics`].
#[server(prefix = "/api", endpoint = "editor/question", input = GetUrl)]
pub async fn read_question(
    #[server(default)] poll: String,
    #[server(default)] question: String,
    #[server(default)] kind: String,
) -> Result<QuestionPage, Failure> {
    let stored = question != NEW;
    let part = question_part(&question, &kind);
    let mut missing = false;
    let page = filled(&poll, &part, |settings| {
        if !stored {
            return QuestionForm::new(&kind);
        }
        let stored = settings.questionnaire.question(&question);
        missing = stored.is_none();
        stored.map(QuestionForm::of).unwrap_or_default()
    })
    .await?;
    if missing {
        return Err(Failure::NotFound);
    }
    let number = page.settings.questionnaire.questions.iter().position(|q| q.code == question);
    Ok(QuestionPage {
        settings: page.settings,
        code: stored.then_some(question),
        number: number.map(|index| index + 1),
        form: page.form,
    })
}

/// What stands in the address instead of the code of a question to come.
pub const NEW: &str = "new";

/// Saves a question, or moves, adds and removes rows of its options: `action` is `save` or the
/// name of a button of the rows.
///
/// # Errors
/// As [`save_basics`].
#[server(prefix = "/api", endpoint = "editor/save-question")]
pub async fn save_question(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
    #[server(default)] question: String,
    #[server(default)] action: String,
    #[server(flatten)] form: QuestionForm,
) -> Result<(), Failure> {
    let desk = Desk::on(&revision);
    let mut form = form;
    let key = key(&question_part(&question, &form.kind), &poll);
    let back = if question == NEW {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("kind", &form.kind);
        Back::to(&poll, &format!("questions/{NEW}?{}", query.finish()))
    } else {
        Back::to(&poll, &format!("questions/{question}"))
    };
    let outcome = if form.press(&action) {
        // Nothing is saved: the rows wait in the session for the form's page.
        match desk.keep_rows(&poll, &key, &form).await {
            Ok(()) => {
                let rows = format!("{}#options", again(&back.form));
                return finish(&desk.post, &back.form, Ok((rows, None))).await;
            }
            Err(failure) => Err(failure.into()),
        }
    } else {
        let read = |settings: &Settings| {
            let code = if question == NEW {
                let questions = settings.questionnaire.questions.iter();
                free_code('q', questions.map(|question| question.code.as_str()))
            } else {
                question.clone()
            };
            form.read(&code, &settings.languages).map(Edit::Question)
        };
        let saved = desk.edit((&poll, &revision), read).await;
        saved.map(|poll| (routes::staff_poll_part(poll.id, "questions"), Some(Done::Saved)))
    };
    desk.finish(back, key, &form, outcome).await
}

/// Ends the post of a button.
async fn press(desk: &Desk, back: Back, outcome: Result<Next, Refusal>) -> Result<(), Failure> {
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

/// Moves a question `up` or `down`.
///
/// # Errors
/// As [`save_basics`].
#[server(prefix = "/api", endpoint = "editor/move-question")]
pub async fn move_question(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
    #[server(default)] question: String,
    #[server(default)] direction: String,
) -> Result<(), Failure> {
    let desk = Desk::on(&revision);
    let up = direction == "up";
    let edit = |_: &Settings| Ok(Edit::MoveQuestion { code: question, up });
    let outcome = desk.edit((&poll, &revision), edit).await;
    let back = Back::to(&poll, "questions");
    let next = back.form.clone();
    press(&desk, back, outcome.map(|_| (next, None))).await
}

/// Deletes a question.
///
/// # Errors
/// As [`save_basics`].
#[server(prefix = "/api", endpoint = "editor/delete-question")]
pub async fn delete_question(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
    #[server(default)] question: String,
) -> Result<(), Failure> {
    let desk = Desk::on(&revision);
    let edit = |_: &Settings| Ok(Edit::DeleteQuestion { code: question });
    let outcome = desk.edit((&poll, &revision), edit).await;
    let back = Back::to(&poll, "questions");
    let next = (back.form.clone(), Some(Done::QuestionDeleted));
    press(&desk, back, outcome.map(|_| next)).await
}

/// What a button on a poll's page does.
#[derive(Clone, Copy)]
enum Step {
    Submit,
    Withdraw,
    Open,
    Close,
    Delete,
}

async fn step(poll: String, seen: String, step: Step) -> Result<(), Failure> {
    let desk = Desk::current();
    let outcome = async {
        let person = desk.person()?;
        let (poll, revision) = (id(&poll)?, revision(&seen)?);
        let authoring = &desk.ports.authoring;
        let done = match step {
            Step::Submit => {
                authoring.submit(person, poll, revision).await?;
                Done::SentToReview
            }
            Step::Withdraw => {
                authoring.withdraw(person, poll, revision).await?;
                Done::Saved
            }
            Step::Open => {
                authoring.open(person, poll, revision).await?;
                Done::Opened
            }
            Step::Close => {
                authoring.close(person, poll, revision).await?;
                Done::Closed
            }
            Step::Delete => {
                let department = authoring.settings(person, poll).await?.department.id;
                authoring.delete(person, poll, revision).await?;
                return Ok((routes::department(department), Some(Done::PollDeleted)));
            }
        };
        Ok((routes::staff_poll(poll), Some(done)))
    }
    .await;
    let back = Back::to_page(format!("{}/polls/{poll}", routes::STAFF));
    press(&desk, back, outcome).await
}

/// Sends a draft to review.
///
/// # Errors
/// As [`read_department`]; [`Failure::Invalid`] while something is missing,
/// [`Failure::WrongState`], [`Failure::Conflict`].
#[server(prefix = "/api", endpoint = "editor/submit")]
pub async fn submit(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
) -> Result<(), Failure> {
    step(poll, revision, Step::Submit).await
}

/// Takes a poll back to the draft.
///
/// # Errors
/// As [`submit`].
#[server(prefix = "/api", endpoint = "editor/withdraw")]
pub async fn withdraw(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
) -> Result<(), Failure> {
    step(poll, revision, Step::Withdraw).await
}

/// Opens an approved poll before its time.
///
/// # Errors
/// As [`submit`].
#[server(prefix = "/api", endpoint = "editor/open")]
pub async fn open(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
) -> Result<(), Failure> {
    step(poll, revision, Step::Open).await
}

/// Closes a poll before its time.
///
/// # Errors
/// As [`submit`].
#[server(prefix = "/api", endpoint = "editor/close")]
pub async fn close(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
) -> Result<(), Failure> {
    step(poll, revision, Step::Close).await
}

/// Deletes a draft.
///
/// # Errors
/// As [`submit`].
#[server(prefix = "/api", endpoint = "editor/delete")]
pub async fn delete(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
) -> Result<(), Failure> {
    step(poll, revision, Step::Delete).await
}

/// What was decided because of a published poll.
///
/// # Errors
/// As [`read_department`]; [`Failure::WrongState`] before publication.
#[server(prefix = "/api", endpoint = "editor/outcome", input = GetUrl)]
pub async fn read_outcome(#[server(default)] poll: String) -> Result<Filled<OutcomeForm>, Failure> {
    let published = |state| state == State::Published;
    filled_in(&poll, "outcome", published, |settings| OutcomeForm {
        outcome: settings.outcome.as_ref().map(form::words).unwrap_or_default(),
    })
    .await
}

/// Writes down what was decided.
///
/// # Errors
/// As [`read_outcome`]; [`Failure::Invalid`], [`Failure::Conflict`].
#[server(prefix = "/api", endpoint = "editor/save-outcome")]
pub async fn save_outcome(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
    #[server(default)] outcome: Words,
) -> Result<(), Failure> {
    let desk = Desk::on(&revision);
    let seen = revision;
    let form = OutcomeForm { outcome };
    let written = async {
        let person = desk.person()?;
        let (poll, revision) = (id(&poll)?, self::revision(&seen)?);
        let settings = desk.ports.authoring.settings(person, poll).await?;
        let mut reader = Reader::default();
        let text = reader.text("outcome", &form.outcome, &settings.languages, MAX_LONG_TEXT);
        let text = reader.done(text).map_err(Refusal::Faults)?;
        desk.ports.authoring.outcome(person, poll, revision, text).await?;
        Ok(settings)
    }
    .await;
    save(desk, &poll, "outcome", &form, written).await
}

/// The polls that wait for review.
///
/// # Errors
/// As [`read_department`].
#[server(prefix = "/api", endpoint = "editor/reviews", input = GetUrl)]
pub async fn read_reviews() -> Result<Vec<ReviewLine>, Failure> {
    let ports = ports();
    let person = signed_in()?;
    ports.authoring.reviews(&person).await
}

/// A poll that waits for review.
///
/// # Errors
/// As [`read_department`].
#[server(prefix = "/api", endpoint = "editor/review", input = GetUrl)]
pub async fn read_review(#[server(default)] poll: String) -> Result<ReviewForm, Failure> {
    let ports = ports();
    let person = signed_in()?;
    let form = refused(&key("review", &poll)).await.unwrap_or_default();
    let page = ports.authoring.review(&person, id(&poll)?).await?;
    Ok(ReviewForm { page, form })
}

/// Approves a poll.
///
/// # Errors
/// As [`submit`]; [`Failure::Forbidden`] to whoever wrote some of it.
#[server(prefix = "/api", endpoint = "editor/approve")]
pub async fn approve(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
) -> Result<(), Failure> {
    let desk = Desk::on(&revision);
    let seen = revision;
    let outcome = async {
        let person = desk.person()?;
        desk.ports.authoring.approve(person, id(&poll)?, self::revision(&seen)?).await?;
        Ok((routes::STAFF_REVIEWS.to_owned(), Some(Done::Approved)))
    }
    .await;
    press(&desk, Back::to_review(&poll), outcome).await
}

/// Returns a poll with a reason.
///
/// # Errors
/// As [`approve`].
#[server(prefix = "/api", endpoint = "editor/return")]
pub async fn return_(
    #[server(default)] poll: String,
    #[server(default)] revision: String,
    #[server(default)] reason: String,
) -> Result<(), Failure> {
    let desk = Desk::on(&revision);
    let seen = revision;
    let form = ReturnForm { reason };
    let outcome = async {
        let person = desk.person()?;
        let id = id(&poll)?;
        // Who may not review it is told so, whatever was typed.
        desk.ports.authoring.review(person, id).await?;
        let reason = form.read().map_err(Refusal::Faults)?;
        desk.ports.authoring.return_(person, id, self::revision(&seen)?, reason).await?;
        Ok((routes::STAFF_REVIEWS.to_owned(), Some(Done::Returned)))
    }
    .await;
    desk.finish(Back::to_review(&poll), key("review", &poll), &form, outcome).await
}
