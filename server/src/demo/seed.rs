//! The demonstration's data: departments with their staff, polls in every state, citizens who
//! answered.
//!
//! Accounts come from a sign-in's record, departments and roles from the functions that
//! administrators' requests take, answers from a session through the vault, states from
//! [`Life::change`], releases from their publisher. A poll itself, and what was decided because of
//! it, is written here, as [`authoring`](crate::polls::authoring) would write it: row and line of the log
//! in one transaction; its port would take one form after the other, of somebody who is signed in. The
//! clock is set back, so that a poll can have opened three weeks ago.

use crate::{
    accounts::{
        attributes::Attributes,
        portal_key,
        sign_in::{self, SignIn, Subjects},
    },
    clock::ManualClock,
    config::{Config, provider::Source},
    demo::{
        crowd::{self, Habit},
        people::People,
    },
    entropy::AsRng,
    error::while_,
    identity::{
        mapping::{self, Claims},
        sessions::Sessions,
    },
    platform::Platform,
    polls::{Life, authoring::RETENTION_DAYS, catalogue::Catalogue, record::Poll},
    staff::{departments, log, roles},
    statistics::publisher::Publisher,
    store::poll as poll_table,
};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use ports::{actions::Action, failure::Failure, roles::Role, states::State};
use questionnaire::{Audience, Language, Plan, Questionnaire, Special, Text};
use rand::{SeedableRng as _, rngs::StdRng};
use sea_orm::EntityTrait as _;
use serde::Deserialize;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use tower_sessions::Session;
use uuid::Uuid;
use vault::{Respondent, SESSION_ACCOUNT_KEY, Submission, Vault};

/// Invented citizens who answered the closed poll.
const CROWD: usize = 400;
/// Others who answered the one before it.
const CROWD_BEFORE: usize = 150;
/// One in so many of them answered the open polls, too.
const ONE_IN: usize = 3;
/// Demo people who answered the closed poll, so that a visitor finds answers of their own.
const ANSWERED: [&str; 4] = ["demo-anna", "demo-boris", "demo-mikhail", "demo-polina"];

/// A poll of the demonstration.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    code: String,
    department: String,
    title: Text,
    purpose: Text,
    special: Option<String>,
    audience: Audience,
    plan: Plan,
    questionnaire: Questionnaire,
    habits: BTreeMap<String, Habit>,
    outcome: Text,
}

/// How a poll of the demonstration came to be: days before and after the present.
struct History {
    code: &'static str,
    written: i64,
    opens: i64,
    closes: i64,
    state: State,
}

const HISTORY: [History; 7] = [
    History {
        code: "parks-before",
        written: -39,
        opens: -35,
        closes: -28,
        state: State::Published,
    },
    History { code: "parks", written: -29, opens: -21, closes: -7, state: State::Published },
    History { code: "election", written: -10, opens: -3, closes: 18, state: State::Open },
    History { code: "buses", written: -9, opens: -2, closes: 12, state: State::Open },
    History { code: "budget", written: -5, opens: 3, closes: 17, state: State::Scheduled },
    History { code: "stops", written: -1, opens: 7, closes: 21, state: State::InReview },
    History { code: "night", written: 0, opens: 0, closes: 0, state: State::Draft },
];

/// Makes the data, unless there is some already. Gives whether it did.
///
/// # Errors
/// When a store cannot be written.
pub async fn seed(
    config: &Config,
    platform: &Platform,
    vault: &Arc<Vault>,
) -> Result<bool, Failure> {
    if !departments::all(&platform.db).await?.is_empty() {
        return Ok(false);
    }
    let masters = config.keys.masters().map_err(Failure::internal)?;
    let key = portal_key::load(&platform.db, &masters, &*platform.entropy)
        .await
        .map_err(Failure::internal)?;
    let now = platform.now();
    let clock = Arc::new(ManualClock::new(now));
    let platform = Platform { clock: clock.clone(), ..platform.clone() };
    let regions = config.portal.regions.iter().map(|region| region.code.clone()).collect();
    let seeder = Seeder {
        attributes: Attributes::new(platform.clone(), &*key),
        subjects: Subjects::new(&*key),
        life: Life {
            platform: platform.clone(),
            vault: vault.clone(),
            catalogue: Catalogue::new(platform.clone()),
            publisher: Publisher::of_stores(platform.writer.clone(), vault.clone()),
            regions,
            releasable: config.provider.targets().into(),
            backup_days: config.portal.backup_days,
        },
        sessions: Arc::new(Sessions::new(platform.clone(), config.sessions)),
        platform,
        clock,
        config,
        now,
    };
    seeder.everything().await?;
    Ok(true)
}

struct Seeder<'a> {
    platform: Platform,
    clock: Arc<ManualClock>,
    attributes: Attributes,
    subjects: Subjects,
    life: Life,
    sessions: Arc<Sessions>,
    config: &'a Config,
    now: DateTime<Utc>,
}

/// Who works where.
struct Staff {
    departments: BTreeMap<String, Uuid>,
    authors: BTreeMap<Uuid, Uuid>,
    reviewer: Uuid,
}

impl Seeder<'_> {
    async fn everything(&self) -> Result<(), Failure> {
        let people = People::demo();
        let staff = self.staff(&people).await?;
        let drafts: Vec<Draft> = serde_json::from_str(include_str!("polls.json"))
            .map_err(while_("reading the demonstration's polls"))?;
        let mut polls = BTreeMap::new();
        for history in &HISTORY {
            let draft = drafts
                .iter()
                .find(|draft| draft.code == history.code)
                .ok_or_else(|| Failure::internal("a poll of the demonstration is missing"))?;
            let poll = self.poll(draft, history, &staff).await?;
            polls.insert(history.code, (poll, &draft.habits));
        }
        self.crowd_before(&polls["parks-before"]).await?;
        self.crowd(&people, &polls).await?;
        for code in ["parks-before", "parks"] {
            let outcome = drafts.iter().find(|draft| draft.code == code).map(|d| &d.outcome);
            self.publish(&polls[code].0, outcome).await?;
        }
        Ok(())
    }

    /// Ten in the morning of a day so many days from now.
    fn at(&self, days: i64) -> DateTime<Utc> {
        let ten = NaiveTime::from_hms_opt(10, 0, 0).expect("ten is an hour");
        let day = self.platform.zone.day(self.now + TimeDelta::days(days));
        let there = self.platform.zone.moment(day.and_time(ten));
        there.unwrap_or(self.now + TimeDelta::days(days))
    }

    /// Signs a person in as the callback does after its checks.
    async fn sign_in(&self, sub: &str, scopes: &[&str], userinfo: Value) -> Result<Uuid, Failure> {
        let settings = &self.config.provider;
        let granted: BTreeSet<String> = scopes.iter().map(|&scope| scope.to_owned()).collect();
        let purposes: Vec<_> =
            granted.iter().map(|scope| (scope.clone(), settings.purposes(scope))).collect();
        let claims = Claims::from([(Source::Userinfo, userinfo)]);
        let released =
            mapping::released(settings, &self.config.portal.regions, &granted, &claims, true);
        let issuer = settings.issuer_id();
        let sign_in = SignIn {
            subject: self.subjects.of(issuer, sub),
            issuer,
            administrator: self.config.staff.administrators.iter().any(|admin| admin == sub),
            granted: &purposes,
            released: &released,
            consent_days: settings.consent_days,
        };
        sign_in::record(&self.platform, &self.attributes, &sign_in).await
    }

    async fn staff(&self, people: &People) -> Result<Staff, Failure> {
        self.clock.set(self.at(-40));
        let mut departments = BTreeMap::new();
        for department in people.departments() {
            let name = Text::both(&*department.en, &*department.ru);
            let region = Some(department.region.clone());
            let id = departments::create(&self.platform, None, &name, region)
                .await?
                .map_err(|_| Failure::internal("two demo departments are the same"))?;
            departments.insert(department.code.clone(), id);
        }
        let (mut authors, mut reviewer) = (BTreeMap::new(), None);
        for person in people.iter() {
            let Some(staff) = &person.staff else { continue };
            let role = Role::from_code(&staff.role)
                .ok_or_else(|| Failure::internal("a demo person has an unknown role"))?;
            let department =
                staff.department.as_ref().and_then(|code| departments.get(code).copied());
            let claims = people.claims(&person.sub, &["fullname"]).unwrap_or_default();
            let account = self.sign_in(&person.sub, &["fullname"], claims).await?;
            let tx = self.platform.begin().await.map_err(while_("appointing the staff"))?;
            roles::give(&tx, &self.platform, None, account, role, department).await?;
            tx.commit().await.map_err(while_("appointing the staff"))?;
            match (role, department) {
                (Role::Initiator, Some(department)) => {
                    authors.insert(department, account);
                }
                (Role::Reviewer, _) => reviewer = Some(account),
                _ => {}
            }
        }
        let reviewer = reviewer.ok_or_else(|| Failure::internal("no demo person reviews"))?;
        Ok(Staff { departments, authors, reviewer })
    }

    /// Writes a poll and takes it to the state before its answers.
    async fn poll(&self, draft: &Draft, history: &History, staff: &Staff) -> Result<Poll, Failure> {
        let department = *staff
            .departments
            .get(&draft.department)
            .ok_or_else(|| Failure::internal("a poll of the demonstration has no department"))?;
        let author = *staff.authors.get(&department).ok_or_else(|| {
            Failure::internal("a department of the demonstration has no initiator")
        })?;
        let written = self.at(history.written).min(self.now);
        self.clock.set(written);
        let scheduled = |days| (history.state != State::Draft).then(|| self.at(days));
        let poll = Poll {
            id: self.platform.uuid(),
            department,
            author,
            state: State::Draft,
            revision: 1,
            languages: Language::ALL.into(),
            title: draft.title.clone(),
            purpose: draft.purpose.clone(),
            questionnaire: draft.questionnaire.clone(),
            audience: draft.audience.clone(),
            plan: draft.plan.clone(),
            special: draft.special.as_deref().and_then(Special::from_code),
            special_chosen: draft.special.is_some(),
            opens_at: scheduled(history.opens),
            closes_at: scheduled(history.closes),
            retention_days: RETENTION_DAYS,
            outcome: None,
            created_at: written,
            updated_at: written,
            opened_at: None,
            closed_at: None,
            published_at: None,
            key_destroyed_at: None,
            backup_days: None,
        };
        let tx = self.platform.begin().await.map_err(while_("writing a demo poll"))?;
        poll_table::Entity::insert(poll.row())
            .exec_without_returning(&tx)
            .await
            .map_err(while_("writing a demo poll"))?;
        let entry = poll.log_entry(Action::PollCreated, Some(author));
        log::record(&tx, &self.platform, entry).await?;
        tx.commit().await.map_err(while_("writing a demo poll"))?;

        let opens = self.at(history.opens);
        let steps = [
            (State::InReview, Some(author), written + TimeDelta::hours(3)),
            (State::Scheduled, Some(staff.reviewer), written + TimeDelta::days(2)),
            (State::Open, None, opens),
        ];
        for (state, actor, at) in steps {
            if history.state >= state {
                self.change(poll.id, state, actor, at.min(self.now)).await?;
            }
        }
        Poll::load(&self.platform.db, poll.id).await
    }

    async fn change(
        &self,
        poll: Uuid,
        to: State,
        actor: Option<Uuid>,
        at: DateTime<Utc>,
    ) -> Result<(), Failure> {
        self.clock.set(at);
        let poll = Poll::load(&self.platform.db, poll).await?;
        self.life.change(&poll, to, actor, None, at).await
    }

    /// Other people than the later crowd answer the first poll.
    async fn crowd_before(&self, poll: &(Poll, &BTreeMap<String, Habit>)) -> Result<(), Failure> {
        let mut rng = StdRng::seed_from_u64(2025);
        let at = self.at(-32);
        self.clock.set(at);
        for number in CROWD..CROWD + CROWD_BEFORE {
            let person = crowd::person(number, self.platform.today(), &mut rng);
            let account = self.sign_in(&person.sub, &crowd::SCOPES, person.claims.clone()).await?;
            self.answer(account, person.age, poll, at, &mut rng).await?;
        }
        Ok(())
    }

    /// People sign in and answer.
    async fn crowd(
        &self,
        people: &People,
        polls: &BTreeMap<&str, (Poll, &BTreeMap<String, Habit>)>,
    ) -> Result<(), Failure> {
        // The people are the same each time; their keys and pseudonyms are not.
        let mut rng = StdRng::seed_from_u64(2026);
        let (first, last) = (self.at(-21), self.at(-7));
        let parks = &polls["parks"];
        let others = [&polls["election"], &polls["buses"]];
        for number in 0..CROWD {
            let part = i32::try_from(number).unwrap_or(0);
            let at = first + (last - first) * part / i32::try_from(CROWD).unwrap_or(1);
            self.clock.set(at);
            let person = crowd::person(number, self.platform.today(), &mut rng);
            let account = self.sign_in(&person.sub, &crowd::SCOPES, person.claims.clone()).await?;
            self.answer(account, person.age, parks, at, &mut rng).await?;
            if number.is_multiple_of(ONE_IN) {
                for poll in others {
                    let at = poll.0.opened_at.unwrap_or(self.now);
                    let at = at + (self.now - at) * part / i32::try_from(CROWD).unwrap_or(1);
                    self.answer(account, person.age, poll, at, &mut rng).await?;
                }
            }
        }
        let at = first + TimeDelta::days(6);
        self.clock.set(at);
        for sub in ANSWERED {
            let scopes = ["fullname", "birthdate", "gender", "addresses"];
            let person =
                people.find(sub).ok_or_else(|| Failure::internal("a demo person is missing"))?;
            let claims = people.claims(sub, &scopes).unwrap_or_default();
            let account = self.sign_in(sub, &scopes, claims).await?;
            let age = person.age_on(self.platform.today()).unwrap_or(40);
            self.answer(account, age, parks, at, &mut rng).await?;
        }
        Ok(())
    }

    /// What somebody who is signed in does, if the poll asks them.
    async fn answer(
        &self,
        account: Uuid,
        age: u32,
        (poll, habits): &(Poll, &BTreeMap<String, Habit>),
        at: DateTime<Utc>,
        rng: &mut StdRng,
    ) -> Result<(), Failure> {
        let today = self.platform.zone.day(at);
        let facts = self.attributes.facts(account).await?;
        if poll.audience.admits(&facts, today).is_err() {
            return Ok(());
        }
        let session = Session::new(None, self.sessions.clone(), None);
        session.insert(SESSION_ACCOUNT_KEY, account).await.map_err(while_("signing in"))?;
        let respondent = Respondent::from_session(&session)
            .await
            .map_err(while_("signing in"))?
            .ok_or(Failure::SignedOut)?;
        let answers = crowd::answers(&poll.questionnaire, habits, age, rng);
        let submission = Submission {
            special_consent: poll.special.is_some(),
            ..Submission::new(&poll.questionnaire, &answers, facts.stored(&poll.plan, today))
        };
        let mut entropy = AsRng(&*self.platform.entropy);
        let sent = self.life.vault.submit(&respondent, poll.id, submission, today, &mut entropy);
        sent.await.map_err(while_("answering a demo poll"))?;
        Ok(())
    }

    /// Closes the poll, publishes it, and says what was decided.
    async fn publish(&self, poll: &Poll, outcome: Option<&Text>) -> Result<(), Failure> {
        let closes = poll.closes_at.unwrap_or(self.now);
        self.change(poll.id, State::Closed, None, closes).await?;
        self.change(poll.id, State::Published, None, closes + TimeDelta::minutes(1)).await?;
        let mut poll = Poll::load(&self.platform.db, poll.id).await?;
        let (state, revision) = (poll.state, poll.revision);
        let decided = (closes + TimeDelta::days(5)).min(self.now);
        self.clock.set(decided);
        poll.outcome = outcome.cloned();
        poll.revision += 1;
        poll.updated_at = decided;
        let tx = self.platform.begin().await.map_err(while_("writing an outcome"))?;
        poll.replace(&tx, state, revision).await?;
        let entry = poll.log_entry(Action::OutcomeWritten, Some(poll.author));
        log::record(&tx, &self.platform, entry).await?;
        tx.commit().await.map_err(while_("writing an outcome"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_polls_are_fit_to_be_asked() {
        let drafts: Vec<Draft> = serde_json::from_str(include_str!("polls.json")).unwrap();
        let languages = Language::ALL.into();
        for draft in &drafts {
            assert_eq!(draft.questionnaire.problems(&languages), [], "{}", draft.code);
            let history = HISTORY.iter().find(|history| history.code == draft.code).unwrap();
            assert_eq!(draft.special.is_some(), history.state > State::Draft, "{}", draft.code);
            for (code, habit) in &draft.habits {
                let question = draft.questionnaire.question(code).unwrap();
                let categories = question.kind.categories().len();
                assert!([0, categories].contains(&habit.weights.len()), "{} {code}", draft.code);
            }
        }
        let mut kinds: Vec<_> = drafts
            .iter()
            .filter(|draft| draft.code == "buses")
            .flat_map(|draft| draft.questionnaire.questions.iter())
            .map(|question| question.kind.question_type().code())
            .collect();
        kinds.sort_unstable();
        let mut all = questionnaire::QuestionType::ALL.map(questionnaire::QuestionType::code);
        all.sort_unstable();
        assert_eq!(kinds, all);
    }
}
