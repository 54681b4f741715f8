//! What was ended at the provider, for those who are signing in at that moment.
//!
//! A logout token ends the sessions that are stored ([`super::backchannel`]). Whoever is still at the
//! provider, or just coming back from it, has none yet, and theirs would go on. So it is noted, too, what
//! ended, and a sign-in that began before that is not completed ([`super::callback`]). Of the two each
//! writes first and looks afterwards:
//!
//! | the logout token | the callback |
//! | --- | --- |
//! | its note is written and committed | the session is written and committed |
//! | then sessions are looked for, and ended | then notes are looked for, and the session is ended |
//!
//! Whichever of them is the later to write sees, when it looks, what the other has written, whatever the
//! database and the number of servers. That is why the note is no part of the transaction that ends the
//! sessions: on PostgreSQL nobody would see it before that has looked for them.
//!
//! A note is a row of the table of logout tokens, under a name in place of a token's id, and goes as they
//! do. No provider can give a token such a name: it takes the portal's key to make one.
//!
//! What it must never do: note in clear who or which session it was, or be part of a longer transaction.

use super::{Identity, start::PATIENCE};
use crate::{error::while_, store::logout_token};
use chrono::{DateTime, TimeDelta};
use ports::failure::Failure;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _, sea_query::OnConflict,
};

/// For how long it is noted: longer than anybody is signing in.
const NOTED: TimeDelta = TimeDelta::seconds(2 * PATIENCE);

impl Identity {
    /// Notes that what the provider knows by this has ended just now.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(super) async fn note_end(
        &self,
        sub: Option<&str>,
        sid: Option<&str>,
    ) -> Result<(), Failure> {
        let note = logout_token::ActiveModel {
            jti: Set(self.subjects.end(self.provider.settings().issuer_id(), sub, sid)),
            expires_at: Set(self.platform.now() + NOTED),
        };
        logout_token::Entity::insert(note)
            .on_conflict(
                OnConflict::column(logout_token::Column::Jti)
                    .update_column(logout_token::Column::ExpiresAt)
                    .to_owned(),
            )
            .exec_without_returning(&self.platform.writer)
            .await
            .map_err(while_("noting what ended at the provider"))?;
        Ok(())
    }

    /// The names of all ends that concern a sign-in.
    pub(super) fn ends(&self, sub: &str, sid: Option<&str>) -> Vec<String> {
        let end = |sub, sid| self.subjects.end(self.provider.settings().issuer_id(), sub, sid);
        let mut ends = vec![end(Some(sub), None)];
        if sid.is_some() {
            ends.extend([end(None, sid), end(Some(sub), sid)]);
        }
        ends
    }

    /// Whether one of these ends came since a sign-in began, in seconds since 1970.
    ///
    /// Both moments are the portal's. The provider's clock may be another one, and its ID token is as old as
    /// the exchange of the code, though the person may have been known there, and signed out again, at any
    /// moment since the sign-in began. One that begins after the end is completed, whatever the tokens say.
    /// One that began before it, or in the same second, and was let in by the provider after it all the same,
    /// has to be tried once more. By as much as two servers' clocks differ
    /// ([`MOST_SKEW`](crate::clock::MOST_SKEW)) it is taken for earlier or later than it was.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) async fn has_ended(&self, ends: &[String], began: i64) -> Result<bool, Failure> {
        let began = DateTime::from_timestamp(began, 0)
            .ok_or_else(|| Failure::internal("a sign-in that began at no time"))?;
        let noted = logout_token::Entity::find()
            .filter(logout_token::Column::Jti.is_in(ends.iter().map(String::as_str)))
            .filter(logout_token::Column::ExpiresAt.gte(began + NOTED))
            .one(&self.platform.db)
            .await
            .map_err(while_("asking what ended at the provider"))?;
        Ok(noted.is_some())
    }
}
