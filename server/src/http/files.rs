//! How many files of results one household takes at a time, and how many pages of very large releases
//! (`server/src/statistics/large.rs`), of which fewer are on their way together.
//!
//! Only so many are on their way together (`server/src/statistics/streams.rs`), and whoever reads slowly holds a
//! place for long: by forty connections one address would hold all of them, and nobody else got a file. Where many
//! people are behind one address they hardly meet this bound: a file is taken within seconds, and those of a minute
//! are bounded, too (`[limits.export]`). Pictures are not counted. A page of another site has many of them, they are
//! small, and they are drawn whatever becomes of their reader.
//!
//! What it must never do: keep an address for longer than a file is taken there.

use super::{
    chain::Next,
    held::held,
    household::{self, Counts},
    refused::{Limit, Refused},
};
use axum::{
    extract::{Request, State},
    http::{Extensions, HeaderMap, StatusCode},
    response::Response,
};
use ports::{
    failure::AGAIN_AFTER,
    routes::{self, BelowPoll},
};
use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Files that one household takes at a time.
const OF_HOUSEHOLD: usize = 8;
/// Pages of very large releases that one household takes at a time: a quarter of those that are on their way.
const LARGE_OF_HOUSEHOLD: usize = 2;

/// Who takes files now. Clones share it.
#[derive(Clone)]
pub struct Files(Arc<Inner>);

struct Inner {
    behind_proxy: bool,
    most: usize,
    taken: Mutex<Counts>,
}

impl Files {
    /// Nobody takes any. `behind_proxy` says whether our own proxy stands in front, and says whose a request is.
    #[must_use]
    pub fn new(behind_proxy: bool) -> Self {
        Self::at_most(OF_HOUSEHOLD, behind_proxy)
    }

    /// The same of pages of very large releases.
    #[must_use]
    pub fn large(behind_proxy: bool) -> Self {
        Self::at_most(LARGE_OF_HOUSEHOLD, behind_proxy)
    }

    fn at_most(most: usize, behind_proxy: bool) -> Self {
        Self(Arc::new(Inner { behind_proxy, most, taken: Mutex::default() }))
    }

    fn taken(&self) -> MutexGuard<'_, Counts> {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more file of whoever makes this request, if their household may have one.
    ///
    /// # Errors
    /// What to answer otherwise.
    pub fn place(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Result<Place, Box<Response>> {
        let household = household::of_request(headers, extensions, self.0.behind_proxy);
        self.place_of(household).ok_or_else(|| {
            let refused = Refused(Limit::FilesOfAddress);
            Box::new(refused.until(StatusCode::TOO_MANY_REQUESTS, AGAIN_AFTER))
        })
    }

    fn place_of(&self, household: IpAddr) -> Option<Place> {
        let mut taken = self.taken();
        if taken.of(household) >= self.0.most {
            return None;
        }
        taken.take(household, 1);
        drop(taken);
        Some(Place { files: self.clone(), household })
    }
}

/// A file that a household takes, until this is dropped.
pub struct Place {
    files: Files,
    household: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.files.taken().give_back(self.household, 1);
    }
}

/// Refuses a household one file too many.
pub async fn layer(State(files): State<Files>, request: Request, next: Next) -> Response {
    let below = routes::below_poll(request.uri().path()).map(|(_, below)| below);
    if below != Some(BelowPoll::File) {
        return next.run(request).await;
    }
    match files.place(request.headers(), request.extensions()) {
        Ok(place) => next.run(request).await.map(|body| held(body, place)),
        Err(refused) => *refused,
    }
}

#[cfg(test)]
mod tests {
    use super::{Files, Limit, OF_HOUSEHOLD, Refused, layer};
    use crate::http::chain::Chain;
    use axum::{
        Router,
        body::{Body, to_bytes},
        http::{Request, header::RETRY_AFTER},
        response::Response,
        routing::get,
    };
    use tower::ServiceExt as _;

    const FILE: &str = "/polls/7/results.csv";
    const PICTURE: &str = "/polls/7/results/visits.png";

    async fn ask(router: &Router, path: &str, from: &str) -> Response {
        let request = Request::get(path).header("x-forwarded-for", from);
        router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn one_household_holds_a_part_of_the_files_and_others_get_theirs() {
        const HERE: &str = "192.0.2.1";
        let files = Files::new(true);
        let router: Router = Router::new()
            .route(FILE, get(async || "a file"))
            .route(PICTURE, get(async || "a picture"))
            .layer(Chain::default().with(files.clone(), layer));
        let mut held = Vec::new();
        for _ in 0..OF_HOUSEHOLD {
            held.push(ask(&router, FILE, HERE).await);
        }
        assert!(held.iter().all(|response| response.status() == 200));
        let refused = ask(&router, FILE, HERE).await;
        assert_eq!(refused.status(), 429);
        assert_eq!(refused.headers()[RETRY_AFTER], "5");
        assert_eq!(refused.extensions().get::<Refused>(), Some(&Refused(Limit::FilesOfAddress)));
        assert_eq!(ask(&router, PICTURE, HERE).await.status(), 200);
        assert_eq!(ask(&router, FILE, "192.0.2.2").await.status(), 200);
        // One that was read to its end, and one whose reader has left.
        let read = to_bytes(held.pop().unwrap().into_body(), 100).await.unwrap();
        assert_eq!(read, "a file");
        drop(held.pop());
        for _ in 0..2 {
            held.push(ask(&router, FILE, HERE).await);
        }
        assert!(held.iter().all(|response| response.status() == 200));
        drop(held);
        assert!(files.taken().is_empty(), "no address is kept");
    }
}
