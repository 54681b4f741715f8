//! A department's tokens for the API: made, shown once, revoked after it was asked once more.

use super::{
    api,
    view::{Token, TokenPage, Tokens, TokensPage},
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::{address::parameter, routes};
use ui::{AskOnce, ErrorSummary, Hidden, Listing, Submit, TextInput, Title, load, t, words};
use uuid::Uuid;

fn row(department: Uuid, token: Token) -> impl IntoView {
    let used = token.used.map_or_else(|| t!(results.token_never_used), words::date);
    let action = if token.revoked {
        view! { {t!(results.token_revoked)} }.into_any()
    } else {
        view! {
            <a class="govuk-link" href=routes::token(department, token.id)>
                {t!(results.token_revoke)} <span class="govuk-visually-hidden">": " {token.name.clone()}</span>
            </a>
        }
        .into_any()
    };
    view! {
        <tr class="govuk-table__row">
            <th scope="row" class="govuk-table__header">{token.name}</th>
            <td class="govuk-table__cell" data-label=t!(results.token_created)>{words::date(token.created)}</td>
            <td class="govuk-table__cell" data-label=t!(results.token_used)>{used}</td>
            <td class="govuk-table__cell">{action}</td>
        </tr>
    }
}

/// The tokens, in a table.
fn table(department: Uuid, tokens: Vec<Token>) -> impl IntoView {
    if tokens.is_empty() {
        return view! { <p class="govuk-body">{t!(results.tokens_none)}</p> }.into_any();
    }
    let rows = tokens.into_iter().map(|token| row(department, token)).collect_view();
    view! {
        <Listing stacks=true id="tokens" caption=t!(results.tokens_caption) columns=vec![
            t!(results.token_name),
            t!(results.token_created),
            t!(results.token_used),
            t!(results.token_what_to_do),
        ]>
            {rows}
        </Listing>
    }
    .into_any()
}

/// What to type to see that a token works.
fn example(origin: &str) -> String {
    format!("curl -H \"Authorization: Bearer $TOKEN\" {origin}/api/v1/releases")
}

/// The page of tokens.
#[component]
pub fn Page() -> impl IntoView {
    let department = parameter("department");
    let origin = ports::ports().portal.origin.clone();
    load(api::read_tokens(department), move |page: TokensPage| {
        let TokensPage { known: Tokens { department, name, tokens }, new, form } = page;
        let (faults, mark) = (form.only_faults(), form.typed_mark());
        let sound = faults.faults.is_empty();
        let example = example(&origin);
        view! {
            <Title text=format!("{}: {name} – {}", t!(results.tokens), t!(common.brand))/>
            <a class="govuk-back-link" href=routes::statistics(department)>{t!(results.to_department)}</a>
            <ErrorSummary faults=faults.faults.clone()/>
            <h1 class="govuk-heading-l"><span class="govuk-caption-l">{name}</span>{t!(results.tokens)}</h1>
            <p class="govuk-body veche-lede">{t!(results.tokens_lede)}</p>
            <p class="govuk-body"><a class="govuk-link" href=routes::OPENAPI rel="external">{t!(results.tokens_documentation)}</a></p>
            {new.map(|token| view! {
                // Shown this once: the page opens with the focus on it, unless it has to say what is wrong.
                <div class="govuk-inset-text" role="group" aria-labelledby="new-token" tabindex="-1" autofocus=sound>
                    <h2 class="govuk-heading-m" id="new-token">{t!(results.tokens_new)}</h2>
                    <p class="govuk-body"><code class="veche-error-id">{token}</code></p>
                    <p class="govuk-body">{t!(results.tokens_new_text)}</p>
                </div>
            })}
            <p class="govuk-body">{t!(results.tokens_example)} " " <code>{example}</code></p>
            {table(department, tokens)}
            <form method="post" action=api::CreateToken::PATH data-typed=mark>
                <Hidden name="department" value=department.to_string()/>
                <Hidden name="new" value=form.typed.new/>
                <TextInput name="name" label=t!(results.token_name) hint=Some(t!(results.token_name_hint))
                    value=form.typed.name fault=faults.fault("name").cloned()/>
                <Submit words=t!(results.token_create)/>
            </form>
        }
    })
}

/// Whether to revoke a token, asked once more.
#[component]
pub fn RevocationPage() -> impl IntoView {
    let token = api::read_token(parameter("department"), parameter("token"));
    load(token, |page: TokenPage| {
        let TokenPage { department, name, token } = page;
        let back = routes::tokens(department);
        let heading = t!(results.token_revoke_title);
        let used = token.used.map_or_else(|| t!(results.token_never_used), words::date);
        view! {
            <Title text=format!("{heading} – {}", t!(common.brand))/>
            <a class="govuk-back-link" href=back.clone()>{t!(results.tokens)}</a>
            <h1 class="govuk-heading-l"><span class="govuk-caption-l">{name}</span>{heading.clone()}</h1>
            <p class="govuk-body">{t!(results.token_revoke_text, name = &token.name)}</p>
            <p class="govuk-body">{t!(results.token_used)} ": " {used}</p>
            <AskOnce action=api::RevokeToken::PATH words=t!(results.token_revoke) back>
                <Hidden name="department" value=department.to_string()/>
                <Hidden name="token" value=token.id.to_string()/>
            </AskOnce>
        }
    })
}
