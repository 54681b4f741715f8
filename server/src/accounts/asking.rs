//! What the sign-in page says: which scopes there are, what for, and which are of use now.

use crate::{
    accounts::consents,
    config::provider::Provider,
    platform::Platform,
    polls::{
        eligibility::{needs, unknown},
        record::Poll,
    },
};
use chrono::TimeDelta;
use ports::{
    caller::SignedIn,
    failure::Failure,
    purposes::Purpose,
    routes::{self, BelowPoll},
    views::{
        polls::{NAME, Need},
        sign_in::{Errand, Scope, SignIn},
    },
};
use questionnaire::Language;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What signing in asks for on this errand. Useful is what the poll asks to which the way leads, and what a
/// page of the portal says is needed, and where no poll is the errand the name, by which pages address the
/// person: no poll needs it, so beside one it is only offered. Other facts that polls ask for can be
/// released, too. Contacts, documents, numbers, vehicles and children are not even offered unless the errand
/// names them.
///
/// What is useful is ticked, or what the person left ticked before. What only the address names is offered
/// and not ticked, since anybody may have written it; and beside the title of a poll it is not offered, or
/// it would seem to be the poll that asks.
///
/// # Errors
/// When the store cannot be read.
pub async fn sign_in(
    platform: &Platform,
    provider: &Provider,
    person: Option<&SignedIn>,
    errand: &Errand,
    language: Language,
) -> Result<SignIn, Failure> {
    let mut need: BTreeSet<&str> = errand.need.iter().map(String::as_str).collect();
    let mut offered = BTreeSet::new();
    let poll = poll_of(platform, &errand.return_to).await?;
    if let Some(poll) = &poll {
        offered.insert(NAME);
        if asks_there(&errand.return_to) && poll.takes_answers(platform.now()) {
            for fact in needs(&poll.audience, &poll.plan) {
                need.insert(fact.code());
            }
        }
    } else {
        need.insert(NAME);
        offered.extend(errand.offered.iter().map(String::as_str));
    }
    let held = match person {
        Some(person) => consents::active(&platform.db, person.account, platform.now()).await?,
        None => Vec::new(),
    };
    let lacking = person.map(|person| unknown(&Need::ALL, &person.facts)).unwrap_or_default();
    let (mut scopes, mut further) = (Vec::new(), Vec::new());
    for scope in &provider.scopes {
        let targets: BTreeSet<&str> = provider
            .attributes
            .iter()
            .filter(|attribute| attribute.scope == scope.name)
            .map(|attribute| attribute.target.as_str())
            .collect();
        let purposes = provider.purposes(&scope.name);
        let useful = !targets.is_disjoint(&need);
        let chosen = errand.chosen.as_ref().map(|chosen| chosen.contains(&scope.name));
        // A consent that does not cover what is needed now is asked for anew.
        let covered =
            |fact: &&str| !need.contains(*fact) || consents::covers(&held, &scope.name, fact);
        let consent = held.iter().find(|consent| consent.scope == scope.name);
        let held_until = consent
            .filter(|_| targets.iter().all(covered))
            .map(|consent| platform.zone.day(consent.ends_at));
        let without_value = lacking.iter().copied().filter(|fact| {
            let code = fact.code();
            held_until.is_some() && need.contains(code) && targets.contains(code)
        });
        let view = Scope {
            without_value: without_value.collect(),
            name: scope.name.clone(),
            label: scope.label.get(language).to_owned(),
            ticked: chosen.unwrap_or(useful) && held_until.is_none(),
            held_until,
            purposes: purposes.iter().copied().collect(),
        };
        if useful || chosen == Some(true) || !targets.is_disjoint(&offered) {
            scopes.push(view);
        } else if purposes.iter().any(|of| matches!(of, Purpose::Address | Purpose::Polls)) {
            further.push(view);
        }
    }
    let kept_until = platform.now() + TimeDelta::days(provider.consent_days.into());
    Ok(SignIn {
        provider: provider.name.get(language).to_owned(),
        return_to: errand.return_to.clone(),
        signed_in: person.is_some_and(|person| person.assured),
        poll: poll.map(|poll| poll.title),
        scopes,
        further,
        kept_until: platform.zone.day(kept_until),
    })
}

/// Whether somebody takes part where a path leads to, and does not read what others answered.
fn asks_there(path: &str) -> bool {
    let below = routes::below_poll(path).map(|(_, below)| below);
    matches!(below, Some(BelowPoll::Page | BelowPoll::Step))
}

/// The public poll that a path leads to.
async fn poll_of(platform: &Platform, path: &str) -> Result<Option<Poll>, Failure> {
    let id = routes::below_poll(path).and_then(|(id, _)| id.parse::<Uuid>().ok());
    let Some(id) = id else { return Ok(None) };
    match Poll::load(&platform.db, id).await {
        Ok(poll) => Ok(poll.state.public().then_some(poll)),
        Err(Failure::NotFound) => Ok(None),
        Err(failure) => Err(failure),
    }
}
