//! Links to services, each with a line that says what it is for.

use leptos::prelude::*;

/// One service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Where it is.
    pub href: String,
    /// Its name.
    pub title: String,
    /// What it is for.
    pub text: String,
}

impl Tile {
    /// A service.
    pub fn new(href: impl Into<String>, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { href: href.into(), title: title.into(), text: text.into() }
    }
}

/// Several services.
#[component]
pub fn Tiles(
    /// The services.
    tiles: Vec<Tile>,
    /// Whether their names are headings of the third level, under one of the second.
    #[prop(optional)]
    nested: bool,
    /// Whether there are two in a row instead of three.
    #[prop(optional)]
    wide: bool,
) -> impl IntoView {
    let class = if wide { "veche-tiles veche-tiles--wide" } else { "veche-tiles" };
    let tile = |tile: Tile| {
        let link = view! { <a class="veche-tiles__link" href=tile.href>{tile.title}</a> };
        let title = if nested {
            view! { <h3 class="veche-tiles__title">{link}</h3> }.into_any()
        } else {
            view! { <h2 class="veche-tiles__title">{link}</h2> }.into_any()
        };
        view! {
            <li class="veche-tiles__item">
                {title}
                <p class="veche-tiles__text">{tile.text}</p>
            </li>
        }
    };
    view! { <ul class=class>{tiles.into_iter().map(tile).collect_view()}</ul> }
}
