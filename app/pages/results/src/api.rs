//! Asks the server for published results.

use super::view::{Choice, Comparison, DepartmentStatistics, Results, StaffResults};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use ports::failure::Failure;

/// The published results of a poll, for everybody; `by` is a breakdown's code, or blank.
#[server(prefix = "/api", endpoint = "results/read", input = GetUrl)]
pub async fn read(
    #[server(default)] poll: String,
    #[server(default)] by: String,
) -> Result<Results, Failure> {
    let ports = ports::ports();
    let language = ports::look::language();
    let response: Option<leptos_axum::ResponseOptions> = use_context();
    let poll = poll.parse().map_err(|_| Failure::NotFound)?;
    let mut results = ports.statistics.results(poll, language).await?;
    choose(&mut results, &by, response.as_ref());
    Ok(results)
}

/// Two published polls side by side, for everybody; `by` as with [`read`].
#[server(prefix = "/api", endpoint = "results/compare", input = GetUrl)]
pub async fn compare(
    #[server(default)] poll: String,
    #[server(default)] with: String,
    #[server(default)] by: String,
) -> Result<Comparison, Failure> {
    let ports = ports::ports();
    let language = ports::look::language();
    let response: Option<leptos_axum::ResponseOptions> = use_context();
    let parse = |id: &str| id.parse().map_err(|_| Failure::NotFound);
    let polls = [parse(&poll)?, parse(&with)?];
    let comparison = ports.statistics.comparison(polls, &by, language).await?;
    if comparison.chosen == Choice::NotPlanned {
        not_found(response.as_ref());
    }
    Ok(comparison)
}

/// A poll's results as its department's staff see them.
#[server(prefix = "/api", endpoint = "results/staff", input = GetUrl)]
pub async fn read_staff(
    #[server(default)] poll: String,
    #[server(default)] by: String,
) -> Result<StaffResults, Failure> {
    let ports = ports::ports();
    let person = ports::caller::signed_in()?;
    let language = ports::look::language();
    let response: Option<leptos_axum::ResponseOptions> = use_context();
    let poll = poll.parse().map_err(|_| Failure::NotFound);
    let mut results = ports.statistics.staff_results(&person, poll.ok(), language).await?;
    if let StaffResults::Published(results) = &mut results {
        choose(results, &by, response.as_ref());
    }
    Ok(results)
}

/// A department's published polls, and how far participation in the others has come.
#[server(prefix = "/api", endpoint = "results/department", input = GetUrl)]
pub async fn read_department(
    #[server(default)] department: String,
) -> Result<DepartmentStatistics, Failure> {
    let ports = ports::ports();
    let person = ports::caller::signed_in()?;
    let language = ports::look::language();
    ports.statistics.department(&person, department.parse().ok(), language).await
}

/// Leaves the chosen breakdown, or says with the status that there is no such one.
fn choose(results: &mut Results, by: &str, response: Option<&leptos_axum::ResponseOptions>) {
    results.chosen = Choice::of(by, &results.planned);
    let shown = if let Choice::By(breakdown) = results.chosen { Some(breakdown) } else { None };
    results.participation.retain(|table| Some(table.by) == shown);
    for question in &mut results.questions {
        question.breakdowns.retain(|table| Some(table.by) == shown);
    }
    if results.chosen == Choice::NotPlanned {
        results.questions.clear();
        not_found(response);
    }
}

fn not_found(response: Option<&leptos_axum::ResponseOptions>) {
    if let Some(response) = response {
        response.set_status(axum::http::StatusCode::NOT_FOUND);
    }
}
