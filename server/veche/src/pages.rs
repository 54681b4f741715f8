//! The pages and the server functions, with everything that they find in their context.

use app::{
    document::document,
    routes::{PAGES, Page},
};
use axum::{
    Router,
    extract::{RawPathParams, Request, rejection::RawPathParamsRejection},
    http::{HeaderValue, header::CONTENT_SECURITY_POLICY, request::Parts},
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use hydration_context::SsrSharedContext;
use leptos::{
    config::LeptosOptions,
    nonce::{provide_nonce, use_nonce},
    prelude::*,
};
use leptos_axum::{LeptosRoutes as _, ResponseOptions};
use ports::{Ports, address::Address, look::Look};
use server::http::{assets::Client, headers::page_policy};
use std::{
    mem,
    sync::{Arc, PoisonError},
};

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
        document(&client.assets(), page)
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
                provide_context(address);
                context();
            };
            drawn(request, context, move || document(page))
        };
        router.route(page.path, get(draw))
    });
    pages.with_state(state)
}

/// The answer with what `draw` draws, in a room of its own in which `context` has put what pages look for.
///
/// The framework's own handler (`leptos_axum::render_app_async_with_context`) puts the title into the document as
/// somebody typed it, not escaped, and has every page wait for another thread before its document is put together.
async fn drawn<D>(
    request: Request,
    context: impl FnOnce() + Send,
    draw: impl FnOnce() -> D + Send,
) -> Response
where
    D: Future<Output = String> + Send,
{
    let room = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let said = ResponseOptions::default();
    let drawing = room.with(|| {
        provide_context(request.into_parts().0);
        provide_context(said.clone());
        provide_nonce();
        context();
        draw()
    });
    let mut response = Html(drawing.await).into_response();
    room.unset_with_forced_cleanup();
    let mut said = said.0.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(status) = said.status {
        *response.status_mut() = status;
    }
    response.headers_mut().extend(mem::take(&mut said.headers));
    response
}

/// What the page's address says. A path that cannot be decoded names nothing that exists.
fn address(path: Result<RawPathParams, RawPathParamsRejection>, request: &Request) -> Address {
    let named = path.map_or_else(
        |_| Vec::new(),
        |path| path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    );
    Address::new(named, request.uri().query().unwrap_or_default())
}
