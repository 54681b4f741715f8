//! Finding polls: lists of them, and a poll's own page, each with how far the reader is.

use super::{
    ParticipationPort,
    draft::{lines, lines_of},
    refused, respondent,
};
use crate::{
    accounts::consents,
    polls::{
        catalogue::{self, Shelf},
        eligibility::{self, audience_view, needs},
        listed::Listed,
        notice,
        record::Poll,
    },
    statistics::release,
};
use ports::{
    caller::SignedIn,
    failure::Failure,
    states::State,
    views::{
        answers::Line,
        polls::{Asking, Need, PollCard, PollList, PollPage, Standing, Tab},
        take::Waiting,
    },
};
use questionnaire::{Ineligible, Plan};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    slice,
    sync::Arc,
};
use uuid::Uuid;

/// Polls of one page of a list.
const PAGE: usize = 30;

/// [`ports::Participation::polls`].
pub(super) async fn polls(
    port: &ParticipationPort,
    reader: Option<&SignedIn>,
    tab: Tab,
    page: u64,
) -> Result<PollList, Failure> {
    let shelf = port.catalogue.shelf().await?;
    let now = port.platform.now();
    let mut polls: Vec<&Arc<Listed>> = shelf.polls.iter().collect();
    let mut lacking = Vec::new();
    polls.retain(|poll| poll.takes_answers(now) == (tab != Tab::Results));
    match (tab, reader) {
        (Tab::Mine, Some(person)) => {
            let today = port.platform.today();
            lacking = port.lacking(person, &polls);
            polls.retain(|poll| poll.audience.admits(&person.facts, today).is_ok());
        }
        (Tab::Mine, None) => polls.clear(),
        (Tab::Open, _) => {}
        (Tab::Results, _) => {
            polls.sort_by_key(|poll| Reverse(poll.closed_at.or(poll.closes_at)));
        }
    }
    let pages = polls.len().div_ceil(PAGE).max(1);
    let page = usize::try_from(page).unwrap_or(usize::MAX).clamp(1, pages);
    let shown: Vec<_> = polls.into_iter().skip((page - 1) * PAGE).take(PAGE).cloned().collect();
    let standings = port.standings(reader, &shown).await?;
    let polls = shown.iter().map(|poll| port.card(reader, poll, &shelf, &standings)).collect();
    Ok(PollList {
        tab,
        signed_in: reader.is_some(),
        polls,
        page: page as u64,
        pages: pages as u64,
        releasable: port.releasable(reader, &lacking).await?,
        lacking,
    })
}

/// [`ports::Participation::waiting`].
pub(super) async fn waiting(
    port: &ParticipationPort,
    person: &SignedIn,
) -> Result<Asking, Failure> {
    let shelf = port.catalogue.shelf().await?;
    let now = port.platform.now();
    let open: Vec<_> = shelf.polls.iter().filter(|poll| poll.takes_answers(now)).collect();
    let lacking = port.lacking(person, &open);
    let asking = |poll: &&Arc<Listed>| port.asks(person, &poll.audience).is_ok();
    let asking: Vec<_> = open.into_iter().filter(asking).cloned().collect();
    let standings = port.standings(Some(person), &asking).await?;
    let sent =
        |poll: &Uuid| matches!(standings.get(poll), Some(Standing::Answered | Standing::Changing));
    let waiting = asking.iter().filter(|poll| !sent(&poll.id)).count();
    Ok(Asking { waiting: u32::try_from(waiting).unwrap_or(u32::MAX), lacking })
}

/// [`ports::Participation::answers`].
pub(super) async fn answered(
    port: &ParticipationPort,
    person: &SignedIn,
) -> Result<Vec<PollCard>, Failure> {
    let shelf = port.catalogue.shelf().await?;
    let standings = port.standings(Some(person), &shelf.polls).await?;
    let begun = shelf.polls.iter().filter(|poll| standings.contains_key(&poll.id));
    let card = |poll: &Arc<Listed>| port.card(Some(person), poll, &shelf, &standings);
    let mut cards: Vec<_> = begun.map(card).collect();
    cards.sort_by_key(|card| (card.state != State::Open, Reverse(card.closes_at)));
    Ok(cards)
}

/// [`ports::Participation::poll`].
pub(super) async fn poll(
    port: &ParticipationPort,
    reader: Option<&SignedIn>,
    poll: Uuid,
) -> Result<PollPage, Failure> {
    let poll = port.catalogue.public_poll(poll).await?;
    let card = port.one_card(reader, &poll).await?;
    let needs = needs(&poll.audience, &poll.plan);
    let (mut refused, mut unknown, mut unsent) = (None, Vec::new(), Vec::new());
    let mut owner = String::new();
    if let Some(person) = reader {
        refused = poll.audience.admits(&person.facts, port.platform.today()).err();
        unknown = eligibility::unknown(&needs, &person.facts);
        // Who goes on with a draft sees it there; whoever cannot sees it here.
        let goes_on = card.state == State::Open && card.asked;
        if !goes_on {
            let draft = port.draft(&respondent(person).await?, poll.id).await?;
            unsent = draft.map(|draft| lines(&poll.questionnaire, &draft)).unwrap_or_default();
        }
        if card.standing != Standing::NotBegun {
            owner = port.owner(&respondent(person).await?, poll.id).await?;
        }
    }
    let (now, zone) = (port.platform.now(), port.platform.zone);
    Ok(PollPage {
        purpose: poll.purpose.clone(),
        opened_at: poll.opened_at.map(|at| zone.local(at)),
        audience: audience_view(&poll.audience, &port.portal),
        notice: notice::of(&poll, card.department.clone(), &port.portal, zone, now),
        signed_in: reader.is_some(),
        not_assured: reader.is_some_and(|person| !person.assured),
        card,
        refused,
        releasable: port.releasable(reader, &needs).await?,
        needs,
        unknown,
        titles: poll.questionnaire.questions.iter().map(|it| it.title.clone()).collect(),
        unsent,
        late: Vec::new(),
        live: None,
        refused_filter: false,
        owner,
    })
}

/// [`ports::Participation::late`].
pub(super) async fn late(
    port: &ParticipationPort,
    person: &SignedIn,
    poll: Uuid,
    waiting: BTreeMap<usize, Waiting>,
) -> Result<Vec<Line>, Failure> {
    let poll = port.catalogue.public_poll(poll).await?;
    let owner = port.owner(&respondent(person).await?, poll.id).await?;
    let theirs = waiting.into_iter().filter(|(_, waiting)| waiting.is_of(&owner));
    let typed = theirs.map(|(number, waiting)| (number, waiting.typed)).collect();
    Ok(lines_of(&poll.questionnaire, typed))
}

impl ParticipationPort {
    /// The facts that are not known of a person, and for want of which it cannot be told whether some of these
    /// polls ask that person.
    fn lacking(&self, person: &SignedIn, polls: &[&Arc<Listed>]) -> Vec<Need> {
        let today = self.platform.today();
        let untold = polls.iter().filter(|poll| {
            let admitted = poll.audience.admits(&person.facts, today);
            admitted.is_err_and(Ineligible::for_want_of_a_fact)
        });
        let asked = untold.flat_map(|poll| needs(&poll.audience, &Plan::default()));
        let asked: BTreeSet<&str> = asked.map(Need::code).collect();
        let mut lacking = eligibility::unknown(&Need::ALL, &person.facts);
        lacking.retain(|need| asked.contains(need.code()));
        lacking
    }

    /// Which of these facts the identity provider can release of the reader. Where every consent that could bring
    /// a fact holds, and has not brought it, the provider has no value of it: to ask for it once more would lead
    /// in a circle.
    async fn releasable(
        &self,
        reader: Option<&SignedIn>,
        needs: &[Need],
    ) -> Result<Vec<Need>, Failure> {
        let mut releasable = eligibility::releasable(needs, &self.portal);
        let Some(person) = reader else { return Ok(releasable) };
        let unknown = eligibility::unknown(&releasable, &person.facts);
        if unknown.is_empty() {
            return Ok(releasable);
        }
        let held = consents::active(&self.platform.db, person.account, self.platform.now()).await?;
        let beside = |need: &Need| {
            let fact = need.code();
            self.provider.scopes_of(fact).any(|scope| !consents::covers(&held, scope, fact))
        };
        releasable.retain(|need| !unknown.contains(need) || beside(need));
        Ok(releasable)
    }

    /// The poll as lists show it.
    fn card(
        &self,
        reader: Option<&SignedIn>,
        poll: &Listed,
        all: &Shelf,
        standings: &BTreeMap<Uuid, Standing>,
    ) -> PollCard {
        let standing = standings.get(&poll.id).copied().unwrap_or_default();
        let asked = reader.is_none_or(|person| self.asks(person, &poll.audience).is_ok());
        PollCard { asked, ..catalogue::card(poll, all, standing, &self.platform) }
    }

    pub(super) async fn one_card(
        &self,
        reader: Option<&SignedIn>,
        poll: &Poll,
    ) -> Result<PollCard, Failure> {
        let all = self.catalogue.shelf().await?;
        let listed = all.listed(poll);
        let standings = self.standings(reader, slice::from_ref(&listed)).await?;
        let mut card = self.card(reader, &listed, &all, &standings);
        if card.state == State::Published && !all.has(&listed) {
            // Published since the list was read.
            let withheld = release::withheld(&self.platform.db, vec![poll.id]).await?;
            card.withheld = withheld.contains(&poll.id);
        }
        Ok(card)
    }

    /// How far the person is with each of the polls, those left out with which nothing was begun.
    async fn standings(
        &self,
        reader: Option<&SignedIn>,
        polls: &[Arc<Listed>],
    ) -> Result<BTreeMap<Uuid, Standing>, Failure> {
        let Some(person) = reader else { return Ok(BTreeMap::new()) };
        let respondent = respondent(person).await?;
        // Without its key nobody's answers to a poll can be found.
        let kept = polls.iter().filter(|poll| poll.key_destroyed_at.is_none());
        let ids: Vec<Uuid> = kept.map(|poll| poll.id).collect();
        let found = self.vault.standings(&respondent, &ids).await.map_err(refused)?;
        Ok(standings(&found.answered, &found.drafts))
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
