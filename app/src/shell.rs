//! The HTML document around every page: language, nonce, assets.

use crate::routes::Page;
use leptos::{config::LeptosOptions, hydration::HydrationScripts, prelude::*};
use leptos_meta::MetaTags;
use ports::{Assets, look::look};
use ui::frame::Frame;

/// The document with a page. `options.output_name` is the stem of the built client, when there is
/// one.
pub fn shell(options: LeptosOptions, assets: &Assets, page: Page) -> impl IntoView + use<> {
    leptos_meta::provide_meta_context();
    let look = look();
    let stylesheet = assets.stylesheet.clone();
    let scripts = assets.stem.is_some();
    view! {
        <!DOCTYPE html>
        <html lang=look.language.tag() class=look.display.classes()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light"/>
                {stylesheet.map(|href| view! { <link rel="stylesheet" href=format!("/pkg/{href}")/> })}
                <link rel="icon" href="/pkg/icon.svg" type="image/svg+xml"/>
                {scripts.then(|| view! { <HydrationScripts options=options.clone() islands=true/> })}
                <MetaTags/>
            </head>
            <body class="govuk-template__body">
                <Frame>{(page.draw)()}</Frame>
            </body>
        </html>
    }
}
