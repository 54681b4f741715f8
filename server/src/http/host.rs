//! For which host a request is. Where the portal itself ends TLS it answers for its own and for no other: a name
//! that somebody else has led to its address would be a second portal, whose pages a cache or a browser
//! keeps under that name.
//!
//! A request for another host is told so (421), and one that says none, or two, that it cannot be read (400): by
//! HTTP/1.1 in `Host` or in a whole address, by HTTP/2 in `:authority`. Whoever asks whether the server is well asks it
//! by its address, and is answered. Behind a proxy the proxy knows the names, and may give its servers others.
//!
//! What it must never do: repeat the host that was asked for.

use super::{
    chain::{Chain, Next},
    errors::{self, Pages},
    headers::{self, Transport},
};
use crate::config::Config;
use axum::{
    Extension, Router,
    extract::{Request, State},
    http::{StatusCode, header::HOST, uri::Authority},
    response::Response,
};
use std::sync::Arc;
use tower::ServiceExt as _;
use url::Url;

/// The portal's own host.
#[derive(Clone, Debug)]
struct Own {
    name: String,
    port: u16,
}

/// The host that is answered for, and what all others are told.
pub struct Rule {
    own: Own,
    exempt: &'static [&'static str],
    refusal: Router,
}

impl Rule {
    /// What holds by the configuration: nothing where it is not the portal that ends TLS. The paths `exempt` are
    /// answered for every host.
    #[must_use]
    pub fn of(
        config: &Config,
        exempt: &'static [&'static str],
        pages: Pages,
        transport: Transport,
    ) -> Option<Arc<Self>> {
        let faces_people = config.tls.is_some() && !config.server.behind_proxy;
        let own = Own::of(&config.server.public_url).filter(|_| faces_people)?;
        // The layers that would do it stand further inside, behind the pages that are kept for everybody.
        let refusal = Router::new()
            .fallback(async |Extension(status): Extension<StatusCode>| status)
            .layer(Chain::default().with(transport, headers::layer).with(pages, errors::layer));
        Some(Arc::new(Self { own, exempt, refusal }))
    }
}

impl Own {
    fn of(url: &Url) -> Option<Self> {
        Some(Self { name: url.host_str()?.to_owned(), port: url.port_or_known_default()? })
    }

    /// Whether these words of a request name it; nothing where they name no host.
    fn is(&self, said: &Authority) -> Option<bool> {
        if said.host().is_empty() || said.as_str().contains('@') {
            return None;
        }
        let named = said.as_str().strip_prefix(said.host())?;
        let port = match named.strip_prefix(':') {
            // TLS is on this port where none is named.
            None | Some("") => 443,
            Some(port) => port.parse().ok()?,
        };
        Some(said.host().eq_ignore_ascii_case(&self.name) && port == self.port)
    }

    /// Why a request is refused.
    fn refuses(&self, request: &Request) -> Option<StatusCode> {
        let mut fields = request.headers().get_all(HOST).iter();
        let field = match (fields.next(), fields.next()) {
            (_, Some(_)) => return Some(StatusCode::BAD_REQUEST),
            (None, None) => None,
            (Some(field), None) => match Authority::try_from(field.as_bytes()) {
                Ok(said) => Some(said),
                Err(_) => return Some(StatusCode::BAD_REQUEST),
            },
        };
        let verdicts = [request.uri().authority(), field.as_ref()].into_iter().flatten();
        let verdicts: Vec<Option<bool>> = verdicts.map(|said| self.is(said)).collect();
        if verdicts.is_empty() || verdicts.contains(&None) {
            Some(StatusCode::BAD_REQUEST)
        } else {
            verdicts.contains(&Some(false)).then_some(StatusCode::MISDIRECTED_REQUEST)
        }
    }
}

/// Answers for the portal's own host only.
pub async fn layer(
    State(rule): State<Option<Arc<Rule>>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(rule) = rule else { return next.run(request).await };
    let exempt = rule.exempt.contains(&request.uri().path());
    match rule.own.refuses(&request).filter(|_| !exempt) {
        None => next.run(request).await,
        Some(status) => {
            request.extensions_mut().insert(status);
            match rule.refusal.clone().oneshot(request).await {
                Ok(response) => response,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Own;
    use axum::{
        body::Body,
        http::{Request, header::HOST},
    };
    use url::Url;

    fn told(own: &str, address: &str, fields: &[&str]) -> Option<u16> {
        let own = Own::of(&Url::parse(own).unwrap()).unwrap();
        let request = Request::get(address);
        let request = fields.iter().fold(request, |request, field| request.header(HOST, *field));
        own.refuses(&request.body(Body::empty()).unwrap()).map(|status| status.as_u16())
    }

    #[test]
    fn a_request_is_for_the_portals_own_host_or_refused() {
        const OWN: &str = "https://polls.example";
        for (address, fields, refused) in [
            ("/polls", &["polls.example"][..], None),
            ("/polls", &["POLLS.example:443"], None),
            // HTTP/2, and HTTP/1.1 with a whole address.
            ("https://polls.example/polls", &[], None),
            ("https://polls.example/polls", &["polls.example"], None),
            ("https://polls.example/polls", &["other.example"], Some(421)),
            ("https://other.example/polls", &["polls.example"], Some(421)),
            ("/polls", &["other.example"], Some(421)),
            ("/polls", &["polls.example.other.example"], Some(421)),
            ("/polls", &["polls.example:8443"], Some(421)),
            ("/polls", &["192.0.2.7"], Some(421)),
            ("/polls", &[], Some(400)),
            ("/polls", &[""], Some(400)),
            ("/polls", &["polls.example", "polls.example"], Some(400)),
            ("/polls", &["somebody@polls.example"], Some(400)),
            ("/polls", &["polls.example/x"], Some(400)),
            ("/polls", &["polls.example:99999"], Some(400)),
        ] {
            assert_eq!(told(OWN, address, fields), refused, "{address} {fields:?}");
        }
        assert_eq!(told("https://polls.example:8443", "/", &["polls.example:8443"]), None);
        assert_eq!(told("https://polls.example:8443", "/", &["polls.example"]), Some(421));
        assert_eq!(told("https://[2001:db8::1]", "/", &["[2001:db8::1]"]), None);
    }
}
