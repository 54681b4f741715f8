//! The check of all answers, sending them, and the receipt.
//!
//! Only what a page showed is sent, by the person to whom it showed it, and once: the form brings back
//! a mark of that (`version`), the draft itself where it is short (`draft`), and the facts that the page named (`facts`).

use super::{
    ATTEMPTS, ParticipationPort,
    draft::{answers_of, draft_of, lines, settled},
    own::facts_view,
    refused, respondent,
};
use crate::{entropy::AsRng, polls::record::Poll};
use ports::{
    caller::SignedIn,
    failure::Failure,
    views::{
        polls::Standing,
        take::{CheckPage, Receipt, SendForm, Sent, Step, facts_shown},
    },
};
use questionnaire::{Answers, audience::StoredFacts};
use uuid::Uuid;
use vault::{Draft, Error, OwnResponse, Respondent, Submission, Unsent};

/// The answers of a draft that is to be sent, or that they are not complete.
fn to_send(poll: &Poll, unsent: &Unsent) -> Result<Answers, Sent> {
    answers_of(&poll.questionnaire, &unsent.draft).map_err(|index| Sent::Unanswered(index + 1))
}

/// Whether sending a draft with these facts would change nothing of what the person has sent already.
fn is_sent(sent: &OwnResponse, poll: &Poll, draft: &Draft, facts: &StoredFacts) -> bool {
    sent.facts == *facts
        && settled(draft, &poll.questionnaire) == draft_of(&sent.answers, &poll.questionnaire)
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
    let sent = if replaces { port.response(&respondent, poll.id).await? } else { None };
    // Facts may have become known, or have changed, since: whoever begins a change then may send the same answers
    // with them. Without a draft the page shows what was sent, as it was.
    let facts = match (&unsent, &sent) {
        (None, Some(sent)) => sent.facts.clone(),
        _ => person.facts.stored(&poll.plan, port.platform.today()),
    };
    // Whoever heard nothing of what they sent comes here: it is acknowledged by a commit, not by reading it.
    let unchanged = sent.is_some_and(|sent| is_sent(&sent, &poll, &draft, &facts))
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
        facts: facts_view(port, facts),
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
        // With other facts than the page named it is not sent, but may be in with those that it did name.
        let sent = send_answers(port, person, &respondent, &poll, form, draft).await?;
        if let Some(sent) = sent.filter(|sent| *sent != Sent::Outdated) {
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
        if !same || !names(form, &sent.facts) {
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
    send_answers(port, person, respondent, poll, form, (&unsent, &answers)).await
}

/// Whether these are the facts that the form's page named. A page of the version before named none.
fn names(form: &SendForm, facts: &StoredFacts) -> bool {
    form.facts.is_empty() || form.facts == facts_shown(facts)
}

/// Sends the answers of a draft. `None`: it is not what the person has typed and not sent any
/// more.
async fn send_answers(
    port: &ParticipationPort,
    person: &SignedIn,
    respondent: &Respondent,
    poll: &Poll,
    form: &SendForm,
    (unsent, answers): (&Unsent, &Answers),
) -> Result<Option<Sent>, Failure> {
    if poll.special.is_some() && !form.consent {
        return Ok(Some(Sent::ConsentMissing));
    }
    let today = port.platform.today();
    let facts = person.facts.stored(&poll.plan, today);
    // A fact may have become known in another window, been taken back, or begun to hold, on a birthday for instance.
    if !names(form, &facts) {
        return Ok(Some(Sent::Outdated));
    }
    let submission = Submission {
        questionnaire: &poll.questionnaire,
        answers,
        facts,
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
        closes_at: closes_at.map(|at| port.platform.zone.zoned(at)),
        open: port.is_open(&poll),
        free_text: poll.questionnaire.has_free_text(),
        title: poll.title.clone(),
    }))
}
