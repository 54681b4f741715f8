//! The questions, one page each: where to go on, what a page shows, and keeping what is typed.

use super::{
    ATTEMPTS, ParticipationPort,
    draft::{first_open, is_blank, to_keep, typed},
    refused, respondent,
};
use crate::polls::record::Poll;
use ports::{
    caller::SignedIn,
    failure::Failure,
    views::take::{Leave, QuestionPage, Saved, Step, Waiting},
};
use questionnaire::{Question, Questionnaire, Typed};
use uuid::Uuid;
use vault::{Draft, Respondent};

/// The index of the question with this number.
fn index_of(questionnaire: &Questionnaire, number: usize) -> Result<usize, Failure> {
    let index = number.checked_sub(1).ok_or(Failure::NotFound)?;
    if index < questionnaire.questions.len() { Ok(index) } else { Err(Failure::NotFound) }
}

/// [`ports::Participation::start`].
pub(super) async fn first(
    port: &ParticipationPort,
    person: &SignedIn,
    poll: Uuid,
) -> Result<Step<()>, Failure> {
    let poll = port.answerable(person, poll).await?;
    let (draft, _) = port.begun(&respondent(person).await?, &poll).await?;
    let first = first_open(&poll.questionnaire, &draft);
    Ok(first.map_or(Step::Check, |index| Step::Question(index + 1)))
}

/// [`ports::Participation::question`].
pub(super) async fn page(
    port: &ParticipationPort,
    person: &SignedIn,
    poll: Uuid,
    number: usize,
    unsaved: Option<Waiting>,
) -> Result<Step<QuestionPage>, Failure> {
    let poll = match port.answerable(person, poll).await {
        Err(Failure::Closed) => return Ok(Step::Poll),
        answerable => answerable?,
    };
    let index = index_of(&poll.questionnaire, number)?;
    let respondent = respondent(person).await?;
    let owner = port.vault.form_owner(&respondent, poll.id).await.map_err(refused)?;
    let question = &poll.questionnaire.questions[index];
    let (draft, unsent) = port.begun(&respondent, &poll).await?;
    let stored = typed(&draft, question);
    // What somebody else typed in this browser is neither shown nor kept.
    let (typed, short) = match unsaved.filter(|waiting| waiting.is_of(&owner)) {
        Some(waiting) => match to_keep(question, waiting.typed.clone()) {
            Ok(typed) => (typed, true),
            Err(_) => (waiting.typed, false),
        },
        None => (stored.clone(), true),
    };
    // What waited is put into the draft where it is not too long, nothing else is lost by that, and no change
    // of what was sent begins: another device may have been here since. Otherwise it is only shown, to be
    // saved or not.
    let nothing_sent = unsent.is_some() || draft.typed.is_empty();
    let unsaved = typed != stored && !(short && nothing_sent && stored == Typed::default());
    if typed != stored && !unsaved {
        put(port, &respondent, &poll, question, Some(&typed), false).await?;
    }
    let seed = port.vault.option_seed(&respondent, poll.id).await.map_err(refused)?;
    Ok(Step::Here(QuestionPage {
        poll: poll.id,
        number,
        count: poll.questionnaire.questions.len(),
        seed,
        error: question.parse(&typed).err(),
        question: question.clone(),
        title: poll.title.clone(),
        typed,
        from_check: false,
        owner,
        unsaved,
    }))
}

/// [`ports::Participation::save`].
pub(super) async fn save(
    port: &ParticipationPort,
    person: &SignedIn,
    poll: Uuid,
    number: usize,
    typed: Typed,
    owner: &str,
    leave: Leave,
) -> Result<Saved, Failure> {
    let respondent = respondent(person).await?;
    // First whose it is: what the poll does not take goes on waiting in this person's session.
    let poll = port.poll_of_own(&respondent, poll, owner).await?;
    port.takes(person, &poll)?;
    let questions = &poll.questionnaire.questions;
    let index = index_of(&poll.questionnaire, number)?;
    let question = &questions[index];
    let typed = match to_keep(question, typed) {
        Ok(typed) => typed,
        Err(error) => return Ok(Saved::TooLong(error)),
    };
    let parsed = question.parse(&typed);
    // Whoever leaves a question open until another time has not passed it.
    let left_open = leave == Leave::Later && parsed == Ok(None);
    // Another window may have kept words since the page was shown: nobody saw them go.
    let spare = leave == Leave::Past && question.kind.is_written() && is_blank(question, &typed);
    put(port, &respondent, &poll, question, (!left_open).then_some(&typed), spare).await?;
    let next = questions.get(index + 1);
    Ok(match parsed {
        Ok(_) => Saved::Valid(next.map(|_| number + 1)),
        Err(error) => Saved::Invalid(error),
    })
}

/// Whether this is the answer that was sent: then nothing is changed, and no change begins. Where nothing was sent,
/// the draft that is made of it says nothing of the question.
fn is_as_sent(question: &Question, sent: &Draft, entry: Option<&Typed>) -> bool {
    let answer = question.parse(&entry.cloned().unwrap_or_default());
    let sent = sent.typed.get(&question.code);
    answer.is_ok() && sent.is_some_and(|sent| question.parse(sent) == answer)
}

/// Puts what was typed for a question into the draft. `None`: as if it had not been asked yet. What is there
/// already stays where it is to be spared.
async fn put(
    port: &ParticipationPort,
    who: &Respondent,
    poll: &Poll,
    question: &Question,
    entry: Option<&Typed>,
    spare: bool,
) -> Result<(), Failure> {
    for _ in 0..ATTEMPTS {
        let (mut draft, unsent) = port.begun(who, poll).await?;
        if spare && !is_blank(question, &typed(&draft, question)) {
            return Ok(());
        }
        if unsent.is_none() && is_as_sent(question, &draft, entry) {
            return Ok(());
        }
        match entry.cloned() {
            Some(entry) => draft.typed.insert(question.code.clone(), entry),
            None => draft.typed.remove(&question.code),
        };
        if port.keep(who, poll.id, &draft, unsent.as_ref()).await? {
            return Ok(());
        }
    }
    Err(Failure::Busy)
}
