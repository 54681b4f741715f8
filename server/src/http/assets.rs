//! The built client: names out of the built `index.html`, files with immutable names.

use axum::{
    Router,
    extract::Request,
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, VARY},
    },
    middleware::{self, Next},
    response::Response,
};
use ports::Assets;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tower_http::services::ServeDir;

/// The built client in its folder. Clones share it.
#[derive(Clone, Debug)]
pub struct Client(Arc<Built>);

#[derive(Debug)]
struct Built {
    folder: PathBuf,
    assets: Assets,
}

impl Client {
    /// Reads the names of the built files. Without a built client the portal works all the same:
    /// said once, here.
    #[must_use]
    pub fn load(folder: &Path) -> Self {
        let assets = read(folder);
        if assets.stem.is_none() {
            tracing::warn!(folder = %folder.display(), "no built client: pages run without styles and islands");
        }
        Self(Arc::new(Built { folder: folder.to_owned(), assets }))
    }

    /// The names. A debug build looks again each time, since `trunk` may have built anew.
    #[must_use]
    pub fn assets(&self) -> Assets {
        if cfg!(debug_assertions) { read(&self.0.folder) } else { self.0.assets.clone() }
    }

    /// Serves the files under `/pkg`, each in its compressed form where the build made one.
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        Router::new()
            .nest_service(
                "/pkg",
                ServeDir::new(&self.0.folder)
                    .append_index_html_on_directories(false)
                    .precompressed_br()
                    .precompressed_gzip(),
            )
            .layer(middleware::from_fn(for_caches))
    }
}

async fn for_caches(request: Request, next: Next) -> Response {
    let hashed = is_hashed(request.uri().path());
    let mut response = next.run(request).await;
    if response.status().is_success() {
        let policy =
            if hashed { "public, max-age=31536000, immutable" } else { "public, max-age=86400" };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(policy));
        // Caches on the way must not give one browser's compressed form to another.
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    }
    response
}

/// Whether trunk put a hash into the name: up to 16 hexadecimal digits, leading zeros left out.
fn is_hashed(path: &str) -> bool {
    path.split(['-', '_', '.', '/'])
        .any(|part| (12..=16).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn read(folder: &Path) -> Assets {
    std::fs::read_to_string(folder.join("index.html")).map(|html| names(&html)).unwrap_or_default()
}

/// The names in trunk's `index.html`: what stands between `/pkg/` and the end of the attribute.
fn names(html: &str) -> Assets {
    let mut assets = Assets::default();
    for rest in html.split("/pkg/").skip(1) {
        let name = rest.split(['"', '\'', '?', ' ', '>']).next().unwrap_or_default();
        if let Some(stem) = name.strip_suffix(".js") {
            assets.stem.get_or_insert_with(|| stem.to_owned());
        } else if name.strip_suffix(".css").is_some() {
            assets.stylesheet.get_or_insert_with(|| name.to_owned());
        }
    }
    assets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_names_that_trunk_wrote() {
        let html = r#"<link rel="stylesheet" href="/pkg/main-0123456789abcdef.css" integrity="sha384-x"/>
            <script type="module">import init from '/pkg/app-fedcba9876543210.js';
            await init({ module_or_path: '/pkg/app-fedcba9876543210_bg.wasm' });</script>"#;
        assert_eq!(
            names(html),
            Assets {
                stem: Some("app-fedcba9876543210".to_owned()),
                stylesheet: Some("main-0123456789abcdef.css".to_owned()),
            }
        );
        let minified = "<link href=/pkg/main-a9.css integrity=sha384-3 rel=stylesheet><link href=/pkg/app-7.js rel=x>";
        assert_eq!(
            names(minified),
            Assets { stem: Some("app-7".to_owned()), stylesheet: Some("main-a9.css".to_owned()) }
        );
        assert_eq!(names("<html></html>"), Assets::default());
    }

    #[test]
    fn only_hashed_names_are_kept_for_good() {
        assert!(is_hashed("/pkg/app-fedcba9876543210_bg.wasm"));
        assert!(!is_hashed("/pkg/golos-text-latin-wght-normal.woff2"));
    }
}
