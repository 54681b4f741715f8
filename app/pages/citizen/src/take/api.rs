//! What the pages of taking part ask of the server.

use super::{
    unsaved,
    view::{CheckPage, Leave, QuestionPage, Receipt, Saved, SendForm, Sent, Step, Waiting},
};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use leptos_axum::ResponseOptions;
use ports::{
    failure::Failure,
    forms::{self, Done, Fault, FieldFault, Outcome, Stop},
    routes,
};
use questionnaire::{AnswerError, Typed};
use uuid::Uuid;

/// The `number`th question of a poll, or a redirect to the page that comes first.
#[server(prefix = "/api", endpoint = "take/question", input = GetUrl)]
pub async fn question(
    #[server(default)] poll: String,
    #[server(default)] number: String,
    #[server(default)] from_check: bool,
) -> Result<Option<QuestionPage>, Failure> {
    let ports = ports::ports();
    let person = ports::caller::signed_in()?;
    let response = expect_context();
    let (poll, number) = question_id(&poll, &number).ok_or(Failure::NotFound)?;
    let key = unsaved::key(poll, number);
    let again = forms::refused::<Option<Waiting>>(&key).await;
    let refused = again.as_ref().is_some_and(|form| !form.faults.is_empty());
    let waiting = match again {
        Some(form) => form.typed,
        // Whoever comes another way, by the poll's page for instance, was told that it is kept.
        None => unsaved::words_waiting(&person.session, &key).await,
    };
    let restored = waiting.is_some();
    let step = ports.participation.question(&person, poll, number, waiting).await?;
    if restored && matches!(&step, Step::Here(page) if !page.unsaved) {
        // It is in the person's draft now, and needs to lie nowhere else, or it is of somebody else. Where
        // something else is, or the poll has closed meanwhile, it goes on waiting, to be seen.
        forms::forget(&person.session, &key).await;
    }
    Ok(here(&response, poll, step).map(|mut page| {
        page.from_check = from_check;
        // What is wrong with a form that waited is said where that form is what is shown.
        let told = refused && (page.unsaved || !restored);
        page.error = page.error.filter(|_| told);
        page
    }))
}

/// Check of all answers before sending, or a redirect to the page that comes first.
#[server(prefix = "/api", endpoint = "take/check", input = GetUrl)]
pub async fn check(#[server(default)] poll: String) -> Result<Option<CheckPage>, Failure> {
    let ports = ports::ports();
    let person = ports::caller::signed_in()?;
    let response = expect_context();
    let poll = poll.parse().map_err(|_| Failure::NotFound)?;
    let again = forms::refused::<()>(&check_key(poll)).await;
    let step = ports.participation.check(&person, poll).await?;
    Ok(here(&response, poll, step).map(|mut page| {
        let fault = |field: &str| again.as_ref().is_some_and(|form| form.fault(field).is_some());
        page.consent_missing = fault("consent");
        page.outdated = fault("version");
        page
    }))
}

/// What is said after sending, or a redirect to the poll where nothing was sent.
#[server(prefix = "/api", endpoint = "take/receipt", input = GetUrl)]
pub async fn receipt_of(#[server(default)] poll: String) -> Result<Option<Receipt>, Failure> {
    let ports = ports::ports();
    let person = ports::caller::signed_in()?;
    let response = expect_context();
    let poll = poll.parse().map_err(|_| Failure::NotFound)?;
    let step = ports.participation.receipt(&person, poll).await?;
    Ok(here(&response, poll, step))
}

/// Begins or goes on: with what could not be kept, where something waits, or else where nothing is answered.
#[server(prefix = "/api", endpoint = "take/start")]
pub async fn start(#[server(default)] poll: String) -> Result<(), Failure> {
    let Ok(poll) = poll.parse() else { return forms::posted_to_nothing(routes::POLLS).await };
    forms::posted(&routes::poll(poll), |ports, person| async move {
        let step = ports.participation.start(&person, poll).await?;
        let waiting = unsaved::first(&ports, &person, poll).await?;
        let step = waiting.map_or(step, Step::Question);
        Ok((way(poll, &step), None))
    })
    .await
}

/// Keeps what was typed for one question and goes on: to the next question, past it (`go` =
/// `skip`), or away until another time (`later`). Going past it takes a choice back, which cannot be undone
/// otherwise without scripts; what was written is kept as by any other button.
#[server(prefix = "/api", endpoint = "take/answer")]
#[allow(clippy::too_many_arguments, reason = "these are the fields of every kind of question")]
pub async fn answer(
    #[server(default)] poll: String,
    #[server(default)] number: String,
    #[server(default)] owner: String,
    #[server(default)] from_check: String,
    #[server(default)] go: String,
    #[server(default)] choice: Option<String>,
    #[server(default)] choices: Vec<String>,
    #[server(default)] text: Option<String>,
    #[server(default)] day: Option<String>,
    #[server(default)] month: Option<String>,
    #[server(default)] year: Option<String>,
) -> Result<(), Failure> {
    let Some((poll, number)) = question_id(&poll, &number) else {
        return forms::posted_to_nothing(routes::POLLS).await;
    };
    let post = forms::Post::current();
    let ports = ports::ports();
    let person = ports::caller::signed_in();
    let (leave, choice, choices) = match go.as_str() {
        "skip" => (Leave::Past, None, Vec::new()),
        "later" => (Leave::Later, choice, choices),
        _ => (Leave::On, choice, choices),
    };
    let typed = Typed { choice, choices, text, day, month, year };
    let checking = !from_check.is_empty();
    let here = if checking {
        routes::question_from_check(poll, number)
    } else {
        routes::question(poll, number)
    };
    let saved = match person {
        Ok(person) => {
            let typed = typed.clone();
            ports.participation.save(&person, poll, number, typed, &owner, leave).await
        }
        Err(failure) => Err(failure),
    };
    let saved = match saved {
        Ok(saved) => saved,
        // It goes into nobody else's draft, nor does it wait for them. The poll may not ask who is here now,
        // and its page is there for everybody.
        Err(Failure::OtherPerson) => {
            let back = routes::poll(poll);
            return forms::finish(&post, &back, Err(Failure::OtherPerson.into())).await;
        }
        Err(failure) => {
            // What could not be kept with the person waits in the session: for signing in again, for
            // another try, or, where the poll takes nothing more of them, to be seen. It says whose form
            // it was, since that may be untold: where nobody is signed in, or a store fails.
            let form = forms::Form::fresh(Some(Waiting { typed, owner }));
            forms::stash(&post.session, &unsaved::key(poll, number), &form).await?;
            let back = match &failure {
                failure if failure.asks_to_sign_in() => here,
                Failure::Internal { .. } => forms::again(&here),
                _ => routes::poll(poll),
            };
            return forms::finish(&post, &back, Err(failure.into())).await;
        }
    };
    // What waited in the session, for signing in for instance, is older.
    forms::forget(&post.session, &unsaved::key(poll, number)).await;
    let waiting = Waiting { typed, owner };
    let outcome = after(saved, waiting, (poll, number), checking, leave);
    forms::finish(&post, &here, outcome).await
}

/// Sends the answers.
#[server(prefix = "/api", endpoint = "take/send")]
pub async fn send_answers(
    #[server(default)] poll: String,
    #[server(default)] version: String,
    #[server(default)] draft: String,
    #[server(default)] facts: String,
    #[server(default)] consent: String,
) -> Result<(), Failure> {
    let Ok(poll) = poll.parse() else { return forms::posted_to_nothing(routes::POLLS).await };
    let form = SendForm { consent: consent == "yes", version, draft, facts };
    forms::posted_led(
        |ports, person| async move { ports.participation.send(&person, poll, &form).await },
        |sent| after_sending(sent, poll),
    )
    .await
}

/// A poll's id and a question's number out of a form or an address.
fn question_id(poll: &str, number: &str) -> Option<(Uuid, usize)> {
    Some((poll.parse().ok()?, number.parse().ok()?))
}

/// The name of the form that sends everything.
fn check_key(poll: Uuid) -> String {
    format!("{}check", unsaved::beginning(poll))
}

/// The address of a step.
fn way<T>(poll: Uuid, step: &Step<T>) -> String {
    match step {
        Step::Question(number) => routes::question(poll, *number),
        Step::Check => routes::check(poll),
        Step::Here(_) | Step::Poll => routes::poll(poll),
    }
}

/// The page, or nothing and a redirect to the page that comes first.
fn here<T>(response: &ResponseOptions, poll: Uuid, step: Step<T>) -> Option<T> {
    let to = way(poll, &step);
    if let Step::Here(page) = step {
        return Some(page);
    }
    forms::see_other(response, &to);
    None
}

/// Where to go after a typed answer was kept, or was too long for that.
fn after(
    saved: Saved,
    typed: Waiting,
    (poll, number): (Uuid, usize),
    checking: bool,
    leave: Leave,
) -> Outcome {
    let invalid = |error, waiting: Option<Waiting>| -> Outcome {
        let faults = vec![FieldFault::new("answer", Fault::Answer { error })];
        Err(Stop::invalid(unsaved::key(poll, number), &waiting, faults))
    };
    match saved {
        // It waits in the session, to be put right: nothing else has it.
        Saved::TooLong(error) => invalid(error, Some(typed)),
        _ if leave == Leave::Later => Ok((routes::poll(poll), Some(Done::Saved))),
        // The page reads the typed values from the draft: the session gets none of them.
        Saved::Invalid(error) => invalid(error, None),
        Saved::Valid(Some(next)) if !checking => Ok((routes::question(poll, next), None)),
        Saved::Valid(_) => Ok((routes::check(poll), None)),
    }
}

/// Where to go after the answers were sent, or were not, and back.
fn after_sending(sent: Result<Sent, Failure>, poll: Uuid) -> (routes::Path, Outcome) {
    match sent {
        Ok(Sent::Stored) => (routes::check(poll), Ok((routes::receipt(poll), None))),
        Ok(Sent::Unanswered(number)) => {
            let fault = Fault::Answer { error: AnswerError::Required };
            let faults = vec![FieldFault::new("answer", fault)];
            let stop = Stop::invalid(unsaved::key(poll, number), &None::<()>, faults);
            (routes::question_from_check(poll, number), Err(stop))
        }
        Ok(Sent::ConsentMissing) => {
            let faults = vec![FieldFault::new("consent", Fault::ConsentRequired)];
            let stop = Stop::invalid(check_key(poll), &(), faults);
            (routes::check(poll), Err(stop))
        }
        Ok(Sent::Outdated) => {
            let faults = vec![FieldFault::new("version", Fault::Outdated)];
            let stop = Stop::invalid(check_key(poll), &(), faults);
            (routes::check(poll), Err(stop))
        }
        Err(failure) => {
            let asks = failure.asks_to_sign_in();
            let back = if asks { routes::check(poll) } else { routes::poll(poll) };
            (back, Err(failure.into()))
        }
    }
}
