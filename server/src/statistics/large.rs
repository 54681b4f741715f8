//! What is made of a very large release: one thing at a time, whoever asks for it.
//!
//! A page with a breakdown, drawn, and a release of the API take many times the bytes of the release's text:
//! each figure becomes a cell with words around it. Of a text of tens of megabytes that is hundreds of
//! megabytes a request, and a few at once would take all the memory that the program may have. So whoever
//! asks for such a thing takes a turn before anything of it is loaded, as with files, and where too many wait
//! is told so at once. The turn lasts until the thing is written: what is long waits on the disk for its
//! reader ([`Streams`](super::streams::Streams)). The page of somebody who has signed in says who they are, so it comes to
//! no disk and waits in memory; it takes as much of the room for what waits. One household has a part of that
//! room ([`Files`]), or whoever reads slowly could have all of it.
//!
//! Turns are taken by the length of the release's text, which is known without reading it. Headlines need
//! none, however long the text is: of a poll's fifty questions they are a small page. Nor does an address that
//! asks for something that there is not. A breakdown that this poll has not planned takes one: what is planned
//! stands in the text.
//!
//! What it must never do: write to a disk what is of one person.

use super::{StatisticsPort, release, streams::Place};
use crate::{
    error::while_,
    http::{chain::Next, errors::busy, files::Files, held::held},
};
use axum::{
    body::{HttpBody as _, to_bytes},
    extract::{FromRequestParts as _, RawPathParams, Request, State},
    http::{StatusCode, request::Parts},
    response::{IntoResponse as _, Response},
};
use ports::{
    caller::{Caller, SignedIn},
    failure::Failure,
    routes,
    views::results::{Asked, beyond},
};
use std::{fs::File, io::Write as _, sync::Arc};
use url::form_urlencoded;
use uuid::Uuid;

/// Bytes of the longest text of which something is made without a turn. Also drawn it takes some tens of
/// megabytes at most, and for no longer than a processor works at it.
const LARGE: i32 = 1024 * 1024;
/// Bytes of the longest answer that waits for its reader in memory: as many as of a page that is kept
/// for others, who would have to read it back from the disk.
const IN_MEMORY: u64 = 2 * 1024 * 1024;

/// What pages and their functions know in an address of results.
const KNOWN: [&str; 5] = ["poll", "department", "with", "by", routes::LANGUAGE];

impl StatisticsPort {
    /// A program's turn at a release whose text has so many bytes; nobody needs one where it is not large. Its room
    /// is not that of pages: whoever has a token is known.
    ///
    /// # Errors
    /// [`Failure::Busy`] at once where too many wait already.
    pub(super) async fn turn_at(&self, bytes: i32) -> Result<Option<Place>, Failure> {
        if bytes <= LARGE {
            return Ok(None);
        }
        self.large_of_programs.place().await.map(Some)
    }

    /// Bytes of the longest release of these polls, of those that have one; `reader` as in [`Self::published`].
    async fn longest(&self, reader: Option<&SignedIn>, polls: &[Uuid]) -> Result<i32, Failure> {
        let of_all = move |port: Self| {
            let polls = polls.to_vec();
            async move {
                let all = polls.len();
                let (bytes, found) = release::longest(&port.platform.db, polls).await?;
                if found < all { Err(Failure::NotFound) } else { Ok(bytes) }
            }
        };
        match self.read(reader, of_all).await {
            // What a replica does not have yet, the page reads from the store itself.
            Err(Failure::NotFound) => {
                Ok(release::longest(&self.platform.db, polls.to_vec()).await?.0)
            }
            found => found,
        }
    }

    /// The answer, whose reader takes it from the disk if it is long and nobody's.
    async fn sent(
        &self,
        of_one: bool,
        place: Place,
        answer: Response,
    ) -> Result<Response, Failure> {
        if answer.body().size_hint().lower() <= IN_MEMORY {
            return Ok(answer);
        }
        if of_one {
            let room = place.without_turn();
            return Ok(answer.map(|body| held(body, room)));
        }
        let (mut head, body) = answer.into_parts();
        let whole = to_bytes(body, usize::MAX).await;
        let whole = whole.map_err(while_("drawing a page of results"))?;
        let write = move |file: &mut File| file.write_all(&whole);
        let (about, body) = self.large.whole(place, write).await?.into_parts();
        head.headers.extend(about.headers);
        Ok(Response::from_parts(head, body))
    }
}

/// Gives the pages of results, and the functions that they are made of, their turn.
pub async fn layer(
    State((statistics, files)): State<(Arc<StatisticsPort>, Files)>,
    request: Request,
    next: Next,
) -> Response {
    let (mut head, body) = request.into_parts();
    let polls = broken_down(&mut head).await;
    let caller = head.extensions.get::<Caller>().cloned().unwrap_or_default();
    if polls.is_empty() {
        return next.run(Request::from_parts(head, body)).await;
    }
    // That a store cannot be read, the page itself says.
    let longest = statistics.longest(caller.0.as_ref(), &polls).await.unwrap_or_default();
    if longest <= LARGE {
        return next.run(Request::from_parts(head, body)).await;
    }
    let of_household = match files.place(&head.headers, &head.extensions) {
        Ok(place) => place,
        Err(refused) => return *refused,
    };
    let place = match statistics.large.place().await {
        Ok(place) => place,
        Err(Failure::Busy) => return busy(),
        Err(failure) => return failure.status().into_response(),
    };
    let answer = next.run(Request::from_parts(head, body)).await;
    let sent = statistics.sent(caller.0.is_some(), place, answer).await;
    let sent = sent.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response());
    sent.map(|body| held(body, of_household))
}

/// The polls that may be shown by a breakdown: those that the path or the query names beside one. Where an
/// address asks for more than there is, no figures are shown.
async fn broken_down(head: &mut Parts) -> Vec<Uuid> {
    let query = head.uri.query().unwrap_or_default().to_owned();
    let mut fields = form_urlencoded::parse(query.as_bytes());
    let breakdown = fields.any(|(name, value)| name == "by" && is_breakdown(&value));
    if !breakdown || beyond(&query, &KNOWN) {
        return Vec::new();
    }
    let fields = form_urlencoded::parse(query.as_bytes());
    let of_query = fields.filter(|(name, _)| name == "poll" || name == "with");
    let mut polls: Vec<Uuid> = of_query.filter_map(|(_, value)| value.parse().ok()).collect();
    if let Ok(path) = RawPathParams::from_request_parts(head, &()).await {
        polls.extend(path.iter().filter_map(|(_, value)| value.parse::<Uuid>().ok()));
    }
    polls.sort_unstable();
    polls.dedup();
    polls
}

fn is_breakdown(code: &str) -> bool {
    matches!(Asked::of(code), Asked::By(_))
}

#[cfg(test)]
mod tests {
    use super::{LARGE, broken_down, layer};
    use crate::{
        http::{chain::Chain, files::Files},
        statistics::{StatisticsPort, exports::tests::statistics},
        store::release::{Column, Entity},
    };
    use axum::{
        Router,
        body::{Body, to_bytes},
        http::{Request, StatusCode, header},
        response::{Html, Response},
        routing::get,
    };
    use migration::testing::SqliteFile;
    use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
    use std::{sync::Arc, time::Duration};
    use tokio::time::timeout;
    use tower::ServiceExt as _;
    use uuid::Uuid;

    const SHORT: Duration = Duration::from_millis(200);
    /// Bytes of a page that does not wait for its reader in memory.
    const LONG: usize = 3 << 20;

    /// Makes the text of the release as long.
    async fn lengthen(statistics: &StatisticsPort, poll: Uuid, bytes: usize) {
        let longer = Entity::update_many()
            .col_expr(Column::Content, "x".repeat(bytes).into())
            .filter(Column::PollId.eq(poll));
        longer.exec(&statistics.platform.db).await.unwrap();
    }

    /// Pages of which each has [`LONG`] bytes.
    fn pages(statistics: &Arc<StatisticsPort>) -> Router {
        let page = get(async || Html("x".repeat(LONG)));
        let around = Chain::default().with((Arc::clone(statistics), Files::large(true)), layer);
        Router::new()
            .route("/polls/{poll}/results", page.clone())
            .route("/api/results/read", page)
            .layer(around)
    }

    async fn asked(pages: &Router, address: &str) -> Response {
        asked_from(pages, address, "192.0.2.1").await
    }

    async fn asked_from(pages: &Router, address: &str, from: &str) -> Response {
        let request = Request::get(address).header("x-forwarded-for", from);
        pages.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    fn large() -> usize {
        usize::try_from(LARGE).unwrap()
    }

    #[tokio::test]
    async fn a_page_of_a_large_release_waits_for_its_turn_and_others_for_nothing() {
        let file = SqliteFile::new();
        let (statistics, poll) = statistics(&file).await;
        let pages = pages(&statistics);
        let page = format!("/polls/{poll}/results");
        let [by, function] =
            [format!("{page}?by=region"), format!("/api/results/read?poll={poll}&by=region")];
        let turn = statistics.large.place().await.unwrap();
        assert!(statistics.turn_at(LARGE + 1).await.unwrap().is_some(), "programs have their own");
        // As long as a text may be of which nobody waits for anything.
        lengthen(&statistics, poll, large()).await;
        assert!(statistics.turn_at(LARGE).await.unwrap().is_none());
        for address in [&page, &by, &function] {
            assert_eq!(asked(&pages, address).await.status(), StatusCode::OK, "{address}");
        }
        lengthen(&statistics, poll, large() + 1).await;
        let [said, vain] = ["lang=ru".to_owned(), format!("poll={}", Uuid::from_u128(7))]
            .map(|field| format!("{by}&{field}"));
        for address in [&by, &function, &said, &vain] {
            assert!(timeout(SHORT, asked(&pages, address)).await.is_err(), "{address}");
        }
        // A page without figures by a breakdown is small, whatever there is.
        for address in [page.clone(), format!("{page}?by=all"), format!("{by}&age=30")] {
            assert_eq!(asked(&pages, &address).await.status(), StatusCode::OK, "{address}");
        }
        drop(turn);
        assert_eq!(asked(&pages, &by).await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_long_page_waits_for_its_reader_without_a_turn() {
        let file = SqliteFile::new();
        let (statistics, poll) = statistics(&file).await;
        lengthen(&statistics, poll, large() + 1).await;
        let pages = pages(&statistics);
        let by = format!("/polls/{poll}/results?by=region");
        let slow = asked(&pages, &by).await;
        let next = timeout(SHORT * 10, asked(&pages, &by)).await.unwrap();
        for answer in [slow, next] {
            let headers = answer.headers();
            assert_eq!(headers[header::CONTENT_LENGTH], LONG.to_string());
            assert_eq!(headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
            let page = to_bytes(answer.into_body(), 2 * LONG).await.unwrap();
            assert!(page.len() == LONG && page.iter().all(|byte| *byte == b'x'));
        }
    }

    #[tokio::test]
    async fn where_too_many_wait_one_is_told_when_to_come_back() {
        let file = SqliteFile::new();
        let (statistics, poll) = statistics(&file).await;
        lengthen(&statistics, poll, large() + 1).await;
        let pages = pages(&statistics);
        let by = format!("/polls/{poll}/results?by=region");
        // Nobody takes these: there is no room for more of them, for a household and then for all.
        let (mut slow, mut households) = (Vec::new(), 0);
        let refused = loop {
            let answer = asked_from(&pages, &by, &format!("192.0.2.{households}")).await;
            match answer.status() {
                StatusCode::OK => slow.push(answer),
                StatusCode::TOO_MANY_REQUESTS => {
                    assert!(answer.headers().contains_key(header::RETRY_AFTER));
                    households += 1;
                    assert_eq!(slow.len(), 2 * households);
                }
                _ => break answer,
            }
        };
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(refused.headers().contains_key(header::RETRY_AFTER));
        assert!(households > 2, "several households were answered");
        drop(slow.pop());
        assert_eq!(asked_from(&pages, &by, "192.0.2.200").await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_poll_is_found_wherever_an_address_names_it() {
        let [one, other] = [1, 2].map(Uuid::from_u128);
        for (address, polls) in [
            (format!("/polls/{one}/results?by=region"), vec![one]),
            (format!("/polls/%30{}/results?by=region", &one.to_string()[1..]), vec![one]),
            (format!("/polls/{one}/compare?with={other}&by=gender"), vec![one, other]),
            (format!("/polls/{one}/results?by=region&lang=ru&poll={one}"), vec![one]),
            (format!("/polls/{one}/results?b%79=region"), vec![one]),
            (format!("/polls/{one}/results"), vec![]),
            (format!("/polls/{one}/results?by="), vec![]),
            (format!("/polls/{one}/results?by=region&by=gender"), vec![]),
        ] {
            let seen = get(async |request: Request<Body>| {
                let polls = broken_down(&mut request.into_parts().0).await;
                polls.iter().map(Uuid::to_string).collect::<Vec<_>>().join(" ")
            });
            let router: Router = Router::new().route("/polls/{poll}/{page}", seen);
            let seen = to_bytes(asked(&router, &address).await.into_body(), 1000).await.unwrap();
            let polls: Vec<_> = polls.iter().map(Uuid::to_string).collect();
            assert_eq!(seen, polls.join(" "), "{address}");
        }
    }
}
