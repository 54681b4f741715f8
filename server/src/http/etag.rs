//! Whether a reader has already what would be answered, told by its tag (`ETag`).

use axum::http::{HeaderMap, HeaderValue, header::IF_NONE_MATCH};

/// Whether the reader has already what has this tag. RFC 9110 §13.1.2: by the weak comparison, any
/// of the tags that the request names, or `*`.
#[must_use]
pub(crate) fn is_known(request: &HeaderMap, tag: &HeaderValue) -> bool {
    let tag = tag.to_str().unwrap_or_default().trim_start_matches("W/");
    request
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|known| known.trim().trim_start_matches("W/"))
        .any(|known| known == tag || known == "*")
}

#[cfg(test)]
mod tests {
    use super::is_known;
    use axum::http::{HeaderMap, HeaderValue, header::IF_NONE_MATCH};

    #[test]
    fn what_is_known_is_known_by_any_of_its_tags() {
        let request = |tags: &'static str| {
            HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(tags))])
        };
        let tag = HeaderValue::from_static("W/\"one\"");
        assert!(is_known(&request("\"two\", W/\"one\""), &tag));
        assert!(is_known(&request("*"), &tag));
        assert!(!is_known(&request("\"two\""), &tag));
        assert!(!is_known(&HeaderMap::new(), &tag));
    }
}
