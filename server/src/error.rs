//! What the log is told of errors that are nobody's fault but ours ([`Failure::internal`]).

use ports::failure::Failure;
use std::{borrow::Cow, fmt::Display};

/// Where a JSON text is wrong, and in which way, for one that holds what people wrote or are: the
/// parser's own words can quote it.
pub(crate) fn unquoted(error: &serde_json::Error) -> String {
    format!("{:?} at line {}, column {}", error.classify(), error.line(), error.column())
}

/// For `map_err`: [`Failure::internal`] with the words of what was being done.
pub fn while_<E: Display>(doing: impl Into<Cow<'static, str>>) -> impl FnOnce(E) -> Failure {
    let doing = doing.into();
    move |error| Failure::internal(format_args!("{doing}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::unquoted;
    use std::collections::BTreeMap;

    #[test]
    fn what_was_written_is_not_in_the_words_about_it() {
        for text in [r#"{"a":"needle"}"#, r#"{"a":1,"needle":tru}"#, r#"["needle"]"#] {
            let error = serde_json::from_str::<BTreeMap<String, u8>>(text).unwrap_err();
            assert!(!unquoted(&error).contains("needle"), "{}", unquoted(&error));
        }
        let error = serde_json::from_str::<BTreeMap<String, u8>>("{\n\"a\":\"b\"}").unwrap_err();
        assert_eq!(unquoted(&error), "Data at line 2, column 7");
    }
}
