//! The pages and the server functions, with everything that they find in their context.

use app::{
    routes::{PAGES, Page},
    shell::shell,
};
use axum::{
    Router,
    extract::{RawPathParams, Request, rejection::RawPathParamsRejection},
    http::{HeaderValue, header::CONTENT_SECURITY_POLICY, request::Parts},
    routing::get,
};
use leptos::{config::LeptosOptions, nonce::use_nonce, prelude::*};
use leptos_axum::{LeptosRoutes as _, ResponseOptions, render_app_async_with_context};
use ports::{Ports, address::Address, look::Look};
use server::http::{assets::Client, headers::page_policy};

/// Options of the server functions; a stem only where there is a built client.
fn options(client: &Client) -> LeptosOptions {
    let stem = client.assets().stem.unwrap_or_default();
    LeptosOptions::builder().output_name(stem).site_pkg_dir("pkg").build()
}

/// Every page and every server function.
pub fn routes(ports: Ports, client: Client, provider: String) -> Router {
    let context = move || {
        provide_context(ports.clone());
        let look = |parts: &Parts| Look::handed_on(&parts.extensions, &parts.headers);
        // Not provided within: the context is locked there.
        if let Some(look) = with_context(look) {
            provide_context(look);
        }
    };
    let state = options(&client);
    let document = move |page: Page| {
        if let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>())
            && let Ok(policy) = HeaderValue::from_str(&page_policy(&nonce.to_string(), &provider))
        {
            response.insert_header(CONTENT_SECURITY_POLICY, policy);
        }
        shell(&client.assets(), page)
    };
    // Of the framework's own routes there are the server functions alone.
    let functions =
        Router::new().leptos_routes_with_context(&state, Vec::new(), context.clone(), || ());
    let pages = PAGES.iter().fold(functions, |router, &page| {
        let (context, document) = (context.clone(), document.clone());
        let draw = move |path: Result<RawPathParams, RawPathParamsRejection>, request: Request| {
            let (context, document) = (context.clone(), document.clone());
            let address = address(path, &request);
            let context = move || {
                provide_context(address.clone());
                context();
            };
            render_app_async_with_context(context, move || document(page))(request)
        };
        router.route(page.path, get(draw))
    });
    pages.with_state(state)
}

/// What the page's address says. A path that cannot be decoded names nothing that exists.
fn address(path: Result<RawPathParams, RawPathParamsRejection>, request: &Request) -> Address {
    let named = path.map_or_else(
        |_| Vec::new(),
        |path| path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    );
    Address::new(named, request.uri().query().unwrap_or_default())
}
