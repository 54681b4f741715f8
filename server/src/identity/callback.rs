//! Coming back from the provider: nothing of the answer is believed before it was checked.

use super::{
    COMPLETED, Completed, ID_TOKEN_HINT, Identity, UNDER_WAY, UnderWay, caller, mapping, problem,
    provider::{Proof, ProviderError, Return},
    sessions::{self, DEVICE, Owner, PROVIDER_SID, RequestSessions, SIGNED_IN_AT},
    start::{PATIENCE, remember},
};
use crate::{
    accounts::sign_in::{self, SignIn},
    error::while_,
    staff::roles,
};
use axum::{
    Extension,
    extract::{RawQuery, State},
    http::{HeaderMap, header},
    response::{IntoResponse as _, Redirect, Response},
};
use ports::{
    caller::Caller,
    failure::Failure,
    forms::{Flash, TYPED_BY, flash, forget_chosen, keep_chosen, kept_for_owner},
    look::{Look, chosen_language, language_cookie},
    routes,
};
use questionnaire::Language;
use std::{collections::BTreeMap, sync::Arc};
use tower_sessions::Session;
use url::form_urlencoded;
use uuid::Uuid;
use vault::SESSION_ACCOUNT_KEY;

/// Why nobody was signed in.
enum Stop {
    /// The person said no at the provider.
    Denied {
        /// Where to begin anew.
        anew: String,
    },
    /// The answer does not belong to a sign-in of this browser, or does not hold.
    NotCompleted {
        /// Where to begin anew, as far as it is known what for.
        anew: String,
    },
    /// The provider does not answer.
    Unavailable {
        /// Where to begin anew.
        anew: String,
        /// Whether what came with the browser may come once more: the code was not sent, or the provider
        /// answered that it failed.
        once_more: bool,
    },
    /// Something of ours broke.
    Broken(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Broken(failure)
    }
}

/// A sign-in that was completed.
struct Arrived {
    /// Where the person wanted to go.
    to: String,
    /// The language of the account, the first time that the provider's answer comes.
    language: Option<Language>,
}

/// What the browser is known by that comes back.
struct Browser {
    session: Session,
    store: Arc<RequestSessions>,
    signed_in: bool,
}

/// The provider's answer. A parameter that comes twice is no parameter (RFC 6749, 3.1).
struct Answer(BTreeMap<String, Option<String>>);

impl Answer {
    fn of(query: Option<&str>) -> Self {
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            parameters
                .entry(name.into_owned())
                .and_modify(|known| *known = None)
                .or_insert(Some(value.into_owned()));
        }
        Self(parameters)
    }

    fn one(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_deref()
    }
}

/// `GET /auth/callback`.
pub async fn complete(
    State(identity): State<Arc<Identity>>,
    Extension(session): Extension<Session>,
    Extension(store): Extension<Arc<RequestSessions>>,
    Extension(Caller(person)): Extension<Caller>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let answer = Answer::of(query.as_deref());
    let look = Look::of(&headers);
    let browser = Browser { session, store, signed_in: person.is_some() };
    match identity.complete(&browser, &headers, &answer).await {
        Ok(Arrived { to, language }) => {
            let mut response = Redirect::to(&routes::local(&to)).into_response();
            // What was chosen in this browser stays.
            if let (Some(language), None) = (language, chosen_language(&headers)) {
                response.headers_mut().append(header::SET_COOKIE, language_cookie(language));
            }
            response
        }
        Err(Stop::Denied { anew }) => Redirect::to(&format!("{anew}&refused")).into_response(),
        Err(Stop::NotCompleted { anew }) => problem::not_completed(&identity.client, look, &anew),
        Err(Stop::Unavailable { anew, .. }) => problem::unavailable(&identity.client, look, &anew),
        Err(Stop::Broken(failure)) => problem::broken(&failure),
    }
}

/// No sign-in of this browser is under way that this would answer, or none any more.
fn belongs_to_none(anew: String) -> Stop {
    tracing::info!("a callback that belongs to no sign-in of its browser");
    Stop::NotCompleted { anew }
}

impl Browser {
    /// Stores that the sign-in of this state is taken, before its code is sent to the provider: where the same
    /// answer comes twice at the same time, as by a double click, only one of the two requests sends it. Gives
    /// whether it is this one.
    ///
    /// A session that gets another id with this request, because the person's roles have changed, is stored at the
    /// request's end as any other: whatever fails before, the browser keeps the id that it has.
    async fn is_first(&self, state: &str) -> Result<bool, Failure> {
        if self.session.id().is_none() {
            return Ok(true);
        }
        self.session.save().await.map_err(while_("writing the session"))?;
        Ok(!self.store.was_taken(state))
    }
}

impl Identity {
    /// Finds the sign-in that this answers, and completes it.
    async fn complete(
        &self,
        browser: &Browser,
        headers: &HeaderMap,
        answer: &Answer,
    ) -> Result<Arrived, Stop> {
        let session = &browser.session;
        let state = answer.one("state").unwrap_or_default();
        let Some(under_way) = self.take(session, state).await? else {
            // The same answer twice: a double click, or the browser's history.
            let completed: Option<Completed> =
                session.get(COMPLETED).await.map_err(while_("reading the session"))?;
            return match completed {
                Some(completed) if browser.signed_in && completed.state == state => {
                    Ok(Arrived { to: completed.return_to, language: None })
                }
                _ => Err(belongs_to_none(routes::sign_in_for(routes::HOME))),
            };
        };
        // Whatever it comes to but a sign-in, the page where it is begun anew shows again what was ticked.
        keep_chosen(session, &under_way.return_to, &under_way.scopes)
            .await
            .map_err(while_("writing the session"))?;
        if !browser.is_first(state).await? {
            return if browser.signed_in {
                Ok(Arrived { to: under_way.return_to, language: None })
            } else {
                Err(belongs_to_none(self.anew(&under_way)))
            };
        }
        let arrived = self.finish(session, headers, answer, under_way.clone()).await;
        // To load the page once more is enough when the provider is back, unless it may have taken the code.
        if matches!(arrived, Err(Stop::Unavailable { once_more: true, .. })) {
            remember(session, under_way).await?;
        }
        arrived
    }

    /// Checks the answer, signs the person in and says where to go.
    async fn finish(
        &self,
        session: &Session,
        headers: &HeaderMap,
        answer: &Answer,
        under_way: UnderWay,
    ) -> Result<Arrived, Stop> {
        let anew = self.anew(&under_way);
        let stop = |error: ProviderError| {
            tracing::warn!(%error, "a sign-in was not completed");
            match error {
                ProviderError::Unavailable(_) | ProviderError::Ours(_) => {
                    Stop::Unavailable { anew: anew.clone(), once_more: true }
                }
                ProviderError::Spent(_) => {
                    Stop::Unavailable { anew: anew.clone(), once_more: false }
                }
                ProviderError::Refused(_) => Stop::NotCompleted { anew: anew.clone() },
            }
        };
        let refused = |why: &str| stop(ProviderError::Refused(why.to_owned()));
        if !self.provider.is_issuer(answer.one("iss")).await.map_err(stop)? {
            return Err(refused("the answer names another issuer"));
        }
        match answer.one("error") {
            None => {}
            // The provider leads there, which is no page of ours: an address that names what is needed
            // would be one of anybody's.
            Some("access_denied") => {
                return Err(Stop::Denied { anew: routes::sign_in_for(&under_way.return_to) });
            }
            Some("temporarily_unavailable" | "server_error") => {
                return Err(stop(ProviderError::Unavailable("it says so itself".to_owned())));
            }
            // The code comes through the browser, so it is not written to the log.
            Some(_) => return Err(refused("the provider answered with an error")),
        }
        let code = answer.one("code").ok_or_else(|| refused("the answer has no code"))?;
        let proof = self
            .provider
            .redeem(&Return {
                code,
                state: &under_way.state,
                nonce: &under_way.nonce,
                verifier: &under_way.verifier,
                scopes: &under_way.scopes,
                request: &self.secret(),
            })
            .await
            .map_err(stop)?;
        let arrived = self.let_in(session, headers, proof, under_way).await?;
        arrived.ok_or_else(|| refused("it was ended at the provider meanwhile"))
    }

    /// Signs in whom the provider has proved, unless it has ended that meanwhile ([`super::ended`]).
    async fn let_in(
        &self,
        session: &Session,
        headers: &HeaderMap,
        proof: Proof,
        under_way: UnderWay,
    ) -> Result<Option<Arrived>, Failure> {
        let ends = self.ends(&proof.subject, proof.sid.as_deref());
        // As a rule it is known by now, and what waits in the browser's session goes on waiting.
        if self.has_ended(&ends, under_way.at).await? {
            return Ok(None);
        }
        let account = self.record(&under_way, &proof).await?;
        let language = sign_in::language(&self.platform, account).await?;
        self.begin_session(session, headers, account, proof, &under_way).await?;
        // Now, and not at the request's end: from here on a logout token finds it.
        session.save().await.map_err(while_("writing the session"))?;
        let ended = self.has_ended(&ends, under_way.at).await;
        if matches!(ended, Ok(false)) {
            return Ok(Some(Arrived { to: under_way.return_to, language }));
        }
        // Also where it cannot be known.
        let end = async {
            session.flush().await?;
            keep_chosen(session, &under_way.return_to, &under_way.scopes).await
        };
        end.await.map_err(while_("ending a session"))?;
        ended.map(|_| None)
    }

    /// The sign-in that this browser began with `state`, which counts once.
    async fn take(&self, session: &Session, state: &str) -> Result<Option<UnderWay>, Failure> {
        let known: Option<Vec<UnderWay>> =
            session.get(UNDER_WAY).await.map_err(while_("reading the session"))?;
        let mut all = known.unwrap_or_default();
        let Some(found) = all.iter().position(|one| one.state == state) else { return Ok(None) };
        let found = all.remove(found);
        session.insert(UNDER_WAY, all).await.map_err(while_("writing the session"))?;
        let now = self.platform.now().timestamp();
        Ok((now - found.at < PATIENCE).then_some(found))
    }

    /// Keeps what was released. A provider that does not say what was granted granted all.
    async fn record(&self, under_way: &UnderWay, proof: &Proof) -> Result<Uuid, Failure> {
        let settings = self.provider.settings();
        let granted = match &proof.granted {
            // Never more than was asked for: nobody was told why.
            Some(granted) => under_way.scopes.intersection(granted).cloned().collect(),
            None => under_way.scopes.clone(),
        };
        // As the page before the sign-in said them.
        let purposes: Vec<_> =
            granted.iter().map(|scope| (scope.clone(), settings.purposes(scope))).collect();
        let released =
            mapping::released(settings, &self.regions, &granted, &proof.claims, proof.assured);
        let issuer = settings.issuer_id();
        let sign_in = SignIn {
            subject: self.subjects.of(issuer, &proof.subject),
            issuer,
            administrator: self.administrators.contains(&proof.subject) && self.is_enough(proof),
            granted: &purposes,
            released: &released,
            consent_days: settings.consent_days,
        };
        sign_in::record(&self.platform, &self.attributes, &sign_in).await
    }

    /// Whether this is the minimum of assurance, or there is none.
    fn is_enough(&self, proof: &Proof) -> bool {
        proof.assured || !self.provider.settings().assured_only
    }

    /// Throws away what waits in the browser's session for somebody else, or for nobody knows
    /// whom: at a shared computer the next one to sign in is another person. Sign-ins that are
    /// under way in other tabs hold nothing of a person and go on.
    async fn leave_to_others(&self, session: &Session, account: Uuid) -> Result<(), Failure> {
        let of: Option<Uuid> =
            session.get(SESSION_ACCOUNT_KEY).await.map_err(while_("reading the session"))?;
        let nobodys = of.is_none() && kept_for_owner(session).await == Some(false);
        let typed_by: Option<Owner> =
            session.remove(TYPED_BY).await.map_err(while_("emptying the session"))?;
        let nobodys = nobodys && typed_by.is_none();
        let theirs = match (of, typed_by) {
            (Some(of), _) => of == account,
            (None, Some(by)) => Owner::of(&self.platform.db, account).await? == Some(by),
            (None, None) => false,
        };
        if theirs {
            return Ok(());
        }
        let empty = async {
            let under_way: Option<Vec<UnderWay>> = session.get(UNDER_WAY).await?;
            session.clear().await;
            session.insert(UNDER_WAY, under_way.unwrap_or_default()).await
        };
        empty.await.map_err(while_("emptying the session"))?;
        // Whoever typed it should not believe that it was saved. Of another person's nothing is said.
        if nobodys {
            flash(session, Flash::NotKept).await;
        }
        Ok(())
    }

    /// Gives the session its account, under a new id.
    async fn begin_session(
        &self,
        session: &Session,
        headers: &HeaderMap,
        account: Uuid,
        proof: Proof,
        under_way: &UnderWay,
    ) -> Result<(), Failure> {
        self.leave_to_others(session, account).await?;
        session.cycle_id().await.map_err(while_("cycling the session"))?;
        // Of a sign-in while there is no minimum it is not known that it was at one.
        let assured = self.provider.settings().minimum().filter(|_| proof.assured);
        let grants = if self.is_enough(&proof) {
            roles::grants(&self.platform.db, account).await?
        } else {
            Vec::new()
        };
        let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let device = sessions::device(user_agent.unwrap_or_default());
        let completed =
            Completed { state: under_way.state.clone(), return_to: under_way.return_to.clone() };
        let write = async {
            session.insert(SESSION_ACCOUNT_KEY, account).await?;
            session.insert(caller::ASSURED, assured).await?;
            session.insert(caller::GRANTS, grants).await?;
            session.insert(SIGNED_IN_AT, self.platform.now().timestamp()).await?;
            session.insert(DEVICE, (!device.is_empty()).then_some(device)).await?;
            session.insert(PROVIDER_SID, proof.sid).await?;
            session.insert(ID_TOKEN_HINT, proof.hint).await?;
            forget_chosen(session).await?;
            session.insert(COMPLETED, completed).await
        };
        write.await.map_err(while_("writing the session"))
    }
}

#[cfg(test)]
mod tests {
    use super::Answer;

    #[test]
    fn a_parameter_that_comes_twice_does_not_count() {
        let answer = Answer::of(Some("state=a&code=b&state=c"));
        assert_eq!(answer.one("code"), Some("b"));
        assert_eq!(answer.one("state"), None);
        assert_eq!(answer.one("iss"), None);
    }
}
