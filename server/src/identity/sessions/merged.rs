//! What a session holds when two requests of one browser have changed it at the same time.
//!
//! Each request has read the session, and writes it whole. The later one writes what it has changed itself, and
//! leaves what the other has:
//!
//! - a value that it has put there counts; one that it has taken out is gone, unless the other has put another one
//!   in its place, which nobody has read yet;
//! - of the sign-ins that are under way, which have a state each, and of the forms that wait, which have a name
//!   each, the same holds for every one of them by itself.

use crate::identity::{UNDER_WAY, start::MOST};
use ports::forms::{WAITING, with_room};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// What a session holds.
pub type Data = HashMap<String, Value>;

/// How far what others have stored goes into what a request stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Everything: the session is the same person's.
    Same,
    /// Nothing but sign-ins that are under way in other tabs, which hold nothing of a person: with this
    /// request the session becomes somebody else's.
    Another,
}

/// What is to be stored of a request that has made `ours` of what it read, `before`, while others have
/// stored `theirs`.
pub fn merged(of: Of, before: &Data, ours: &Data, theirs: &Data) -> Data {
    let (mut all, keys): (Data, BTreeSet<&str>) = match of {
        Of::Same => {
            (theirs.clone(), before.keys().chain(ours.keys()).map(String::as_str).collect())
        }
        Of::Another => (ours.clone(), BTreeSet::from([UNDER_WAY])),
    };
    for key in keys {
        let [before, ours, theirs] = [before, ours, theirs].map(|data| data.get(key));
        match one(key, before, ours, theirs) {
            Some(value) => all.insert(key.to_owned(), value),
            None => all.remove(key),
        };
    }
    all
}

/// The same of one value.
fn one(
    key: &str,
    before: Option<&Value>,
    ours: Option<&Value>,
    theirs: Option<&Value>,
) -> Option<Value> {
    if before == ours {
        return theirs.cloned();
    }
    if theirs == before {
        return ours.cloned();
    }
    if key != UNDER_WAY && key != WAITING {
        return ours.or(theirs).cloned();
    }
    let [before, new, others] = [before, ours, theirs].map(list);
    let changed: Vec<&Value> = new.iter().filter(|&one| !before.contains(one)).collect();
    let stays = |&one: &&Value| {
        let taken_out = before.contains(one) && !new.contains(one);
        let replaced = changed.iter().any(|other| name(key, other) == name(key, one));
        !taken_out && !replaced
    };
    let all = others.iter().filter(stays).chain(changed.iter().copied());
    let mut all: Vec<Value> = all.cloned().collect();
    match (key, all.is_empty() && ours.is_none()) {
        (_, true) => None,
        (WAITING, false) => Some(with_room(&all).into()),
        // The oldest gives way, as where one request alone begins one too many.
        (_, false) => Some(all.split_off(all.len().saturating_sub(MOST)).into()),
    }
}

/// The values of a list; none of what is no list.
fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// By what one of a list of this key is told from the others.
fn name<'a>(key: &str, one: &'a Value) -> Option<&'a str> {
    let name = if key == UNDER_WAY { one.get("state") } else { one.get(0) };
    name.and_then(Value::as_str)
}

/// The states of the sign-ins that are under way in a session.
pub fn under_way(data: &Data) -> BTreeSet<String> {
    let all = list(data.get(UNDER_WAY)).iter();
    all.filter_map(|one| name(UNDER_WAY, one)).map(ToOwned::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn data(value: Value) -> Data {
        serde_json::from_value(value).unwrap()
    }

    fn of(of: Of, [before, ours, theirs]: [Value; 3]) -> Value {
        let all = merged(of, &data(before), &data(ours), &data(theirs));
        serde_json::to_value(all).unwrap()
    }

    #[test]
    fn each_request_changes_what_it_has_changed() {
        assert_eq!(
            of(
                Of::Same,
                [
                    json!({ "account": "a", "flash": "old", "ended": 1, "gone": 1 }),
                    json!({ "account": "a", "ended": 2, "gone": 1 }),
                    json!({ "account": "a", "flash": "old", "ended": 3, "new": 4 }),
                ]
            ),
            json!({ "account": "a", "ended": 2, "new": 4 })
        );
        // What nobody has read yet is not taken out.
        let [old, new] = ["old", "new"].map(|words| json!({ "flash": words }));
        assert_eq!(of(Of::Same, [old, json!({}), new.clone()]), new);
    }

    #[test]
    fn forms_and_sign_ins_are_each_by_itself() {
        assert_eq!(
            of(
                Of::Same,
                [
                    json!({ "forms": [["a", 1], ["b", 1], ["c", 1], ["d", 1]] }),
                    json!({ "forms": [["b", 1], ["d", 1], ["c", 2]] }),
                    json!({ "forms": [["a", 1], ["b", 1], ["c", 3], ["e", 1]] }),
                ]
            ),
            json!({ "forms": [["b", 1], ["e", 1], ["c", 2]] })
        );
        let sign_ins = |states: &[&str]| {
            let all: Vec<Value> = states.iter().map(|state| json!({ "state": state })).collect();
            json!({ "sign_ins": all })
        };
        let three = [&["a", "b"][..], &["b", "c"], &["a", "b", "d"]].map(sign_ins);
        assert_eq!(of(Of::Same, three), sign_ins(&["b", "d", "c"]));
        // Two more begin beside eight: each takes the oldest away, and of both it is eight again.
        let eight = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let with = |new: &'static str| sign_ins(&[&eight[1..], &[new]].concat());
        let both = of(Of::Same, [sign_ins(&eight), with("i"), with("j")]);
        assert_eq!(both, sign_ins(&["c", "d", "e", "f", "g", "h", "j", "i"]));
        let last = [json!({ "forms": [["a", 1]] }), json!({}), json!({ "forms": [] })];
        assert_eq!(of(Of::Same, last), json!({}));
    }

    #[test]
    fn nothing_that_others_typed_comes_to_somebody_else() {
        assert_eq!(
            of(
                Of::Another,
                [
                    json!({ "sign_ins": [{ "state": "a" }], "forms": [["a", 1]] }),
                    json!({ "sign_ins": [], "account": "b" }),
                    json!({
                        "sign_ins": [{ "state": "a" }, { "state": "c" }],
                        "forms": [["a", 1], ["b", 1]],
                        "flash": "theirs",
                    }),
                ]
            ),
            json!({ "sign_ins": [{ "state": "c" }], "account": "b" })
        );
    }
}
