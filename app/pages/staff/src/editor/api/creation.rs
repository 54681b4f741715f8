//! A department's polls, and how a new one begins: from nothing, a template, another poll, a file.

use super::{
    desk::{Back, Desk},
    id,
};
use crate::editor::{
    form::{self, NewForm, key},
    templates::Template,
    view::{DepartmentPolls, FilePage, MAX_COPIED, NewPage, PollLine},
};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use ports::{
    authoring::{NewPoll, Refusal, Start},
    caller::signed_in,
    failure::Failure,
    forms::{Done, Fault, FieldFault, Form, refused},
    ports, routes,
};
use questionnaire::Language;

/// A department's polls.
///
/// # Errors
/// As every function [here](super).
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
/// As every function [here](super).
#[server(prefix = "/api", endpoint = "editor/new", input = GetUrl)]
pub async fn read_new(#[server(default)] department: String) -> Result<NewPage, Failure> {
    let ports = ports();
    let person = signed_in()?;
    let form = refused(&key("new", &department)).await;
    let DepartmentPolls { department, mut polls } =
        ports.authoring.department(&person, id(&department)?).await?;
    let fresh = || {
        Form::fresh(NewForm {
            languages: Language::ALL.map(|language| language.to_string()).to_vec(),
            start: Template::Blank.code().to_owned(),
            ..NewForm::default()
        })
    };
    let mut form = form.unwrap_or_else(fresh);
    if form.typed.new.is_empty() {
        form.typed.new = ports.authoring.mark().to_string();
    }
    let older = offer(&mut polls, &form.typed.start);
    Ok(NewPage { department, polls, older, form })
}

/// Keeps the newest polls, and the one that was chosen when it was offered. Gives whether there are others.
fn offer(polls: &mut Vec<PollLine>, chosen: &str) -> bool {
    let all = polls.len();
    let mut place = 0..;
    polls.retain(|poll| {
        place.next().is_some_and(|place| place < MAX_COPIED) || poll.id.to_string() == chosen
    });
    polls.len() < all
}

/// The form of a new poll from a file. The file itself is posted to a route of its own.
///
/// # Errors
/// As every function [here](super).
#[server(prefix = "/api", endpoint = "editor/file", input = GetUrl)]
pub async fn read_file_page(#[server(default)] department: String) -> Result<FilePage, Failure> {
    let ports = ports();
    let person = signed_in()?;
    let form = refused(&key("file", &department)).await;
    let department = ports.authoring.department_name(&person, id(&department)?).await?;
    let new = ports.authoring.mark();
    Ok(FilePage { department, new, form: form.unwrap_or_default() })
}

/// Begins a poll.
///
/// # Errors
/// As every function [here](super); [`Failure::Invalid`].
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
        let mark = form.new.parse().ok();
        let poll = NewPoll { mark, languages, title, purpose, start };
        let poll = desk.ports.authoring.create(person, department, poll).await?;
        Ok((routes::staff_poll(poll), Some(Done::Saved)))
    }
    .await;
    let back = Back::to_page(format!("{}/departments/{department}/new", routes::STAFF));
    desk.finish(back, key("new", &department), &form, outcome).await
}

#[cfg(test)]
mod tests {
    use super::{MAX_COPIED, PollLine, offer};
    use ports::states::State;
    use questionnaire::Text;
    use uuid::Uuid;

    #[test]
    fn the_newest_polls_are_offered_and_the_one_that_was_chosen() {
        let line = |id| PollLine {
            id: Uuid::from_u128(id),
            title: Text::default(),
            state: State::Draft,
            withheld: false,
            opens: None,
            closes: None,
            returned: false,
        };
        let offered = |count: u128, chosen: u128| {
            let mut polls: Vec<PollLine> = (0..count).map(line).collect();
            let older = offer(&mut polls, &Uuid::from_u128(chosen).to_string());
            (polls.iter().map(|poll| poll.id.as_u128()).collect::<Vec<_>>(), older)
        };
        let newest: Vec<u128> = (0..).take(MAX_COPIED).collect();
        assert_eq!(offered(20, 99), (newest.clone(), false));
        assert_eq!(offered(30, 3), (newest.clone(), true));
        assert_eq!(offered(30, 25), ([&newest[..], &[25]].concat(), true));
        assert_eq!(offered(0, 3), (Vec::new(), false));
    }
}
