//! What was typed and waits in the session for its form's page.
//!
//! A session is read, opened and sealed whole with every request. So it keeps the newest few and no more
//! than a person types: whoever sends thousands of forms does not make their session, and with it each
//! request, grow.
//!
//! What it must never do: keep a form for nobody ([`give_up`]). Whoever has no account could fill the store.

use super::{Form, not_kept, post::in_request};
use crate::failure::Failure;
use axum::http::{StatusCode, request::Parts};
use leptos::prelude::{use_context, with_context};
use leptos_axum::ResponseOptions;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tower_sessions::{Session, session::Error};

/// Data key, in a session that took the place of an ended one, of whose that one was: what waits is given
/// to that person and to nobody else.
pub const TYPED_BY: &str = "typed_by_owner";
/// Data key of what waits, oldest first: a list of pairs, of a form's name and the form.
pub const WAITING: &str = "forms";
/// Most forms: the questions of a long poll.
const MOST: usize = 64;
/// Most bytes of all but the newest, which the bound of a request's body holds.
const BYTES: usize = 128 << 10;
/// Most bytes of all that waits for somebody who is not signed in, with the newest: it is promised to be kept, so it
/// needs room beside the next form, too ([`too_old`]). It bounds what is kept for one person, who can have 20 new
/// such sessions an hour.
const LATE: usize = BYTES;

/// A form's name, and the form. Of one that was too much there is only the name ([`let_go`]).
type Named = (String, Value);

/// Keeps typed values for the form's page. Also used when nobody is signed in any more: what
/// was typed survives signing in again.
///
/// # Errors
/// When the session cannot be written.
pub async fn stash<T: Serialize>(
    session: &Session,
    key: &str,
    form: &Form<T>,
) -> Result<(), Failure> {
    put(session, key, form).await.map_err(|error| Failure::internal(not_kept(&error)))
}

/// The form as it was refused, if the page was opened to show it again. Sets status 422 where
/// there are faults.
pub async fn refused<T: DeserializeOwned>(key: &str) -> Option<Form<T>> {
    let response: ResponseOptions = use_context()?;
    let again = with_context(|parts: &Parts| {
        parts.uri.query().is_some_and(|query| query.split('&').any(|part| part == "again"))
    });
    if again != Some(true) {
        return None;
    }
    let session = in_request()?;
    let form = stashed(&session, key).await?;
    if !form.faults.is_empty() {
        response.set_status(StatusCode::UNPROCESSABLE_ENTITY);
    }
    Some(form)
}

/// Throws away what waits for a form's page: it is in its place now.
pub async fn forget(session: &Session, key: &str) {
    throw_away(session, |other| other == key).await;
}

/// As [`forget`], of every form whose name begins so: there is no place for them any more.
pub async fn forget_all(session: &Session, beginning: &str) {
    throw_away(session, |key| key.starts_with(beginning)).await;
}

/// What was stashed for a form's page, also where the page was not opened to show it again.
pub async fn stashed<T: DeserializeOwned>(session: &Session, key: &str) -> Option<Form<T>> {
    let all: Vec<Named> = session.get(WAITING).await.ok().flatten()?;
    let (_, form) = all.into_iter().find(|(other, _)| other == key)?;
    serde_json::from_value(form).ok()
}

/// As [`stashed`], of every form whose name begins so: the rest of its name, and the form. Oldest first.
pub async fn stashed_all<T: DeserializeOwned>(
    session: &Session,
    beginning: &str,
) -> Vec<(String, Form<T>)> {
    let all: Option<Vec<Named>> = session.get(WAITING).await.ok().flatten();
    let wanted = |(key, form): Named| {
        let rest = key.strip_prefix(beginning)?.to_owned();
        Some((rest, serde_json::from_value(form).ok()?))
    };
    all.unwrap_or_default().into_iter().filter_map(wanted).collect()
}

/// Of what was typed in the session of somebody who is not signed in: whether it is kept for whoever typed
/// it, until they sign in again; of several, the newest. `None` where nothing was.
pub async fn kept_for_owner(session: &Session) -> Option<bool> {
    let all: Vec<Named> = session.get(WAITING).await.ok().flatten()?;
    let too_much = all.last().is_some_and(|(_, newest)| newest.is_null());
    Some(!too_much && session.get_value(TYPED_BY).await.ok()?.is_some())
}

/// Throws away all that waits in a session of which nobody knows whose it is: whoever signs in next would not
/// be given it. That something was typed stays known, since it is said ([`kept_for_owner`]).
///
/// # Errors
/// When the session cannot be read.
pub async fn give_up(session: &Session) -> Result<(), Error> {
    if session.get_value(WAITING).await?.is_none() {
        return Ok(());
    }
    session.insert(WAITING, Vec::<Named>::new()).await
}

/// Lets go of the newest form where more waits than is kept for somebody who is not signed in, or where there would
/// be no room for one more; those before it were promised to be kept. Its name stays, by which it is said that it
/// is not ([`kept_for_owner`]). Gives whether nothing else is left.
///
/// # Errors
/// When the session cannot be read.
pub async fn let_go(session: &Session) -> Result<bool, Error> {
    let waiting = session.get_value(WAITING).await?;
    let too_much = |all: &Value| {
        all.as_array().is_some_and(|all| all.len() >= MOST) || all.to_string().len() > LATE
    };
    let Some(waiting) = waiting.filter(too_much) else {
        return Ok(false);
    };
    let mut all: Vec<Named> = serde_json::from_value(waiting)?;
    if let Some((_, newest)) = all.last_mut() {
        *newest = Value::Null;
    }
    let nothing = all.iter().all(|(_, form)| form.is_null());
    session.insert(WAITING, all).await?;
    Ok(nothing)
}

/// Of forms as they wait ([`WAITING`]), those for which there is room. For whoever puts together what several
/// requests of one session have left there.
#[must_use]
pub fn with_room(waiting: &[Value]) -> Vec<Value> {
    let named = |form: &Value| serde_json::from_value::<Named>(form.clone()).ok();
    let mut all: Vec<Named> = waiting.iter().filter_map(named).collect();
    let newest = all.split_off(too_old(&all));
    newest.into_iter().map(|(key, form)| Value::Array(vec![key.into(), form])).collect()
}

/// Puts a form at the end of those that wait, in the place of an earlier one of its name.
async fn put<T: Serialize>(session: &Session, key: &str, form: &T) -> Result<(), Error> {
    let form = serde_json::to_value(form)?;
    let mut all: Vec<Named> = session.get(WAITING).await?.unwrap_or_default();
    all.retain(|(other, form)| other != key && !form.is_null());
    all.push((key.to_owned(), form));
    let old = too_old(&all);
    session.insert(WAITING, all.split_off(old)).await
}

/// Throws the forms with such names away.
async fn throw_away(session: &Session, such: impl Fn(&str) -> bool + Send) {
    if let Err(error) = remove(session, such).await {
        tracing::error!("{}", not_kept(&error));
    }
}

/// As [`throw_away`]. The session is written once, and not at all where there are none.
async fn remove(session: &Session, such: impl Fn(&str) -> bool + Send) -> Result<(), Error> {
    let mut all: Vec<Named> = session.get(WAITING).await?.unwrap_or_default();
    let before = all.len();
    all.retain(|(key, _)| !such(key));
    match all.len() {
        same if same == before => Ok(()),
        0 => session.remove_value(WAITING).await.map(drop),
        _ => session.insert(WAITING, all).await,
    }
}

/// How many of the oldest there is no room for beside the newest.
fn too_old(all: &[Named]) -> usize {
    let mut bytes = 0;
    let fits = all.iter().rev().enumerate().take_while(|(age, (key, form))| {
        bytes += if *age == 0 { 0 } else { key.len() + form.to_string().len() };
        *age < MOST && bytes <= BYTES
    });
    all.len() - fits.count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::post::tests::{Broken, at_once};
    use proptest::prelude::*;
    use std::sync::Arc;

    fn of(key: usize, bytes: usize) -> Named {
        (key.to_string(), Value::String("x".repeat(bytes)))
    }

    proptest! {
        #[test]
        fn the_newest_stay_as_long_as_there_is_room(sizes in prop::collection::vec(0..40_000_usize, 1..100)) {
            let all: Vec<Named> = sizes.iter().enumerate().map(|(key, &bytes)| of(key, bytes)).collect();
            let kept = &all[too_old(&all)..];
            prop_assert!((1..=MOST).contains(&kept.len()));
            let bytes = |forms: &[Named]| -> usize {
                forms.iter().map(|(key, form)| key.len() + form.to_string().len()).sum()
            };
            let older = &kept[..kept.len() - 1];
            prop_assert!(bytes(older) <= BYTES);
            if kept.len() < all.len().min(MOST) {
                let next = all.len() - kept.len() - 1;
                prop_assert!(bytes(&all[next..all.len() - 1]) > BYTES);
            }
        }
    }

    /// A session that is new: its store is not asked for it.
    fn session() -> Session {
        Session::new(None, Arc::new(Broken), None)
    }

    /// The rests of the names that begin so, with what was typed.
    fn waiting(session: &Session, beginning: &str) -> Vec<(String, usize)> {
        let all = at_once(stashed_all::<usize>(session, beginning));
        all.into_iter().map(|(rest, form)| (rest, form.typed)).collect()
    }

    #[test]
    fn forms_are_found_and_forgotten_by_how_their_names_begin() {
        let session = session();
        for (typed, key) in ["a/2", "b/1", "a/1", "a", "aa/1"].into_iter().enumerate() {
            at_once(stash(&session, key, &Form::fresh(typed))).unwrap();
        }
        at_once(stash(&session, "a/words", &Form::fresh("of another kind"))).unwrap();
        let named = |names: &[(&str, usize)]| -> Vec<(String, usize)> {
            names.iter().map(|(name, typed)| ((*name).to_owned(), *typed)).collect()
        };
        assert_eq!(waiting(&session, "a/"), named(&[("2", 0), ("1", 2)]));
        at_once(forget_all(&session, "a/"));
        assert_eq!(waiting(&session, ""), named(&[("b/1", 1), ("a", 3), ("aa/1", 4)]));
        at_once(forget(&session, "a"));
        assert_eq!(waiting(&session, ""), named(&[("b/1", 1), ("aa/1", 4)]));
        at_once(forget_all(&session, ""));
        assert_eq!(at_once(session.get_value(WAITING)).unwrap(), None, "nothing of it stays");
    }

    /// Whoever has no session is given none for that.
    #[test]
    fn to_forget_what_is_not_there_writes_nothing() {
        let session = session();
        at_once(forget(&session, "a/1"));
        at_once(forget_all(&session, "a/"));
        assert!(!session.is_modified());
    }

    #[test]
    fn what_is_too_much_is_let_go_of_alone() {
        let session = session();
        at_once(session.insert(TYPED_BY, 1)).unwrap();
        let put = |key: &str, bytes: usize| {
            at_once(stash(&session, key, &Form::fresh("x".repeat(bytes)))).unwrap();
            (at_once(let_go(&session)).unwrap(), at_once(kept_for_owner(&session)))
        };
        let waiting = |key: &str| at_once(stashed::<String>(&session, key)).is_some();
        assert_eq!(put("a", LATE), (true, Some(false)));
        assert_eq!(put("b", 1), (false, Some(true)));
        assert_eq!(put("c", LATE), (false, Some(false)));
        assert_eq!(["a", "b", "c"].map(waiting), [false, true, false]);
        assert_eq!(at_once(stashed_all::<String>(&session, "")).len(), 1);
        assert_eq!(put("d", 1), (false, Some(true)));
        assert_eq!(["b", "c", "d"].map(waiting), [true, false, true]);
    }

    #[test]
    fn what_was_promised_to_be_kept_is() {
        for (forms, bytes) in [(4, BYTES / 2), (9, BYTES / 5), (MOST + 10, 1)] {
            let session = session();
            at_once(session.insert(TYPED_BY, 1)).unwrap();
            let mut promised = Vec::new();
            for key in (0..forms).map(|key| key.to_string()) {
                let form = Form::fresh("x".repeat(bytes));
                at_once(stash(&session, &key, &form)).unwrap();
                at_once(let_go(&session)).unwrap();
                if at_once(kept_for_owner(&session)) == Some(true) {
                    promised.push(key);
                }
            }
            assert!((1..forms).contains(&promised.len()), "{forms}: {promised:?}");
            for key in promised {
                assert!(at_once(stashed::<String>(&session, &key)).is_some(), "{forms}: {key}");
            }
        }
    }

    #[test]
    fn the_newest_stays_however_large() {
        assert_eq!(too_old(&[of(1, 1), of(2, 10 * BYTES)]), 0);
        assert_eq!(too_old(&[of(1, 10 * BYTES), of(2, 1)]), 1);
    }
}
