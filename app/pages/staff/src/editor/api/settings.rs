//! What is set about a poll: as a whole, and part by part with the form that changes it.

use super::{
    desk::{Desk, save},
    filled::filled,
    id,
};
use crate::editor::{
    form::{self, AudienceForm, BasicsForm, PlanForm, ScheduleForm, SpecialForm},
    view::{Filled, PollPage, Settings},
};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use ports::{authoring::Edit, caller::signed_in, failure::Failure, ports};

/// A poll with what is missing.
///
/// # Errors
/// As every function [here](super).
#[server(prefix = "/api", endpoint = "editor/poll", input = GetUrl)]
pub async fn read_poll(#[server(default)] poll: String) -> Result<PollPage, Failure> {
    let ports = ports();
    let person = signed_in()?;
    ports.authoring.poll(&person, id(&poll)?).await
}

/// What is set about a poll, as people are asked.
///
/// # Errors
/// As every function [here](super).
#[server(prefix = "/api", endpoint = "editor/settings", input = GetUrl)]
pub async fn read_settings(#[server(default)] poll: String) -> Result<Settings, Failure> {
    let ports = ports();
    let person = signed_in()?;
    Ok(ports.authoring.settings(&person, id(&poll)?).await?.as_asked())
}

/// Languages, title and purpose.
///
/// # Errors
/// As every function [here](super); [`Failure::WrongState`] where it is no draft.
#[server(prefix = "/api", endpoint = "editor/basics", input = GetUrl)]
pub async fn read_basics(#[server(default)] poll: String) -> Result<Filled<BasicsForm>, Failure> {
    filled(&poll, "basics", BasicsForm::of).await
}

/// Saves languages, title and purpose.
///
/// # Errors
/// As every function [here](super); [`Failure::Invalid`].
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

/// Whom it asks.
///
/// # Errors
/// As every function [here](super); [`Failure::WrongState`] where it is no draft.
#[server(prefix = "/api", endpoint = "editor/audience", input = GetUrl)]
pub async fn read_audience(
    #[server(default)] poll: String,
) -> Result<Filled<AudienceForm>, Failure> {
    filled(&poll, "audience", |settings| AudienceForm::of(&settings.audience)).await
}

/// Saves whom it asks.
///
/// # Errors
/// As every function [here](super); [`Failure::Invalid`].
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
/// As every function [here](super); [`Failure::WrongState`] where it is no draft.
#[server(prefix = "/api", endpoint = "editor/schedule", input = GetUrl)]
pub async fn read_schedule(
    #[server(default)] poll: String,
) -> Result<Filled<ScheduleForm>, Failure> {
    filled(&poll, "schedule", ScheduleForm::of).await
}

/// Saves when it opens and closes.
///
/// # Errors
/// As every function [here](super); [`Failure::Invalid`].
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
/// As every function [here](super); [`Failure::WrongState`] where it is no draft.
#[server(prefix = "/api", endpoint = "editor/plan", input = GetUrl)]
pub async fn read_plan(#[server(default)] poll: String) -> Result<Filled<PlanForm>, Failure> {
    filled(&poll, "plan", |settings| PlanForm::of(&settings.plan)).await
}

/// Saves what will be published.
///
/// # Errors
/// As every function [here](super); [`Failure::Invalid`].
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
/// As every function [here](super); [`Failure::WrongState`] where it is no draft.
#[server(prefix = "/api", endpoint = "editor/special", input = GetUrl)]
pub async fn read_special(#[server(default)] poll: String) -> Result<Filled<SpecialForm>, Failure> {
    filled(&poll, "special", SpecialForm::of).await
}

/// Saves whether it asks about a special category.
///
/// # Errors
/// As every function [here](super); [`Failure::Invalid`].
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
