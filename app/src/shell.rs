//! The HTML document around every page: language, nonce, assets.

use crate::routes::Page;
use leptos::{
    config::LeptosOptions,
    hydration::HydrationScripts,
    nonce::{Nonce, use_nonce},
    prelude::*,
};
use leptos_meta::MetaTags;
use ports::{Assets, look::look};
use ui::{Shared, frame::Frame, hole, shared_around};

/// What stands in the head of every page. In its hole is the nonce.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Head {
    stylesheet: Option<String>,
    /// The stem of the built client, where there is one.
    stem: Option<String>,
}

impl Shared for Head {
    fn draw(&self) -> AnyView {
        // Where the scripts look for it.
        provide_context(Nonce::from_value(hole(0)));
        let scripts = self.stem.as_deref().map(|stem| {
            let options = LeptosOptions::builder().output_name(stem).site_pkg_dir("pkg").build();
            view! { <HydrationScripts options islands=true/> }
        });
        view! {
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light"/>
            {self.stylesheet.as_deref().map(|href| view! { <link rel="stylesheet" href=format!("/pkg/{href}")/> })}
            <link rel="icon" href="/pkg/icon.svg" type="image/svg+xml"/>
            {scripts}
        }
        .into_any()
    }
}

/// The document with a page.
pub fn shell(assets: &Assets, page: Page) -> impl IntoView + use<> {
    leptos_meta::provide_meta_context();
    // What the scripts would say of themselves where they are drawn: outside of islands no data are sent along.
    if let Some(context) = Owner::current_shared_context() {
        context.set_is_hydrating(false);
    }
    let look = look();
    let nonce = use_nonce();
    let head = Head { stylesheet: assets.stylesheet.clone(), stem: assets.stem.clone() };
    view! {
        <!DOCTYPE html>
        <html lang=look.language.tag() class=look.display.classes()>
            <head>
                {shared_around(&head, &[nonce.as_deref().unwrap_or_default()])}
                <MetaTags/>
            </head>
            <body class="govuk-template__body">
                <Frame>{(page.draw)()}</Frame>
            </body>
        </html>
    }
}
