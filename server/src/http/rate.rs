//! How much may be asked for: by one address, by one account, by everybody together.
//!
//! An address is counted before anything is looked up. An account is known only behind the session; the
//! account of a program is its token. What people send who are signed in is counted by account: thousands
//! can be behind one address of a mobile carrier, and nobody there must keep the others from answering by
//! forms that take no account; all requests of an address are still bounded together (`requests_per_minute`).
//! So forms are counted behind the session, too, by address where nobody is signed in to it, as there is none
//! where the cookie is made up. Answers count there for all together, too: what nobody sends takes no room of
//! theirs.
//!
//! What all together may ask for protects the databases: a request that finds no room is refused at once and
//! not kept waiting. Requests that may have to wait for the identity provider have only a part of the room:
//! when the provider is slow, nothing else is. Whoever signs out needs no place there: only a few wait for the
//! provider then for longer than a moment ([`crate::identity`]).
//!
//! Each server counts for itself, so with several servers the limits are as many times as wide.
//!
//! What it must never do: write down who asked, or log who was refused.

use super::{
    bearer,
    chain::Next,
    household,
    refused::{Limit, Refused},
};
use crate::config::limits::{Class as Quotas, Limits};
use axum::{
    extract::{Request, State},
    http::{Method, StatusCode},
    response::Response,
};
use governor::{
    DefaultDirectRateLimiter, DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock, QuantaInstant},
};
use ports::{
    caller::Caller,
    routes::{self, BelowPoll},
};
use sha2::{Digest as _, Sha256};
use std::{hash::Hash, net::IpAddr, num::NonZeroU32, sync::Arc};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Seconds after which to try again where there was no room.
const NO_ROOM: u64 = 2;

/// Of the places, one in so many is for people on their way to the identity provider or back, and as many
/// are for what the provider itself sends. Anybody can send what looks like the provider's, and must not
/// keep people from signing in by it.
const OF_PROVIDER: usize = 4;

/// Who asks, behind an address.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Account {
    Person(Uuid),
    /// The hash of the token that a program proves itself with.
    Program([u8; 32]),
}

/// Sessions an hour that take the place of one of a person's ended ones, and remember whose that was. No other
/// limit counts these by account: nobody is signed in.
const IN_PLACE_OF_ENDED: u32 = 20;

/// Logout tokens that one address may send in a minute. The identity provider sends all of its tokens from
/// one address or a few, and a session that somebody ended there must end here. Anybody else can make the
/// server check tokens, too.
const LOGOUTS: u32 = 12_000;

/// A kind of request with limits of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    SignIn,
    Submission,
    Export,
    Api,
}

impl Kind {
    /// What a request is.
    fn of(request: &Request) -> Option<Self> {
        let path = request.uri().path();
        let post = *request.method() == Method::POST;
        match path {
            routes::POST_SIGN_IN if post => Some(Self::SignIn),
            crate::identity::CALLBACK => Some(Self::SignIn),
            routes::SEND_ANSWERS if post => Some(Self::Submission),
            routes::ACCOUNT_DOWNLOAD => Some(Self::Export),
            _ if path.starts_with(routes::API) => Some(Self::Api),
            _ => {
                let (_, below) = routes::below_poll(path)?;
                matches!(below, BelowPoll::File | BelowPoll::Picture).then_some(Self::Export)
            }
        }
    }

    /// Its limits: of one address, of one account, of all together.
    const fn limits(self) -> [Limit; 3] {
        use Limit as L;
        match self {
            Self::SignIn => [L::SignInOfAddress, L::SignInOfAccount, L::SignInOfAll],
            Self::Submission => {
                [L::SubmissionOfAddress, L::SubmissionOfAccount, L::SubmissionOfAll]
            }
            Self::Export => [L::ExportOfAddress, L::ExportOfAccount, L::ExportOfAll],
            Self::Api => [L::ApiOfAddress, L::ApiOfAccount, L::ApiOfAll],
        }
    }
}

/// The limits of one kind of request.
struct Limiters {
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    accounts: DefaultKeyedRateLimiter<Account>,
    all: DefaultDirectRateLimiter,
}

fn many(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

fn keyed<K: Hash + Eq + Clone>(per_minute: u32) -> DefaultKeyedRateLimiter<K> {
    RateLimiter::keyed(Quota::per_minute(many(per_minute)))
}

impl Limiters {
    fn new(quotas: &Quotas) -> Self {
        Self {
            addresses: keyed(quotas.address_per_minute),
            accounts: keyed(quotas.account_per_minute),
            all: RateLimiter::direct(Quota::per_second(many(quotas.all_per_second))),
        }
    }
}

/// The limits.
#[derive(Clone)]
pub struct Rate(Arc<Inner>);

struct Inner {
    clock: DefaultClock,
    requests: DefaultKeyedRateLimiter<IpAddr>,
    posts: DefaultKeyedRateLimiter<IpAddr>,
    posts_of_one: DefaultKeyedRateLimiter<Uuid>,
    in_place_of_ended: DefaultKeyedRateLimiter<Uuid>,
    logouts: DefaultKeyedRateLimiter<IpAddr>,
    sign_in: Limiters,
    submission: Limiters,
    export: Limiters,
    api: Limiters,
    running: Semaphore,
    signing_in: Semaphore,
    logging_out: Semaphore,
    behind_proxy: bool,
}

impl Rate {
    /// Limits as configured.
    #[must_use]
    pub fn new(limits: &Limits, behind_proxy: bool) -> Self {
        let running = limits.running_requests.min(Semaphore::MAX_PERMITS);
        let of_provider = (running / OF_PROVIDER).max(1);
        Self(Arc::new(Inner {
            clock: DefaultClock::default(),
            requests: keyed(limits.requests_per_minute),
            posts: keyed(limits.posts_per_minute),
            posts_of_one: keyed(limits.posts_per_minute),
            in_place_of_ended: RateLimiter::keyed(Quota::per_hour(many(IN_PLACE_OF_ENDED))),
            logouts: keyed(LOGOUTS),
            sign_in: Limiters::new(&limits.sign_in),
            submission: Limiters::new(&limits.submission),
            export: Limiters::new(&limits.export),
            api: Limiters::new(&limits.api),
            running: Semaphore::new(running),
            signing_in: Semaphore::new(of_provider),
            logging_out: Semaphore::new(of_provider),
            behind_proxy,
        }))
    }

    /// Forgets the addresses and accounts that have not been seen for a while.
    pub fn forget_idle(&self) {
        self.0.requests.retain_recent();
        self.0.posts.retain_recent();
        self.0.posts_of_one.retain_recent();
        self.0.in_place_of_ended.retain_recent();
        self.0.logouts.retain_recent();
        for limiters in [&self.0.sign_in, &self.0.submission, &self.0.export, &self.0.api] {
            limiters.addresses.retain_recent();
            limiters.accounts.retain_recent();
        }
    }

    fn limiters(&self, kind: Kind) -> &Limiters {
        match kind {
            Kind::SignIn => &self.0.sign_in,
            Kind::Submission => &self.0.submission,
            Kind::Export => &self.0.export,
            Kind::Api => &self.0.api,
        }
    }

    /// Whether one more session may take the place of an ended one of this person, and remember whose that was.
    #[must_use]
    pub fn may_take_place_of_ended(&self, account: Uuid) -> bool {
        self.0.in_place_of_ended.check_key(&account).is_ok()
    }

    fn address(&self, request: &Request) -> IpAddr {
        household::of_request(request.headers(), request.extensions(), self.0.behind_proxy)
    }

    /// The refusal by one limit, if there is one.
    fn check<K: Hash + Eq + Clone>(
        &self,
        limiter: &DefaultKeyedRateLimiter<K>,
        key: &K,
        limit: Limit,
    ) -> Option<Response> {
        limiter.check_key(key).err().map(|until| self.too_many(limit, &until))
    }

    /// The refusal of an address, if it asks for too much.
    fn refuses(&self, request: &Request) -> Option<Response> {
        let address = self.address(request);
        if request.uri().path() == crate::identity::BACKCHANNEL_LOGOUT {
            return self.check(&self.0.logouts, &address, Limit::LogoutsOfAddress);
        }
        if let Some(refusal) = self.check(&self.0.requests, &address, Limit::RequestsOfAddress) {
            return Some(refusal);
        }
        // Whoever sends answers is signed in, and counted where that is known.
        let kind = Kind::of(request).filter(|kind| *kind != Kind::Submission)?;
        let [by_address, by_account, _] = kind.limits();
        let limiters = self.limiters(kind);
        if let Some(refusal) = self.check(&limiters.addresses, &address, by_address) {
            return Some(refusal);
        }
        if kind == Kind::Api
            && let Some(token) = bearer::token(request.headers())
        {
            let program = Account::Program(Sha256::digest(token).into());
            if let Some(refusal) = self.check(&limiters.accounts, &program, by_account) {
                return Some(refusal);
            }
        }
        self.refuses_all(kind)
    }

    /// The refusal of what all ask together, if it is too much. The client is not to blame for it.
    fn refuses_all(&self, kind: Kind) -> Option<Response> {
        let [_, _, by_all] = kind.limits();
        let until = self.limiters(kind).all.check().err()?;
        let seconds = self.seconds(&until);
        Some(Refused(by_all).until(StatusCode::SERVICE_UNAVAILABLE, seconds))
    }

    /// The refusal of a person, or of an address at which nobody is signed in, if they ask for too much.
    fn refuses_caller(&self, request: &Request) -> Option<Response> {
        if request.uri().path() == crate::identity::BACKCHANNEL_LOGOUT {
            return None;
        }
        let caller = request.extensions().get::<Caller>();
        let account = caller.and_then(|Caller(person)| Some(person.as_ref()?.account));
        if *request.method() == Method::POST {
            let refusal = match &account {
                Some(account) => self.check(&self.0.posts_of_one, account, Limit::PostsOfAccount),
                None => self.check(&self.0.posts, &self.address(request), Limit::PostsOfAddress),
            };
            if refusal.is_some() {
                return refusal;
            }
        }
        let (kind, account) = (Kind::of(request)?, account?);
        let [by_address, by_account, _] = kind.limits();
        let limiters = self.limiters(kind);
        if kind == Kind::Submission
            && let Some(refusal) =
                self.check(&limiters.addresses, &self.address(request), by_address)
        {
            return Some(refusal);
        }
        let refusal = self.check(&limiters.accounts, &Account::Person(account), by_account);
        if refusal.is_some() || kind != Kind::Submission {
            return refusal;
        }
        self.refuses_all(kind)
    }

    /// The part of the room that a request needs beside its place in the whole.
    fn part(&self, request: &Request) -> Option<&Semaphore> {
        if request.uri().path() == crate::identity::BACKCHANNEL_LOGOUT {
            return Some(&self.0.logging_out);
        }
        (Kind::of(request) == Some(Kind::SignIn)).then_some(&self.0.signing_in)
    }

    fn too_many(&self, limit: Limit, until: &NotUntil<QuantaInstant>) -> Response {
        Refused(limit).until(StatusCode::TOO_MANY_REQUESTS, self.seconds(until))
    }

    fn seconds(&self, until: &NotUntil<QuantaInstant>) -> u64 {
        until.wait_time_from(self.0.clock.now()).as_secs() + 1
    }
}

/// Refuses an address that asks for too much, and anybody when there is no room. Says when to come back.
pub async fn layer(State(rate): State<Rate>, request: Request, next: Next) -> Response {
    if let Some(refusal) = rate.refuses(&request) {
        return refusal;
    }
    let full = |limit| Refused(limit).until(StatusCode::SERVICE_UNAVAILABLE, NO_ROOM);
    let Ok(_place) = rate.0.running.try_acquire() else { return full(Limit::Running) };
    let part = rate.part(&request).map(Semaphore::try_acquire).transpose();
    let Ok(_part) = part else { return full(Limit::Provider) };
    next.run(request).await
}

/// Refuses a person who asks for too much, and forms of an address that sends too many without anybody
/// being signed in. Has to be behind [`crate::identity::caller::layer`].
pub async fn account_layer(State(rate): State<Rate>, request: Request, next: Next) -> Response {
    if let Some(refusal) = rate.refuses_caller(&request) {
        return refusal;
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn what_has_limits_of_its_own_is_recognised() {
        for (method, path, kind) in [
            ("POST", "/auth/sign-in", Some(Kind::SignIn)),
            ("GET", "/auth/callback?code=x", Some(Kind::SignIn)),
            ("POST", "/api/take/send", Some(Kind::Submission)),
            ("GET", "/polls/7/results.csv?lang=en", Some(Kind::Export)),
            ("GET", "/polls/7/results/visits.png", Some(Kind::Export)),
            ("GET", "/account/download", Some(Kind::Export)),
            ("GET", "/api/v1/releases", Some(Kind::Api)),
            ("GET", "/polls/7/results", None),
            ("POST", "/api/take/answer", None),
            ("GET", "/", None),
        ] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            assert_eq!(Kind::of(&request), kind, "{method} {path}");
        }
    }

    #[test]
    fn the_provider_may_end_as_many_sessions_as_it_has_to() {
        let limits = Limits { posts_per_minute: 2, ..Limits::default() };
        let rate = Rate::new(&limits, false);
        let post = |path: &str| {
            let request = Request::post(path).body(Body::empty()).unwrap();
            let refusal = rate.refuses(&request).or_else(|| rate.refuses_caller(&request));
            refusal.map(|refusal| refusal.status().as_u16())
        };
        for _ in 0..1000 {
            assert_eq!(post(crate::identity::BACKCHANNEL_LOGOUT), None);
        }
        assert_eq!([post("/"), post("/"), post("/")], [None, None, Some(429)]);
    }

    #[tokio::test]
    async fn a_request_for_which_there_is_no_room_is_refused_at_once() {
        use crate::http::chain::Chain;
        use axum::{Router, routing::get};
        use tower::ServiceExt as _;
        let limits = Limits { running_requests: 1, ..Limits::default() };
        let (release, wait) = tokio::sync::watch::channel(false);
        let router = Router::new()
            .route(
                "/",
                get(move || async move {
                    let _ = wait.clone().wait_for(|released| *released).await;
                    "done"
                }),
            )
            .layer(Chain::default().with(Rate::new(&limits, false), layer));
        let ask = || {
            let request = Request::get("/").body(Body::empty()).unwrap();
            router.clone().oneshot(request)
        };
        let first = tokio::spawn(ask());
        tokio::task::yield_now().await;
        let second = ask().await.unwrap();
        assert_eq!(second.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(second.headers()["retry-after"], "2");
        release.send_replace(true);
        assert_eq!(first.await.unwrap().unwrap().status(), StatusCode::OK);
        assert_eq!(ask().await.unwrap().status(), StatusCode::OK, "there is room again");
    }
}
