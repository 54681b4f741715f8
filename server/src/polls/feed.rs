//! What is new among the polls, for programs: an Atom feed (RFC 4287) of polls that opened and of results that were
//! published, the newest first.
//!
//! It is the same for everybody, in the language that its address names, and made of what lists say of polls, which
//! is in memory ([`super::catalogue`]). An entry keeps its id for good: the poll's, and that of its results.
//!
//! What it must never do: say of a poll what its pages do not say to everybody.

use super::{
    catalogue::{Catalogue, Shelf},
    listed::Listed,
};
use crate::{
    config::Config,
    http::{errors::busy, etag::is_known},
    platform::Platform,
};
use axum::{
    Router,
    extract::{RawQuery, State},
    http::{
        Extensions, HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, VARY},
    },
    response::{IntoResponse as _, Response},
    routing::get,
};
use chrono::{DateTime, SecondsFormat, Utc};
use locales::td_string;
use maud::{Markup, html};
use ports::{
    failure::Failure,
    look::{Look, locale_of},
    routes,
};
use questionnaire::{Language, Text, printable};
use sha2::{Digest as _, Sha256};
use std::{cmp::Reverse, collections::BTreeSet, sync::Arc};
use uuid::Uuid;

/// The most entries: whoever asks once a month misses none.
const MOST: usize = 50;
/// How long it may be kept by whoever fetched it.
const KEPT: &str = "public, max-age=60";

/// What every answer needs.
struct Desk {
    platform: Platform,
    catalogue: Catalogue,
    origin: String,
    operator: Text,
}

/// Something that happened to a poll.
struct News<'a> {
    at: DateTime<Utc>,
    poll: &'a Listed,
    /// Whether its release was published; otherwise it opened.
    published: bool,
}

/// The feed's address.
pub fn routes(config: &Config, platform: Platform, catalogue: Catalogue) -> Router {
    let (origin, operator) = (config.server.origin(), config.portal.operator.clone());
    let desk = Desk { platform, catalogue, origin, operator };
    Router::new().route(routes::FEED, get(feed)).with_state(Arc::new(desk))
}

async fn feed(
    State(desk): State<Arc<Desk>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    extensions: Extensions,
) -> Response {
    let query = query.unwrap_or_default();
    // Stricter than of a page: a program that asks for a language that there is not had better know.
    let named = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "lang");
    let language = match &named {
        None => Look::handed_on(&extensions, &headers).language,
        Some((_, tag)) => match tag.parse::<Language>() {
            Ok(language) => language,
            Err(()) => return StatusCode::NOT_FOUND.into_response(),
        },
    };
    let mut answer = match desk.document(language).await {
        Ok(document) => told(document, &headers),
        Err(Failure::Busy) => busy(),
        Err(failure) => failure.status().into_response(),
    };
    if named.is_none() {
        let whose = HeaderValue::from_static("accept-language, cookie");
        answer.headers_mut().append(VARY, whose);
    }
    answer
}

/// The document, or that the reader has it already.
fn told(document: String, asked: &HeaderMap) -> Response {
    let tag = format!("W/\"{}\"", hex::encode(&Sha256::digest(&document)[..16]));
    let Ok(tag) = HeaderValue::try_from(tag) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut answer = if is_known(asked, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = format!("{}; charset=utf-8", routes::FEED_TYPE);
        ([(CONTENT_TYPE, kind)], document).into_response()
    };
    let headers = answer.headers_mut();
    headers.insert(ETAG, tag);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(KEPT));
    answer
}

impl Desk {
    async fn document(&self, language: Language) -> Result<String, Failure> {
        let all = self.catalogue.shelf().await?;
        let news = news(&all);
        let published = news.iter().filter(|news| news.published).map(|news| news.poll.id);
        let published = published.collect();
        let withheld = all.without_results(&self.platform.db, published).await?;
        let entries = news.iter().map(|news| self.entry(news, &all, &withheld, language));
        let entries: Vec<Markup> = entries.collect();
        // What has no entry has not changed since there was time.
        let updated = news.first().map_or(DateTime::UNIX_EPOCH, |news| news.at);
        let locale = locale_of(language);
        let address = format!("{}{}", self.origin, routes::feed(language));
        let brand = td_string!(locale, common.brand);
        let feed = html! {
            feed xmlns="http://www.w3.org/2005/Atom" xml:lang=(language.tag()) {
                id { (address) }
                title { (brand) " – " (td_string!(locale, polls.feed)) }
                updated { (moment(updated)) }
                author { name { (self.operator.get(language)) } }
                link rel="self" type=(routes::FEED_TYPE) href=(address) {}
                link rel="alternate" type="text/html" href=(self.link(routes::POLLS, language)) {}
                @for entry in &entries { (entry) }
            }
        };
        // What was written before such signs were taken out may have some that no XML can hold, and one of them would
        // take the whole feed from its readers.
        let feed = printable(&feed.into_string());
        Ok(format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{feed}"))
    }

    /// The address of a page in the feed's language.
    fn link(&self, path: &str, language: Language) -> String {
        format!("{}{}", self.origin, routes::in_language(path, language))
    }

    fn entry(
        &self,
        news: &News,
        all: &Shelf,
        withheld: &BTreeSet<Uuid>,
        language: Language,
    ) -> Markup {
        let locale = locale_of(language);
        let poll = news.poll;
        let title = poll.title.get(language);
        let department = all.departments.get(&poll.department);
        let department = department.map_or("", |name| name.get(language));
        let (title, path, part) = if news.published {
            let title = td_string!(locale, polls.feed_published, title = title);
            (title, routes::results(poll.id), "#results")
        } else {
            let title = td_string!(locale, polls.feed_opened, title = title);
            (title, routes::poll(poll.id), "")
        };
        let nothing = news.published && withheld.contains(&poll.id);
        html! {
            entry {
                id { "urn:uuid:" (poll.id) (part) }
                title { (title) }
                updated { (moment(news.at)) }
                published { (moment(news.at)) }
                author { name { (department) } }
                link rel="alternate" type="text/html" href=(self.link(&path, language)) {}
                summary {
                    (td_string!(locale, polls.asked_by)) ": " (department) "."
                    @if nothing { " " (td_string!(locale, polls.feed_withheld)) }
                }
            }
        }
    }
}

/// What happened last to the polls that anyone may see.
fn news(from: &Shelf) -> Vec<News<'_>> {
    let mut all = Vec::with_capacity(from.polls.len() * 2);
    for poll in &from.polls {
        let moments = [(poll.opened_at, false), (poll.published_at, true)];
        let happened = moments.into_iter().filter_map(|(at, published)| Some((at?, published)));
        all.extend(happened.map(|(at, published)| News { at, poll, published }));
    }
    all.sort_unstable_by_key(|news| (Reverse(news.at), news.poll.id, news.published));
    all.truncate(MOST);
    all
}

/// A moment as Atom has it (RFC 3339).
fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
