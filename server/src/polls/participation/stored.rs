//! What the vault has of a person in one poll: read, and kept, in that person's own name. Once the
//! poll's key is destroyed, and nobody can tell any more whose is whose, there is nothing to read.

use super::{
    ParticipationPort,
    draft::{draft_of, settled},
    refused,
};
use crate::{entropy::AsRng, polls::record::Poll};
use ports::failure::Failure;
use uuid::Uuid;
use vault::{Draft, Error, Respondent, Unsent};

impl ParticipationPort {
    /// What the person typed and did not send.
    pub(super) async fn unsent(
        &self,
        respondent: &Respondent,
        poll: Uuid,
    ) -> Result<Option<Unsent>, Failure> {
        match self.vault.unsent(respondent, poll).await {
            Err(Error::KeyDestroyed) => Ok(None),
            unsent => unsent.map_err(refused),
        }
    }

    /// As [`Self::unsent`], to be read.
    pub(super) async fn draft(
        &self,
        respondent: &Respondent,
        poll: Uuid,
    ) -> Result<Option<Draft>, Failure> {
        Ok(self.unsent(respondent, poll).await?.map(|unsent| unsent.draft))
    }

    /// What the person sent; nothing, too, once nobody can tell any more whose is whose.
    pub(super) async fn response(
        &self,
        respondent: &Respondent,
        poll: Uuid,
    ) -> Result<Option<vault::OwnResponse>, Failure> {
        match self.vault.own(respondent, poll).await {
            Err(Error::KeyDestroyed) => Ok(None),
            response => response.map_err(refused),
        }
    }

    /// The draft to go on with: what was typed, or else what was sent. And what was typed, as it is
    /// stored.
    pub(super) async fn begun(
        &self,
        respondent: &Respondent,
        poll: &Poll,
    ) -> Result<(Draft, Option<Unsent>), Failure> {
        let unsent = self.unsent(respondent, poll.id).await?;
        let draft = match &unsent {
            Some(unsent) => unsent.draft.clone(),
            None => self.draft_of_sent(respondent, poll).await?,
        };
        Ok((draft, unsent))
    }

    /// What was sent as a draft to go on with, empty where nothing was.
    async fn draft_of_sent(&self, respondent: &Respondent, poll: &Poll) -> Result<Draft, Failure> {
        let sent = self.response(respondent, poll.id).await?;
        Ok(sent.map(|sent| draft_of(&sent.answers, &poll.questionnaire)).unwrap_or_default())
    }

    /// What a page shows of a draft, and whose.
    pub(super) async fn version(
        &self,
        who: &Respondent,
        poll: &Poll,
        draft: &Draft,
    ) -> Result<String, Failure> {
        let settled = settled(draft, &poll.questionnaire);
        self.vault.draft_version(who, poll.id, &settled).await.map_err(refused)
    }

    /// Keeps a draft in place of the one that it was made of. `false`: that is not there any more.
    pub(super) async fn keep(
        &self,
        who: &Respondent,
        poll: Uuid,
        draft: &Draft,
        made_of: Option<&Unsent>,
    ) -> Result<bool, Failure> {
        let (today, mut rng) = (self.platform.today(), AsRng(&*self.platform.entropy));
        match self.vault.save_draft(who, poll, draft, made_of, today, &mut rng).await {
            Err(Error::Overtaken) => Ok(false),
            kept => kept.map(|()| true).map_err(refused),
        }
    }
}
