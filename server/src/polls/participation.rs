//! Taking part: the port behind the pages.
//!
//! It decides who may answer and when, and leaves keeping the answers to the vault, which it asks
//! in the person's own name only ([`Respondent`]). It never looks at anybody else's answers, and
//! it never logs what was typed.

use super::{
    catalogue::{self, Catalogue},
    eligibility::{self, audience_view, needs},
    notice::{self, severed_on},
    record::Poll,
};
use crate::{
    entropy::AsRng,
    error::{internal, while_},
    platform::Platform,
    statistics::live,
};
use async_trait::async_trait;
use ports::{
    Participation, Portal,
    caller::SignedIn,
    failure::Failure,
    states::State,
    views::{
        answers::{FactsView, Line, OwnAnswers, OwnResponse},
        polls::{PollCard, PollList, PollPage, Standing, Tab},
        take::{CheckPage, QuestionPage, Receipt, Saved, SendForm, Sent, Step},
    },
};
use questionnaire::{Answers, Question, Questionnaire, Typed};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use uuid::Uuid;
use vault::{Draft, Error, Respondent, Submission, Unsent, Vault};

/// Finding polls and taking part: the port behind the pages.
pub struct ParticipationPort {
    platform: Platform,
    vault: Arc<Vault>,
    catalogue: Catalogue,
    portal: Arc<Portal>,
}

/// How often a draft is read and changed, or sent: once, and again if another window changed it
/// meanwhile.
const ATTEMPTS: usize = 3;

/// What the vault says, as the pages need it.
fn refused(error: Error) -> Failure {
    match error {
        Error::NotOpen | Error::KeyDestroyed => Failure::WrongState,
        Error::Busy => Failure::Busy,
        error => internal(error),
    }
}

async fn respondent(person: &SignedIn) -> Result<Respondent, Failure> {
    let respondent = Respondent::from_session(&person.session).await;
    respondent.map_err(while_("reading a session"))?.ok_or(Failure::SignedOut)
}

/// What was typed for a question, empty where nothing was.
fn typed(draft: &Draft, question: &Question) -> Typed {
    draft.typed.get(&question.code).cloned().unwrap_or_default()
}

fn line((index, question): (usize, &Question), typed: Typed) -> Line {
    let error = question.parse(&typed).err();
    Line { number: index + 1, question: question.clone(), typed, error }
}

fn lines(questionnaire: &Questionnaire, draft: &Draft) -> Vec<Line> {
    let questions = questionnaire.questions.iter().enumerate();
    questions.map(|numbered| line(numbered, typed(draft, numbered.1))).collect()
}

/// The draft that shows answers as they were sent.
fn draft_of(answers: &Answers, questionnaire: &Questionnaire) -> Draft {
    let typed = |question: &Question| {
        let typed = answers.get(&question.code).map(Typed::from_answer).unwrap_or_default();
        (question.code.clone(), typed)
    };
    Draft { typed: questionnaire.questions.iter().map(typed).collect(), position: None }
}

/// A draft as it will be shown once it is sent: what was typed in another way than it is shown, a
/// number with spaces around it for instance, is the same answer.
fn settled(draft: &Draft, questionnaire: &Questionnaire) -> Draft {
    let settle = |question: &Question| {
        let typed = typed(draft, question);
        let typed = match question.parse(&typed) {
            Ok(answer) => answer.as_ref().map(Typed::from_answer).unwrap_or_default(),
            Err(_) => typed,
        };
        (question.code.clone(), typed)
    };
    Draft { typed: questionnaire.questions.iter().map(settle).collect(), position: None }
}

/// The index of the first question that was never passed, or whose answer is not valid.
fn first_open(questionnaire: &Questionnaire, draft: &Draft) -> Option<usize> {
    questionnaire.questions.iter().position(|question| {
        draft.typed.get(&question.code).is_none_or(|typed| question.parse(typed).is_err())
    })
}

/// The answers that a draft comes to.
///
/// # Errors
/// The index of the first question that is not answered validly.
fn answers_of(questionnaire: &Questionnaire, draft: &Draft) -> Result<Answers, usize> {
    let mut answers = BTreeMap::new();
    for (index, question) in questionnaire.questions.iter().enumerate() {
        if let Some(answer) = question.parse(&typed(draft, question)).map_err(|_| index)? {
            answers.insert(question.code.clone(), answer);
        }
    }
    Ok(answers)
}

/// The answers of a draft that is to be sent, or that they are not complete.
fn to_send(poll: &Poll, unsent: &Unsent) -> Result<Answers, Sent> {
    answers_of(&poll.questionnaire, &unsent.draft).map_err(|index| Sent::Unanswered(index + 1))
}

/// The index of the question with this number.
fn index_of(questionnaire: &Questionnaire, number: usize) -> Result<usize, Failure> {
    let index = number.checked_sub(1).ok_or(Failure::NotFound)?;
    if index < questionnaire.questions.len() { Ok(index) } else { Err(Failure::NotFound) }
}

impl ParticipationPort {
    /// The port on its parts.
    #[must_use]
    pub const fn new(
        platform: Platform,
        vault: Arc<Vault>,
        catalogue: Catalogue,
        portal: Arc<Portal>,
    ) -> Self {
        Self { platform, vault, catalogue, portal }
    }

    fn is_open(&self, poll: &Poll) -> bool {
        poll.takes_answers(self.platform.now())
    }

    /// A public poll that takes answers from this person.
    async fn answerable(&self, person: &SignedIn, id: Uuid) -> Result<Arc<Poll>, Failure> {
        let poll = self.catalogue.public_poll(id).await?;
        if !self.is_open(&poll) {
            return Err(Failure::WrongState);
        }
        self.asks(person, &poll)?;
        Ok(poll)
    }

    /// That this person is one of those whom a poll asks, as far as is known of them.
    fn asks(&self, person: &SignedIn, poll: &Poll) -> Result<(), Failure> {
        let admitted = poll.audience.admits(&person.facts, self.platform.today());
        admitted.map_err(|_| Failure::NotEligible)?;
        // Whoever can open several accounts could answer several times.
        if person.assured { Ok(()) } else { Err(Failure::NotAssured) }
    }

    /// What the person typed and did not send.
    async fn unsent(&self, respondent: &Respondent, poll: Uuid) -> Result<Option<Unsent>, Failure> {
        match self.vault.unsent(respondent, poll).await {
            Err(Error::KeyDestroyed) => Ok(None),
            unsent => unsent.map_err(refused),
        }
    }

    /// As [`Self::unsent`], to be read.
    async fn draft(&self, respondent: &Respondent, poll: Uuid) -> Result<Option<Draft>, Failure> {
        Ok(self.unsent(respondent, poll).await?.map(|unsent| unsent.draft))
    }

    /// What the person sent; nothing, too, once nobody can tell any more whose is whose.
    async fn response(
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
    async fn begun(
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
    async fn version(
        &self,
        who: &Respondent,
        poll: &Poll,
        draft: &Draft,
    ) -> Result<String, Failure> {
        let settled = settled(draft, &poll.questionnaire);
        self.vault.draft_version(who, poll.id, &settled).await.map_err(refused)
    }

    /// Keeps a draft in place of the one that it was made of. `false`: that is not there any more.
    async fn keep(
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

    /// Puts what was typed for a question into the draft, and with which question to go on.
    async fn put(
        &self,
        who: &Respondent,
        poll: &Poll,
        question: &Question,
        (typed, go_on_with): (&Typed, &Question),
    ) -> Result<(), Failure> {
        for _ in 0..ATTEMPTS {
            let (mut draft, unsent) = self.begun(who, poll).await?;
            draft.position = Some(go_on_with.code.clone());
            draft.typed.insert(question.code.clone(), typed.clone());
            if self.keep(who, poll.id, &draft, unsent.as_ref()).await? {
                return Ok(());
            }
        }
        Err(Failure::Busy)
    }

    /// Sends what the person typed, if it is what the page with this version showed. `None`: while
    /// it was sent it became another draft, or none.
    async fn send_stored(
        &self,
        person: &SignedIn,
        respondent: &Respondent,
        poll: &Poll,
        form: &SendForm,
    ) -> Result<Option<Sent>, Failure> {
        let Some(unsent) = self.unsent(respondent, poll.id).await? else {
            let Some(sent) = self.response(respondent, poll.id).await? else {
                return Ok(Some(Sent::Unanswered(1)));
            };
            // The button was pressed twice, or the other device was first: it is in already. Or
            // something else is, and to that this page's answers are not to be acknowledged.
            let stored = draft_of(&sent.answers, &poll.questionnaire);
            let same = form.version == self.version(respondent, poll, &stored).await?;
            return Ok(Some(if same { Sent::Stored } else { Sent::Outdated }));
        };
        let answers = match to_send(poll, &unsent) {
            Ok(answers) => answers,
            Err(not_sent) => return Ok(Some(not_sent)),
        };
        // Only what the person saw is sent, and a form that comes a second time, by a reload or a
        // browser that tries again, sends nothing else.
        if form.version != self.version(respondent, poll, &unsent.draft).await? {
            return Ok(Some(Sent::Outdated));
        }
        self.send_answers(person, respondent, poll, form.consent, (&unsent, &answers)).await
    }

    /// Sends the answers of a draft. `None`: it is not what the person has typed and not sent any
    /// more.
    async fn send_answers(
        &self,
        person: &SignedIn,
        respondent: &Respondent,
        poll: &Poll,
        consent: bool,
        (unsent, answers): (&Unsent, &Answers),
    ) -> Result<Option<Sent>, Failure> {
        if poll.special.is_some() && !consent {
            return Ok(Some(Sent::ConsentMissing));
        }
        let today = self.platform.today();
        let submission = Submission {
            questionnaire: &poll.questionnaire,
            answers,
            facts: person.facts.stored(&poll.plan, today),
            special_consent: poll.special.is_some(),
            unsent: Some(unsent),
        };
        let mut rng = AsRng(&*self.platform.entropy);
        match self.vault.submit(respondent, poll.id, submission, today, &mut rng).await {
            Err(Error::Overtaken) => Ok(None),
            sent => sent.map(|_| Some(Sent::Stored)).map_err(refused),
        }
    }

    /// How far the person is with each of the polls.
    async fn standings(
        &self,
        reader: Option<&SignedIn>,
        polls: &[Arc<Poll>],
    ) -> Result<BTreeMap<Uuid, Standing>, Failure> {
        let Some(person) = reader else { return Ok(BTreeMap::new()) };
        let respondent = respondent(person).await?;
        let ids: Vec<Uuid> = polls.iter().map(|poll| poll.id).collect();
        let found = self.vault.standings(&respondent, &ids).await.map_err(refused)?;
        Ok(standings(&found.answered, &found.drafts))
    }

    async fn cards(
        &self,
        reader: Option<&SignedIn>,
        polls: &[Arc<Poll>],
    ) -> Result<Vec<PollCard>, Failure> {
        let departments = &self.catalogue.shelf().await?.departments;
        let standings = self.standings(reader, polls).await?;
        let card = |poll: &Arc<Poll>| {
            let standing = standings.get(&poll.id).copied().unwrap_or_default();
            let asked = reader.is_none_or(|person| self.asks(person, poll).is_ok());
            PollCard { asked, ..catalogue::card(poll, departments, standing, &self.platform) }
        };
        Ok(polls.iter().map(card).collect())
    }

    async fn one_card(
        &self,
        reader: Option<&SignedIn>,
        poll: &Arc<Poll>,
    ) -> Result<PollCard, Failure> {
        let mut cards = self.cards(reader, std::slice::from_ref(poll)).await?;
        cards.pop().ok_or(Failure::NotFound)
    }
}

fn standings(answered: &BTreeSet<Uuid>, drafts: &BTreeSet<Uuid>) -> BTreeMap<Uuid, Standing> {
    let standing = |poll: &Uuid| match (answered.contains(poll), drafts.contains(poll)) {
        (true, true) => Standing::Changing,
        (true, false) => Standing::Answered,
        (false, true) => Standing::Draft,
        (false, false) => Standing::NotBegun,
    };
    answered.union(drafts).map(|poll| (*poll, standing(poll))).collect()
}

#[async_trait]
impl Participation for ParticipationPort {
    async fn polls(&self, reader: Option<&SignedIn>, tab: Tab) -> Result<PollList, Failure> {
        let mut polls = self.catalogue.shelf().await?.polls.clone();
        polls.retain(|poll| self.is_open(poll) == (tab != Tab::Results));
        match (tab, reader) {
            (Tab::Mine, Some(person)) => {
                let today = self.platform.today();
                polls.retain(|poll| poll.audience.admits(&person.facts, today).is_ok());
            }
            (Tab::Mine, None) => polls.clear(),
            (Tab::Open, _) => {}
            (Tab::Results, _) => {
                polls.sort_by_key(|poll| Reverse(poll.closed_at.or(poll.closes_at)));
            }
        }
        let polls = self.cards(reader, &polls).await?;
        Ok(PollList { tab, signed_in: reader.is_some(), polls })
    }

    async fn poll(&self, reader: Option<&SignedIn>, poll: Uuid) -> Result<PollPage, Failure> {
        let poll = self.catalogue.public_poll(poll).await?;
        let card = self.one_card(reader, &poll).await?;
        let needs = needs(&poll.audience, &poll.plan);
        let (mut refused, mut unknown, mut unsent) = (None, Vec::new(), Vec::new());
        if let Some(person) = reader {
            refused = poll.audience.admits(&person.facts, self.platform.today()).err();
            unknown = eligibility::unknown(&needs, &person.facts);
            // Who goes on with a draft sees it there; whoever cannot sees it here.
            let goes_on = card.state == State::Open && card.asked;
            if !goes_on {
                let draft = self.draft(&respondent(person).await?, poll.id).await?;
                unsent = draft.map(|draft| lines(&poll.questionnaire, &draft)).unwrap_or_default();
            }
        }
        let zone = self.platform.zone;
        Ok(PollPage {
            purpose: poll.purpose.clone(),
            opened_at: poll.opened_at.map(|at| zone.local(at)),
            audience: audience_view(&poll.audience, &self.portal),
            notice: notice::of(&poll, card.department.clone(), &self.portal, zone),
            signed_in: reader.is_some(),
            not_assured: reader.is_some_and(|person| !person.assured),
            card,
            refused,
            needs,
            unknown,
            questions: poll.questionnaire.questions.clone(),
            unsent,
            late: Vec::new(),
            live: None,
            refused_filter: false,
        })
    }

    async fn start(&self, person: &SignedIn, poll: Uuid) -> Result<Step<()>, Failure> {
        let poll = self.answerable(person, poll).await?;
        let (draft, _) = self.begun(&respondent(person).await?, &poll).await?;
        let first = first_open(&poll.questionnaire, &draft);
        Ok(first.map_or(Step::Check, |index| Step::Question(index + 1)))
    }

    async fn question(
        &self,
        person: &SignedIn,
        poll: Uuid,
        number: usize,
        unsaved: Option<Typed>,
    ) -> Result<Step<QuestionPage>, Failure> {
        let poll = match self.answerable(person, poll).await {
            Err(Failure::WrongState) => return Ok(Step::Poll),
            answerable => answerable?,
        };
        let index = index_of(&poll.questionnaire, number)?;
        let respondent = respondent(person).await?;
        if let Some(typed) = unsaved {
            self.save(person, poll.id, number, typed, "").await?;
        }
        let (draft, _) = self.begun(&respondent, &poll).await?;
        let question = &poll.questionnaire.questions[index];
        let typed = typed(&draft, question);
        let seed = self.vault.option_seed(&respondent, poll.id).await.map_err(refused)?;
        let owner = self.vault.form_owner(&respondent, poll.id).await.map_err(refused)?;
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
        }))
    }

    async fn save(
        &self,
        person: &SignedIn,
        poll: Uuid,
        number: usize,
        typed: Typed,
        owner: &str,
    ) -> Result<Saved, Failure> {
        let poll = self.answerable(person, poll).await?;
        let questions = &poll.questionnaire.questions;
        let index = index_of(&poll.questionnaire, number)?;
        let question = &questions[index];
        let respondent = respondent(person).await?;
        let mine = self.vault.form_owner(&respondent, poll.id).await.map_err(refused)?;
        // On a computer that people share: what one typed is not put into the other's draft. A
        // page of the version before this one has no owner.
        if !owner.is_empty() && owner != mine {
            return Err(Failure::OtherPerson);
        }
        let parsed = question.parse(&typed);
        let next = questions.get(index + 1);
        let go_on_with = if parsed.is_ok() { next.unwrap_or(question) } else { question };
        self.put(&respondent, &poll, question, (&typed, go_on_with)).await?;
        Ok(match parsed {
            Ok(_) => Saved::Valid(next.map(|_| number + 1)),
            Err(error) => Saved::Invalid(error),
        })
    }

    async fn check(&self, person: &SignedIn, poll: Uuid) -> Result<Step<CheckPage>, Failure> {
        let poll = match self.answerable(person, poll).await {
            Err(Failure::WrongState) => return Ok(Step::Poll),
            answerable => answerable?,
        };
        let respondent = respondent(person).await?;
        let card = self.one_card(Some(person), &poll).await?;
        if card.standing == Standing::NotBegun {
            return Ok(Step::Question(1));
        }
        let (draft, unsent) = self.begun(&respondent, &poll).await?;
        let version = self.version(&respondent, &poll, &draft).await?;
        Ok(Step::Here(CheckPage {
            poll: poll.id,
            lines: lines(&poll.questionnaire, &draft),
            special: poll.special,
            replaces: matches!(card.standing, Standing::Answered | Standing::Changing),
            closes_at: card.closes_at,
            department: card.department,
            title: poll.title.clone(),
            consent_missing: false,
            version,
            draft: unsent.as_ref().map(Unsent::to_carry).unwrap_or_default(),
            outdated: false,
        }))
    }

    async fn send(&self, person: &SignedIn, poll: Uuid, form: &SendForm) -> Result<Sent, Failure> {
        let poll = self.answerable(person, poll).await?;
        let respondent = respondent(person).await?;
        // What the form carries is what its page showed. It is sent unless it is outdated, and
        // only the vault knows, which is asked in any case.
        let carried = self.vault.carried(&respondent, poll.id, &form.draft).await;
        if let Some(unsent) = carried.map_err(refused)? {
            let answers = match to_send(&poll, &unsent) {
                Ok(answers) => answers,
                Err(not_sent) => return Ok(not_sent),
            };
            let draft = (&unsent, &answers);
            let sent = self.send_answers(person, &respondent, &poll, form.consent, draft).await?;
            if let Some(sent) = sent {
                return Ok(sent);
            }
        }
        for _ in 0..ATTEMPTS {
            let sent = self.send_stored(person, &respondent, &poll, form).await?;
            if let Some(sent) = sent {
                return Ok(sent);
            }
        }
        Err(Failure::Busy)
    }

    async fn receipt(&self, person: &SignedIn, poll: Uuid) -> Result<Step<Receipt>, Failure> {
        let poll = self.catalogue.public_poll(poll).await?;
        let Some(sent) = self.response(&respondent(person).await?, poll.id).await? else {
            return Ok(Step::Poll);
        };
        let closes_at = poll.closed_at.or(poll.closes_at);
        Ok(Step::Here(Receipt {
            poll: poll.id,
            reference: sent.reference,
            changed: sent.changed_on.is_some(),
            closes_at: closes_at.map(|at| self.platform.zone.deadline(at)),
            open: self.is_open(&poll),
            title: poll.title.clone(),
        }))
    }

    async fn answers(&self, person: &SignedIn) -> Result<Vec<PollCard>, Failure> {
        let polls = self.catalogue.shelf().await?.polls.clone();
        let mut cards = self.cards(Some(person), &polls).await?;
        cards.retain(|card| card.standing != Standing::NotBegun);
        cards.sort_by_key(|card| (card.state != State::Open, Reverse(card.closes_at)));
        Ok(cards)
    }

    async fn own(&self, person: &SignedIn, poll: Uuid) -> Result<OwnAnswers, Failure> {
        let poll = self.catalogue.public_poll(poll).await?;
        let respondent = respondent(person).await?;
        let card = self.one_card(Some(person), &poll).await?;
        let own = match self.vault.own(&respondent, poll.id).await {
            Err(Error::KeyDestroyed) => None,
            Err(error) => return Err(refused(error)),
            Ok(None) => return Err(Failure::NotFound),
            Ok(Some(own)) => Some(own),
        };
        let response = own.map(|own| {
            let sent = draft_of(&own.answers, &poll.questionnaire);
            let known =
                |code: &&String| self.portal.regions.iter().any(|known| known.code == **code);
            let region = own.facts.region.as_ref().filter(known);
            OwnResponse {
                lines: lines(&poll.questionnaire, &sent),
                consent: poll.special.filter(|_| own.special_consent),
                received_on: own.received_on,
                changed_on: own.changed_on,
                reference: own.reference,
                draft: card.standing == Standing::Changing,
                facts: FactsView {
                    region: region.map(|code| eligibility::region(&self.portal, code)),
                    stored: own.facts.clone(),
                },
            }
        });
        Ok(OwnAnswers {
            id: poll.id,
            state: card.state,
            closes_at: card.closes_at,
            asked: card.asked,
            severed_on: severed_on(&poll, self.platform.zone),
            live: live::shown(&poll),
            department: card.department,
            title: poll.title.clone(),
            response,
        })
    }

    async fn change(&self, person: &SignedIn, poll: Uuid) -> Result<(), Failure> {
        let poll = self.answerable(person, poll).await?;
        let respondent = respondent(person).await?;
        if self.draft(&respondent, poll.id).await?.is_some() {
            // A change that was begun is gone on with.
            return Ok(());
        }
        let sent = self.response(&respondent, poll.id).await?.ok_or(Failure::NotFound)?;
        let draft = draft_of(&sent.answers, &poll.questionnaire);
        // Where one was begun at the same moment, that is gone on with.
        self.keep(&respondent, poll.id, &draft, None).await?;
        Ok(())
    }

    async fn withdraw(&self, person: &SignedIn, poll: Uuid) -> Result<(), Failure> {
        // Whoever is no longer asked may still take back what was sent.
        let poll = self.catalogue.public_poll(poll).await?;
        if !self.is_open(&poll) {
            return Err(Failure::WrongState);
        }
        // Where nothing is there any more the button was pressed twice.
        self.vault.withdraw(&respondent(person).await?, poll.id).await.map_err(refused)?;
        Ok(())
    }

    async fn discard(&self, person: &SignedIn, poll: Uuid) -> Result<(), Failure> {
        let poll = self.catalogue.public_poll(poll).await?;
        match self.vault.discard_draft(&respondent(person).await?, poll.id).await {
            Err(Error::KeyDestroyed) => Ok(()),
            discarded => discarded.map_err(refused),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use questionnaire::{Kind, Text};

    fn questionnaire() -> Questionnaire {
        let question = |code: &str, required| Question {
            code: code.to_owned(),
            title: Text::both("?", "?"),
            hint: Text::default(),
            required,
            kind: Kind::YesNo,
        };
        Questionnaire {
            questions: vec![question("a", true), question("b", false), question("c", true)],
        }
    }

    fn draft(typed: &[(&str, Option<&str>)]) -> Draft {
        let typed = typed.iter().map(|(code, choice)| {
            let choice = choice.map(str::to_owned);
            ((*code).to_owned(), Typed { choice, ..Typed::default() })
        });
        Draft { typed: typed.collect(), position: None }
    }

    #[test]
    fn one_goes_on_with_the_first_question_not_passed() {
        let asked = questionnaire();
        assert_eq!(first_open(&asked, &Draft::default()), Some(0));
        assert_eq!(first_open(&asked, &draft(&[("a", Some("yes"))])), Some(1), "not yet seen");
        let skipped = [("a", Some("yes")), ("b", None), ("c", Some("no"))];
        assert_eq!(first_open(&asked, &draft(&skipped)), None);
        let wrong = [("a", Some("perhaps")), ("b", None), ("c", Some("no"))];
        assert_eq!(first_open(&asked, &draft(&wrong)), Some(0));
    }

    #[test]
    fn a_draft_comes_to_answers_only_when_every_required_one_is_valid() {
        let asked = questionnaire();
        assert_eq!(answers_of(&asked, &draft(&[("a", Some("yes"))])), Err(2));
        let answers = answers_of(&asked, &draft(&[("a", Some("yes")), ("c", Some("no"))])).unwrap();
        assert_eq!(answers.keys().collect::<Vec<_>>(), ["a", "c"]);
        let again = draft_of(&answers, &asked);
        assert!(settled(&draft(&[("a", Some("yes")), ("c", Some("no"))]), &asked) == again);
        assert!(settled(&again, &asked) == again, "what is sent is shown as it was");
        assert_eq!(answers_of(&asked, &again).unwrap(), answers);
        assert_eq!(first_open(&asked, &again), None, "a change begins with everything passed");
    }
}
