//! A portal put together as in production, on throw-away databases, and browsers to use it with:
//! no network but between the portal and its identity provider.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{
        HeaderMap, Method, Request, StatusCode,
        header::{ACCEPT, CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE, USER_AGENT},
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use figment::{
    Figment,
    providers::{Format as _, Serialized, Toml},
};
use migration::testing::{SqliteFile, postgres};
use serde_json::{Value, json};
use server::{
    accounts::attributes::Attributes,
    clock::{Clock as _, ManualClock},
    config::Config,
    demo::{
        people::People,
        provider::{self, Client, Settings},
    },
    entropy::SystemEntropy,
    platform::Platform,
};
use std::{collections::BTreeMap, sync::Arc};
use tokio::net::TcpListener;
use tower::ServiceExt as _;
use url::form_urlencoded;
use veche::startup::{self, Stores};

/// Where the portal believes to be.
pub const ORIGIN_OF_PORTAL: &str = "http://127.0.0.1:8000";

/// Which databases a test runs on.
#[derive(Clone, Copy, Debug)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A portal.
pub struct Portal {
    pub router: Router,
    pub clock: Arc<ManualClock>,
    pub platform: Platform,
    pub attributes: Attributes,
    _files: [SqliteFile; 2],
}

/// The example configuration, with what a test needs to be different.
pub fn config(issuer: &str, portal: &str, vault: &str, changes: Value) -> Config {
    let fixed = json!({
        "keys": { "master": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" },
        "provider": { "issuer": issuer, "client_secret": "a secret: with + and %" },
        "stores": { "portal": portal, "vault": vault },
        "limits": { "requests_per_minute": 1_000_000, "posts_per_minute": 1_000_000 },
        "staff": { "administrators": ["demo-alexei"] },
    });
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../veche.example.toml");
    let config: Config = Figment::from(Toml::file_exact(example))
        .merge(Serialized::defaults(fixed))
        .merge(Serialized::defaults(changes))
        .extract()
        .unwrap();
    let findings = config.validate();
    assert!(findings.is_empty(), "{findings:?}");
    config
}

impl Portal {
    /// A portal with the example configuration and `changes`, whose provider is at `issuer`.
    pub async fn new(
        engine: Engine,
        issuer: &str,
        clock: Arc<ManualClock>,
        changes: Value,
    ) -> Self {
        let files = [SqliteFile::new(), SqliteFile::new()];
        let (portal, vault) = match engine {
            Engine::Sqlite => {
                (format!("{}?mode=rwc", files[0].url()), format!("{}?mode=rwc", files[1].url()))
            }
            Engine::Postgres => (postgres().await.unwrap(), postgres().await.unwrap()),
        };
        let config = config(issuer, &portal, &vault, changes);
        let stores: Stores = startup::open_stores(&config).await.unwrap();
        startup::migrate(&stores).await.unwrap();
        let assembly = startup::assemble(&config, stores, clock.clone(), Arc::new(SystemEntropy))
            .await
            .unwrap();
        Self {
            router: assembly.router,
            clock,
            platform: assembly.platform,
            attributes: assembly.attributes,
            _files: files,
        }
    }

    /// Moves the clock on.
    pub fn wait(&self, seconds: i64) {
        self.clock.set(self.clock.now() + TimeDelta::seconds(seconds));
    }

    /// A browser without cookies, for the portal.
    pub fn browser(&self) -> Browser {
        self.browser_at(ORIGIN_OF_PORTAL)
    }

    /// A browser that says that its forms come from `origin`.
    pub fn browser_at(&self, origin: &str) -> Browser {
        Browser::new(self.router.clone(), origin)
    }
}

/// The time at which tests begin.
pub fn noon() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// The demo identity provider on a real port of this machine, where the portal finds it.
pub struct DemoProvider {
    pub router: Router,
    pub issuer: String,
}

impl DemoProvider {
    pub async fn start(clock: Arc<ManualClock>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let settings = Settings {
            issuer: issuer.clone(),
            clients: vec![Client {
                client_id: "portal".to_owned(),
                client_secret: "a secret: with + and %".to_owned(),
                redirect_uris: vec![format!("{ORIGIN_OF_PORTAL}/auth/callback")],
                post_logout_redirect_uris: vec![format!("{ORIGIN_OF_PORTAL}/")],
            }],
        };
        let router =
            provider::router(settings, People::demo(), clock, Arc::new(SystemEntropy)).unwrap();
        let served = router.clone();
        tokio::spawn(async move { axum::serve(listener, served).await });
        Self { router, issuer }
    }

    /// A browser without cookies, for the provider.
    pub fn browser(&self) -> Browser {
        Browser::new(self.router.clone(), &self.issuer)
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// Where a redirect leads.
    pub fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.headers[LOCATION].to_str().unwrap()
    }

    /// A parameter of the address that a redirect leads to.
    pub fn parameter(&self, name: &str) -> Option<String> {
        parameter(self.location(), name)
    }
}

/// A parameter of an address.
pub fn parameter(address: &str, name: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    form_urlencoded::parse(query.as_bytes())
        .find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}

/// A browser with its cookies for one origin.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    origin: String,
    pub cookies: BTreeMap<String, String>,
}

impl Browser {
    fn new(router: Router, origin: &str) -> Self {
        Self { router, origin: origin.to_owned(), cookies: BTreeMap::new() }
    }

    /// Fetches a page; `address` may be whole or a path.
    pub async fn get(&mut self, address: &str) -> Answer {
        self.send(Method::GET, address, "", None).await
    }

    /// Follows a link of one of the same site's pages, as a browser of today says it.
    pub async fn follow(&mut self, address: &str) -> Answer {
        self.send(Method::GET, address, "", Some("same-origin")).await
    }

    /// Follows a link of another site.
    pub async fn follow_from_elsewhere(&mut self, address: &str) -> Answer {
        self.send(Method::GET, address, "", Some("cross-site")).await
    }

    /// Sends a form.
    pub async fn post(&mut self, address: &str, form: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.send(Method::POST, address, &body, None).await
    }

    async fn send(
        &mut self,
        method: Method,
        address: &str,
        body: &str,
        site: Option<&str>,
    ) -> Answer {
        let path = address.strip_prefix(&self.origin).unwrap_or(address);
        let mut request =
            Request::builder().method(&method).uri(path).header(ACCEPT, "text/html").header(
                USER_AGENT,
                "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
            );
        if method == Method::POST {
            request = request
                .header(ORIGIN, &self.origin)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() || cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let body = String::from_utf8(to_bytes(body, 1 << 22).await.unwrap().to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

/// A person's browser, at the portal and at the demo provider.
pub struct Visitor {
    pub portal: Browser,
    pub provider: Browser,
}

impl Visitor {
    pub fn new(portal: &Portal, provider: &DemoProvider) -> Self {
        Self { portal: portal.browser(), provider: provider.browser() }
    }

    /// Leaves for the provider with `scopes` ticked; gives the address there.
    pub async fn leave(&mut self, return_to: &str, scopes: &[&str]) -> String {
        let mut form = vec![("return", return_to)];
        form.extend(scopes.iter().map(|scope| ("scopes[]", *scope)));
        self.portal.post("/auth/sign-in", &form).await.location().to_owned()
    }

    /// Signs in at the provider and lets it release `granted`; gives the address of the callback.
    pub async fn agree(&mut self, address: &str, person: &str, granted: &[&str]) -> String {
        let page = self.provider.get(address).await.location().to_owned();
        let signed_in = self.provider.post(&format!("{page}/sign-in"), &[("person", person)]).await;
        assert_eq!(signed_in.status, StatusCode::SEE_OTHER);
        let mut form = vec![("decision", "allow")];
        form.extend(granted.iter().map(|scope| ("scope", *scope)));
        self.provider.post(&format!("{page}/consent"), &form).await.location().to_owned()
    }

    /// Comes back from the provider, which knows the person and the decision already.
    pub async fn agree_again(&mut self, address: &str) -> String {
        let answer = self.provider.get(address).await;
        let page = answer.location().to_owned();
        if page.starts_with(ORIGIN_OF_PORTAL) {
            return page;
        }
        let form = [("decision", "allow")];
        self.provider.post(&format!("{page}/consent"), &form).await.location().to_owned()
    }

    /// A whole sign-in; `granted` are those of `asked` that the person lets the provider release.
    pub async fn sign_in(
        &mut self,
        person: &str,
        asked: &[&str],
        granted: &[&str],
        to: &str,
    ) -> Answer {
        let address = self.leave(to, asked).await;
        let callback = self.agree(&address, person, granted).await;
        self.portal.get(&callback).await
    }
}
