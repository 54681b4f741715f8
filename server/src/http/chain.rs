//! The middleware around the routes, in one piece that costs nothing to copy.
//!
//! A router copies the layers around a route for every request, and each of axum's own middleware
//! copies everything inside it once more: with a dozen layers that was half of what a request cost
//! the server, the database aside. Here each link of a chain holds the next one by a counted
//! reference.
//!
//! A link is a function of a state, the request and the [`Next`] link, as one knows it from
//! `axum::middleware::from_fn_with_state`, or a layer of tower. A chain knows no link by name.

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::Route,
};
use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tower::{Layer, Service, ServiceExt as _};

type Answering<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The rest of the chain, and what it stands around.
#[derive(Clone)]
pub struct Next(Arc<dyn Fn(Request) -> Answering<Response> + Send + Sync>);

impl Next {
    fn to<S>(service: S) -> Self
    where
        S: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        S::Response: IntoResponse,
        S::Future: Send,
    {
        Self(Arc::new(move |request| {
            let service = service.clone();
            Box::pin(async move {
                match service.oneshot(request).await {
                    Ok(response) => response.into_response(),
                }
            })
        }))
    }

    /// Answers a request.
    pub async fn run(self, request: Request) -> Response {
        (self.0)(request).await
    }
}

impl Service<Request> for Next {
    type Response = Response;
    type Error = Infallible;
    type Future = Answering<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let answering = (self.0)(request);
        Box::pin(async move { Ok(answering.await) })
    }
}

type Link = Arc<dyn Fn(Next) -> Next + Send + Sync>;

/// Links, the outermost first. A layer for a router.
#[derive(Clone, Default)]
pub struct Chain(Vec<Link>);

impl Chain {
    /// With a function further inside. Its state is copied for each request.
    #[must_use]
    pub fn with<S, F, A>(mut self, state: S, function: F) -> Self
    where
        S: Clone + Send + Sync + 'static,
        F: Fn(State<S>, Request, Next) -> A + Copy + Send + Sync + 'static,
        A: Future<Output = Response> + Send + 'static,
    {
        self.0.push(Arc::new(move |next| {
            let state = state.clone();
            Next(Arc::new(move |request| {
                Box::pin(function(State(state.clone()), request, next.clone()))
            }))
        }));
        self
    }

    /// With a layer of tower further inside.
    #[must_use]
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Next> + Send + Sync + 'static,
        L::Service: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse,
        <L::Service as Service<Request>>::Future: Send,
    {
        self.0.push(Arc::new(move |next| Next::to(layer.layer(next))));
        self
    }
}

impl Layer<Route> for Chain {
    type Service = Next;

    fn layer(&self, route: Route) -> Next {
        self.0.iter().rev().fold(Next::to(route), |next, link| link(next))
    }
}

#[cfg(test)]
mod tests {
    use super::{Chain, Next};
    use axum::{
        Router,
        body::{Body, to_bytes},
        extract::{Request, State},
        http::{HeaderName, HeaderValue, StatusCode},
        response::{IntoResponse as _, Response},
        routing::get,
    };
    use std::time::Duration;
    use tower::ServiceExt as _;
    use tower_http::timeout::TimeoutLayer;

    const TRACE: HeaderName = HeaderName::from_static("trace");

    /// Writes its name on the way in and on the way out.
    async fn named(State(name): State<&'static str>, mut request: Request, next: Next) -> Response {
        request.headers_mut().append(TRACE, HeaderValue::from_static(name));
        let mut response = next.run(request).await;
        response.headers_mut().append(TRACE, HeaderValue::from_static(name));
        response
    }

    async fn closed(State(()): State<()>, _: Request, _: Next) -> Response {
        StatusCode::FORBIDDEN.into_response()
    }

    fn names(headers: &axum::http::HeaderMap) -> String {
        let names = headers.get_all(TRACE).iter().map(|name| name.to_str().unwrap());
        names.collect::<Vec<_>>().join(" ")
    }

    async fn ask(chain: Chain) -> (StatusCode, String, String) {
        let route = get(async |request: Request| names(request.headers()));
        let router: Router = Router::new().route("/", route).layer(chain);
        let response =
            router.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
        let (status, out) = (response.status(), names(response.headers()));
        let body = to_bytes(response.into_body(), 1000).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap(), out)
    }

    #[tokio::test]
    async fn the_outermost_sees_the_request_first_and_the_response_last() {
        let limit = TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            Duration::from_secs(10),
        );
        let chain = Chain::default()
            .with("one", named)
            .layer(limit)
            .with("two", named)
            .with("three", named);
        let (status, on_the_way_in, on_the_way_out) = ask(chain).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!((&*on_the_way_in, &*on_the_way_out), ("one two three", "three two one"));
    }

    #[tokio::test]
    async fn a_link_may_answer_by_itself() {
        let chain = Chain::default().with("one", named).with((), closed).with("two", named);
        let (status, body, on_the_way_out) = ask(chain).await;
        assert_eq!((status, &*body, &*on_the_way_out), (StatusCode::FORBIDDEN, "", "one"));
    }

    #[tokio::test]
    async fn a_layer_of_tower_bounds_what_is_inside_it() {
        let limit =
            TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_millis(1));
        let slow = get(async || std::future::pending::<&str>().await);
        let router: Router =
            Router::new().route("/", slow).layer(Chain::default().with("one", named).layer(limit));
        let response =
            router.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
        assert_eq!(names(response.headers()), "one");
    }
}
