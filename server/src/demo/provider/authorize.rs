//! The authorization endpoint: checks a client's request and begins the visitor's pages.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::TimeDelta;

use super::locale::Locale;
use super::pages::{self, Problem};
use super::params::{Params, Repeated};
use super::reply;
use super::settings::Client;
use super::state::{AuthorizationRequest, Interaction, Provider, SignIn};
use crate::demo::people::Scope;

/// An error that is told to the client, in the words of the protocol.
struct Refusal {
    error: &'static str,
    description: &'static str,
}

impl Refusal {
    fn invalid(description: &'static str) -> Self {
        Self { error: "invalid_request", description }
    }
}

impl From<Repeated> for Refusal {
    fn from(_: Repeated) -> Self {
        Self::invalid("a parameter is there more than once")
    }
}

/// A request, and how it wants the visitor to be asked.
struct Asked {
    request: AuthorizationRequest,
    /// No page may be shown.
    silently: bool,
    /// A person must be picked even if the browser is signed in.
    afresh: bool,
    /// The longest time since the sign-in.
    max_age: Option<TimeDelta>,
    /// The only person that will do.
    sub: Option<String>,
}

/// `GET` and `POST /authorize`.
pub(super) async fn authorize(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    params: Params,
) -> Response {
    let locale = Locale::choose(params.one("ui_locales").unwrap_or_default(), &headers);
    let problem = |problem| pages::problem(&provider, locale, StatusCode::BAD_REQUEST, problem);

    // Until the client and its address are known, nothing may be sent anywhere.
    let client_id = params.one("client_id").unwrap_or_default().unwrap_or_default();
    let Some(client) = provider.settings.client(client_id) else {
        return problem(Problem::UnknownClient);
    };
    let redirect_uri = params.one("redirect_uri").unwrap_or_default().unwrap_or_default();
    if !client.redirect_uris.iter().any(|known| known == redirect_uri) {
        return problem(Problem::UnknownAddress);
    }

    let state = params.one("state").unwrap_or_default();
    let answer = read(&provider, client, redirect_uri, &params)
        .and_then(|asked| begin(&provider, &headers, locale, asked));
    answer.unwrap_or_else(|Refusal { error, description }| {
        reply::redirect(&provider.refuse(redirect_uri, state, error, description))
    })
}

/// Checks everything but the client and its address.
fn read(
    provider: &Provider,
    client: &Client,
    redirect_uri: &str,
    params: &Params,
) -> Result<Asked, Refusal> {
    let state = params.one("state")?;
    if params.one("request")?.is_some() {
        let description = "request objects are not supported";
        return Err(Refusal { error: "request_not_supported", description });
    }
    if params.one("request_uri")?.is_some() {
        let description = "request objects are not supported";
        return Err(Refusal { error: "request_uri_not_supported", description });
    }
    match params.one("response_type")? {
        Some("code") => {}
        Some(_) => {
            let description = "only the response type code is supported";
            return Err(Refusal { error: "unsupported_response_type", description });
        }
        None => return Err(Refusal::invalid("response_type is missing")),
    }
    if !matches!(params.one("response_mode")?, None | Some("query")) {
        return Err(Refusal::invalid("only the response mode query is supported"));
    }
    let scopes = Scope::parse_list(params.one("scope")?.unwrap_or_default());
    if !scopes.contains(&Scope::Openid) {
        let description = "the scope openid is required";
        return Err(Refusal { error: "invalid_scope", description });
    }
    if params.one("code_challenge_method")? != Some("S256") {
        return Err(Refusal::invalid("PKCE with the method S256 is required"));
    }
    let code_challenge = params.one("code_challenge")?.unwrap_or_default();
    let base64url = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if code_challenge.len() != 43 || !code_challenge.chars().all(base64url) {
        return Err(Refusal::invalid("code_challenge is not an S256 challenge"));
    }

    let prompts: Vec<_> = params.one("prompt")?.unwrap_or_default().split_whitespace().collect();
    let silently = prompts.contains(&"none");
    if silently && prompts.len() > 1 {
        return Err(Refusal::invalid("prompt=none excludes every other prompt"));
    }
    if !prompts.iter().all(|p| ["none", "login", "consent", "select_account"].contains(p)) {
        return Err(Refusal::invalid("the prompt is unknown"));
    }
    let afresh = prompts.contains(&"login") || prompts.contains(&"select_account");

    let max_age = params.one("max_age")?.map(|seconds| {
        let seconds = seconds.parse::<u32>().map_err(|_| Refusal::invalid("max_age is wrong"))?;
        Ok::<_, Refusal>(TimeDelta::seconds(seconds.into()))
    });
    let sub = params.one("id_token_hint")?.map(|hint| {
        let hint = provider.key.read_hint(hint, &provider.settings.issuer);
        hint.map(|hint| hint.sub).ok_or(Refusal::invalid("id_token_hint is wrong"))
    });

    Ok(Asked {
        request: AuthorizationRequest {
            client_id: client.client_id.clone(),
            redirect_uri: redirect_uri.to_owned(),
            scopes,
            state: state.map(str::to_owned),
            nonce: params.one("nonce")?.map(str::to_owned),
            code_challenge: code_challenge.to_owned(),
        },
        silently,
        afresh,
        max_age: max_age.transpose()?,
        sub: sub.transpose()?,
    })
}

/// Answers at once if no page may be shown, or sends the browser to the first page.
fn begin(
    provider: &Provider,
    headers: &HeaderMap,
    locale: Locale,
    asked: Asked,
) -> Result<Response, Refusal> {
    let now = provider.now();
    let mut memory = provider.memory();
    let cookie = reply::browser(headers);
    let will_do = |sign_in: &SignIn| {
        !asked.afresh
            && asked.max_age.is_none_or(|age| now - sign_in.auth_time < age)
            && asked.sub.as_ref().is_none_or(|sub| *sub == sign_in.sub)
    };
    let session = memory.session(now, cookie).filter(|session| will_do(&session.sign_in));

    if asked.silently {
        let description = "nobody fitting is signed in";
        let session = session.ok_or(Refusal { error: "login_required", description })?;
        let scopes = &asked.request.scopes;
        let decision = session.decisions.get(&asked.request.client_id);
        let decision = decision.filter(|decision| decision.asked.is_superset(scopes));
        let description = "not every scope has been decided on";
        let decision = decision.ok_or(Refusal { error: "consent_required", description })?;
        let granted = scopes.intersection(&decision.granted).copied().collect();
        let sign_in = session.sign_in.clone();
        let address = provider.grant(&mut memory, asked.request, sign_in, granted);
        return Ok(reply::redirect(&address));
    }

    let sign_in = session.map(|session| session.sign_in.clone());
    let browser = cookie.map_or_else(|| provider.secret(), str::to_owned);
    let interaction =
        Interaction { request: asked.request, browser: browser.clone(), locale, sign_in };
    let id = provider.begin(&mut memory, interaction);
    let response = reply::redirect(&format!("/interaction/{id}"));
    Ok(reply::with_cookie(&provider.settings.issuer, &browser, response))
}
