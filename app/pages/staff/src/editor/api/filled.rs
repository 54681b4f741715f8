//! Forms of the editor that wait in the session, and how a page finds its own.

use super::id;
use crate::editor::{
    form::key,
    view::{Filled, Settings},
};
use ports::{
    caller::signed_in,
    failure::Failure,
    forms::{Form, Post, forget, open_again, refused, stash, stashed},
    ports,
    states::State,
};
use serde::{Serialize, de::DeserializeOwned};

/// The name under which a form waits that came when the poll had no such form any more. It is shown
/// as soon as the poll has it again, to whoever opens its page, who is told that it is not saved.
pub(super) fn held(key: &str) -> String {
    format!("{key}:held")
}

/// A part of a poll with its form, as typed before or as stored. Only a draft has such forms.
pub(super) async fn filled<F>(
    poll: &str,
    part: &str,
    of: impl FnOnce(&Settings) -> F + Send,
) -> Result<Filled<F>, Failure>
where
    F: PartialEq + Serialize + DeserializeOwned + Send + Sync,
{
    filled_in(poll, part, State::editable, of).await
}

/// As [`filled`], in the states in which there is such a form.
pub(super) async fn filled_in<F>(
    poll: &str,
    part: &str,
    has_it: impl FnOnce(State) -> bool + Send,
    of: impl FnOnce(&Settings) -> F + Send,
) -> Result<Filled<F>, Failure>
where
    F: PartialEq + Serialize + DeserializeOwned + Send + Sync,
{
    let ports = ports();
    let person = signed_in()?;
    let post = Post::current();
    let key = key(part, poll);
    let mut form = refused(&key).await;
    let mut settings = ports.authoring.settings(&person, id(poll)?).await?;
    if !has_it(settings.state) {
        return Err(Failure::WrongState);
    }
    let held = held(&key);
    if form.is_none()
        && let Some(late) = stashed::<F>(&post.session, &held).await
    {
        // From here on it waits as any other, so that whoever gives it up finds what is stored.
        stash(&post.session, &key, &late).await?;
        forget(&post.session, &held).await;
        open_again(&post);
        form = Some(late);
    }
    if let Some(form) = &form {
        if let Some(seen) = form.seen {
            settings.revision = seen;
        } else {
            // From here on this is the revision that the person knows of.
            let (unsaved, overtaken) = (form.unsaved, form.overtaken);
            let seen = Some(settings.revision);
            let form = Form { seen, unsaved, overtaken, ..Form::fresh(&form.typed) };
            stash(&post.session, &key, &form).await?;
        }
    }
    let stored = of(&settings);
    let late = |form: &Form<F>| (form.overtaken || form.unsaved) && form.faults.is_empty();
    let differs = form.as_ref().is_some_and(|form| late(form) && form.typed != stored);
    let form = form.unwrap_or_else(|| Form::fresh(stored));
    // The form alone has what the poll says in a language that it lost.
    Ok(Filled { settings: settings.as_asked(), form, differs })
}
