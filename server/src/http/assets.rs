//! The built client: names out of the built `index.html`, files with immutable names.

use axum::{
    Router,
    extract::Request,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, VARY},
    },
    middleware::{self, Next},
    response::Response,
};
use ports::Assets;
use std::{
    path::{self, Path, PathBuf},
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
        if let Some(folder) = missing(folder) {
            let folder = folder.display();
            tracing::warn!(
                "there is no built client in {folder}: pages have no styles and no islands. Build it by \
                 `make client`, or set server.pages to its folder"
            );
        }
        Self(Arc::new(Built { folder: folder.to_owned(), assets: read(folder) }))
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
    // Who has the file already is told the same of it as whoever gets it (RFC 9110 §15.4.5).
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        let policy =
            if hashed { "public, max-age=31536000, immutable" } else { "public, max-age=86400" };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(policy));
        // Caches on the way must not give one browser's compressed form to another.
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    }
    response
}

/// Whether the build put a hash into the name: 16 hexadecimal digits, or fewer where trunk leaves leading
/// zeros out.
fn is_hashed(path: &str) -> bool {
    path.split(['-', '_', '.', '/'])
        .any(|part| (12..=16).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The whole path of a folder without a built client, to be told; `None` where there is one.
#[must_use]
pub fn missing(folder: &Path) -> Option<PathBuf> {
    let Assets { stem, stylesheet } = read(folder);
    let built = stem.is_some() && stylesheet.is_some();
    (!built).then(|| path::absolute(folder).unwrap_or_else(|_| folder.to_owned()))
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
    use axum::{
        body::{Body, to_bytes},
        http::header::{
            ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING, CONTENT_TYPE, IF_MODIFIED_SINCE,
            LAST_MODIFIED,
        },
    };
    use std::fs;
    use tower::ServiceExt as _;

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
        assert!(is_hashed("/pkg/golos-text-latin-400-fedcba9876543210.woff2"));
        assert!(!is_hashed("/pkg/golos-text-latin-wght-normal.woff2"));
    }

    #[tokio::test]
    async fn what_is_built_is_sent_as_the_build_compressed_it_and_kept_for_good() {
        let sheet = "main-0123456789abcdef.css";
        let wasm = "islands-fedcba9876543210_bg.wasm";
        let font = "golos-text-latin-400-00112233445566ff.woff2";
        let folder = tempfile::tempdir().unwrap();
        for name in [sheet, wasm, "icon.svg"] {
            for ending in ["", ".br", ".gz"] {
                let name = format!("{name}{ending}");
                fs::write(folder.path().join(&name), &name).unwrap();
            }
        }
        fs::write(folder.path().join(font), font).unwrap();
        let router: Router = Client::load(folder.path()).routes();
        let ask = async |name: &str, accepted: &str| {
            let request = Request::get(format!("/pkg/{name}")).header(ACCEPT_ENCODING, accepted);
            router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
        };
        let good = "public, max-age=31536000, immutable";
        for (name, accepted, kind, encoding, ending, kept) in [
            (sheet, "gzip, br", "text/css", Some("br"), ".br", good),
            (wasm, "gzip, br", "application/wasm", Some("br"), ".br", good),
            (sheet, "gzip", "text/css", Some("gzip"), ".gz", good),
            (sheet, "identity", "text/css", None, "", good),
            // It is Brotli within.
            (font, "gzip, br", "font/woff2", None, "", good),
            ("icon.svg", "gzip, br", "image/svg+xml", Some("br"), ".br", "public, max-age=86400"),
        ] {
            let response = ask(name, accepted).await;
            assert_eq!(response.status(), StatusCode::OK, "{name}");
            let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap());
            assert_eq!(header(CONTENT_TYPE), Some(kind), "{name}");
            assert_eq!(header(CONTENT_ENCODING), encoding, "{name}");
            assert_eq!(header(CACHE_CONTROL), Some(kept), "{name}");
            assert_eq!(header(VARY), Some("accept-encoding"), "{name}");
            let body = to_bytes(response.into_body(), 1000).await.unwrap();
            assert_eq!(body, format!("{name}{ending}"), "{accepted}");
        }
        // Whoever has it already may keep it for as long.
        let had = ask(sheet, "br").await.headers()[LAST_MODIFIED].clone();
        let again = Request::get(format!("/pkg/{sheet}")).header(IF_MODIFIED_SINCE, had);
        let again = router.clone().oneshot(again.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers()[CACHE_CONTROL], good);
        assert_eq!(again.headers()[VARY], "accept-encoding");
        let posted = Request::post(format!("/pkg/{sheet}")).body(Body::empty()).unwrap();
        let refused = router.clone().oneshot(posted).await.unwrap();
        assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(refused.headers()[ALLOW], "GET,HEAD");
        let missing = ask("main-00000000000000ff.css", "br").await;
        assert_eq!(missing.status(), StatusCode::NOT_FOUND);
        assert!(!missing.headers().contains_key(CACHE_CONTROL), "it may be there later");
    }
}
