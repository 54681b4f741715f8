//! Live results: what is shown of a poll while it is open.
//!
//! It reads stored batches and asks the vault to draw them; it counts nothing. The figures carry
//! noise and are of responses that came some time ago, so no page may present them as the result,
//! and a breakdown of them does not exist.

use crate::{
    entropy::AsRng, error::while_, operation::traces::TRACED, platform::Platform,
    polls::record::Poll,
};
use ports::{failure::Failure, states::State};
use vault::{LiveResults, Vault};

/// Whether live results of the poll are shown while it is open, for its privacy notice: not for a
/// special category, and not where there is nothing to choose from.
#[must_use]
pub fn shown(poll: &Poll) -> bool {
    poll.special.is_none() && poll.questionnaire.is_counted()
}

/// The live results of an open poll: how many batches there were, how many responses are in them
/// at least (in full tens), and each option's total, with noise and never below zero. `None` where
/// none are shown, and as soon as the poll is closed: then the release speaks.
///
/// # Errors
/// When the vault cannot be read.
pub async fn results(vault: &Vault, poll: &Poll) -> Result<Option<LiveResults>, Failure> {
    if poll.state != State::Open || !shown(poll) {
        return Ok(None);
    }
    vault.live_results(poll.id).await.map(Some).map_err(while_("reading live results"))
}

/// Draws the poll's next batch, if one is due. Gives whether this call stored one.
///
/// # Errors
/// When the vault fails. It can be called again, also by several servers at once.
#[tracing::instrument(target = TRACED, name = "draw a live batch", skip_all)]
pub async fn draw(platform: &Platform, vault: &Vault, poll: &Poll) -> Result<bool, Failure> {
    if poll.state != State::Open || !shown(poll) {
        return Ok(false);
    }
    vault
        .draw_live_batch(poll.id, &poll.questionnaire, &mut AsRng(&*platform.entropy))
        .await
        .map_err(while_("drawing a live batch"))
}
