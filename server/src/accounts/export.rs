//! `GET /account/download`: everything that the portal keeps of a person, as one JSON file, for
//! that person alone.

use crate::{
    accounts::{
        AccountsPort, access, consent_list,
        sign_ins::{self, Kept},
    },
    error::while_,
    identity::{caller::ASSURED, sessions::SIGNED_IN_AT},
    notices,
    polls::{
        participation::respondent,
        record::{Poll, ids_with_key},
    },
    staff::deeds::{self, Deeds, Held},
    store::{account, poll},
};
use axum::{
    Extension, Router,
    extract::State,
    http::header,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use chrono::{DateTime, NaiveDate};
use ports::{
    caller::{Caller, SignedIn},
    failure::Failure,
    forms::{Form, stashed, stashed_all},
    routes,
    views::{
        ZonedMoment,
        account::{Access, Consent, Data, Notice, STATED_FORM, StatedFields, Use, Who},
        take::{FORMS, Waiting},
    },
};
use questionnaire::{Answers, Question, Text, Typed, audience::StoredFacts};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

/// The name of the file's format.
const FORMAT: &str = "veche-account/4";

/// The file.
#[derive(Serialize)]
pub struct Export {
    format: &'static str,
    made_at: ZonedMoment,
    /// Whose calendar the days are of; moments say by how much it is apart from UTC then.
    time_zone: &'static str,
    account: Account,
    data: Data,
    consents: Vec<Consent>,
    uses: Vec<Access>,
    sign_ins: Vec<Kept>,
    session: Holds,
    notices: Vec<Notice>,
    answers: Vec<PollAnswers>,
    staff: Deeds,
}

#[derive(Serialize)]
struct Account {
    id: Uuid,
    provider: String,
    created_at: ZonedMoment,
    last_sign_in_at: ZonedMoment,
    language: Option<String>,
    inbox_seen_at: Option<ZonedMoment>,
    staff_code: Option<String>,
    roles: Vec<Held>,
}

/// What the session of this browser holds of the person, beside what is kept of the sign-in itself. What else is in it
/// opens something (the provider's token, one for the API that is shown once), is the staff's work on a poll, or is
/// for the page that comes next.
#[derive(Serialize)]
struct Holds {
    /// When the person signed in.
    signed_in_at: Option<ZonedMoment>,
    /// The minimum of assurance at which that was, where there was one.
    assured_at: Option<String>,
    unsaved: Vec<Unsaved>,
    /// What was to be stated on the page of the person's data and could not be saved.
    unsaved_data: Option<UnsavedData>,
}

/// What was typed and could not be saved. It waits for its page.
#[derive(Serialize)]
struct Unsaved {
    poll: Uuid,
    title: Option<Text>,
    /// From 1.
    question: usize,
    /// What `question` is, whole: nothing of the poll may be among the answers.
    asked: Option<Question>,
    typed: Typed,
}

/// As it was typed.
#[derive(Serialize)]
struct UnsavedData {
    gender: String,
    region: String,
}

/// What was typed or sent to one poll.
#[derive(Serialize)]
struct PollAnswers {
    poll: Uuid,
    title: Text,
    /// Whole: answers and drafts name what was chosen by its code, and are of use with its words only.
    questions: Vec<Question>,
    sent: Option<Sent>,
    draft: Option<Begun>,
    /// Whether it is kept, until the poll closes, that the person was in interim totals and withdrew.
    left_a_batch: bool,
}

#[derive(Serialize)]
struct Begun {
    typed: BTreeMap<String, Typed>,
    saved_on: NaiveDate,
}

#[derive(Serialize)]
struct Sent {
    reference: String,
    answers: Answers,
    facts: StoredFacts,
    /// What the region's code stands for, where it is known.
    region_name: Option<Text>,
    special_consent: bool,
    received_on: NaiveDate,
    changed_on: Option<NaiveDate>,
    /// The number of the interim batch that counts it, as it is stored; 0 where it came when no more were
    /// drawn.
    interim_batch: Option<i32>,
}

/// The route, to be wrapped by the layers that know the caller.
pub fn routes(port: Arc<AccountsPort>) -> Router {
    Router::new().route(routes::ACCOUNT_DOWNLOAD, get(download)).with_state(port)
}

async fn download(
    State(port): State<Arc<AccountsPort>>,
    Extension(caller): Extension<Caller>,
) -> Response {
    let Some(person) = caller.0 else {
        // To the page that has the link, and by that to sign in. A file would leave the browser on the
        // provider's last page, as if signing in had come to nothing.
        return Redirect::to(routes::ACCOUNT).into_response();
    };
    let export = match port.export(&person).await {
        Ok(export) => export,
        Err(failure) => return failure.status().into_response(),
    };
    let name = format!("attachment; filename=\"veche-{}.json\"", port.platform.today());
    let body = serde_json::to_vec_pretty(&export).expect("every key of the file is a text");
    let kind = "application/json; charset=utf-8".to_owned();
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], body).into_response()
}

impl AccountsPort {
    /// Everything that the portal keeps of the person who asks.
    ///
    /// # Errors
    /// When a store cannot be read.
    pub async fn export(&self, person: &SignedIn) -> Result<Export, Failure> {
        use ports::Accounts as _;
        let row = account::Entity::find_by_id(person.account)
            .one(&self.platform.db)
            .await
            .map_err(while_("reading an account"))?
            .ok_or(Failure::SignedOut)?;
        let zone = self.platform.zone;
        let export = Export {
            format: FORMAT,
            made_at: zone.zoned(self.platform.now()),
            time_zone: zone.0.name(),
            account: Account {
                id: row.id,
                provider: row.provider,
                created_at: zone.zoned(row.created_at),
                last_sign_in_at: zone.zoned(row.last_sign_in_at),
                language: row.language,
                inbox_seen_at: row.inbox_seen_at.map(|at| zone.zoned(at)),
                staff_code: row.staff_code,
                roles: deeds::roles(&self.platform, person.account).await?,
            },
            data: self.data(person).await?,
            consents: consent_list::all(&self.platform, &self.labels, person.account).await?,
            uses: access::all(&self.platform, person.account).await?,
            sign_ins: sign_ins::kept(&self.platform, person).await?,
            session: self.session(person).await?,
            notices: notices::inbox(&self.platform, &self.catalogue, person).await?,
            answers: self.answers(person).await?,
            staff: deeds::of(&self.platform, person.account).await?,
        };
        let db = &self.platform.writer;
        access::record(db, &self.platform, person.account, Who::Yourself, Use::Download).await?;
        Ok(export)
    }

    /// What the session holds by which the person asks.
    async fn session(&self, person: &SignedIn) -> Result<Holds, Failure> {
        const READING: &str = "reading the session";
        let session = &person.session;
        let signed_in_at: Option<i64> = session.get(SIGNED_IN_AT).await.map_err(while_(READING))?;
        let signed_in_at = signed_in_at.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let assured: Option<Option<String>> =
            session.get(ASSURED).await.map_err(while_(READING))?;
        Ok(Holds {
            signed_in_at: signed_in_at.map(|at| self.platform.zone.zoned(at)),
            assured_at: assured.flatten(),
            unsaved: self.unsaved(person).await?,
            unsaved_data: self.unsaved_data(person).await,
        })
    }

    /// What the person typed and waits in the session. As on its pages, nothing of it that was typed in a form of
    /// somebody else's.
    async fn unsaved(&self, person: &SignedIn) -> Result<Vec<Unsaved>, Failure> {
        let waiting = stashed_all::<Option<Waiting>>(&person.session, FORMS).await;
        let respondent = respondent(person).await?;
        let mut all = Vec::new();
        for (of, form) in waiting {
            let parts = of.split_once('/').and_then(|(poll, question)| {
                Some((poll.parse::<Uuid>().ok()?, question.parse::<usize>().ok()?))
            });
            let (Some((poll, question)), Some(waiting)) = (parts, form.typed) else { continue };
            let owner = match self.vault.form_owner(&respondent, poll).await {
                // Nobody can tell any more whose is whose.
                Err(vault::Error::KeyDestroyed | vault::Error::UnknownPoll) => String::new(),
                owner => owner.map_err(while_("reading whose a form is"))?,
            };
            if !waiting.is_of(&owner) {
                continue;
            }
            // Of one that is not public nothing is told, whatever a form says.
            let public = match self.catalogue.public_poll(poll).await {
                Err(Failure::NotFound) => None,
                found => Some(found?),
            };
            let title = public.as_ref().map(|poll| poll.title.clone());
            // Question 0 is none.
            let asked = public
                .zip(question.checked_sub(1))
                .and_then(|(poll, place)| poll.questionnaire.questions.get(place).cloned());
            all.push(Unsaved { poll, title, question, asked, typed: waiting.typed });
        }
        Ok(all)
    }

    /// The same of what is stated. It waits for its page, too.
    async fn unsaved_data(&self, person: &SignedIn) -> Option<UnsavedData> {
        use ports::Accounts as _;
        let waiting: Form<StatedFields> = stashed(&person.session, STATED_FORM).await?;
        let StatedFields { gender, region, mark } = waiting.typed;
        (!self.is_of_another(person, &mark)).then_some(UnsavedData { gender, region })
    }

    /// The person's own answers and drafts. Where a poll's key was destroyed nobody can tell any
    /// more which answers they were.
    async fn answers(&self, person: &SignedIn) -> Result<Vec<PollAnswers>, Failure> {
        let respondent = respondent(person).await?;
        let ids = ids_with_key(&self.platform.db).await?;
        let unread = |error| match error {
            vault::Error::Busy => Failure::Busy,
            error => while_("reading own answers")(error),
        };
        let found = self.vault.standings(&respondent, &ids).await.map_err(unread)?;
        let left = self.vault.left_batches(&respondent, &ids).await.map_err(unread)?;
        // Of all the others nothing is needed, and a poll with its questions is long.
        let concerned = |id: &Uuid| {
            found.answered.contains(id) || found.drafts.contains(id) || left.contains(id)
        };
        let rows = poll::Entity::find()
            .filter(poll::Column::Id.is_in(ids.into_iter().filter(concerned)))
            .order_by_asc(poll::Column::CreatedAt)
            .order_by_asc(poll::Column::Id)
            .all(&self.platform.db)
            .await
            .map_err(while_("reading polls"))?;
        let mut all = Vec::new();
        for row in rows {
            let id = row.id;
            let left_a_batch = left.contains(&id);
            let poll = Poll::try_from(row)?;
            let own = self.vault.own(&respondent, id).await.map_err(unread)?;
            let draft = self.vault.kept_draft(&respondent, id).await.map_err(unread)?;
            let name = |code: &String| {
                let known = self.portal.regions.iter().find(|region| region.code == *code);
                known.map(|region| region.name.clone())
            };
            all.push(PollAnswers {
                poll: id,
                title: poll.title,
                questions: poll.questionnaire.questions,
                sent: own.map(|own| Sent {
                    reference: own.reference,
                    answers: own.answers,
                    region_name: own.facts.region.as_ref().and_then(name),
                    facts: own.facts,
                    special_consent: own.special_consent,
                    received_on: own.received_on,
                    changed_on: own.changed_on,
                    interim_batch: own.batch,
                }),
                draft: draft.map(|(draft, saved_on)| Begun { typed: draft.typed, saved_on }),
                left_a_batch,
            });
        }
        Ok(all)
    }
}
