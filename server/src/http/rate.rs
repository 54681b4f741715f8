//! How much one address may ask for: requests, and forms.

use crate::config::limits::Limits;
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, Method, StatusCode, header::RETRY_AFTER},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    sync::Arc,
};

/// The limits of every address.
#[derive(Clone)]
pub struct Rate {
    requests: Arc<DefaultKeyedRateLimiter<IpAddr>>,
    posts: Arc<DefaultKeyedRateLimiter<IpAddr>>,
    behind_proxy: bool,
}

impl Rate {
    /// Limits as configured.
    #[must_use]
    pub fn new(limits: &Limits, behind_proxy: bool) -> Self {
        let keyed = |per_minute| {
            let per_minute = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
            Arc::new(RateLimiter::keyed(Quota::per_minute(per_minute)))
        };
        Self {
            requests: keyed(limits.requests_per_minute),
            posts: keyed(limits.posts_per_minute),
            behind_proxy,
        }
    }

    /// Forgets the addresses that have not been seen for a while.
    pub fn forget_idle(&self) {
        self.requests.retain_recent();
        self.posts.retain_recent();
    }

    /// The client's address. Behind our proxy it is the last one of `X-Forwarded-For`: the proxy
    /// wrote that one, the others are the client's word.
    fn address(&self, request: &Request) -> IpAddr {
        let forwarded = self.behind_proxy.then(|| {
            let header = request.headers().get("x-forwarded-for")?.to_str().ok()?;
            header.rsplit(',').next()?.trim().parse().ok()
        });
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let address = forwarded.flatten().or(peer).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        match address {
            // One household, one /64.
            IpAddr::V6(v6) => {
                let mut segments = v6.segments();
                segments[4..].fill(0);
                IpAddr::V6(segments.into())
            }
            v4 @ IpAddr::V4(_) => v4,
        }
    }
}

/// Refuses an address that asks too much, saying when to come back.
pub async fn layer(State(rate): State<Rate>, request: Request, next: Next) -> Response {
    let address = rate.address(&request);
    let post = *request.method() == Method::POST;
    if rate.requests.check_key(&address).is_err()
        || (post && rate.posts.check_key(&address).is_err())
    {
        let mut response = StatusCode::TOO_MANY_REQUESTS.into_response();
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
        return response;
    }
    next.run(request).await
}
