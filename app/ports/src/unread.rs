//! What a JSON text says and whoever read it did not understand: types that allow fields that they do not know
//! leave them out without a word.

use serde_json::Value;

/// The first thing that `written` says and that is not in `read`, which is what was read of it: the names of the
/// fields that lead to it. A field that is not there says the same as one that says nothing.
#[must_use]
pub fn unread(written: &Value, read: &Value) -> Option<String> {
    match (written, read) {
        (Value::Object(written), Value::Object(read)) => {
            written.iter().find_map(|(name, value)| match read.get(name) {
                Some(read) => unread(value, read).map(|rest| format!("{name}.{rest}")),
                None => (!says_nothing(value)).then(|| name.clone()),
            })
        }
        (Value::Array(written), Value::Array(read)) => {
            written.iter().zip(read).find_map(|(written, read)| unread(written, read))
        }
        _ => None,
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(yes) => !yes,
        Value::Number(_) => false,
        Value::String(words) => words.is_empty(),
        Value::Array(all) => all.is_empty(),
        Value::Object(all) => all.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::unread;
    use serde_json::json;

    #[test]
    fn what_was_left_out_is_named() {
        let read = json!({ "code": "q1", "options": [{ "code": "a" }, { "code": "b" }] });
        let of = |written| unread(&written, &read);
        assert_eq!(of(read.clone()), None);
        assert_eq!(of(json!({ "code": "another" })), None, "that is for its type to say");
        assert_eq!(of(json!({ "form": "x" })), Some("form".to_owned()));
        let deep = json!({ "options": [{ "code": "a" }, { "code": "b", "next": ["q2"] }] });
        assert_eq!(of(deep), Some("options.next".to_owned()));
        for nothing in [json!(null), json!(false), json!(""), json!([]), json!({})] {
            assert_eq!(of(json!({ "form": nothing })), None, "{nothing}");
        }
    }
}
