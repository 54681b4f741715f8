//! Asks the server for published results.

use super::view::{
    Asked, Choice, Comparison, DepartmentStatistics, MAX_TOKEN_NAME, ResultsPage, StaffResults,
    Token, TokenFields, TokenPage, Tokens, TokensPage, beyond,
};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use ports::{
    caller::{caller, signed_in},
    failure::Failure,
    forms::{
        Done, Fault, FieldFault, Form, Post, Stop, finish, forget, posted_form, refused, session,
        stash, stashed,
    },
    routes,
};
use questionnaire::{is_blank, printable};
use uuid::Uuid;

/// The published results of a poll, for everybody; `by` is a breakdown's code, or blank.
#[server(prefix = "/api", endpoint = "results/read", input = GetUrl)]
pub async fn read(
    #[server(default)] poll: String,
    #[server(default)] by: String,
) -> Result<ResultsPage, Failure> {
    let ports = ports::ports();
    let language = ports::look::language();
    let poll = poll.parse().map_err(|_| Failure::NotFound)?;
    let asked = asked(&by, &["by"]);
    let reader = caller().0;
    let page = ports.statistics.results(reader.as_ref(), poll, asked, language).await?;
    if page.chosen == Choice::NotPlanned {
        Failure::NotFound.tell();
    }
    Ok(page)
}

/// Two published polls side by side, for everybody; `by` as with [`read`]. Where one of them has no results
/// there is no comparison, which the status says, too.
#[server(prefix = "/api", endpoint = "results/compare", input = GetUrl)]
pub async fn compare(
    #[server(default)] poll: String,
    #[server(default)] with: String,
    #[server(default)] by: String,
) -> Result<Comparison, Failure> {
    let ports = ports::ports();
    let language = ports::look::language();
    let parse = |id: &str| id.parse().map_err(|_| Failure::NotFound);
    let polls = [parse(&poll)?, parse(&with)?];
    let asked = asked(&by, &["with", "by"]);
    let reader = caller().0;
    let comparison = ports.statistics.comparison(reader.as_ref(), polls, asked, language).await?;
    if comparison.chosen == Choice::NotPlanned || comparison.is_withheld() {
        Failure::NotFound.tell();
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
    let person = signed_in()?;
    let language = ports::look::language();
    let asked = asked(&by, &["by"]);
    let page = ports.statistics.staff_results(&person, poll.parse().ok(), asked, language).await?;
    let refused = match &page {
        StaffResults::Published(page) => page.chosen == Choice::NotPlanned,
        StaffResults::Waiting(page) => page.refused,
    };
    if refused {
        Failure::NotFound.tell();
    }
    Ok(page)
}

/// A page of a department's published polls, and how far participation in the others has come.
#[server(prefix = "/api", endpoint = "results/department", input = GetUrl)]
pub async fn read_department(
    #[server(default)] department: String,
    #[server(default)] page: String,
) -> Result<DepartmentStatistics, Failure> {
    let ports = ports::ports();
    let person = signed_in()?;
    let language = ports::look::language();
    let (department, asked) = (department.parse().ok(), asked("", &["page"]));
    let page = page.parse().unwrap_or(1);
    let page = ports.statistics.department(&person, department, asked, page, language).await?;
    if page.refused {
        Failure::NotFound.tell();
    }
    Ok(page)
}

/// A department's tokens for the API, with the one that was just made.
#[server(prefix = "/api", endpoint = "tokens/read", input = GetUrl)]
pub async fn read_tokens(#[server(default)] department: String) -> Result<TokensPage, Failure> {
    let ports = ports::ports();
    let person = signed_in()?;
    let session = session();
    let language = ports::look::language();
    let department = department.parse().ok();
    let known = ports.statistics.tokens(&person, department, language).await?;
    let mut form: Form<TokenFields> =
        refused(&form_key(known.department)).await.unwrap_or_default();
    if form.typed.new.is_empty() {
        form.typed.new = ports.statistics.mark().to_string();
    }
    let made = made_key(known.department);
    let new: Option<Form<String>> = stashed(&session, &made).await;
    if new.is_some() {
        forget(&session, &made).await;
    }
    Ok(TokensPage { known, new: new.map(|form| form.typed), form })
}

/// A token for the API, before it is revoked; one that is revoked already is not found.
#[server(prefix = "/api", endpoint = "tokens/one", input = GetUrl)]
pub async fn read_token(
    #[server(default)] department: String,
    #[server(default)] token: String,
) -> Result<TokenPage, Failure> {
    let ports = ports::ports();
    let person = signed_in()?;
    let language = ports::look::language();
    let known = ports.statistics.tokens(&person, department.parse().ok(), language).await?;
    let Tokens { department, name, tokens } = known;
    let valid = |of: &Token| of.id.to_string() == token && !of.revoked;
    let token = tokens.into_iter().find(valid).ok_or(Failure::NotFound)?;
    Ok(TokenPage { department, name, token })
}

/// The name under which a refused form waits.
fn form_key(department: Uuid) -> String {
    format!("token:{department}")
}

/// The name under which a new token waits to be shown, sealed with the rest of the session.
fn made_key(department: Uuid) -> String {
    format!("token-made:{department}")
}

/// Makes a token for the API.
#[server(prefix = "/api", endpoint = "tokens/create")]
pub async fn create_token(
    #[server(default)] department: String,
    #[server(default)] name: String,
    #[server(default)] new: String,
) -> Result<(), Failure> {
    let id: Uuid = department.parse().unwrap_or_default();
    let (page, session) = (&routes::tokens(id), &session());
    let (key, typed) = (&*form_key(id), &TokenFields { name: printable(&name), new });
    posted_form(page, key, typed, |ports, person| async move {
        // Whether the person may at all comes before what was typed.
        ports.statistics.tokens(&person, Some(id), ports::look::language()).await?;
        let name = typed.name.trim();
        let fault = if is_blank(name) {
            Some(Fault::Required)
        } else if name.chars().count() > MAX_TOKEN_NAME as usize {
            Some(Fault::TooLong { max: MAX_TOKEN_NAME })
        } else {
            None
        };
        let refuse = |fault| Stop::invalid(key, typed, vec![FieldFault::new("name", fault)]);
        if let Some(fault) = fault {
            return Err(refuse(fault));
        }
        let mark = typed.new.parse().ok();
        let token = ports.statistics.create_token(&person, Some(id), name, mark).await?;
        let token = token.map_err(refuse)?;
        stash(session, &made_key(id), &Form::fresh(token)).await?;
        Ok((page.clone(), None))
    })
    .await
}

/// Revokes a token.
#[server(prefix = "/api", endpoint = "tokens/revoke")]
pub async fn revoke_token(
    #[server(default)] department: String,
    #[server(default)] token: String,
) -> Result<(), Failure> {
    let ports = ports::ports();
    let person = signed_in();
    let post = Post::current();
    let page = routes::tokens(department.parse().unwrap_or_default());
    let outcome = async {
        let (department, token) = (department.parse().ok(), token.parse().ok());
        ports.statistics.revoke_token(&person?, department, token).await?;
        Ok((page.clone(), Some(Done::TokenRevoked)))
    }
    .await;
    finish(&post, &page, outcome).await
}

/// The breakdown that is asked for; refused where the address, a page's or a function's, wants more than
/// `known`.
fn asked(by: &str, known: &[&str]) -> Asked {
    let request: Option<axum::http::request::Parts> = use_context();
    let uri = request.as_ref().map(|request| &request.uri);
    let query = uri.and_then(|uri| uri.query()).unwrap_or_default();
    // A link says a language to those pages that everybody may see, and to no other.
    let says = uri.is_some_and(|uri| routes::may_say_language(uri.path()));
    let language = if says { &[routes::LANGUAGE][..] } else { &[] };
    if beyond(query, &[known, &["poll", "department"], language].concat()) {
        Asked::Refused
    } else {
        Asked::of(by)
    }
}
