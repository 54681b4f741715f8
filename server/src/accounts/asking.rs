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
    views::sign_in::{Errand, Scope, SignIn},
};
use questionnaire::Language;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What signing in asks for on this errand. Useful are the name, by which pages address the
/// person, and what the errand needs; other facts can be released, too; documents, numbers,
/// vehicles and children are not even offered unless the errand names them.
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
    let mut need: BTreeSet<String> = errand.need.iter().cloned().collect();
    need.insert("name".to_owned());
    let poll = poll_of(platform, &errand.return_to).await?;
    if let Some(poll) = &poll {
        let facts = needs(&poll.audience, &poll.plan).into_iter();
        need.extend(facts.map(|fact| fact.code().to_owned()));
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
        let useful = targets.iter().any(|target| need.contains(*target));
        let held_until = held.get(&scope.name).map(|ends| platform.zone.day(*ends));
        let view = Scope {
            name: scope.name.clone(),
            label: scope.label.get(language).to_owned(),
            ticked: useful && held_until.is_none(),
            held_until,
            purposes: purposes.iter().copied().collect(),
        };
        if useful {
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
