//! What a person has sent: seen, changed, withdrawn, the consent to it taken back; and a draft thrown away.

use super::{
    ParticipationPort,
    draft::{draft_of, lines},
    refused, respondent,
};
use crate::{
    entropy::AsRng,
    polls::{
        eligibility,
        notice::{backup_days, severed_on},
        record::Poll,
    },
    statistics::{live, release},
};
use ports::{
    caller::SignedIn,
    failure::Failure,
    views::{
        answers::{FactsView, OwnAnswers, OwnResponse, Stage, Withdrawn},
        polls::Standing,
    },
};
use questionnaire::audience::StoredFacts;
use uuid::Uuid;
use vault::{Error, Stays};

/// Facts that are stored with answers, or will be, with the names that they have.
pub(super) fn facts_view(port: &ParticipationPort, stored: StoredFacts) -> FactsView {
    let known = |code: &&String| port.portal.regions.iter().any(|known| known.code == **code);
    let region = stored.region.as_ref().filter(known);
    FactsView { region: region.map(|code| eligibility::region(&port.portal, code)), stored }
}

/// [`ports::Participation::own`].
pub(super) async fn answers(
    port: &ParticipationPort,
    person: &SignedIn,
    poll: Uuid,
) -> Result<OwnAnswers, Failure> {
    let poll = port.catalogue.public_poll(poll).await?;
    let respondent = respondent(person).await?;
    let card = port.one_card(Some(person), &poll).await?;
    let owner = port.owner(&respondent, poll.id).await?;
    let own = match port.vault.own(&respondent, poll.id).await {
        Err(Error::KeyDestroyed) => None,
        Err(error) => return Err(refused(error)),
        Ok(None) => return Err(Failure::NotFound),
        Ok(Some(own)) => Some(own),
    };
    let response = own.map(|own| {
        let sent = draft_of(&own.answers, &poll.questionnaire);
        OwnResponse {
            lines: lines(&poll.questionnaire, &sent),
            consent: poll.special.filter(|_| own.special_consent),
            received_on: own.received_on,
            changed_on: own.changed_on,
            reference: own.reference,
            draft: card.standing == Standing::Changing,
            facts: facts_view(port, own.facts),
        }
    });
    Ok(OwnAnswers {
        id: poll.id,
        state: card.state,
        stage: stage(port, &poll).await?,
        withheld: card.withheld,
        closes_at: card.closes_at,
        asked: card.asked,
        severed_on: severed_on(&poll, port.platform.zone),
        backup_days: backup_days(&poll, &port.portal),
        live: live::shown(&poll),
        department: card.department,
        title: poll.title.clone(),
        owner,
        response,
    })
}

/// [`ports::Participation::change`].
pub(super) async fn change(
    port: &ParticipationPort,
    person: &SignedIn,
    poll: Uuid,
    owner: &str,
) -> Result<(), Failure> {
    let respondent = respondent(person).await?;
    let poll = port.poll_of_own(&respondent, poll, owner).await?;
    port.takes(person, &poll)?;
    if port.draft(&respondent, poll.id).await?.is_some() {
        // A change that was begun is continued.
        return Ok(());
    }
    let sent = port.response(&respondent, poll.id).await?.ok_or(Failure::NotFound)?;
    // Nothing is changed yet: the first answer that is saved makes a draft of what was sent. Only where other facts go
    // with the answers now is there something to send as they are.
    if sent.facts == person.facts.stored(&poll.plan, port.platform.today()) {
        return Ok(());
    }
    let draft = draft_of(&sent.answers, &poll.questionnaire);
    // Where another was begun at the same moment, that one is continued.
    port.keep(&respondent, poll.id, &draft, None).await?;
    Ok(())
}

/// [`ports::Participation::withdraw`].
pub(super) async fn withdraw(
    port: &ParticipationPort,
    person: &SignedIn,
    poll: Uuid,
    owner: &str,
    told: Stage,
) -> Result<Withdrawn, Failure> {
    let respondent = respondent(person).await?;
    // Whoever is no longer asked may still take back what was sent.
    let poll = port.poll_of_own(&respondent, poll, owner).await?;
    if port.is_open(&poll) {
        // Where nothing is there any more the button was pressed twice.
        port.vault.withdraw(&respondent, poll.id).await.map_err(refused)?;
        return Ok(Withdrawn::Deleted);
    }
    // Answers that can be kept without a consent count from the closing on.
    if poll.special.is_none() {
        return Err(Failure::Closed);
    }
    let (respondent, poll) = (&respondent, poll.id);
    // While a release is made nobody could say whether these answers are in it.
    let undisturbed = port.publisher.undisturbed(poll, move |counted| async move {
        if told < after_closing(counted) {
            // Here, too, the button may have been pressed twice.
            let gone = port.response(respondent, poll).await?.is_none();
            return if gone { Ok(Withdrawn::Deleted) } else { Err(Failure::NotAsTold) };
        }
        let (stays, done) = if counted {
            (Stays::Number, Withdrawn::CutOff)
        } else {
            (Stays::Nothing, Withdrawn::Deleted)
        };
        let mut random = AsRng(&*port.platform.entropy);
        port.vault.revoke(respondent, poll, stays, &mut random).await.map_err(refused)?;
        Ok(done)
    });
    undisturbed.await
}

/// How far a poll is for whoever withdraws. Its state says so a moment later than its release.
async fn stage(port: &ParticipationPort, poll: &Poll) -> Result<Stage, Failure> {
    if port.is_open(poll) {
        return Ok(Stage::Open);
    }
    if poll.special.is_none() {
        return Ok(Stage::Closed);
    }
    let made = release::made(&port.platform.db, vec![poll.id]).await?;
    Ok(after_closing(made.contains_key(&poll.id)))
}

const fn after_closing(counted: bool) -> Stage {
    if counted { Stage::Counted } else { Stage::Closed }
}

/// [`ports::Participation::discard`].
pub(super) async fn discard(
    port: &ParticipationPort,
    person: &SignedIn,
    poll: Uuid,
    owner: &str,
) -> Result<(), Failure> {
    let respondent = respondent(person).await?;
    let poll = match port.poll_of_own(&respondent, poll, owner).await {
        // Without its key nothing of the poll's is anybody's any more.
        Err(Failure::WrongState) => return Ok(()),
        poll => poll?,
    };
    match port.vault.discard_draft(&respondent, poll.id).await {
        Err(Error::KeyDestroyed) => Ok(()),
        discarded => discarded.map_err(refused),
    }
}
