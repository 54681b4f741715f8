//! The pages: complete HTML, no script, the styles under a nonce.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::locale::Locale;
use super::preview::{Line, lines};
use super::reply;
use super::state::{AuthorizationRequest, Interaction, Provider, SignOut};
use super::texts::{Texts, scope_name};
use crate::demo::people::{Level, Person, Scope};

const STYLE: &str = include_str!("style.css");

/// Why a visitor cannot go on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Problem {
    UnknownClient,
    UnknownAddress,
    Expired,
    BadForm,
    NotFound,
}

/// A page's frame.
struct Frame<'a> {
    status: StatusCode,
    locale: Locale,
    title: &'static str,
    /// The address that shows the same page in the other language with `ui_locales`, if any.
    address: Option<&'a str>,
    /// Where the page's forms may lead besides the provider itself.
    form_target: Option<&'a str>,
}

impl Frame<'_> {
    fn show(&self, provider: &Provider, content: &Markup) -> Response {
        let texts = Texts::of(self.locale);
        let nonce = provider.secret();
        let other = self.locale.other().tag();
        let page = html! {
            (DOCTYPE)
            html lang=(self.locale.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    title { (self.title) " – " (texts.brand) }
                    link rel="icon" href="data:,";
                    style nonce=(nonce) { (PreEscaped(STYLE)) }
                }
                body {
                    header {
                        p.banner { (texts.banner) }
                        div.bar {
                            p.brand { (texts.brand) }
                            @if let Some(address) = self.address {
                                a href={ (address) "?ui_locales=" (other) } lang=(other)
                                    hreflang=(other) { (texts.other_language) }
                            }
                        }
                    }
                    main {
                        h1 { (self.title) }
                        (content)
                    }
                }
            }
        };
        reply::page(self.status, &nonce, self.form_target, page)
    }
}

/// What this place is, and who can be signed in.
pub(super) fn front(provider: &Provider, locale: Locale) -> Response {
    let texts = Texts::of(locale);
    let content = html! {
        p { (texts.front_text) }
        h2 { (texts.front_people) }
        ul.people {
            @for person in provider.people.iter() {
                li { div.person { (introduction(provider, locale, person)) } }
            }
        }
    };
    let status = StatusCode::OK;
    Frame { status, locale, title: texts.front_title, address: Some("/"), form_target: None }
        .show(provider, &content)
}

/// The list of people.
pub(super) fn sign_in(provider: &Provider, id: &str, interaction: &Interaction) -> Response {
    let locale = interaction.locale;
    let texts = Texts::of(locale);
    let address = format!("/interaction/{id}");
    let (staff, citizens): (Vec<_>, Vec<_>) =
        provider.people.iter().partition(|person| person.staff.is_some());
    let content = html! {
        (facts(texts.sign_in_for, &interaction.request, texts))
        p { (texts.sign_in_text) }
        form method="post" action={ (address) "/sign-in" } {
            @for (id, title, people) in
                [("citizens", texts.citizens, &citizens), ("staff", texts.staff, &staff)]
            {
                @if !people.is_empty() {
                    section aria-labelledby=(id) {
                        h2 id=(id) { (title) }
                        ul.people {
                            @for person in people {
                                li {
                                    button.person type="submit" name="person" value=(person.sub) {
                                        (introduction(provider, locale, person))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        form.actions method="post" action={ (address) "/consent" } {
            button.action.plain type="submit" name="decision" value="cancel" {
                (texts.cancel_sign_in)
            }
        }
    };
    Frame {
        status: StatusCode::OK,
        locale,
        title: texts.sign_in_title,
        address: Some(&address),
        form_target: Some(&interaction.request.redirect_uri),
    }
    .show(provider, &content)
}

/// The decision about every scope that was asked for.
pub(super) fn consent(
    provider: &Provider,
    id: &str,
    interaction: &Interaction,
    person: &Person,
) -> Response {
    let locale = interaction.locale;
    let texts = Texts::of(locale);
    let address = format!("/interaction/{id}");
    let request = &interaction.request;
    let refusable = || request.scopes.iter().copied().filter(|scope| *scope != Scope::Openid);
    let confirmed = if person.level == Level::Low { texts.not_confirmed } else { texts.confirmed };
    let content = html! {
        (facts(texts.consent_for, request, texts))
        p { (texts.signed_in_as) " " strong { (shown_name(locale, person)) } "." }
        form method="post" action={ (address) "/switch" } {
            button.action.plain type="submit" { (texts.another_person) }
        }
        form method="post" action={ (address) "/consent" } {
            fieldset {
                legend { (texts.consent_legend) }
                @if refusable().next().is_some() { p { (texts.consent_text) } }
                div.scope {
                    p.always { (texts.always) }
                    ul.data {
                        @for line in lines(person, Scope::Openid, texts) { (datum(&line)) }
                        li { (confirmed) }
                    }
                }
                @for scope in refusable() {
                    @let field = format!("scope-{}", scope.as_str());
                    @let data = format!("{field}-data");
                    @let lines = lines(person, scope, texts);
                    div.scope {
                        input type="checkbox" name="scope" checked id=(field)
                            value=(scope.as_str()) aria-describedby=(data);
                        label for=(field) { (scope_name(locale, scope)) }
                        ul.data id=(data) {
                            @if lines.is_empty() { li { (texts.nothing_on_file) } }
                            @for line in &lines { (datum(line)) }
                        }
                    }
                }
            }
            div.actions {
                button.action type="submit" name="decision" value="allow" { (texts.allow) }
                button.action.plain type="submit" name="decision" value="cancel" {
                    (texts.cancel)
                }
            }
        }
    };
    Frame {
        status: StatusCode::OK,
        locale,
        title: texts.consent_title,
        address: Some(&address),
        form_target: Some(&request.redirect_uri),
    }
    .show(provider, &content)
}

/// Whether to end the session.
pub(super) fn sign_out(provider: &Provider, id: &str, sign_out: &SignOut) -> Response {
    let texts = Texts::of(sign_out.locale);
    let address = format!("/sign-out/{id}");
    let content = html! {
        p { (texts.sign_out_text) }
        form.actions method="post" action=(address) {
            button.action type="submit" name="decision" value="yes" { (texts.sign_out_yes) }
            button.action.plain type="submit" name="decision" value="no" { (texts.sign_out_no) }
        }
    };
    Frame {
        status: StatusCode::OK,
        locale: sign_out.locale,
        title: texts.sign_out_title,
        address: Some(&address),
        form_target: sign_out.target.as_deref(),
    }
    .show(provider, &content)
}

/// The session has ended.
pub(super) fn signed_out(provider: &Provider, locale: Locale) -> Response {
    let texts = Texts::of(locale);
    message(provider, locale, StatusCode::OK, texts.signed_out_title, texts.signed_out_text)
}

/// The session goes on.
pub(super) fn still_signed_in(provider: &Provider, locale: Locale) -> Response {
    let texts = Texts::of(locale);
    message(provider, locale, StatusCode::OK, texts.still_title, texts.still_text)
}

/// A page that says why it does not go on.
pub(super) fn problem(
    provider: &Provider,
    locale: Locale,
    status: StatusCode,
    problem: Problem,
) -> Response {
    let texts = Texts::of(locale);
    let (title, text) = match problem {
        Problem::UnknownClient => texts.unknown_client,
        Problem::UnknownAddress => texts.unknown_address,
        Problem::Expired => texts.expired,
        Problem::BadForm => texts.bad_form,
        Problem::NotFound => texts.not_found,
    };
    message(provider, locale, status, title, text)
}

fn message(
    provider: &Provider,
    locale: Locale,
    status: StatusCode,
    title: &'static str,
    text: &str,
) -> Response {
    Frame { status, locale, title, address: None, form_target: None }
        .show(provider, &html! { p { (text) } })
}

/// Who asks, and where the way leads afterwards.
fn facts(label: &str, request: &AuthorizationRequest, texts: &Texts) -> Markup {
    let address = &request.redirect_uri;
    let shown = address.split_once('?').map_or(address.as_str(), |(start, _)| start);
    html! {
        dl.facts {
            div { dt { (label) } dd { (request.client_id) } }
            div { dt { (texts.consent_returns_to) } dd { (shown) } }
        }
    }
}

/// A person's name and what is particular about them.
fn introduction(provider: &Provider, locale: Locale, person: &Person) -> Markup {
    let texts = Texts::of(locale);
    let age = match person.age_on(provider.now().date_naive()) {
        Some(age) => format!("{} {age}", texts.age),
        None => texts.age_unknown.to_owned(),
    };
    let region = person.addresses.first().and_then(|address| {
        let region = provider.regions.iter().find(|region| region.code == address.region)?;
        Some(match locale {
            Locale::En => &region.en,
            Locale::Ru => &region.ru,
        })
    });
    let summary = match locale {
        Locale::En => &person.summary.en,
        Locale::Ru => &person.summary.ru,
    };
    html! {
        span.name { (shown_name(locale, person)) }
        " "
        span.about {
            (age)
            @if let Some(region) = region { " · " (region) }
            " · " (summary)
        }
    }
}

fn shown_name(locale: Locale, person: &Person) -> String {
    match locale {
        Locale::En => person.latin_name.clone(),
        Locale::Ru => person.full_name(),
    }
}

fn datum(line: &Line) -> Markup {
    html! {
        li {
            @if let Some(label) = line.label { (label) " " }
            span lang=[line.russian.then_some("ru")] { (line.value) }
            @if let Some(note) = line.note { " (" (note) ")" }
        }
    }
}
