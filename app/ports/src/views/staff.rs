//! What the staff's pages show.

use crate::{actions::Action, forms::Form, roles::Role, views::editor::Task};
use chrono::NaiveDateTime;
use questionnaire::{Breakdown, Language, Text};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a member of the staff begins: what each role lets this person do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    /// The departments in which the person has a role.
    pub departments: Vec<DeskDepartment>,
    /// The roles that hold for the whole portal.
    pub roles: Vec<Role>,
    /// To a reviewer, how many polls wait for review; none to others.
    pub in_review: u64,
}

/// One department of a [`Desk`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskDepartment {
    /// The department.
    pub id: Uuid,
    /// Its name.
    pub name: Text,
    /// The person's roles in it.
    pub roles: Vec<Role>,
    /// To an initiator, how many of its polls are drafts again because a reviewer returned them; none to
    /// others.
    pub returned: u64,
}

/// A department.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Department {
    /// The department.
    pub id: Uuid,
    /// Its name.
    pub name: Text,
    /// Code of its region; absent where it serves all.
    pub region: Option<String>,
}

impl Department {
    /// What can be changed of it, in one string: a form carries it, so that nobody writes over words
    /// that they have not seen.
    #[must_use]
    pub fn seen(&self) -> String {
        serde_json::to_string(&(&self.name, &self.region)).unwrap_or_default()
    }
}

/// A role that somebody holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The grant, to take it away by.
    pub grant: Uuid,
    /// Who holds it.
    pub person: Person,
    /// The role.
    pub role: Role,
    /// Whether this is the reader.
    pub own: bool,
}

/// A role that somebody holds, where it is asked once more whether to take it away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldRole {
    /// Who holds which.
    pub member: Member,
    /// In which department; absent where it is a role of the whole portal.
    pub department: Option<Department>,
    /// Whether it stays, because nobody else administers the portal.
    pub last: bool,
}

/// A member of the staff as others of the staff see them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name, where it was released.
    pub name: Option<String>,
    /// The staff code, where one was made.
    pub code: Option<String>,
}

/// A choice of a list, in the reader's language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The code.
    pub code: String,
    /// In words.
    pub name: String,
}

/// Departments and the roles of the whole portal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Admin {
    /// Every department.
    pub departments: Vec<Department>,
    /// Who holds a role of the whole portal.
    pub members: Vec<Member>,
    /// The regions to choose from.
    pub regions: Vec<Named>,
    /// The forms.
    pub form: Form<AdminForms>,
}

/// One department and who works in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdminDepartment {
    /// The department.
    pub department: Department,
    /// Who holds a role in it.
    pub members: Vec<Member>,
    /// The regions to choose from.
    pub regions: Vec<Named>,
    /// The forms.
    pub form: Form<AdminForms>,
}

/// The two forms of a page of the administration; one of them was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminForms {
    /// A department's name and region.
    pub department: Option<DepartmentFields>,
    /// Who is to be appointed as what.
    pub appointment: AppointmentFields,
}

/// A department as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepartmentFields {
    /// Name in English.
    pub name_en: String,
    /// Name in Russian.
    pub name_ru: String,
    /// Code of the region, blank for all.
    pub region: String,
}

impl DepartmentFields {
    /// What is in the fields before anything is typed.
    #[must_use]
    pub fn of(department: &Department) -> Self {
        let name = |language| department.name.exact(language).unwrap_or_default().to_owned();
        Self {
            name_en: name(Language::En),
            name_ru: name(Language::Ru),
            region: department.region.clone().unwrap_or_default(),
        }
    }
}

/// An appointment as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppointmentFields {
    /// The staff code.
    pub code: String,
    /// Code of the role.
    pub role: String,
}

/// Which lines of the log are asked for. What is absent or blank narrows nothing down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogFilter {
    /// What was done.
    pub action: Option<Action>,
    /// In which department.
    pub department: Option<Uuid>,
    /// The first day, by the portal's clock, as typed.
    pub from: String,
    /// The last day, as typed.
    pub to: String,
    /// The staff code of who did it, as typed.
    pub code: String,
}

/// A page of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Log {
    /// The lines, newest first; none where something of the form could not be read.
    pub lines: Vec<LogLine>,
    /// What was asked for.
    pub form: Form<LogFilter>,
    /// The departments to choose from, with the chosen one also if it was deleted since.
    pub departments: Vec<Department>,
    /// This page, from 1.
    pub page: u64,
    /// How many pages there are, at least 1.
    pub pages: u64,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When, by the portal's clock.
    pub at: NaiveDateTime,
    /// Who.
    pub actor: Actor,
    /// In which department.
    pub department: Option<Text>,
    /// What; absent where this version does not know the code.
    pub action: Option<Action>,
    /// To which poll or token.
    pub object: Option<Object>,
    /// To whom, where it was done to a member of the staff.
    pub member: Option<Person>,
    /// The role that was given or taken.
    pub role: Option<Role>,
    /// What else was written down; older lines have less.
    pub details: Vec<Detail>,
}

/// What else a line of the log says of what was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// The part of the poll that was changed.
    Part(Task),
    /// The format of the file that was taken: how its name ends.
    Format(String),
    /// The question whose picture was taken, by its code.
    Question(String),
    /// The breakdown that the picture shows.
    By(Breakdown),
    /// What the department was called before.
    Former(Text),
    /// That something stood there already, and was changed.
    Again,
}

/// What was done to, where that is no person and no department.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Object {
    /// A poll, by its title.
    Poll(Text),
    /// A poll that was deleted since.
    Deleted {
        /// Its id, which tells it from another of the same title.
        poll: Uuid,
        /// Its title, where that was written down when it was deleted.
        title: Option<Text>,
    },
    /// A token for the API, by its name.
    Token(String),
}

/// Who did what a line of the log says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The portal itself, at a set time.
    Scheduler,
    /// The portal's configuration: the first departments and administrators.
    Configuration,
    /// Somebody whose account was deleted since.
    Gone,
    /// A member of the staff.
    Person(Person),
}
