//! What the address of a page says: the parts of its path that have names, its query, and all of it.
//!
//! Which page an address opens is for the server's router to say; pages ask here for the rest.

use crate::routes;
use axum::http::{request, uri::PathAndQuery};
use leptos::prelude::with_context;
use std::sync::Arc;

/// The address of the request, for the pages to read. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Address(Arc<Parts>);

#[derive(Debug, Default)]
struct Parts {
    path: Vec<(String, String)>,
    query: Vec<(String, String)>,
}

impl Address {
    /// An address out of the named parts of its path, decoded, and its query as it came.
    #[must_use]
    pub fn new(path: Vec<(String, String)>, query: &str) -> Self {
        let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self(Arc::new(Parts { path, query }))
    }
}

/// The value of a name; the last one where it comes more than once.
fn named<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a String> {
    pairs.iter().rev().find_map(|(key, value)| (key == name).then_some(value))
}

/// The part of the path with this name; empty where there is none.
#[must_use]
pub fn parameter(name: &str) -> String {
    with_context(|address: &Address| named(&address.0.path, name).cloned())
        .flatten()
        .unwrap_or_default()
}

/// The field of the query with this name, decoded; empty where there is none.
#[must_use]
pub fn query(name: &str) -> String {
    with_context(|address: &Address| named(&address.0.query, name).cloned())
        .flatten()
        .unwrap_or_default()
}

/// Whether the query has a field of this name, empty or not.
#[must_use]
pub fn in_query(name: &str) -> bool {
    with_context(|address: &Address| named(&address.0.query, name).is_some()).unwrap_or(false)
}

/// The path of an address of ours, and its query; empty where it has none.
#[must_use]
pub fn parts_of(address: &str) -> (&str, &str) {
    address.split_once('?').unwrap_or((address, ""))
}

/// The path of an address of ours.
#[must_use]
pub fn path_of(address: &str) -> &str {
    parts_of(address).0
}

/// An address with this in its query, too, encoded; the address as it is for nothing.
#[must_use]
pub fn with_field(address: &str, field: &str) -> routes::Path {
    if field.is_empty() {
        return address.to_owned();
    }
    let mark = if address.contains('?') { '&' } else { '?' };
    format!("{address}{mark}{field}")
}

/// An address without the fields of this name in its query; what else stands there stays as it is.
#[must_use]
pub fn without(address: &str, name: &str) -> String {
    let (path, query) = parts_of(address);
    let is_another = |field: &&str| {
        form_urlencoded::parse(field.as_bytes()).all(|(key, _)| key.as_ref() != name)
    };
    let left: Vec<_> = query.split('&').filter(is_another).collect();
    with_field(path, &left.join("&"))
}

/// The path of an address of ours, and of its query no more than which of a page's own forms it shows: to come
/// back to from a page that says something of the reader. Whoever leads somebody here can write anything into
/// a query; repeated on the page, the length of the compressed page would tell whether it is alike to
/// what stands there (BREACH).
#[must_use]
pub fn bare(address: &str) -> String {
    let (path, query) = parts_of(address);
    let asks = |flag: &&str| {
        form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name.as_ref() == *flag)
    };
    let flags: Vec<_> = ["check", "again"].into_iter().filter(asks).collect();
    if flags.is_empty() { path.to_owned() } else { format!("{path}?{}", flags.join("&")) }
}

/// Path and query of the request as they came, to come back to.
#[must_use]
pub fn here() -> String {
    let here = |parts: &request::Parts| {
        parts.uri.path_and_query().map_or(routes::HOME, PathAndQuery::as_str).to_owned()
    };
    with_context(here).unwrap_or_else(|| routes::HOME.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{
        Address, bare, here, in_query, parameter, parts_of, path_of, query, with_field, without,
    };
    use axum::http::Request;
    use leptos::prelude::{Owner, provide_context};

    #[test]
    fn a_page_reads_its_address() {
        let owner = Owner::new();
        owner.with(|| {
            assert_eq!((parameter("poll"), query("by")), (String::new(), String::new()));
            assert!(!in_query("by"));
            let path = vec![("poll".to_owned(), "7".to_owned())];
            provide_context(Address::new(path, "by=one&check&by=t%C3%A9+%26"));
            assert_eq!(parameter("poll"), "7");
            assert_eq!(parameter("by"), "", "a field of the query is no part of the path");
            assert_eq!(query("by"), "té &");
            assert!(in_query("by"));
            assert_eq!((query("check").as_str(), in_query("check")), ("", true));
            assert_eq!((query("poll").as_str(), in_query("poll")), ("", false));
        });
    }

    #[test]
    fn an_address_is_its_path_and_its_query() {
        for (address, path, query) in
            [("/p", "/p", ""), ("/p?", "/p", ""), ("/p?a=b?c", "/p", "a=b?c")]
        {
            assert_eq!((parts_of(address), path_of(address)), ((path, query), path), "{address}");
        }
        for (address, field, with) in [
            ("/polls", "page=2", "/polls?page=2"),
            ("/polls?a=b", "page=2", "/polls?a=b&page=2"),
            ("/polls?a=b", "", "/polls?a=b"),
        ] {
            assert_eq!(with_field(address, field), with);
        }
        for (address, left) in [
            ("/polls", "/polls"),
            ("/polls?lang=ru", "/polls"),
            ("/polls?tab=open&lang=ru&x=%20+&l%61ng", "/polls?tab=open&x=%20+"),
            ("/polls?language=ru&x=lang", "/polls?language=ru&x=lang"),
        ] {
            assert_eq!(without(address, "lang"), left);
        }
    }

    #[test]
    fn of_a_query_only_the_flags_of_a_pages_own_forms_are_left() {
        for (address, left) in [
            ("/account", "/account"),
            ("/account?x=needle&again", "/account?again"),
            ("/polls/7/take/2?again=1&check&check", "/polls/7/take/2?check&again"),
            ("/account?xagain&y=again", "/account"),
        ] {
            assert_eq!(bare(address), left, "{address}");
        }
    }

    #[test]
    fn a_page_knows_the_way_back_to_itself() {
        let owner = Owner::new();
        owner.with(|| {
            assert_eq!(here(), "/", "outside a request");
            let request = Request::get("https://veche.test/polls/7?by=t%C3%A9").body(()).unwrap();
            provide_context(request.into_parts().0);
            assert_eq!(here(), "/polls/7?by=t%C3%A9");
        });
    }
}
