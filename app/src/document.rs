//! The HTML document around every page: language, title, links, nonce, assets.

use crate::routes::Page;
use leptos::{
    config::LeptosOptions,
    hydration::HydrationScripts,
    nonce::{Nonce, use_nonce},
    prelude::*,
};
use ports::{Assets, look::look};
use tokio_stream::StreamExt as _;
use ui::{
    DocumentLinks, DocumentTitle, Shared, frame::Frame, hole, links::in_each_language,
    shared_around,
};

/// What the browser's part of the framework looks for before it wakes the islands: the data that were sent along,
/// of which a page without any says that there are none.
const NO_DATA: &str = "__RESOLVED_RESOURCES=[];__SERIALIZED_ERRORS=[];__PENDING_RESOURCES=[];\
                       __RESOURCE_RESOLVERS=[];__INCOMPLETE_CHUNKS=[];";

/// What stands in the head of every page. In its holes are the nonce and the title.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Head {
    stylesheet: Option<String>,
    /// The stem of the built client, where there is one.
    stem: Option<String>,
}

/// Which hole of the head is for the nonce.
const NONCE: u8 = 0;
/// Which is for the title.
const TITLE: u8 = 1;

impl Shared for Head {
    fn draw(&self) -> AnyView {
        // Where the scripts look for it.
        provide_context(Nonce::from_value(hole(NONCE)));
        let scripts = self.stem.as_deref().map(|stem| {
            let options = LeptosOptions::builder().output_name(stem).site_pkg_dir("pkg").build();
            view! {
                <script nonce=hole(NONCE) inner_html=NO_DATA></script>
                <HydrationScripts options islands=true/>
            }
        });
        view! {
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light"/>
            <title>{hole(TITLE)}</title>
            {self.stylesheet.as_deref().map(|href| view! { <link rel="stylesheet" href=format!("/pkg/{href}")/> })}
            <link rel="icon" href="/pkg/icon.svg" type="image/svg+xml"/>
            {scripts}
        }
        .into_any()
    }
}

/// Draws the document with a page, for the reader whom the current owner knows.
///
/// The page is drawn first, to its end: what the head says is known only then.
pub fn document(assets: &Assets, page: Page) -> impl Future<Output = String> + use<> {
    let head = Head { stylesheet: assets.stylesheet.clone(), stem: assets.stem.clone() };
    let (title, links) = (DocumentTitle::listen(), DocumentLinks::listen());
    let (owner, look) = (Owner::current(), look());
    let page = view! { <Frame>{(page.draw)()}</Frame> }.to_html_stream_in_order();
    async move {
        let page: String = page.collect().await;
        let around = || {
            let nonce = use_nonce();
            let own = [nonce.as_deref().unwrap_or_default(), &title.words()];
            let document = view! {
                <!DOCTYPE html>
                <html lang=look.language.tag() class=look.display.classes()>
                    <head>{shared_around(&head, &own)}{links.view()}{in_each_language()}</head>
                    <body class="govuk-template__body" inner_html=page></body>
                </html>
            };
            document.to_html()
        };
        owner.unwrap_or_default().with(around)
    }
}
