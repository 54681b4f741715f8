//! The check of all answers, sending them, and the receipt.
//!
//! Only what a page showed is sent, by the person to whom it showed it, and once: the form brings back
//! a mark of that (`version`), and the draft itself where it is short (`draft`).

use super::{
    ATTEMPTS, ParticipationPort,
    draft::{answers_of, draft_of, lines, settled},
    refused, respondent,
};
use crate::{entropy::AsRng, polls::record::Poll};
use ports::{
    caller::SignedIn,
    failure::Failure,
    views::{
        polls::Standing,
        take::{CheckPage, Receipt, SendForm, Sent, Step},
    },
};
use questionnaire::Answers;
use uuid::Uuid;
use vault::{Draft, Error, Respondent, Submission, Unsent};

/// The answers of a draft that is to be sent, or that they are not complete.
fn to_send(poll: &Poll, unsent: &Unsent) -> Result<Answers, Sent> {
    answers_of(&poll.questionnaire, &unsent.draft).map_err(|index| Sent::Unanswered(index + 1))
}

/// Whether sending would change nothing of what the person has sent already. Facts that go with the answers may have
/// become known, or have changed, since: whoever begins a change then may send the same answers with them.
async fn is_sent(
    port: &ParticipationPort,
    person: &SignedIn,
    who: &Respondent,
    poll: &Poll,
    (draft, unsent): (&Draft, Option<&Unsent>),
) -> Result<bool, Failure> {
    let sent = port.response(who, poll.id).await?;
    let settled = settled(draft, &poll.questionnaire);
    let facts = person.facts.stored(&poll.plan, port.platform.today());
    Ok(sent.is_some_and(|sent| {
        let same_facts = unsent.is_none() || sent.facts == facts;
        same_facts && settled == draft_of(&sent.answers, &poll.questionnaire)
    }))
}

/// [`ports::Participation::check`].
pub(super) async fn check(
    port: &ParticipationPort,
    person: &SignedIn,
    poll: Uuid,
) -> Result<Step<CheckPage>, Failure> {
    let poll = match port.answerable(person, poll).await {
        Err(Failure::Closed) => return Ok(Step::Poll),
        answerable => answerable?,
    };
    let respondent = respondent(person).await?;
    let card = port.one_card(Some(person), &poll).await?;
    if card.standing == Standing::NotBegun {
        return Ok(Step::Question(1));
    }
    let (draft, unsent) = port.begun(&respondent, &poll).await?;
    let version = port.version(&respondent, &poll, &draft).await?;
    let replaces = matches!(card.standing, Standing::Answered | Standing::Changing);
    let begun = (&draft, unsent.as_ref());
    // Whoever heard nothing of what they sent comes here: it is acknowledged by a commit, not by reading it.
    let unchanged = replaces
        && is_sent(port, person, &respondent, &poll, begun).await?
        && port.vault.settle(&respondent, poll.id).await.map_err(refused)?;
    Ok(Step::Here(CheckPage {
        poll: poll.id,
        lines: lines(&poll.questionnaire, &draft),
        special: poll.special,
        replaces,
        unchanged,
        draft_kept: unsent.is_some(),
        closes_at: card.closes_at,
        department: card.department,
        title: poll.title.clone(),
        consent_missing: false,
        version,
        draft: unsent.as_ref().map(Unsent::to_carry).unwrap_or_default(),
        outdated: false,
    }))
}

/// [`ports::Participation::send`].
pub(super) async fn send(
    port: &ParticipationPort,
    person: &SignedIn,
    poll: Uuid,
    form: &SendForm,
) -> Result<Sent, Failure> {
    let poll = port.answerable(person, poll).await?;
    let respondent = respondent(person).await?;
    // What the form carries is what its page showed. It is sent unless it is outdated, and
    // only the vault knows, which is asked in any case.
    let carried = port.vault.carried(&respondent, poll.id, &form.draft).await;
    if let Some(unsent) = carried.map_err(refused)? {
        let answers = match to_send(&poll, &unsent) {
            Ok(answers) => answers,
            Err(not_sent) => return Ok(not_sent),
        };
        let draft = (&unsent, &answers);
        let sent = send_answers(port, person, &respondent, &poll, form.consent, draft).await?;
        if let Some(sent) = sent {
            return Ok(sent);
        }
    }
    for _ in 0..ATTEMPTS {
        let sent = send_stored(port, person, &respondent, &poll, form).await?;
        if let Some(sent) = sent {
            return Ok(sent);
        }
    }
    Err(Failure::Busy)
}

/// Sends what the person typed, if it is what the page with this version showed. `None`: while
/// it was sent it became another draft, or none.
async fn send_stored(
    port: &ParticipationPort,
    person: &SignedIn,
    respondent: &Respondent,
    poll: &Poll,
    form: &SendForm,
) -> Result<Option<Sent>, Failure> {
    let Some(unsent) = port.unsent(respondent, poll.id).await? else {
        let Some(sent) = port.response(respondent, poll.id).await? else {
            return Err(Failure::NothingToSend);
        };
        // The button was pressed twice, or the other device was first: it is in already. Or
        // something else is, and to that this page's answers are not to be acknowledged.
        let stored = draft_of(&sent.answers, &poll.questionnaire);
        let same = form.version == port.version(respondent, poll, &stored).await?;
        if !same {
            return Ok(Some(Sent::Outdated));
        }
        // Not there any more: it was withdrawn, or another database has taken over that never had it.
        let settled = port.vault.settle(respondent, poll.id).await.map_err(refused)?;
        return Ok(settled.then_some(Sent::Stored));
    };
    let answers = match to_send(poll, &unsent) {
        Ok(answers) => answers,
        Err(not_sent) => return Ok(Some(not_sent)),
    };
    // Only what the person saw is sent, and a form that comes a second time, by a reload or a
    // browser that tries again, sends nothing else.
    if form.version != port.version(respondent, poll, &unsent.draft).await? {
        return Ok(Some(Sent::Outdated));
    }
    send_answers(port, person, respondent, poll, form.consent, (&unsent, &answers)).await
}

/// Sends the answers of a draft. `None`: it is not what the person has typed and not sent any
/// more.
async fn send_answers(
    port: &ParticipationPort,
    person: &SignedIn,
    respondent: &Respondent,
    poll: &Poll,
    consent: bool,
    (unsent, answers): (&Unsent, &Answers),
) -> Result<Option<Sent>, Failure> {
    if poll.special.is_some() && !consent {
        return Ok(Some(Sent::ConsentMissing));
    }
    let today = port.platform.today();
    let submission = Submission {
        questionnaire: &poll.questionnaire,
        answers,
        facts: person.facts.stored(&poll.plan, today),
        special_consent: poll.special.is_some(),
        unsent: Some(unsent),
    };
    let mut rng = AsRng(&*port.platform.entropy);
    match port.vault.submit(respondent, poll.id, submission, today, &mut rng).await {
        Err(Error::Overtaken) => Ok(None),
        sent => sent.map(|_| Some(Sent::Stored)).map_err(refused),
    }
}

/// [`ports::Participation::receipt`].
pub(super) async fn receipt(
    port: &ParticipationPort,
    person: &SignedIn,
    poll: Uuid,
) -> Result<Step<Receipt>, Failure> {
    let poll = port.catalogue.public_poll(poll).await?;
    let Some(sent) = port.response(&respondent(person).await?, poll.id).await? else {
        return Ok(Step::Poll);
    };
    let closes_at = poll.closed_at.or(poll.closes_at);
    Ok(Step::Here(Receipt {
        poll: poll.id,
        reference: sent.reference,
        changed: sent.changed_on.is_some(),
        closes_at: closes_at.map(|at| port.platform.zone.deadline(at)),
        open: port.is_open(&poll),
        free_text: poll.questionnaire.has_free_text(),
        title: poll.title.clone(),
    }))
}
