//! The pages and the server functions, with everything that they find in their context.

use app::{routes::App, shell::shell};
use axum::{
    Router,
    http::{HeaderValue, header::CONTENT_SECURITY_POLICY, request::Parts},
};
use leptos::{config::LeptosOptions, nonce::use_nonce, prelude::*};
use leptos_axum::{LeptosRoutes as _, ResponseOptions, generate_route_list};
use ports::{Ports, look::Look};
use server::http::{assets::Client, headers::page_policy};

/// Options of a page; a stem only where there is a built client.
fn options(client: &Client) -> LeptosOptions {
    let stem = client.assets().stem.unwrap_or_default();
    LeptosOptions::builder().output_name(stem).site_pkg_dir("pkg").build()
}

/// Every page and every server function.
pub fn routes(ports: Ports, client: Client, provider: String) -> Router {
    let context = move || {
        provide_context(ports.clone());
        if let Some(parts) = use_context::<Parts>() {
            provide_context(Look::of(&parts.headers));
        }
    };
    let state = options(&client);
    let document = move || {
        if let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>())
            && let Ok(policy) = HeaderValue::from_str(&page_policy(&nonce.to_string(), &provider))
        {
            response.insert_header(CONTENT_SECURITY_POLICY, policy);
        }
        shell(options(&client), &client.assets())
    };
    Router::new()
        .leptos_routes_with_context(&state, generate_route_list(App), context, document)
        .with_state(state)
}
