//! The mark of a request that was refused by a limit: which limit it was. The response's page needs it, and
//! those who run the portal count it.
//!
//! What it must never do: say who was refused.

use super::chain::Next;
use crate::named::named;
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse as _, Response},
};
use ports::failure::AGAIN_AFTER;

named! {
    /// A limit that refuses requests. Alerts know it by its name in the metrics.
    Limit {
        /// What may wait for a store together.
        Queue = "queue",
        /// Requests that are being answered.
        Running = "running",
        /// Requests that may have to wait for the identity provider.
        Provider = "provider",
        /// Open connections.
        Connections = "connections",
        /// Open connections of one address.
        ConnectionsOfAddress = "connections_address",
        /// How large the head of a request may be.
        HeadSize = "head_size",
        /// How large the body of a request may be.
        BodySize = "body_size",
        /// How long a body may take to arrive.
        BodyTime = "body_time",
        /// Memory for bodies.
        BodyMemory = "body_memory",
        /// Memory for the bodies of one address.
        BodyMemoryOfAddress = "body_memory_address",
        /// Requests of one address.
        RequestsOfAddress = "requests_address",
        /// Forms of one address at which nobody is signed in.
        PostsOfAddress = "posts_address",
        /// Forms of one account.
        PostsOfAccount = "posts_account",
        /// Logout tokens of one address.
        LogoutsOfAddress = "logouts_address",
        /// Sign-ins of one address.
        SignInOfAddress = "sign_in_address",
        /// Sign-ins of one account.
        SignInOfAccount = "sign_in_account",
        /// Sign-ins of all together.
        SignInOfAll = "sign_in_all",
        /// Submissions of one address.
        SubmissionOfAddress = "submission_address",
        /// Submissions of one account.
        SubmissionOfAccount = "submission_account",
        /// Submissions of all together.
        SubmissionOfAll = "submission_all",
        /// Files that one address takes at a time.
        FilesOfAddress = "files_address",
        /// Files of one address.
        ExportOfAddress = "export_address",
        /// Files of one account.
        ExportOfAccount = "export_account",
        /// Files of all together.
        ExportOfAll = "export_all",
        /// Requests to the API of one address.
        ApiOfAddress = "api_address",
        /// Requests to the API of one account.
        ApiOfAccount = "api_account",
        /// Requests to the API of all together.
        ApiOfAll = "api_all",
    }
}

/// Which limit it was, in the response's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(pub Limit);

impl Refused {
    /// The refusal, without a body: [`super::errors`] gives it one.
    #[must_use]
    pub fn with(self, status: StatusCode) -> Response {
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }

    /// The refusal of what can be tried again after `seconds`.
    #[must_use]
    pub fn until(self, status: StatusCode, seconds: u64) -> Response {
        let mut response = self.with(status);
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        response
    }
}

/// Names the limit where a page, a form or a file says that there was no room, and says when to come back if
/// nobody has. Those know that something was busy ([`ports::failure::Failure::Busy`]), and nothing of limits.
pub async fn queues(State(()): State<()>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().entry(RETRY_AFTER).or_insert_with(|| HeaderValue::from(AGAIN_AFTER));
        if response.extensions().get::<Refused>().is_none() {
            response.extensions_mut().insert(Refused(Limit::Queue));
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::{Limit, Refused, queues};
    use crate::http::chain::Chain;
    use axum::{
        Router,
        body::Body,
        http::{Request, StatusCode, header::RETRY_AFTER},
        routing::get,
    };
    use std::collections::BTreeSet;
    use tower::ServiceExt as _;

    #[test]
    fn every_limit_has_a_name_of_its_own() {
        let names = BTreeSet::from(Limit::ALL.map(Limit::name));
        assert_eq!(names.len(), Limit::ALL.len());
    }

    #[tokio::test]
    async fn whoever_finds_no_room_is_told_when_to_come_back() {
        let later = || async { ([(RETRY_AFTER, "60")], StatusCode::SERVICE_UNAVAILABLE) };
        let router: Router = Router::new()
            .route("/busy", get(async || StatusCode::SERVICE_UNAVAILABLE))
            .route("/later", get(later))
            .route("/", get(async || StatusCode::OK))
            .layer(Chain::default().with((), queues));
        for (path, told) in [("/busy", Some("5")), ("/later", Some("60")), ("/", None)] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            let seconds = response.headers().get(RETRY_AFTER);
            assert_eq!(seconds.map(|it| it.to_str().unwrap()), told, "{path}");
            let limit = response.extensions().get::<Refused>().copied();
            assert_eq!(limit, told.map(|_| Refused(Limit::Queue)), "{path}");
        }
    }
}
