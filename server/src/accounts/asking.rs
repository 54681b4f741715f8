//! What the sign-in page says: which scopes there are, what for, and which are of use now.

use crate::{
    accounts::consents,
    config::provider::Provider,
    platform::Platform,
    polls::{eligibility::needs, record::Poll},
};
use chrono::{DateTime, TimeDelta, Utc};
use ports::{
    caller::SignedIn,
    failure::Failure,
    purposes::Purpose,
    views::{
        polls::NAME,
        sign_in::{Errand, Scope, SignIn},
    },
};
use questionnaire::Language;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What signing in asks for on this errand. Useful are the name, by which pages address the person, what
/// the poll asks to which the way leads, and what a page of the portal says is needed; other facts can be
/// released, too. Documents, numbers, vehicles and children are not even offered unless the errand names
/// them.
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
    need.insert(NAME);
    let mut offered = BTreeSet::new();
    let poll = poll_of(platform, &errand.return_to).await?;
    if let Some(poll) = &poll {
        for fact in needs(&poll.audience, &poll.plan) {
            need.insert(fact.code());
        }
    } else {
        offered.extend(errand.offered.iter().map(String::as_str));
    }
    let held: BTreeMap<String, DateTime<Utc>> = match person {
        Some(person) => consents::active(&platform.db, person.account, platform.now())
            .await?
            .into_iter()
            .map(|consent| (consent.scope, consent.ends_at))
            .collect(),
        None => BTreeMap::new(),
    };
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
        let held_until = held.get(&scope.name).map(|ends| platform.zone.day(*ends));
        let view = Scope {
            name: scope.name.clone(),
            label: scope.label.get(language).to_owned(),
            ticked: chosen.unwrap_or(useful) && held_until.is_none(),
            held_until,
            purposes: purposes.iter().copied().collect(),
        };
        if useful || chosen == Some(true) || !targets.is_disjoint(&offered) {
            scopes.push(view);
        } else if purposes.iter().any(|purpose| *purpose != Purpose::Record) {
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

/// The public poll that a path leads to.
async fn poll_of(platform: &Platform, path: &str) -> Result<Option<Poll>, Failure> {
    let id =
        path.strip_prefix("/polls/").map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
    let Some(id) = id.and_then(|id| id.parse::<Uuid>().ok()) else { return Ok(None) };
    match Poll::load(&platform.db, id).await {
        Ok(poll) => Ok(poll.state.public().then_some(poll)),
        Err(Failure::NotFound) => Ok(None),
        Err(failure) => Err(failure),
    }
}
