//! Words that have no form any more, or none at present.

use ports::{
    caller::signed_in,
    failure::Failure,
    forms::{Form, Post, stashed},
};

/// The name under which the newest of them wait in the session.
pub(super) const LOST: &str = "editor-lost";

/// Bytes that are kept at most: whoever has no role may send such a form, too, and it is part of their session.
const MOST: usize = 128 * 1024;

/// Those texts, from the first on, for which there is room.
pub(super) fn kept(mut written: Vec<String>) -> Vec<String> {
    let mut room = MOST;
    written.retain(|words| {
        let left = room.checked_sub(words.len());
        room = left.unwrap_or(room);
        left.is_some()
    });
    written
}

/// The words that were sent last by a form for which there is no place any more; unsaved where there is none at
/// present.
///
/// # Errors
/// [`Failure::SignedOut`]; [`Failure::NotFound`] where there are none.
pub async fn read_lost() -> Result<Form<Vec<String>>, Failure> {
    let session = Post::current().session;
    signed_in()?;
    stashed(&session, LOST).await.ok_or(Failure::NotFound)
}

#[cfg(test)]
mod tests {
    use super::{MOST, kept};

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let short = || "Why?".to_owned();
        assert_eq!(kept(vec!["a".repeat(MOST + 1), short()]), [short()]);
        let many = vec!["я".repeat(1000); 1000];
        assert_eq!(kept(many).iter().map(String::len).sum::<usize>(), MOST / 2000 * 2000);
    }
}
