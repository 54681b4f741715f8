//! Forms: show, post, show again with what was typed and what is wrong with it.
//!
//! A form is a plain POST to a server function, which ends in a redirect ([`finish`]). When something
//! is wrong, typed values and faults wait in the session ([`stash`]), and the form's page, opened with
//! `?again`, shows them with status 422 ([`refused`]). Nothing of it stands in an address, where it
//! could be forged.

mod chosen;
mod fault;
mod flash;
mod post;
mod waiting;

pub use chosen::{chosen, forget_chosen, keep_chosen};
pub use fault::{Fault, FieldFault, FilePart};
pub use flash::{Done, Flash, flash, take_flash};
pub use post::{
    Outcome, Post, Stop, again, finish, keep_typed, open_again, posted, posted_form, posted_led,
    posted_to_nothing, see_other, session,
};
pub use waiting::{
    TYPED_BY, WAITING, forget, forget_all, give_up, kept_for_owner, let_go, refused, stash,
    stashed, stashed_all, with_room,
};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use tower_sessions::{session, session_store};

/// For the log, that the session could not keep something: the store's words, but those of what it
/// encodes and decodes can quote what people typed. (The vault's `Error` is made of one likewise.)
fn not_kept(error: &session::Error) -> String {
    let why = match error {
        session::Error::Store(session_store::Error::Backend(words)) => words,
        session::Error::Store(session_store::Error::Encode(_)) => "it does not encode",
        session::Error::Store(session_store::Error::Decode(_)) => "it does not decode",
        session::Error::SerdeJson(_) => "what is in it is of another form",
    };
    format!("keeping something in a session: {why}")
}

/// The faults that this version knows. A form that a newer one kept has others: the words typed in it are kept all
/// the same.
fn known<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<FieldFault>, D::Error> {
    let all = Vec::<Value>::deserialize(from)?;
    Ok(all.into_iter().filter_map(|fault| serde_json::from_value(fault).ok()).collect())
}

/// A form as its page shows it: what is in the fields, and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Form<T> {
    /// The fields as typed, or as stored where nothing was typed yet.
    pub typed: T,
    /// What is wrong; empty at first sight.
    #[serde(deserialize_with = "known")]
    pub faults: Vec<FieldFault>,
    /// The revision of what is changed by it that it was filled in on, where there are revisions:
    /// shown again, it is still filled in on that one.
    #[serde(default)]
    pub seen: Option<i32>,
    /// Whether it came when there was nothing any more that could take it: its page says that what
    /// is in the fields is not saved.
    #[serde(default)]
    pub unsaved: bool,
    /// Whether somebody else changed the same thing before it came: its page says what is stored now,
    /// too.
    #[serde(default)]
    pub overtaken: bool,
}

impl<T> Form<T> {
    /// A form nobody has sent yet.
    pub const fn fresh(typed: T) -> Self {
        Self { typed, faults: Vec::new(), seen: None, unsaved: false, overtaken: false }
    }

    /// The attribute `data-typed` of a form that came back: what is in its fields was typed and is not saved, of
    /// which whoever leaves its page is reminded (`islands::unsent`). Nothing otherwise.
    #[must_use]
    pub const fn typed_mark(&self) -> Option<&'static str> {
        let came_back =
            !self.faults.is_empty() || self.seen.is_some() || self.unsaved || self.overtaken;
        if came_back { Some("") } else { None }
    }

    /// What is wrong, apart from what was typed.
    #[must_use]
    pub fn only_faults(&self) -> Form<()> {
        let Self { faults, seen, unsaved, overtaken, .. } = self;
        let faults = faults.clone();
        Form { typed: (), faults, seen: *seen, unsaved: *unsaved, overtaken: *overtaken }
    }

    /// What is wrong with `field`.
    pub fn fault(&self, field: &str) -> Option<&Fault> {
        self.faults.iter().find(|fault| fault.field == field).map(|fault| &fault.fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_typed_is_kept_beside_a_fault_of_a_newer_version() {
        let form = json!({
            "typed": "words",
            "faults": [
                { "field": "title", "fault": { "fault": "of_tomorrow" } },
                { "field": "purpose", "fault": { "fault": "required" } },
            ],
        });
        let form: Form<String> = serde_json::from_value(form).unwrap();
        assert_eq!(form.typed, "words");
        assert_eq!(form.faults, [FieldFault::new("purpose", Fault::Required)]);
    }
}
