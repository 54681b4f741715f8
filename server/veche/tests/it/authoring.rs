//! A poll's life on the staff's side, as a browser drives it.

use crate::portal::{Answer, Browser, TestPortal, noon, releases};
use chrono::{DateTime, TimeDelta, Utc};
use migration::testing;
use ports::{actions::Action, failure::Failure, roles::Role, states::State};
use questionnaire::{Facts, Kind, Language, Special, Text};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
};
use serde_json::json;
use server::{
    config::Config,
    polls::{Life, catalogue::Catalogue, record::Poll},
    store::{department, poll, staff_log, staff_role},
};
use std::sync::Arc;
use uuid::Uuid;

/// Somebody of the staff with a browser.
pub struct Person {
    pub account: Uuid,
    pub browser: Browser,
}

pub async fn new_department(portal: &TestPortal) -> Uuid {
    let id = portal.platform.uuid();
    let row = department::ActiveModel {
        id: Set(id),
        name: Set(json!({ "en": "Department of parks", "ru": "Департамент парков" })),
        region: Set(None),
        created_at: Set(portal.platform.now()),
    };
    department::Entity::insert(row).exec_without_returning(&portal.platform.db).await.unwrap();
    id
}

async fn person(portal: &TestPortal, roles: &[(Role, Option<Uuid>)]) -> Person {
    let account = portal.account(&Facts::default()).await;
    for (role, department) in roles {
        let row = staff_role::ActiveModel {
            id: Set(portal.platform.uuid()),
            account_id: Set(account),
            department_id: Set(*department),
            role: Set(role.code().to_owned()),
            granted_at: Set(portal.platform.now()),
            granted_by: Set(None),
        };
        staff_role::Entity::insert(row).exec_without_returning(&portal.platform.db).await.unwrap();
    }
    Person { account, browser: portal.sign_in(account).await }
}

/// A portal, a department of it, and somebody who writes its polls.
pub async fn office() -> (TestPortal, Uuid, Person) {
    // Otherwise no poll could go by age.
    let dates = |config: &mut Config| releases(config, &[("birth_date", "birthdate")]);
    let portal = TestPortal::configured(dates).await;
    let department = new_department(&portal).await;
    let author = initiator(&portal, department).await;
    (portal, department, author)
}

pub async fn initiator(portal: &TestPortal, department: Uuid) -> Person {
    person(portal, &[(Role::Initiator, Some(department))]).await
}

pub async fn reviewer(portal: &TestPortal) -> Person {
    person(portal, &[(Role::Reviewer, None)]).await
}

impl Person {
    /// Signs in again, after days without a visit.
    pub async fn back(&mut self, portal: &TestPortal) {
        self.browser = portal.sign_in(self.account).await;
    }

    pub async fn get(&mut self, portal: &TestPortal, path: &str) -> Answer {
        portal.get(&mut self.browser, path).await
    }

    async fn post(&mut self, portal: &TestPortal, action: &str, form: &[(&str, &str)]) -> Answer {
        portal.post(&mut self.browser, &format!("/api/editor/{action}"), form).await
    }

    /// Sends a form about a poll on its newest revision.
    pub async fn save(
        &mut self,
        portal: &TestPortal,
        id: Uuid,
        action: &str,
        form: &[(&str, &str)],
    ) -> Answer {
        let revision = load(portal, id).await.revision.to_string();
        self.save_on(portal, id, &revision, action, form).await
    }

    /// Sends a form about a poll on the revision that it was filled in on.
    async fn save_on(
        &mut self,
        portal: &TestPortal,
        id: Uuid,
        revision: &str,
        action: &str,
        form: &[(&str, &str)],
    ) -> Answer {
        let seen = [("poll", &*id.to_string()), ("revision", revision)];
        self.post(portal, action, &[&seen, form].concat()).await
    }

    /// Begins a poll from a template; its id.
    async fn begin(&mut self, portal: &TestPortal, department: Uuid, start: &str) -> Uuid {
        let answer = self
            .post(
                portal,
                "create",
                &[
                    ("department", &department.to_string()),
                    ("languages[]", "en"),
                    ("languages[]", "ru"),
                    ("title[en]", "New benches"),
                    ("title[ru]", "Новые скамейки"),
                    ("purpose[en]", "To know where to put them"),
                    ("purpose[ru]", "Узнать, где их поставить"),
                    ("start", start),
                ],
            )
            .await;
        assert_eq!(answer.status.as_u16(), 303, "{}", answer.body);
        answer.to.strip_prefix("/staff/polls/").expect("to the poll").parse().unwrap()
    }

    /// Begins a poll and does everything up to sending it to review. Its questions are its own:
    /// one department does not ask the same twice at a time.
    pub async fn ready(&mut self, portal: &TestPortal, department: Uuid) -> Uuid {
        let id = self.ready_alike(portal, department).await;
        set(portal, id, |poll| {
            for question in &mut poll.questionnaire.questions {
                for language in Language::ALL {
                    let words = format!("{} {id}", question.title.get(language));
                    question.title.set(language, words);
                }
            }
        })
        .await;
        id
    }

    /// As [`Self::ready`], with the questions of the template.
    pub async fn ready_alike(&mut self, portal: &TestPortal, department: Uuid) -> Uuid {
        let id = self.begin(portal, department, "satisfaction").await;
        let poll = format!("/staff/polls/{id}");
        self.save(portal, id, "save-special", &[("special", "none")]).await.leads(&poll);
        self.save(portal, id, "save-schedule", SCHEDULE).await.leads(&poll);
        id
    }

    /// Begins a poll with a question of its own and fills in every form.
    pub async fn written(&mut self, portal: &TestPortal, department: Uuid) -> Uuid {
        let id = self.begin(portal, department, "blank").await;
        let poll = format!("/staff/polls/{id}");
        let question = [QUESTION, &[("action", "save")]].concat();
        self.save(portal, id, "save-question", &question).await.leads(&format!("{poll}/questions"));
        let plan = [("breakdowns[]", "gender"), ("breakdowns[]", "age_band")];
        let audience = [("regions[]", "north"), ("age_from", "18"), ("unknown", "refuse")];
        self.save(portal, id, "save-special", &[("special", "health")]).await.leads(&poll);
        self.save(portal, id, "save-schedule", SCHEDULE).await.leads(&poll);
        self.save(portal, id, "save-plan", &plan).await.leads(&poll);
        self.save(portal, id, "save-audience", &audience).await.leads(&poll);
        id
    }
}

/// A question as its form sends it; what to do with it is to be added.
const QUESTION: &[(&str, &str)] = &[
    ("question", "new"),
    ("kind", "single_choice"),
    ("title[en]", "Where do you sit?"),
    ("title[ru]", "Где вы сидите?"),
    ("required", "yes"),
    ("order", "shuffled"),
    ("options[0][text][en]", "In the park"),
    ("options[0][text][ru]", "В парке"),
    ("options[1][text][en]", "Superfluous"),
    ("options[1][text][ru]", "Лишнее"),
    ("options[2][text][en]", "At the river"),
    ("options[2][text][ru]", "У реки"),
];

/// What was decided because of a poll, in both languages.
const OUTCOME: [(&str, &str); 2] =
    [("outcome[en]", "Ten benches"), ("outcome[ru]", "Десять скамеек")];

/// Opens on 5 November 2026 at noon UTC, closes on the 10th.
const SCHEDULE: &[(&str, &str)] = &[
    ("opens_date", "2026-11-05"),
    ("opens_time", "12:00"),
    ("closes_date", "10.11.2026"),
    ("closes_time", "12:00"),
    ("retention_days", "30"),
];

pub async fn load(portal: &TestPortal, id: Uuid) -> Poll {
    Poll::load(&portal.platform.db, id).await.unwrap()
}

pub async fn state(portal: &TestPortal, id: Uuid) -> State {
    load(portal, id).await.state
}

/// Another server on the same databases.
pub fn another(portal: &TestPortal) -> Life {
    Life {
        platform: portal.platform.clone(),
        vault: Arc::clone(&portal.vault),
        catalogue: Catalogue::new(portal.platform.clone()),
        publisher: portal.publisher.clone(),
        regions: Arc::from(["north".to_owned(), "south".to_owned()]),
        releasable: portal.config.provider.targets().into(),
        backup_days: portal.config.portal.backup_days,
    }
}

pub async fn set(portal: &TestPortal, id: Uuid, change: impl FnOnce(&mut Poll)) {
    let mut poll = load(portal, id).await;
    let (state, revision) = (poll.state, poll.revision);
    change(&mut poll);
    poll.replace(&portal.platform.db, state, revision).await.unwrap();
}

/// Brings a poll that is ready to review into the state `to`, closing on the 10th.
pub async fn bring(portal: &TestPortal, id: Uuid, to: State, now: DateTime<Utc>) {
    let life = another(portal);
    let second = portal.account(&Facts::default()).await;
    for next in State::ALL {
        let poll = load(portal, id).await;
        if poll.state < to && poll.state.may_become(next) && poll.state < next {
            let actor = if next == State::InReview { poll.author } else { second };
            life.change(&poll, next, Some(actor), None, now).await.unwrap();
        }
    }
    assert_eq!(state(portal, id).await, to);
}

#[tokio::test]
async fn what_is_wrong_is_said_with_the_name_of_its_field() {
    let (portal, department, mut author) = office().await;
    let id = author.begin(&portal, department, "blank").await;
    let page = format!("/staff/polls/{id}");
    let untouched = author.get(&portal, &format!("{page}/schedule")).await;
    untouched.is(200).shows("<title>Schedule – New benches – ").hides("govuk-error");
    // Whoever leaves a page with what was typed and not saved is asked: also where it came back.
    untouched.hides("data-typed");

    let refused = author.save(&portal, id, "save-schedule", &[]).await;
    let shown = author.get(&portal, &refused.to).await;
    shown.is(422).shows("<title>Error: Schedule").shows("href=\"#closes_time\"");
    shown.shows("action=\"/api/editor/save-schedule\" data-typed");
    for named in ["Opening day: fill in this field", "Closing time: fill in this field"] {
        let times = shown.body.matches(named).count();
        assert_eq!(times, 2, "{named}: once in the summary and once at the field");
    }
    shown.hides("Fill in this field");

    let refused = author.save(&portal, id, "save-special", &[]).await;
    let shown = author.get(&portal, &refused.to).await;
    shown.is(422).shows("What does the poll ask about? Choose from the options shown");
    let typed = [("languages[]", "en"), ("purpose[en]", "To plan")];
    let refused = author.save(&portal, id, "save-basics", &typed).await;
    let shown = author.get(&portal, &refused.to).await;
    shown.is(422).shows("Title (English): enter the text in this language");
}

#[tokio::test]
async fn what_a_draft_lacks_is_said_and_keeps_it_from_review() {
    let (portal, department, mut author) = office().await;
    let id = author.begin(&portal, department, "blank").await;
    let page = format!("/staff/polls/{id}");
    let tasks = author.get(&portal, &page).await;
    tasks.is(200).shows("New benches").shows("Add at least one question").shows("Incomplete");
    tasks.shows("Set when the poll opens and closes").hides("Send for review");
    author.save(&portal, id, "submit", &[]).await.leads(&page);
    assert_eq!(state(&portal, id).await, State::Draft, "something is missing");
}

/// As a copy of a poll can ask for one that the portal had at that time: of it nobody is, and the results could
/// not be published.
#[tokio::test]
async fn a_region_that_the_portal_does_not_have_keeps_a_poll_from_review() {
    let (portal, department, mut author) = office().await;
    let from = author.ready_alike(&portal, department).await;
    set(&portal, from, |poll| {
        poll.audience.regions = ["north", "atlantis"].map(str::to_owned).into();
    })
    .await;
    let id = author.begin(&portal, department, &from.to_string()).await;
    let page = format!("/staff/polls/{id}");
    author.save(&portal, id, "save-special", &[("special", "none")]).await.leads(&page);
    author.save(&portal, id, "save-schedule", SCHEDULE).await.leads(&page);
    let tasks = author.get(&portal, &page).await;
    tasks.is(200).shows("a region that this portal does not have: atlantis");
    tasks.hides("/api/editor/submit");
    author.save(&portal, id, "submit", &[]).await.leads(&page);
    assert_eq!(state(&portal, id).await, State::Draft);

    // It is there to be taken out, and does not go unseen.
    let form = author.get(&portal, &format!("{page}/audience")).await;
    form.is(200).shows("atlantis (this portal has no such region)");
    let mut boxes = form.body.split("<input").filter_map(|rest| rest.split('>').next());
    let ticked = boxes.find(|one| one.contains("value=\"atlantis\"")).unwrap();
    assert!(ticked.contains(" checked"), "{ticked}");
    let as_shown = [("regions[]", "north"), ("regions[]", "atlantis"), ("unknown", "admit")];
    let refused = author.save(&portal, id, "save-audience", &as_shown).await;
    let told = author.get(&portal, &refused.to).await;
    told.is(422).shows("there is a region that this portal does not know");
    let without = [&as_shown[..1], &as_shown[2..]].concat();
    author.save(&portal, id, "save-audience", &without).await.leads(&page);
    author.save(&portal, id, "submit", &[]).await.leads(&page);
    assert_eq!(state(&portal, id).await, State::InReview);
}

/// A date of birth can only be released, and this portal's provider releases nothing.
#[tokio::test]
async fn an_audience_that_nobody_can_belong_to_keeps_a_poll_from_review() {
    let portal = TestPortal::new().await;
    let department = new_department(&portal).await;
    let mut author = initiator(&portal, department).await;
    let id = author.written(&portal, department).await;
    let page = format!("/staff/polls/{id}");
    let tasks = author.get(&portal, &page).await;
    tasks.is(200).shows("Nobody could take part: ").shows("people cannot state it: date of birth");
    tasks.hides("/api/editor/submit");
    author.save(&portal, id, "submit", &[]).await.leads(&page);
    assert_eq!(state(&portal, id).await, State::Draft);
    for part in ["audience", "plan"] {
        let form = author.get(&portal, &format!("{page}/{part}")).await;
        form.is(200).shows("The portal will know this of nobody").shows("date of birth");
    }
    // Where they are admitted the condition keeps nobody out, which is said.
    let admitted = [("age_from", "18"), ("unknown", "admit")];
    author.save(&portal, id, "save-audience", &admitted).await.leads(&page);
    let tasks = author.get(&portal, &page).await;
    tasks.is(200).hides("Nobody could take part").shows("The portal will know this of nobody");
    author.save(&portal, id, "submit", &[]).await.leads(&page);
    assert_eq!(state(&portal, id).await, State::InReview);
}

/// A draft keeps what was written in a language that it lost, for who puts it in again.
#[tokio::test]
async fn a_poll_is_shown_in_its_languages_and_in_no_other() {
    let (portal, department, mut author) = office().await;
    let id = author.ready_alike(&portal, department).await;
    set(&portal, id, |poll| poll.languages = [Language::Ru].into()).await;
    let page = format!("/staff/polls/{id}");
    let lost = ["New benches", "To know where to put them", "Have you used the service"];
    for (path, shown) in [
        (format!("{page}/preview/1"), "Пользовались ли вы услугой"),
        (format!("{page}/questions"), "Пользовались ли вы услугой"),
        (format!("{page}/citizen?region=&age=&gender="), "Пользовались ли вы услугой"),
        (format!("{page}/notice"), "Узнать, где их поставить"),
        (page.clone(), "Новые скамейки"),
        (format!("{page}/audience"), "Новые скамейки"),
        (format!("/staff/departments/{department}"), "Новые скамейки"),
        (format!("{page}/questionnaire.json"), "Новые скамейки"),
    ] {
        let answer = author.get(&portal, &path).await;
        answer.is(200).shows(shown);
        for words in lost {
            answer.hides(words);
        }
    }
    // Their forms bring them along.
    author.get(&portal, &format!("{page}/questions/used")).await.is(200).shows(lost[2]);
    author.get(&portal, &format!("{page}/basics")).await.is(200).shows(lost[0]).shows(lost[1]);
}

#[tokio::test]
async fn rows_of_options_come_and_go_without_a_script() {
    let (portal, department, mut author) = office().await;
    let id = author.begin(&portal, department, "blank").await;
    let questions = format!("/staff/polls/{id}/questions");
    author.get(&portal, &format!("{questions}/new")).await.is(200).shows("What kind of question");
    author.get(&portal, &format!("{questions}/new?kind=single_choice")).await.is(200);
    let form = [QUESTION, &[("action", "remove-1")]].concat();
    let rows = author.save(&portal, id, "save-question", &form).await;
    // What came to the place of the row has the focus.
    let again = format!("{questions}/new?kind=single_choice&again");
    rows.leads(&format!("{again}#option-2"));
    let rows = author.get(&portal, &again).await;
    rows.is(200).shows("Where do you sit?").shows("У реки").hides("Superfluous");
    rows.shows("id=\"option-2\"").hides("id=\"option-3\"");
    let form = [QUESTION, &[("action", "add")]].concat();
    let rows = author.save(&portal, id, "save-question", &form).await;
    rows.leads(&format!("{again}#options[3][text][en]"));
    author.get(&portal, &again).await.is(200).shows("id=\"options[3][text][en]\"");
    // Without any row it is said where they would stand.
    let bare = [&QUESTION[..4], &[("action", "save")]].concat();
    let refused = author.save(&portal, id, "save-question", &bare).await;
    let shown = author.get(&portal, &refused.to).await;
    shown.is(422).shows("href=\"#options\"").shows("id=\"options\"").shows("id=\"options-error\"");
    assert_eq!(shown.body.matches("Give at least two options").count(), 2);
    let form = [QUESTION, &[("action", "save")]].concat();
    author.save(&portal, id, "save-question", &form).await.leads(&questions);
    let poll = load(&portal, id).await;
    let question = &poll.questionnaire.questions[0];
    assert_eq!((question.code.as_str(), question.required), ("q1", true));
    let Kind::SingleChoice { options, .. } = &question.kind else { panic!("{question:?}") };
    let codes: Vec<_> = options.iter().map(|option| option.code.as_str()).collect();
    assert_eq!(codes, ["o1", "o2", "o3"]);
}

#[tokio::test]
async fn what_the_forms_set_is_stored_and_each_part_has_its_page() {
    let (portal, department, mut author) = office().await;
    let id = author.written(&portal, department).await;
    let poll = load(&portal, id).await;
    assert_eq!(poll.special, Some(Special::Health));
    assert_eq!((poll.opens_at, poll.closes_at), (Some(noon(5)), Some(noon(10))));
    assert_eq!((poll.plan.0.len(), poll.audience.age_from), (2, Some(18)));

    let page = format!("/staff/polls/{id}");
    for part in ["", "/basics", "/questions", "/questions/q1", "/audience", "/schedule", "/plan"] {
        author.get(&portal, &format!("{page}{part}")).await.is(200);
    }
    author.get(&portal, &format!("{page}/special")).await.is(200);
    author.get(&portal, &format!("{page}/notice")).await.is(200).shows("Department of parks");
    author.get(&portal, &format!("{page}/preview/1")).await.is(200).shows("In the park");
    author.get(&portal, &format!("{page}/preview/2")).await.is(404);
    author.get(&portal, &format!("{page}/preview/0")).await.is(404);
    // A key that goes with the publication stays for no days.
    set(&portal, id, |poll| poll.retention_days = 0).await;
    let at_once = "Answers can be traced until the results are published";
    author.get(&portal, &page).await.is(200).shows(at_once).hides(" 0 day");
}

/// The fact would be stored with each answer and tell nobody anything.
#[tokio::test]
async fn a_breakdown_by_what_the_audience_settles_is_not_offered_and_keeps_a_poll_from_review() {
    let (portal, department, mut author) = office().await;
    let id = author.written(&portal, department).await;
    let (page, offered) = (format!("/staff/polls/{id}"), "value=\"region\"");
    let plan = author.get(&portal, &format!("{page}/plan")).await;
    plan.is(200).hides(offered).shows("value=\"age_band\"").shows("is not offered");
    author.get(&portal, &page).await.is(200).shows("/api/editor/submit").hides("Take it out");
    // Planned before the audience was chosen: it is seen, and can be taken out.
    let planned = [("breakdowns[]", "region"), ("breakdowns[]", "gender")];
    author.save(&portal, id, "save-plan", &planned).await.leads(&page);
    author.get(&portal, &format!("{page}/plan")).await.is(200).shows(offered);
    let tasks = author.get(&portal, &page).await;
    tasks.is(200).shows("Take it out: Each question by region").hides("/api/editor/submit");
    author.save(&portal, id, "submit", &[]).await.leads(&page);
    assert_eq!(state(&portal, id).await, State::Draft);
    // Where one who is not known to live there is admitted, the answers are of several rows.
    let admitted = [("regions[]", "north"), ("unknown", "admit")];
    author.save(&portal, id, "save-audience", &admitted).await.leads(&page);
    author.get(&portal, &format!("{page}/plan")).await.is(200).shows(offered).hides("not offered");
    author.save(&portal, id, "submit", &[]).await.leads(&page);
    assert_eq!(state(&portal, id).await, State::InReview);
}

/// The audience is northern, of age, and has to be known.
#[tokio::test]
async fn a_poll_is_shown_as_an_invented_citizen_sees_it() {
    let (portal, department, mut author) = office().await;
    let id = author.written(&portal, department).await;
    let citizen = format!("/staff/polls/{id}/citizen");
    author.get(&portal, &citizen).await.is(200).hides("What this citizen sees");
    for (facts, told) in [
        ("region=north&age=18&gender=", "This citizen can take part."),
        ("region=south&age=18&gender=", "for people in other regions"),
        ("region=north&age=17&gender=female", "people of another age"),
        ("region=north&age=&gender=male", "does not know your date of birth"),
    ] {
        let seen = author.get(&portal, &format!("{citizen}?{facts}")).await;
        seen.is(200).shows(told).shows("Where do you sit?");
    }
    let wrong = author.get(&portal, &format!("{citizen}?region=&age=old&gender=")).await;
    wrong.shows("Age: enter a whole number from 0 to 120").hides("What this citizen sees");
}

#[tokio::test]
async fn a_poll_is_sent_to_review_returned_sent_again_and_approved() {
    let (portal, department, mut author) = office().await;
    let mut second = reviewer(&portal).await;
    let id = author.written(&portal, department).await;
    let (page, review) = (format!("/staff/polls/{id}"), format!("/staff/reviews/{id}"));
    author.get(&portal, &page).await.is(200).shows("Send for review");
    second.get(&portal, "/staff").await.shows("Polls waiting for review").hides("for review: ");
    author.save(&portal, id, "submit", &[]).await.leads(&page);
    assert_eq!(state(&portal, id).await, State::InReview);
    second.get(&portal, "/staff").await.is(200).shows("Polls waiting for review: 1");
    author.get(&portal, "/staff").await.is(200).hides("waiting for review");
    author.get(&portal, &review).await.is(403);
    author.save(&portal, id, "approve", &[]).await;
    assert_eq!(state(&portal, id).await, State::InReview, "an initiator approved");
    second.get(&portal, "/staff/reviews").await.is(200).shows("New benches").shows("parks");
    second.get(&portal, &review).await.is(200).shows("Where do you sit?").shows("At the river");
    let southern = format!("{review}/citizen?region=south&age=30&gender=");
    second.get(&portal, &southern).await.is(200).shows("This citizen cannot take part");
    let preview = format!("{review}/preview/1");
    second.get(&portal, &review).await.shows(&format!("href=\"{preview}\""));
    let shown = second.get(&portal, &preview).await;
    shown.is(200).shows("In the park").shows(&format!("href=\"{review}\"")).hides(&page);
    second.get(&portal, &format!("{review}/preview/2")).await.is(404);
    second.get(&portal, &format!("{page}/preview/1")).await.is(403);
    author.get(&portal, &preview).await.is(403);
    second.get(&portal, &format!("{page}/citizen")).await.is(403);
    author.get(&portal, &southern).await.is(403);
    second.get(&portal, &page).await.is(403);
    let no_reason = second.save(&portal, id, "return", &[("reason", " ")]).await;
    no_reason.leads(&format!("{review}?again"));
    second.get(&portal, &no_reason.to).await.is(422).shows("Reason: fill in this field");
    let reason = [("reason", "Ask about shade, too\nand about dogs")];
    second.save(&portal, id, "return", &reason).await.leads("/staff/reviews");
    let returned = author.get(&portal, &page).await;
    returned.is(200).shows("Ask about shade, too").shows("Draft").shows("Returned for changes on");
    // Its lines stay lines: in the inset and in the history.
    assert_eq!(returned.body.matches("veche-typed\">Ask about shade, too\nand").count(), 2);
    let list = format!("/staff/departments/{department}");
    author.get(&portal, &list).await.is(200).shows(">Returned<");
    author.get(&portal, "/staff").await.shows("Polls of the department (returned: 1)");
    second.get(&portal, "/staff").await.hides("returned:");
    // Its times say by which clock they are.
    for path in [&page, &list] {
        author
            .get(&portal, path)
            .await
            .shows("Times are by the portal’s clock, which is now at UTC");
    }
    second.get(&portal, "/staff").await.hides("for review: ");
    // Whoever goes back to what they decided on reads how it ended, and of the poll nothing.
    let ended = second.get(&portal, &review).await;
    ended.is(200).shows("This poll no longer waits for review").shows("You returned it with");
    ended.shows("href=\"/staff/reviews\"").hides("New benches").hides("Ask about shade");
    author.save(&portal, id, "submit", &[]).await.leads(&page);
    // What the author takes back was not returned.
    portal.clock.set(portal.platform.now() + TimeDelta::minutes(1));
    author.save(&portal, id, "withdraw", &[]).await.leads(&page);
    let taken_back = author.get(&portal, &page).await;
    taken_back.is(200).shows("The poll is a draft again.").hides("Returned for changes on");
    author.get(&portal, &list).await.is(200).shows("New benches").hides(">Returned<");
    author.get(&portal, "/staff").await.shows("Polls of the department").hides("returned:");
    second.get(&portal, &review).await.is(200).shows("It was withdrawn from review on");
    portal.clock.set(portal.platform.now() + TimeDelta::minutes(1));
    author.save(&portal, id, "submit", &[]).await.leads(&page);
    portal.clock.set(portal.platform.now() + TimeDelta::minutes(1));
    second.save(&portal, id, "approve", &[]).await.leads("/staff/reviews");
    assert_eq!(state(&portal, id).await, State::Scheduled);
    second.get(&portal, &review).await.is(200).shows("You approved it on");
    let mut third = reviewer(&portal).await;
    third.get(&portal, &review).await.is(200).shows("Another member of staff approved it on");
    author.get(&portal, &review).await.is(403);
}

#[tokio::test]
async fn an_approved_poll_is_taken_back_after_it_was_asked_once_more() {
    let (portal, department, mut author) = office().await;
    let id = author.written(&portal, department).await;
    let page = format!("/staff/polls/{id}");
    let asked = format!("{page}/take-back");
    author.get(&portal, &asked).await.is(409);
    bring(&portal, id, State::Scheduled, noon(1)).await;
    let approved = author.get(&portal, &page).await;
    approved.is(200).shows(&format!("href=\"{asked}\"")).hides("/api/editor/withdraw");
    let shown = author.get(&portal, &asked).await;
    shown.is(200).shows("Take the approved poll back to draft?").shows("/api/editor/withdraw");
    let revision = shown.hidden("revision");
    author.save_on(&portal, id, &revision, "withdraw", &[]).await.leads(&page);
    assert_eq!(state(&portal, id).await, State::Draft);
    author.get(&portal, &asked).await.is(409);
}

/// Whoever decides was shown the poll; whoever guesses an id learns nothing of what is there.
#[tokio::test]
async fn whoever_decides_on_what_does_not_wait_for_review_is_told_that_its_state_is_another() {
    let (portal, department, mut author) = office().await;
    let mut second = reviewer(&portal).await;
    let never = author.ready(&portal, department).await;
    let once = author.ready(&portal, department).await;
    bring(&portal, once, State::Scheduled, noon(1)).await;
    let reason = [("reason", "Which benches are meant?")];
    for id in [never, once, portal.platform.uuid()] {
        let review = format!("/staff/reviews/{id}");
        let told = second.get(&portal, &review).await;
        // Of one that waited once, how that ended.
        told.is(if id == once { 200 } else { 404 }).hides("New benches");
        let approve = second.save_on(&portal, id, "1", "approve", &[]).await;
        approve.leads("/staff/reviews");
        let told = second.get(&portal, "/staff/reviews").await;
        told.is(200).shows("This is not possible now").hides("New benches");
        for action in ["approve", "return"] {
            second.save_on(&portal, id, "1", action, &reason).await.leads(&review);
            let told = second.get(&portal, &review).await;
            told.is(200).shows("This is not possible now").hides("New benches");
        }
    }
    assert_eq!(state(&portal, never).await, State::Draft);
    assert_eq!(state(&portal, once).await, State::Scheduled);
}

/// Nobody is promised a number that will not come.
#[tokio::test]
async fn staff_are_told_when_they_will_see_how_many_took_part() {
    let (portal, department, mut author) = office().await;
    let cases = [
        (None, false, "with interim totals, first when 50 to 59 responses are in."),
        (None, true, "The number is shown with the results, if enough people have answered."),
        (Some(Special::Health), false, "subject: the number is shown with the results, if enough"),
    ];
    for (special, only_words, told) in cases {
        let id = author.ready(&portal, department).await;
        set(&portal, id, |poll| {
            poll.special = special;
            poll.questionnaire.questions.truncate(1);
            if only_words {
                poll.questionnaire.questions[0].kind = Kind::ShortText { max_chars: 20 };
            }
        })
        .await;
        bring(&portal, id, State::Open, noon(5)).await;
        let page = author.get(&portal, &format!("/staff/polls/{id}")).await;
        page.is(200).shows("Not shown yet");
        for (_, _, words) in cases {
            assert_eq!(page.body.contains(words), words == told, "{told}: {words}");
        }
    }
}

/// As if an earlier version had approved it, which asked for less.
#[tokio::test]
async fn what_keeps_a_poll_from_being_approved_keeps_none_from_being_opened() {
    let (portal, department, mut author) = office().await;
    let id = author.ready(&portal, department).await;
    bring(&portal, id, State::Scheduled, noon(1)).await;
    set(&portal, id, |poll| poll.special_chosen = false).await;
    let page = format!("/staff/polls/{id}/open");
    author.get(&portal, &page).await.is(200).shows("/api/editor/open");
}

#[tokio::test]
async fn an_outcome_is_written_in_every_language_of_the_poll() {
    let (portal, department, mut author) = office().await;
    let id = author.written(&portal, department).await;
    bring(&portal, id, State::Published, noon(6)).await;
    let page = format!("/staff/polls/{id}");
    let outcome = format!("{page}/outcome");
    author.get(&portal, &outcome).await.is(200);
    let half = author.save(&portal, id, "save-outcome", &OUTCOME[..1]).await;
    half.leads(&format!("{outcome}?again"));
    author.get(&portal, &half.to).await.is(422).shows("Ten benches");
    let seen = load(&portal, id).await.revision.to_string();
    // Also where the button is pressed twice.
    for _ in 0..2 {
        author.save_on(&portal, id, &seen, "save-outcome", &OUTCOME).await.leads(&page);
        author.get(&portal, &page).await.is(200).shows("Saved.").shows("Десять скамеек");
    }
}

#[tokio::test]
async fn an_outcome_is_taken_down_after_it_was_asked_once_more() {
    let (portal, department, mut author) = office().await;
    let id = author.written(&portal, department).await;
    bring(&portal, id, State::Published, noon(6)).await;
    let page = format!("/staff/polls/{id}");
    let (outcome, asked) = (format!("{page}/outcome"), format!("{page}/outcome/delete"));
    author.get(&portal, &outcome).await.is(200).hides(&asked);
    // Where there is none there is nothing to take down, nor to be logged.
    author.get(&portal, &asked).await.hides("/api/editor/delete-outcome");
    author.save(&portal, id, "delete-outcome", &[]).await.leads(&page);
    author.save(&portal, id, "save-outcome", &OUTCOME).await.leads(&page);
    author.get(&portal, &outcome).await.is(200).shows(&format!("href=\"{asked}\""));
    let shown = author.get(&portal, &asked).await;
    shown.is(200).shows("Take down what was decided?").shows("/api/editor/delete-outcome");
    let revision = shown.hidden("revision");
    // Also where the button is pressed twice.
    for _ in 0..2 {
        author.save_on(&portal, id, &revision, "delete-outcome", &[]).await.leads(&page);
        let told = author.get(&portal, &page).await;
        told.is(200).shows("decided was taken down.").hides("Десять скамеек");
    }
    assert_eq!(load(&portal, id).await.outcome, None);
    let lines = staff_log::Entity::find()
        .filter(staff_log::Column::Action.eq(Action::OutcomeRemoved.code()))
        .count(&portal.platform.db);
    assert_eq!(lines.await.unwrap(), 1);
}

/// Who reads a poll in two languages begins with their own.
#[tokio::test]
async fn what_is_written_in_several_languages_is_shown_in_the_readers_first() {
    let (portal, department, mut author) = office().await;
    let id = author.written(&portal, department).await;
    let page = format!("/staff/polls/{id}");
    let cookie = author.browser.cookie.clone().unwrap();
    let places = |answer: &Answer, words: [&str; 2]| {
        let main = answer.is(200).body.split_once("<main").unwrap().1.to_owned();
        words.map(|words| main.find(words).unwrap())
    };
    let fields = ["name=\"title[ru]\"", "name=\"title[en]\""];
    let option = ["name=\"options[0][text][ru]\"", "name=\"options[0][text][en]\""];
    let headings = ["Где вы сидите?", "Where do you sit?"];
    let question = load(&portal, id).await.questionnaire.questions[0].code.clone();
    for (language, first) in [("ru", true), ("en", false)] {
        let mut browser = Browser { cookie: Some(format!("{cookie}; language={language}")) };
        let basics = portal.get(&mut browser, &format!("{page}/basics")).await;
        assert_eq!(places(&basics, fields).is_sorted(), first, "{language}");
        let form = portal.get(&mut browser, &format!("{page}/questions/{question}")).await;
        assert_eq!(places(&form, option).is_sorted(), first, "{language}");
    }
    author.save(&portal, id, "submit", &[]).await.leads(&page);
    let mut russian = Browser { cookie: Some(format!("{cookie}; language=ru")) };
    let read = portal.get(&mut russian, &page).await;
    assert!(places(&read, headings).is_sorted());
}

#[tokio::test]
async fn what_staff_did_is_logged_with_what_was_changed_but_not_how() {
    let (portal, department, mut author) = office().await;
    let mut second = reviewer(&portal).await;
    let id = author.written(&portal, department).await;
    bring(&portal, id, State::InReview, noon(1)).await;
    let reason = [("reason", "Which benches are meant?")];
    second.save(&portal, id, "return", &reason).await.leads("/staff/reviews");
    bring(&portal, id, State::Published, noon(6)).await;
    let page = format!("/staff/polls/{id}");
    author.save(&portal, id, "save-outcome", &OUTCOME).await.leads(&page);
    let log = staff_log::Entity::find()
        .filter(staff_log::Column::Object.eq(id.to_string()))
        .all(&portal.platform.db)
        .await
        .unwrap();
    let actions: Vec<_> = log.iter().map(|line| line.action.as_str()).collect();
    for action in ["poll_created", "poll_changed", "poll_submitted", "poll_returned"] {
        assert!(actions.contains(&action), "{action} is not in {actions:?}");
    }
    for action in ["poll_approved", "poll_opened", "poll_closed", "poll_published"] {
        assert!(actions.contains(&action), "{action} is not in {actions:?}");
    }
    assert!(actions.contains(&"outcome_written"));
    assert!(log.iter().all(|line| !line.details.to_string().contains("bench")));
}

#[tokio::test]
async fn a_poll_s_life_knows_no_other_change() {
    let (portal, department, mut author) = office().await;
    let second = portal.account(&Facts::default()).await;
    let life = another(&portal);
    for from in State::ALL {
        let id = author.ready(&portal, department).await;
        bring(&portal, id, from, noon(6)).await;
        let before = load(&portal, id).await;
        for to in State::ALL.into_iter().filter(|to| !from.may_become(*to)) {
            let change = life.change(&before, to, Some(second), None, noon(6)).await;
            assert_eq!(change, Err(Failure::WrongState), "{from:?} became {to:?}");
        }
        assert_eq!(load(&portal, id).await, before);
    }
}

#[tokio::test]
async fn nobody_reviews_what_they_wrote() {
    let portal = TestPortal::new().await;
    let department = new_department(&portal).await;
    let both = [(Role::Initiator, Some(department)), (Role::Reviewer, None)];
    let mut author = person(&portal, &both).await;
    let mut colleague = person(&portal, &both).await;
    let mut sender = person(&portal, &both).await;
    let mut other = person(&portal, &both).await;
    let id = author.ready(&portal, department).await;
    colleague.save(&portal, id, "save-plan", &[]).await.leads(&format!("/staff/polls/{id}"));
    sender.save(&portal, id, "submit", &[]).await.leads(&format!("/staff/polls/{id}"));
    // Beside a poll that none of them wrote.
    let elsewhere = new_department(&portal).await;
    let mut stranger = initiator(&portal, elsewhere).await;
    let theirs = stranger.ready(&portal, elsewhere).await;
    stranger.save(&portal, theirs, "submit", &[]).await.is(303);
    let waiting = other.get(&portal, "/staff/reviews").await;
    assert_eq!(waiting.is(200).hides("Your own").body.matches("Department of parks").count(), 2);
    for writer in [&mut author, &mut colleague, &mut sender] {
        let waiting = writer.get(&portal, "/staff/reviews").await;
        assert_eq!(waiting.is(200).body.matches("Your own").count(), 1);
        let review = writer.get(&portal, &format!("/staff/reviews/{id}")).await;
        review.is(200).shows("You had a part in writing").hides("/api/editor/approve");
        writer.save(&portal, id, "approve", &[]).await;
        writer.save(&portal, id, "return", &[("reason", "x")]).await;
        assert_eq!(state(&portal, id).await, State::InReview);
        let life = another(&portal);
        let poll = load(&portal, id).await;
        let approved =
            life.change(&poll, State::Scheduled, Some(writer.account), None, noon(1)).await;
        assert_eq!(approved, Err(Failure::Forbidden));
    }
    let poll = load(&portal, id).await;
    let nobody = another(&portal).change(&poll, State::Scheduled, None, None, noon(1)).await;
    assert_eq!(nobody, Err(Failure::Forbidden), "the scheduler is no reviewer");
    other.save(&portal, id, "approve", &[]).await.leads("/staff/reviews");
    assert_eq!(state(&portal, id).await, State::Scheduled);
}

/// Every page and every form about one poll.
const PARTS: [&str; 15] = [
    "",
    "/basics",
    "/questions",
    "/questions/new",
    "/questions/used",
    "/questions/used/delete",
    "/audience",
    "/schedule",
    "/plan",
    "/special",
    "/notice",
    "/preview/1",
    "/open",
    "/close",
    "/delete",
];
const FORMS: [&str; 16] = [
    "save-basics",
    "save-question",
    "move-question",
    "delete-question",
    "save-audience",
    "save-schedule",
    "save-plan",
    "save-special",
    "save-outcome",
    "delete-outcome",
    "submit",
    "withdraw",
    "open",
    "close",
    "delete",
    "return",
];

#[tokio::test]
async fn a_poll_of_another_department_is_as_good_as_absent() {
    let portal = TestPortal::new().await;
    let department = new_department(&portal).await;
    let elsewhere = new_department(&portal).await;
    let mut author = initiator(&portal, department).await;
    let id = author.ready(&portal, department).await;
    let before = load(&portal, id).await;
    let mut stranger = initiator(&portal, elsewhere).await;
    let mut others = Vec::new();
    for role in [Role::Statistician, Role::Administrator, Role::Auditor] {
        let within = role.in_department().then_some(department);
        others.push(person(&portal, &[(role, within)]).await);
    }
    let mut nobody = Person { account: Uuid::nil(), browser: Browser::default() };
    let absent = portal.platform.uuid();
    let list = format!("/staff/departments/{department}");
    let mut pages: Vec<String> =
        PARTS.iter().map(|part| format!("/staff/polls/{id}{part}")).collect();
    pages.extend([list.clone(), format!("{list}/new")]);
    for page in &pages {
        stranger.get(&portal, page).await.is(404).hides("benches");
        for other in &mut others {
            other.get(&portal, page).await.is(403).hides("benches");
        }
        let signed_out = nobody.get(&portal, page).await;
        assert!(signed_out.to.starts_with("/sign-in?return="), "{page}: {signed_out:?}");
    }
    for wrong in [absent.to_string(), "x".to_owned()] {
        author.get(&portal, &format!("/staff/polls/{wrong}")).await.is(404);
    }
    for form in FORMS {
        let fields = [("question", "used"), ("special", "none"), ("reason", "x")];
        stranger.save(&portal, id, form, &fields).await;
        for other in &mut others {
            other.save(&portal, id, form, &fields).await;
        }
        let signed_out = nobody.save(&portal, id, form, &fields).await;
        assert!(signed_out.to.starts_with("/sign-in?return="), "{form}: {signed_out:?}");
    }
    assert_eq!(load(&portal, id).await, before);
    // Nor can its questions be taken over.
    let copied = stranger
        .post(
            &portal,
            "create",
            &[
                ("department", &elsewhere.to_string()),
                ("languages[]", "en"),
                ("title[en]", "Copy"),
                ("purpose[en]", "Copy"),
                ("start", &id.to_string()),
            ],
        )
        .await;
    copied.leads(&format!("/staff/departments/{elsewhere}/new?again"));
    assert_eq!(poll::Entity::find().count(&portal.platform.db).await.unwrap(), 1);
}

#[tokio::test]
async fn what_is_asked_is_frozen_once_it_left_the_draft() {
    let (portal, department, mut author) = office().await;
    for frozen in &State::ALL[1..] {
        let id = author.ready(&portal, department).await;
        bring(&portal, id, *frozen, noon(6)).await;
        let before = load(&portal, id).await;
        for form in FORMS.iter().take(8) {
            let fields = [
                ("question", "used"),
                ("kind", "yes_no"),
                ("title[en]", "x"),
                ("title[ru]", "x"),
                ("purpose[en]", "x"),
                ("purpose[ru]", "x"),
                ("languages[]", "en"),
                ("unknown", "admit"),
                ("special", "health"),
            ];
            author.save(&portal, id, form, &fields).await;
        }
        author.save(&portal, id, "delete", &[]).await;
        assert_eq!(load(&portal, id).await, before, "{frozen:?}");
        for part in ["basics", "questions", "questions/used", "plan", "schedule", "special"] {
            let dead_end = author.get(&portal, &format!("/staff/polls/{id}/{part}")).await;
            dead_end.is(409).shows("Back to the poll");
            dead_end.shows(&format!("href=\"/staff/polls/{id}\""));
        }
        author.get(&portal, &format!("/staff/polls/{id}")).await.is(200).shows("the service?");
    }
}

#[tokio::test]
async fn a_conflict_keeps_what_was_typed() {
    let (portal, department, mut author) = office().await;
    let mut colleague = initiator(&portal, department).await;
    let id = author.begin(&portal, department, "blank").await;
    let basics = format!("/staff/polls/{id}/basics");
    let old = load(&portal, id).await.revision.to_string();
    let form = |words: &'static str| {
        [("languages[]", "en"), ("title[en]", words), ("purpose[en]", "To know where to put them")]
    };
    colleague.save(&portal, id, "save-basics", &form("Of a colleague")).await;
    let late = form("Typed in vain?");
    let answer = author.save_on(&portal, id, &old, "save-basics", &late).await;
    answer.leads(&format!("{basics}?again"));
    assert_eq!(load(&portal, id).await.title.get(Language::En), "Of a colleague");
    let page = author.get(&portal, &answer.to).await;
    page.shows("Typed in vain?").shows("What you typed is below and not saved yet");
    page.hides("Somebody changed this in the meantime");
    // What it would be written over is on the page, too.
    page.shows("As it is stored now").shows("Of a colleague");
    // The page is now on the newest revision: sending it again is a decision.
    let revision = load(&portal, id).await.revision;
    page.shows(&format!("name=\"revision\" value=\"{revision}\""));
    // Whoever changes it after that page is not written over by it, however often it is looked at.
    colleague.save(&portal, id, "save-basics", &form("Once more")).await;
    let page = author.get(&portal, &answer.to).await;
    page.shows("Typed in vain?").shows(&format!("name=\"revision\" value=\"{revision}\""));
    page.shows("As it is stored now").shows("Once more");
    author.save(&portal, id, "save-basics", &form("Typed in vain?")).await;
    assert_eq!(load(&portal, id).await.title.get(Language::En), "Typed in vain?");
    // It is done: nothing of it comes back.
    colleague.save(&portal, id, "save-basics", &form("The last word")).await;
    let page = author.get(&portal, &answer.to).await;
    page.is(200).shows("The last word").hides("in vain").hides("As it is stored now");
}

/// As where a colleague deletes the draft, or an administrator takes the role away, while somebody writes.
#[tokio::test]
async fn what_was_typed_into_a_form_that_has_no_place_any_more_can_be_copied() {
    let (portal, department, mut author) = office().await;
    let mut colleague = initiator(&portal, department).await;
    let (id, kept) = (author.begin(&portal, department, "blank").await, "/staff/not-saved");
    author.get(&portal, kept).await.is(404);
    colleague.get(&portal, &format!("/staff/polls/{id}/basics")).await.is(200);
    author.save(&portal, id, "delete", &[]).await;
    let basics =
        [("languages[]", "en"), ("title[en]", "Typed in vain?"), ("purpose[en]", "To know it")];
    let sent = colleague.save_on(&portal, id, "1", "save-basics", &basics).await;
    sent.leads(kept);
    let page = colleague.get(&portal, kept).await;
    page.is(200).shows("Typed in vain?\n\nTo know it").shows("What you typed was not saved");
    page.hides("banner-title").hides("Page not found");
    author.get(&portal, kept).await.is(404).hides("in vain");
    // Nothing was written in it: the page says once that there is no poll.
    let plan = [("breakdowns[]", "gender")];
    let sent = colleague.save_on(&portal, id, "1", "save-plan", &plan).await;
    sent.leads(&format!("/staff/polls/{id}/plan"));
    let page = colleague.get(&portal, &sent.to).await;
    page.is(404).shows("Page not found").hides("banner-title");

    let id = author.begin(&portal, department, "blank").await;
    author.get(&portal, &format!("/staff/polls/{id}")).await.is(200);
    let role = staff_role::Column::AccountId.eq(author.account);
    staff_role::Entity::delete_many().filter(role).exec(&portal.platform.db).await.unwrap();
    let question = [
        ("question", "new"),
        ("action", "save"),
        ("kind", "yes_no"),
        ("title[en]", "Shall it be?"),
        ("title[ru]", "Быть ли этому?"),
    ];
    author.save_on(&portal, id, "1", "save-question", &question).await.leads(kept);
    let page = author.get(&portal, kept).await;
    page.is(200).shows("Shall it be?").shows("Быть ли этому?").hides("banner-title");
}

/// Nobody would read it, and it would be gone.
#[tokio::test]
async fn a_reason_that_was_typed_before_approving_comes_back_with_its_page() {
    let (portal, department, mut author) = office().await;
    let mut second = reviewer(&portal).await;
    let id = author.ready(&portal, department).await;
    author.save(&portal, id, "submit", &[]).await;
    let review = format!("/staff/reviews/{id}");
    let reason = [("reason", "Which benches are meant?")];
    let answer = second.save(&portal, id, "approve", &reason).await;
    answer.leads(&format!("{review}?again"));
    assert_eq!(state(&portal, id).await, State::InReview);
    let page = second.get(&portal, &answer.to).await;
    page.is(422).shows("Which benches are meant?").shows("Reason: empty this field to approve");
    second.save(&portal, id, "approve", &[("reason", " ")]).await.leads("/staff/reviews");
    assert_eq!(state(&portal, id).await, State::Scheduled);
    // Nor is it lost where the poll had left review.
    let next = author.ready(&portal, department).await;
    author.save(&portal, next, "submit", &[]).await;
    let seen = load(&portal, next).await.revision.to_string();
    author.save(&portal, next, "withdraw", &[]).await;
    let review = format!("/staff/reviews/{next}");
    second.save_on(&portal, next, &seen, "approve", &reason).await.leads(&review);
    let page = second.get(&portal, &review).await;
    page.is(200).shows("Your reason was not saved").shows("Which benches are meant?");
}

/// A browser brings back what was typed when somebody goes back to a form, unless the field asks it not to; and of a
/// list that may be another by then, the place that was chosen.
#[tokio::test]
async fn a_browser_may_bring_back_what_was_typed_and_no_choice_of_a_list_that_changes() {
    let (portal, department, mut author) = office().await;
    let new = author.get(&portal, &format!("/staff/departments/{department}/new")).await;
    let fields: Vec<&str> = new.is(200).body.split("<input ").skip(1).collect();
    let of = |name: &str| {
        let named = format!("name=\"{name}\"");
        let tags = fields.iter().filter_map(|field| field.split('>').next());
        tags.filter(|tag| tag.contains(&named)).map(str::to_owned).collect::<Vec<_>>()
    };
    for name in ["title[en]", "title[ru]", "languages[]"] {
        let tags = of(name);
        assert!(!tags.is_empty(), "{name}");
        assert!(tags.iter().all(|tag| !tag.contains("autocomplete")), "{tags:?}");
    }
    let starts = of("start");
    assert!(starts.len() > 1 && starts.iter().all(|tag| tag.contains("autocomplete=\"off\"")));
}

#[tokio::test]
async fn what_is_stored_is_said_of_a_question_that_somebody_else_changed_or_deleted() {
    let (portal, department, mut author) = office().await;
    let mut colleague = initiator(&portal, department).await;
    let id = author.written(&portal, department).await;
    let code = load(&portal, id).await.questionnaire.questions[0].code.clone();
    let question = |words: &'static str| {
        let button = [("question", code.as_str()), ("action", "save"), ("kind", "yes_no")];
        [&button[..], &[("title[en]", words), ("title[ru]", words)]].concat()
    };
    let old = load(&portal, id).await.revision.to_string();
    colleague.save(&portal, id, "save-question", &question("Of a colleague?")).await;
    let answer = author.save_on(&portal, id, &old, "save-question", &question("Mine?")).await;
    let page = author.get(&portal, &answer.to).await;
    page.is(200).shows("Mine?").shows("As it is stored now").shows("Of a colleague?");
    // Rows that are only moved about are not late.
    let rows = [("question", "new"), ("action", "add"), ("kind", "single_choice")];
    let rows = author.save(&portal, id, "save-question", &rows).await.to.clone();
    let (rows, _) = rows.split_once('#').unwrap();
    author.get(&portal, rows).await.is(200).hides("As it is stored now");

    let old = load(&portal, id).await.revision.to_string();
    colleague.save(&portal, id, "delete-question", &[("question", code.as_str())]).await;
    let answer = author.save_on(&portal, id, &old, "save-question", &question("Mine?")).await;
    let page = author.get(&portal, &answer.to).await;
    page.is(200).shows("Mine?").shows("As it is stored now").shows("If you save the form");
    // Nor with something wrong in it, nor when its rows are moved about.
    let wrong = [&question("Mine?")[..3], &[("title[en]", "Mine?")]].concat();
    let rows = [("question", code.as_str()), ("action", "add"), ("kind", "single_choice")];
    let rows = [&rows[..], &[("title[en]", "Mine?")]].concat();
    for (form, status) in [(wrong, 422), (rows, 200)] {
        let answer = author.save(&portal, id, "save-question", &form).await.to.clone();
        let page = answer.split('#').next().unwrap();
        author.get(&portal, page).await.is(status).shows("Mine?");
    }
}

/// As where both were let in before either was written.
#[tokio::test]
async fn of_two_changes_to_what_was_seen_the_first_stays() {
    let (portal, department, mut author) = office().await;
    let id = author.begin(&portal, department, "blank").await;
    let mut poll = load(&portal, id).await;
    let seen = poll.revision;
    poll.revision += 1;
    let mut outcomes = Vec::new();
    for words in ["The first", "The second"] {
        poll.title.set(Language::En, words);
        outcomes.push(poll.replace(&portal.platform.db, State::Draft, seen).await);
    }
    assert_eq!(outcomes, [Ok(()), Err(Failure::Conflict)]);
    assert_eq!(load(&portal, id).await.title.get(Language::En), "The first");
}

#[tokio::test]
async fn a_form_that_is_shown_again_is_still_filled_in_on_what_was_seen() {
    let (portal, department, mut author) = office().await;
    let mut colleague = initiator(&portal, department).await;
    let id = author.begin(&portal, department, "blank").await;
    let old = load(&portal, id).await.revision.to_string();
    let form = |words: &'static str| {
        [("languages[]", "en"), ("title[en]", words), ("purpose[en]", "To know where to put them")]
    };
    // With a fault, on what the author saw.
    let mine = [("languages[]", "en"), ("title[en]", "Mine")];
    let answer = author.save_on(&portal, id, &old, "save-basics", &mine).await;
    let on_old = format!("name=\"revision\" value=\"{old}\"");
    author.get(&portal, &answer.to).await.is(422).shows("Mine").shows(&on_old);
    colleague.save(&portal, id, "save-basics", &form("Of a colleague")).await;
    author.get(&portal, &answer.to).await.is(422).shows("Mine").shows(&on_old);
    let answer = author.save_on(&portal, id, &old, "save-basics", &form("Mine")).await;
    assert_eq!(load(&portal, id).await.title.get(Language::En), "Of a colleague");
    let page = author.get(&portal, &answer.to).await;
    page.shows("What you typed is below and not saved yet").shows("Mine").hides(&on_old);
    // So do the rows of options, for which nothing is saved yet.
    let question =
        [("question", "new"), ("action", "add"), ("kind", "single_choice"), ("title[en]", "How?")];
    let answer = author.save_on(&portal, id, &old, "save-question", &question).await;
    let page = answer.to.split('#').next().unwrap();
    author.get(&portal, page).await.is(200).shows("How?").shows(&on_old);
}

#[tokio::test]
async fn what_was_typed_waits_until_the_poll_is_a_draft_again() {
    let (portal, department, mut author) = office().await;
    let mut colleague = initiator(&portal, department).await;
    let id = author.ready(&portal, department).await;
    let page = format!("/staff/polls/{id}");
    let old = load(&portal, id).await.revision.to_string();
    let on_old = format!("name=\"revision\" value=\"{old}\"");
    colleague.save(&portal, id, "submit", &[]).await.leads(&page);
    let basics =
        [("languages[]", "en"), ("title[en]", "Typed in vain?"), ("purpose[en]", "To know")];
    let not_saved = format!("/staff/not-saved?poll={id}");
    author.save_on(&portal, id, &old, "save-basics", &basics).await.leads(&not_saved);
    let shown = author.get(&portal, &not_saved).await;
    shown.is(200).shows("Typed in vain?\n\nTo know").shows("What you typed was not saved");
    shown.shows("The poll is no draft any more").shows(&format!("href=\"{page}\""));
    author.get(&portal, &page).await.is(200).hides("banner-title");
    // What has a fault, too, and rows of options that nobody has saved yet.
    let plan = [("breakdowns[]", "name")];
    author.save_on(&portal, id, &old, "save-plan", &plan).await.leads(&page);
    author.get(&portal, &page).await.is(200).shows("This is not possible now");
    let rows = [("question", "new"), ("action", "add"), ("kind", "date"), ("title[en]", "Since?")];
    author.save_on(&portal, id, &old, "save-question", &rows).await.leads(&not_saved);
    author.get(&portal, &format!("{page}/basics")).await.is(409).hides("in vain");

    colleague.save(&portal, id, "withdraw", &[]).await.leads(&page);
    colleague.get(&portal, &format!("{page}/basics")).await.is(200).hides("in vain");
    author.get(&portal, &format!("{page}/plan")).await.leads(&format!("{page}/plan?again"));
    let unsaved = "what you typed was not saved";
    for (part, mark, words) in
        [("basics", '?', "Typed in vain?"), ("questions/new?kind=date", '&', "Since?")]
    {
        let part = format!("{page}/{part}");
        let again = format!("{part}{mark}again");
        author.get(&portal, &part).await.leads(&again);
        let shown = author.get(&portal, &again).await;
        shown.is(200).shows(words).shows(&on_old).shows(unsaved);
        // Whoever gives it up finds what is stored.
        author.get(&portal, &part).await.is(200).hides(words).hides(unsaved);
    }
    author.get(&portal, &format!("{page}/questions/new?kind=scale")).await.is(200).hides("Since?");
    // It was filled in on what has changed since: it is said so, and sending it again is a decision.
    let told = author.save_on(&portal, id, &old, "save-basics", &basics).await;
    told.leads(&format!("{page}/basics?again"));
    let shown = author.get(&portal, &told.to).await;
    shown.shows("What you typed is below and not saved yet").shows("Typed in vain?").hides(&on_old);
    author.save(&portal, id, "save-basics", &basics).await.leads(&page);
    assert_eq!(load(&portal, id).await.title.get(Language::En), "Typed in vain?");
}

#[tokio::test]
async fn a_reason_that_comes_when_the_poll_has_left_review_is_not_lost() {
    let (portal, department, mut author) = office().await;
    let (mut second, mut third) = (reviewer(&portal).await, reviewer(&portal).await);
    let id = author.ready(&portal, department).await;
    let (page, review) = (format!("/staff/polls/{id}"), format!("/staff/reviews/{id}"));
    author.save(&portal, id, "submit", &[]).await.leads(&page);
    let seen = load(&portal, id).await.revision.to_string();
    let reason = [("reason", "Which benches are meant?")];
    author.save(&portal, id, "withdraw", &[]).await.leads(&page);
    second.save_on(&portal, id, &seen, "return", &reason).await.leads(&review);
    let shown = second.get(&portal, &review).await;
    shown.is(200).shows("This poll no longer waits for review").shows("Your reason was not saved");
    shown.shows("Which benches are meant?").hides("New benches").hides("somebody else decided");
    let other = third.get(&portal, &review).await;
    other
        .is(200)
        .shows("It was withdrawn from review on")
        .hides("Which benches")
        .hides("not saved");
    second.get(&portal, &format!("{review}/citizen")).await.is(404);

    // It comes to review again: the words are in the form, and it is said that nobody has them yet.
    author.save(&portal, id, "submit", &[]).await.leads(&page);
    let shown = second.get(&portal, &review).await;
    shown.is(200).shows("New benches").shows("Which benches are meant?");
    shown.shows("what you typed was not saved");
    // The citizens' page of the poll may be open beside it.
    shown.shows("<title>New benches – Polls waiting for review – Veche</title>");
    let written = author.get(&portal, &page).await;
    written.is(200).shows("<title>New benches – For staff – Veche</title>");
    third.get(&portal, &review).await.is(200).hides("Which benches").hides("was not saved");
    second.save(&portal, id, "return", &reason).await.leads("/staff/reviews");
    author.get(&portal, &page).await.is(200).shows("Which benches are meant?");
    // It is done: nothing of it comes back.
    second.get(&portal, &review).await.is(200).hides("Which benches");
    third.save_on(&portal, id, &seen, "return", &[("reason", "\u{200b}")]).await.leads(&review);
    third.get(&portal, &review).await.is(200).hides("Your reason was not saved");

    // Nor where the reviewer approves after all.
    author.save(&portal, id, "submit", &[]).await.leads(&page);
    author.save(&portal, id, "withdraw", &[]).await.leads(&page);
    second.save_on(&portal, id, &seen, "return", &reason).await.leads(&review);
    author.save(&portal, id, "submit", &[]).await.leads(&page);
    second.get(&portal, &review).await.is(200).shows("Which benches are meant?");
    second.save(&portal, id, "approve", &[]).await.leads("/staff/reviews");
    second.get(&portal, &review).await.is(200).hides("Which benches");
}

/// Whoever decides reads it again, and is told so in a reviewer's words: there is nothing to save.
#[tokio::test]
async fn a_decision_on_what_has_changed_since_is_not_made() {
    let (portal, department, mut author) = office().await;
    let mut second = reviewer(&portal).await;
    let id = author.ready(&portal, department).await;
    author.save(&portal, id, "submit", &[]).await;
    let seen = load(&portal, id).await.revision.to_string();
    author.save(&portal, id, "withdraw", &[]).await;
    author.save(&portal, id, "submit", &[]).await;
    let reason = [("reason", "Which benches are meant?")];
    let answer = second.save_on(&portal, id, &seen, "return", &reason).await;
    assert_eq!(state(&portal, id).await, State::InReview);
    let page = second.get(&portal, &answer.to).await;
    page.shows("Your decision was not saved").shows("Which benches are meant?");
    page.hides("check and save again");
}

#[tokio::test]
async fn a_decision_that_is_sent_twice_is_made() {
    let (portal, department, mut author) = office().await;
    let (mut second, mut third) = (reviewer(&portal).await, reviewer(&portal).await);
    let id = author.ready(&portal, department).await;
    let (reviews, review) = ("/staff/reviews", format!("/staff/reviews/{id}"));
    let reason = [("reason", "Which benches are meant?")];
    let (with, without) = (&reason[..], &reason[..0]);
    let decisions = [(1, "return", with, State::Draft), (2, "approve", without, State::Scheduled)];
    for (minute, action, form, to) in decisions {
        author.save(&portal, id, "submit", &[]).await;
        let seen = load(&portal, id).await.revision.to_string();
        portal.clock.set(noon(1) + TimeDelta::minutes(minute));
        for _ in 0..2 {
            second.save_on(&portal, id, &seen, action, form).await.leads(reviews);
            let told = second.get(&portal, reviews).await;
            told.is(200).shows("govuk-notification-banner--success");
            // The page opens with the focus on what it says.
            told.shows("aria-labelledby=\"banner-title\" tabindex=\"-1\" autofocus");
            told.hides("<title>Important: ");
            assert_eq!(state(&portal, id).await, to, "{action}");
        }
        // It was not another's, who is told that it was made.
        let back = third.save_on(&portal, id, &seen, action, form).await.to;
        third.get(&portal, &back).await.is(200).shows("This is not possible now");
        // Nor is another reason the one that was sent.
        let other = [("reason", "Where are they?")];
        second.save_on(&portal, id, &seen, "return", &other).await.leads(&review);
        let shown = second.get(&portal, &review).await;
        shown.is(200).shows("Your reason was not saved").hides("somebody else decided");
        portal.clock.set(noon(1) + TimeDelta::minutes(minute) + TimeDelta::seconds(1));
    }
}

#[tokio::test]
async fn what_was_written_in_a_language_that_the_poll_lost_is_asked_of_nobody() {
    let (portal, department, mut author) = office().await;
    let id = author.ready(&portal, department).await;
    let english = [("languages[]", "en"), ("title[en]", "Benches"), ("purpose[en]", "To know")];
    author.save(&portal, id, "save-basics", &english).await.leads(&format!("/staff/polls/{id}"));
    let russian =
        |poll: &Poll| serde_json::to_string(&poll.questionnaire).unwrap().contains("\"ru\"");
    assert!(russian(&load(&portal, id).await), "a draft keeps it");
    bring(&portal, id, State::InReview, noon(1)).await;
    let poll = load(&portal, id).await;
    assert!(russian(&poll), "it can be taken back yet");
    let question = &poll.questionnaire.questions[0].title;
    let (english, left) = (question.get(Language::En), question.get(Language::Ru));
    let mut second = reviewer(&portal).await;
    let review = second.get(&portal, &format!("/staff/reviews/{id}")).await;
    review.is(200).shows(english).hides(left);
    let own = author.get(&portal, &format!("/staff/polls/{id}")).await;
    own.is(200).shows(english).hides(left);
    bring(&portal, id, State::Scheduled, noon(1)).await;
    assert!(!russian(&load(&portal, id).await));
    bring(&portal, id, State::Open, noon(5)).await;
    assert!(!russian(&load(&portal, id).await));
}

#[tokio::test]
async fn what_was_written_in_a_language_comes_back_with_it() {
    let (portal, department, mut author) = office().await;
    let id = author.begin(&portal, department, "satisfaction").await;
    let (title, purpose) = (("title[en]", "Benches"), ("purpose[en]", "To know"));
    let russian = [("title[ru]", "Скамейки"), ("purpose[ru]", "Узнать")];
    let basics = [[("languages[]", "en"), title, purpose].as_slice(), &russian].concat();
    author.save(&portal, id, "save-basics", &basics).await.leads(&format!("/staff/polls/{id}"));
    // A question that is saved meanwhile keeps it, as its form has it along.
    let stored = load(&portal, id).await.questionnaire.questions[0].clone();
    let page = author.get(&portal, &format!("/staff/polls/{id}/questions/{}", stored.code)).await;
    page.is(200);
    let along = page.hidden("title[ru]");
    assert_eq!(along, stored.title.get(Language::Ru));
    let mut question = vec![
        ("question", stored.code.as_str()),
        ("action", "save"),
        ("kind", "short_text"),
        ("title[en]", "Why?"),
        ("title[ru]", along.as_str()),
        ("max_chars", "100"),
    ];
    let to = format!("/staff/polls/{id}/questions");
    author.save(&portal, id, "save-question", &question).await.leads(&to);
    let poll = load(&portal, id).await;
    assert_eq!(poll.questionnaire.questions[0].title.exact(Language::Ru), Some(along.as_str()));
    assert_eq!(poll.title.exact(Language::Ru), Some("Скамейки"));
    assert_eq!(poll.purpose.exact(Language::Ru), Some("Узнать"));
    // What is not asked in a language need not be written in it.
    question.retain(|(name, _)| *name != "title[ru]");
    author.save(&portal, id, "save-question", &question).await.leads(&to);
}

#[tokio::test]
async fn a_language_comes_back_with_its_words_after_the_poll_was_taken_back_from_review() {
    let (portal, department, mut author) = office().await;
    let id = author.ready(&portal, department).await;
    let page = format!("/staff/polls/{id}");
    let asked = load(&portal, id).await.questionnaire;
    // As a browser sends it: the words of a language that is not ticked go along.
    let words = [
        ("title[en]", "Benches"),
        ("title[ru]", "Скамейки"),
        ("purpose[en]", "To know"),
        ("purpose[ru]", "Узнать"),
    ];
    let english = [&[("languages[]", "en")][..], &words].concat();
    let both = [&[("languages[]", "ru")][..], &english].concat();
    author.save(&portal, id, "save-basics", &english).await.leads(&page);
    author.save(&portal, id, "submit", &[]).await.leads(&page);
    assert_eq!(state(&portal, id).await, State::InReview);
    author.save(&portal, id, "withdraw", &[]).await.leads(&page);
    author.get(&portal, &format!("{page}/basics")).await.is(200).shows("value=\"Скамейки\"");
    author.save(&portal, id, "save-basics", &both).await.leads(&page);
    let poll = load(&portal, id).await;
    assert_eq!(poll.title.exact(Language::Ru), Some("Скамейки"));
    assert_eq!(poll.purpose.exact(Language::Ru), Some("Узнать"));
    assert_eq!(poll.questionnaire, asked);
}

#[tokio::test]
async fn a_question_of_as_many_and_as_long_options_as_there_may_be_is_saved() {
    let (portal, department, mut author) = office().await;
    let id = author.begin(&portal, department, "blank").await;
    let mut form: Vec<(String, String)> = [
        ("question", "new"),
        ("action", "save"),
        ("kind", "single_choice"),
        ("title[en]", "Which?"),
        ("title[ru]", "Какой?"),
        ("order", "fixed"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let longest = "ж".repeat(questionnaire::definition::MAX_TEXT - 2);
    for index in 0..questionnaire::definition::MAX_OPTIONS {
        for language in ["en", "ru"] {
            form.push((
                format!("options[{index}][text][{language}]"),
                format!("{index:02}{longest}"),
            ));
        }
    }
    let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let saved = author.save(&portal, id, "save-question", &form).await;
    saved.leads(&format!("/staff/polls/{id}/questions"));
    // No button that would add nothing.
    let page = author.get(&portal, &format!("/staff/polls/{id}/questions/q1")).await;
    page.is(200).shows("Give at most 50 options").hides("Add an option");
}

/// The form was opened before the draft had as many questions as there may be.
#[tokio::test]
async fn one_question_too_many_is_told_and_not_lost() {
    let (portal, department, mut author) = office().await;
    let id = author.begin(&portal, department, "satisfaction").await;
    let questions = format!("/staff/polls/{id}/questions");
    let most = questionnaire::definition::MAX_QUESTIONS;
    set(&portal, id, |poll| {
        let questions = &mut poll.questionnaire.questions;
        for number in questions.len()..most {
            let mut further = questions[0].clone();
            further.code = format!("further-{number}");
            questions.push(further);
        }
    })
    .await;
    let list = author.get(&portal, &questions).await;
    list.is(200).shows("A poll has at most 50 questions").hides("Add a question");
    let question = [QUESTION, &[("action", "save")]].concat();
    let refused = author.save(&portal, id, "save-question", &question).await;
    refused.leads(&format!("{questions}/new?kind=single_choice&again"));
    let shown = author.get(&portal, &refused.to).await;
    shown.is(422).shows("href=\"#title[en]\"").shows("a poll has at most 50 questions");
    shown.shows("Where do you sit?").shows("У реки");
    assert_eq!(load(&portal, id).await.questionnaire.questions.len(), most);
}

#[tokio::test]
async fn faults_stand_at_their_fields_and_nothing_typed_is_lost() {
    let (portal, department, mut author) = office().await;
    let id = author.begin(&portal, department, "blank").await;
    let tries: [(&str, &str, &[(&str, &str)], &[&str]); 6] = [
        ("save-basics", "basics", &[("title[en]", "Kept?")], &["Kept?", "#languages"]),
        (
            "save-schedule",
            "schedule",
            &[("opens_date", "31.02.2026"), ("retention_days", "forever")],
            &["31.02.2026", "forever", "#opens_date", "#closes_time", "from 0 to 365"],
        ),
        (
            "save-schedule",
            "schedule",
            &[
                ("opens_date", "2020-01-01"),
                ("opens_time", "10:00"),
                ("closes_date", "2020-01-02"),
                ("closes_time", "10:00"),
                ("retention_days", "30"),
            ],
            &["still to come"],
        ),
        (
            "save-audience",
            "audience",
            &[("regions[]", "atlantis"), ("age_from", "old"), ("unknown", "admit")],
            &["old", "#age_from"],
        ),
        ("save-plan", "plan", &[("breakdowns[]", "name")], &["#breakdowns"]),
        ("save-special", "special", &[], &["#special"]),
    ];
    let before = load(&portal, id).await;
    for (action, part, form, shown) in tries {
        let answer = author.save(&portal, id, action, form).await;
        answer.leads(&format!("/staff/polls/{id}/{part}?again"));
        let page = author.get(&portal, &answer.to).await;
        page.is(422);
        for words in shown {
            page.shows(words);
        }
    }
    let region = [("regions[]", "atlantis"), ("unknown", "admit")];
    let region = author.save(&portal, id, "save-audience", &region).await;
    author.get(&portal, &region.to).await.is(422).shows("#regions");
    assert_eq!(load(&portal, id).await, before);
    // A form that is no form of ours is refused, not broken.
    for junk in ["options[x][y]", "options[0]", "title", "title[en][x][y][z][w]", "%00"] {
        let answer = author.save(&portal, id, "save-question", &[(junk, "1")]).await;
        assert!(answer.status.as_u16() < 500, "{junk}: {answer:?}");
    }
    assert_eq!(load(&portal, id).await, before);
}

/// PostgreSQL refuses a text with U+0000 in it.
#[tokio::test]
async fn letters_that_no_store_can_hold_are_nobody_s_fault() {
    let url = testing::postgres().await.unwrap();
    let portal = TestPortal::on(&json!({ "portal": url, "vault": url })).await;
    let department = new_department(&portal).await;
    let mut author = initiator(&portal, department).await;
    let mut second = reviewer(&portal).await;
    let id = author.ready(&portal, department).await;
    author.save(&portal, id, "submit", &[]).await.leads(&format!("/staff/polls/{id}"));
    let reason = [("reason", "Ask\0again")];
    second.save(&portal, id, "return", &reason).await.leads("/staff/reviews");
    author.get(&portal, &format!("/staff/polls/{id}")).await.is(200).shows("Ask again");

    let roles = [(Role::Administrator, None), (Role::Statistician, Some(department))];
    let mut chief = person(&portal, &roles).await.browser;
    let code = [("code", "\0"), ("role", "auditor")];
    portal.post(&mut chief, "/api/staff/appoint", &code).await.leads("/staff/admin?again");
    portal.get(&mut chief, "/staff/admin?again").await.is(422).shows("obody has this code");
    let tokens = format!("/staff/departments/{department}/tokens");
    let place = department.to_string();
    let token = [("department", place.as_str()), ("name", "Quarterly\0report")];
    portal.post(&mut chief, "/api/tokens/create", &token).await.leads(&tokens);
    portal.get(&mut chief, &tokens).await.is(200).shows("Quarterly report");
    let name = [("name_en", "Trams\0"), ("name_ru", "\0")];
    portal.post(&mut chief, "/api/staff/create-department", &name).await;
    let page = portal.get(&mut chief, "/staff/admin?again").await;
    page.is(422).shows("Name in Russian: fill in this field");
}

/// Afterwards it cannot be changed, and the result has these rows.
#[tokio::test]
async fn the_list_of_questions_says_in_which_ranges_numbers_are_published() {
    let (portal, department, mut author) = office().await;
    let id = author.begin(&portal, department, "blank").await;
    let number = [
        ("question", "new"),
        ("action", "save"),
        ("kind", "number"),
        ("title[en]", "How many?"),
        ("title[ru]", "Сколько?"),
        ("min", "0"),
        ("max", "120"),
        ("bins", "18, 65"),
    ];
    let list = format!("/staff/polls/{id}/questions");
    author.save(&portal, id, "save-question", &number).await.leads(&list);
    author.get(&portal, &list).await.is(200).shows("Published in these ranges: ");
}

#[tokio::test]
async fn what_is_wrong_with_a_listed_question_is_heard_as_an_error() {
    let (portal, department, mut author) = office().await;
    let id = author.written(&portal, department).await;
    let (list, heard) = (format!("/staff/polls/{id}/questions"), "govuk-visually-hidden\">Error");
    author.get(&portal, &list).await.is(200).hides(heard);
    let in_english = |poll: &mut Poll| {
        poll.questionnaire.questions[0].title = Text::new([(Language::En, "Where do you sit?")]);
    };
    set(&portal, id, in_english).await;
    author.get(&portal, &list).await.is(200).shows("govuk-error-message").shows(heard);
}

#[tokio::test]
async fn questions_are_reordered_deleted_and_copied() {
    let (portal, department, mut author) = office().await;
    let id = author.begin(&portal, department, "satisfaction").await;
    let list = format!("/staff/polls/{id}/questions");
    author.get(&portal, &list).await.is(200).shows("How satisfied are you");
    let up = [("question", "satisfaction"), ("direction", "up")];
    let moved = author.save(&portal, id, "move-question", &up).await;
    moved.leads(&format!("{list}#question-satisfaction"));
    let page = author.get(&portal, &list).await;
    page.is(200).shows("The question was moved").shows("id=\"question-satisfaction\"");
    let asked = author.get(&portal, &format!("{list}/words/delete")).await;
    asked.is(200).shows("<title>Delete question 4? – New benches – ").shows("brought back");
    asked.shows("action=\"/api/editor/delete-question\"");
    asked.shows(&format!("href=\"{list}#question-words\""));
    assert_eq!(asked.hidden("question"), "words");
    author.get(&portal, &format!("{list}/nothing/delete")).await.is(404);
    author.save(&portal, id, "delete-question", &[("question", "words")]).await.leads(&list);
    let codes = |poll: &Poll| {
        let codes = poll.questionnaire.questions.iter().map(|question| question.code.clone());
        codes.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(codes(&load(&portal, id).await), "satisfaction used better");
    let copy = author.begin(&portal, department, &id.to_string()).await;
    assert_eq!(codes(&load(&portal, copy).await), "satisfaction used better");
    author.get(&portal, &format!("/staff/polls/{id}/delete")).await.is(200);
    let deleted = author.save(&portal, id, "delete", &[]).await;
    deleted.leads(&format!("/staff/departments/{department}"));
    author.get(&portal, &format!("/staff/polls/{id}")).await.is(404);
}

#[tokio::test]
async fn a_new_poll_is_not_lost_with_the_one_that_it_was_to_copy() {
    let (portal, department, mut author) = office().await;
    let mut colleague = initiator(&portal, department).await;
    let id = author.ready(&portal, department).await;
    let same_title = author.begin(&portal, department, "blank").await;
    let page = format!("/staff/departments/{department}/new");
    // Of the same title, they are told by something else.
    let shown = author.get(&portal, &page).await;
    let copied = "Copies its questions, audience and plan of statistics · Draft";
    shown.is(200).shows(&format!("{copied}<"));
    shown.shows(&format!("{copied} · Closes: 10 November 2026, 12:00<"));
    shown.hides("newest are here");
    colleague.save(&portal, id, "delete", &[]).await;
    let (department, id) = (department.to_string(), id.to_string());
    let mut form = vec![
        ("department", department.as_str()),
        ("languages[]", "en"),
        ("title[en]", "Typed in vain?"),
        ("purpose[en]", "To know where to put them"),
        ("start", id.as_str()),
    ];
    let refused = author.post(&portal, "create", &form).await;
    refused.leads(&format!("{page}?again"));
    let shown = author.get(&portal, &refused.to).await;
    shown.is(422).shows("href=\"#start\"").shows("Typed in vain?");
    shown.shows("What to start from: choose from the options shown");
    let start = same_title.to_string();
    form[4].1 = start.as_str();
    author.post(&portal, "create", &form).await.is(303);
    assert_eq!(poll::Entity::find().count(&portal.platform.db).await.unwrap(), 2);
}

#[tokio::test]
async fn a_form_that_is_sent_twice_makes_one_poll() {
    let (portal, department, mut author) = office().await;
    let page = format!("/staff/departments/{department}/new");
    let new = author.get(&portal, &page).await.is(200).hidden("new");
    let another = author.get(&portal, &page).await.is(200).hidden("new");
    assert!(new.parse::<Uuid>().is_ok() && new != another, "{new} and {another}");
    let place = department.to_string();
    let form = |place, new, title| {
        [
            ("department", place),
            ("new", new),
            ("languages[]", "en"),
            ("title[en]", title),
            ("purpose[en]", "To know where to put them"),
            ("start", "satisfaction"),
        ]
    };
    let create = "/api/editor/create";
    let polls = async || poll::Entity::find().count(&portal.platform.db).await.unwrap();

    // What was refused is the same form when it is sent again.
    let refused = portal.post(&mut author.browser, create, &form(&place, &new, " ")).await;
    refused.leads(&format!("{page}?again"));
    assert_eq!(author.get(&portal, &refused.to).await.is(422).hidden("new"), new);

    let benches = form(&place, &new, "Benches");
    let mut tab = author.browser.clone();
    let (one, two) = tokio::join!(
        portal.post(&mut author.browser, create, &benches),
        portal.post(&mut tab, create, &benches),
    );
    let made = one.is(303).to.clone();
    let id: Uuid = made.strip_prefix("/staff/polls/").unwrap().parse().unwrap();
    assert_ne!(id.to_string(), new, "no form chooses an id");
    two.leads(&made);
    author.post(&portal, "create", &benches).await.leads(&made);
    author.get(&portal, &made).await.is(200).shows("govuk-notification-banner--success");
    assert_eq!(polls().await, 1);
    let begun = staff_log::Entity::find()
        .filter(staff_log::Column::Action.eq(Action::PollCreated.code()))
        .count(&portal.platform.db);
    assert_eq!(begun.await.unwrap(), 1);

    // Other words are those of another poll.
    let trams = author.post(&portal, "create", &form(&place, &new, "Trams")).await;
    assert_ne!(trams.is(303).to, made);
    assert_eq!(polls().await, 2);
    // Nobody comes to a poll of others by its id, nor is it told that there is one.
    let elsewhere = new_department(&portal).await;
    let mut stranger = initiator(&portal, elsewhere).await;
    let elsewhere = elsewhere.to_string();
    let taken = stranger.post(&portal, "create", &form(&elsewhere, &new, "Benches")).await;
    assert_ne!(taken.is(303).to, made);
    assert_eq!(load(&portal, id).await.department, department);
    // What the log says of a draft that was deleted is said of no other.
    author.save_on(&portal, id, "1", "delete", &[]).await.is(303);
    assert_ne!(author.post(&portal, "create", &benches).await.is(303).to, made);
    author.get(&portal, &made).await.is(404);
}

#[tokio::test]
async fn an_initiator_opens_and_closes_before_the_time() {
    let (portal, department, mut author) = office().await;
    let id = author.ready(&portal, department).await;
    let page = format!("/staff/polls/{id}");
    author.get(&portal, &format!("{page}/open")).await.is(409);
    author.save(&portal, id, "open", &[]).await;
    assert_eq!(state(&portal, id).await, State::Draft);
    bring(&portal, id, State::Scheduled, noon(1)).await;
    portal.clock.set(noon(3));
    author.back(&portal).await;
    author.get(&portal, &format!("{page}/open")).await.is(200);
    author.save(&portal, id, "open", &[]).await.leads(&page);
    let poll = load(&portal, id).await;
    assert_eq!(
        (poll.state, poll.opens_at, poll.opened_at),
        (State::Open, Some(noon(3)), Some(noon(3)))
    );
    portal.clock.set(noon(4));
    author.back(&portal).await;
    author.get(&portal, &format!("{page}/close")).await.is(200);
    author.save(&portal, id, "close", &[]).await.leads(&page);
    let poll = load(&portal, id).await;
    assert_eq!(
        (poll.state, poll.closes_at, poll.closed_at),
        (State::Closed, Some(noon(4)), Some(noon(4)))
    );
    assert!(!poll.takes_answers(noon(4)));
    portal.at(noon(4)).await;
    assert_eq!(state(&portal, id).await, State::Published);
}

#[tokio::test]
async fn a_form_of_a_draft_that_is_sent_twice_is_saved() {
    let (portal, department, mut author) = office().await;
    let mut colleague = initiator(&portal, department).await;
    let id = author.begin(&portal, department, "satisfaction").await;
    let page = format!("/staff/polls/{id}");
    let list = format!("{page}/questions");
    let basics = [("languages[]", "en"), ("title[en]", "Benches"), ("purpose[en]", "To know")];
    let question = [QUESTION, &[("action", "save")]].concat();
    let deleted = [("question", "used")];
    let forms: [(&str, &[(&str, &str)], &str); 5] = [
        ("save-question", &question, &list),
        ("save-schedule", SCHEDULE, &page),
        ("save-special", &[("special", "none")], &page),
        ("delete-question", &deleted, &list),
        ("save-basics", &basics, &page),
    ];
    for (action, form, next) in forms {
        let seen = load(&portal, id).await.revision.to_string();
        for _ in 0..2 {
            author.save_on(&portal, id, &seen, action, form).await.leads(next);
            let told = author.get(&portal, next).await;
            told.is(200).shows("govuk-notification-banner--success");
        }
        let revision = seen.parse::<i32>().unwrap() + 1;
        assert_eq!(load(&portal, id).await.revision, revision, "{action} is done once");
    }
    let questions = load(&portal, id).await.questionnaire.questions;
    let asked = questions.iter().filter(|one| one.title.get(Language::En) == "Where do you sit?");
    assert_eq!((questions.len(), asked.count()), (4, 1), "three of the template and the new one");

    // Also where both are let in before either is written.
    let seen = load(&portal, id).await.revision.to_string();
    let poll = id.to_string();
    let form = [&[("poll", &*poll), ("revision", &*seen)][..], &basics[..1]].concat();
    let words = [("title[en]", "Chairs"), ("purpose[en]", "To know")];
    let form = [&form[..], &words].concat();
    let mut tab = author.browser.clone();
    let (one, two) = tokio::join!(
        portal.post(&mut author.browser, "/api/editor/save-basics", &form),
        portal.post(&mut tab, "/api/editor/save-basics", &form),
    );
    one.leads(&page);
    two.leads(&page);

    // What a colleague wrote meanwhile is not written over, nor said to be one's own.
    let seen = load(&portal, id).await.revision.to_string();
    let other = [("languages[]", "en"), ("title[en]", "Trams"), ("purpose[en]", "To know")];
    colleague.save(&portal, id, "save-basics", &other).await.leads(&page);
    let late = author.save_on(&portal, id, &seen, "save-basics", &basics).await;
    late.leads(&format!("{page}/basics?again"));
    author.get(&portal, &late.to).await.is(200).shows("Trams").shows("data-typed");
}

/// A portal whose clocks go forward on 28 March 2027 at two.
#[tokio::test]
async fn a_time_that_the_clocks_leave_out_is_said_to_be_none() {
    let berlin = |config: &mut Config| "Europe/Berlin".clone_into(&mut config.portal.time_zone);
    let portal = TestPortal::configured(berlin).await;
    let department = new_department(&portal).await;
    let mut author = initiator(&portal, department).await;
    let id = author.begin(&portal, department, "blank").await;
    let times = |opens: &'static str| {
        [
            ("opens_date", "2027-03-28"),
            ("opens_time", opens),
            ("closes_date", "2027-04-10"),
            ("closes_time", "12:00"),
            ("retention_days", "30"),
        ]
    };
    let refused = author.save(&portal, id, "save-schedule", &times("02:30")).await;
    let shown = author.get(&portal, &refused.to).await;
    shown.is(422).shows("href=\"#opens_time\"");
    shown.shows("Opening time: enter another time: on that day the clocks go forward");
    let page = format!("/staff/polls/{id}");
    author.save(&portal, id, "save-schedule", &times("03:30")).await.leads(&page);
}

#[tokio::test]
async fn a_button_that_is_pressed_twice_has_done_what_it_says() {
    let (portal, department, mut author) = office().await;
    let id = author.ready(&portal, department).await;
    let page = format!("/staff/polls/{id}");
    for (minute, action, to) in [
        (0, "submit", State::InReview),
        (1, "withdraw", State::Draft),
        (2, "open", State::Open),
        (3, "close", State::Closed),
    ] {
        portal.clock.set(noon(1) + TimeDelta::minutes(minute));
        if action == "open" {
            bring(&portal, id, State::Scheduled, noon(1)).await;
        }
        let seen = load(&portal, id).await.revision.to_string();
        for _ in 0..2 {
            author.save_on(&portal, id, &seen, action, &[]).await.leads(&page);
            let told = author.get(&portal, &page).await;
            told.is(200).shows("govuk-notification-banner--success");
            assert_eq!(state(&portal, id).await, to, "{action}");
        }
    }
    // What comes of a poll by itself does not undo it.
    let seen = "1";
    portal.at(noon(1) + TimeDelta::minutes(4)).await;
    assert_eq!(state(&portal, id).await, State::Published);
    author.save_on(&portal, id, seen, "close", &[]).await.leads(&page);
    author.get(&portal, &page).await.is(200).shows("govuk-notification-banner--success");
    // What is not so is not said to be done, and what a colleague did is not one's own.
    author.save_on(&portal, id, seen, "open", &[]).await.leads(&page);
    author.get(&portal, &page).await.is(200).shows("Somebody changed this in the meantime");
    let id = author.ready(&portal, department).await;
    let page = format!("/staff/polls/{id}");
    initiator(&portal, department).await.save(&portal, id, "submit", &[]).await.leads(&page);
    author.save_on(&portal, id, seen, "submit", &[]).await.leads(&page);
    author.get(&portal, &page).await.is(200).shows("Somebody changed this in the meantime");
}

#[tokio::test]
async fn a_draft_that_is_deleted_twice_is_deleted() {
    let (portal, department, mut author) = office().await;
    let mut colleague = initiator(&portal, department).await;
    let elsewhere = new_department(&portal).await;
    let mut stranger = initiator(&portal, elsewhere).await;
    let id = author.begin(&portal, department, "blank").await;
    let (page, list) = (format!("/staff/polls/{id}"), format!("/staff/departments/{department}"));
    for person in [&mut author, &mut colleague] {
        person.save_on(&portal, id, "1", "delete", &[]).await.leads(&list);
        person.get(&portal, &list).await.is(200).shows("The draft was deleted.");
    }
    // Whose it was not is told no more of it than of what never was.
    stranger.save_on(&portal, id, "1", "delete", &[]).await.leads(&page);
    stranger.get(&portal, &page).await.is(404);
    let absent = portal.platform.uuid();
    let never = format!("/staff/polls/{absent}");
    author.save_on(&portal, absent, "1", "delete", &[]).await.leads(&never);
    author.get(&portal, &never).await.is(404);
}

#[tokio::test]
async fn whoever_approves_after_the_opening_time_is_told_that_the_poll_opens_at_once() {
    let (portal, department, mut author) = office().await;
    let mut second = reviewer(&portal).await;
    let id = author.ready(&portal, department).await;
    author.save(&portal, id, "submit", &[]).await;
    let page = format!("/staff/reviews/{id}");
    let at_once = "the poll opens as soon as it is approved";
    second.get(&portal, &page).await.is(200).shows("opens by itself").hides(at_once);
    portal.clock.set(noon(7));
    second.back(&portal).await;
    second.get(&portal, &page).await.is(200).shows(at_once).hides("opens by itself");
    let approved = second.save(&portal, id, "approve", &[]).await;
    second.get(&portal, &approved.to).await.is(200).shows("or at once if that has passed");
    assert_eq!(state(&portal, id).await, State::Scheduled);
}

#[tokio::test]
async fn a_poll_whose_time_has_passed_is_not_approved() {
    let (portal, department, mut author) = office().await;
    let mut second = reviewer(&portal).await;
    let both = [(Role::Initiator, Some(department)), (Role::Reviewer, None)];
    let mut colleague = person(&portal, &both).await;
    let id = author.ready(&portal, department).await;
    colleague.save(&portal, id, "save-plan", &[]).await;
    author.save(&portal, id, "submit", &[]).await;
    portal.clock.set(noon(11));
    // Who wrote some of it is told that alone.
    colleague.back(&portal).await;
    let own = colleague.get(&portal, &format!("/staff/reviews/{id}")).await;
    own.is(200).shows("You had a part in writing").hides("can no longer be approved");
    second.back(&portal).await;
    let review = second.get(&portal, &format!("/staff/reviews/{id}")).await;
    review.is(200).shows("The closing time has passed").hides("/api/editor/approve");
    review.shows("the poll can no longer be approved");
    second.save(&portal, id, "approve", &[]).await;
    assert_eq!(state(&portal, id).await, State::InReview);
    // Nor sent to review. Its author is told why nobody approves it, and what to do.
    author.back(&portal).await;
    let told = author.get(&portal, &format!("/staff/polls/{id}")).await;
    told.is(200).shows("the poll can no longer be approved").shows("The closing time has passed");
    told.shows("Withdraw the poll from review").shows("/api/editor/withdraw");
    author.save(&portal, id, "withdraw", &[]).await;
    author.save(&portal, id, "submit", &[]).await;
    let told = author.get(&portal, &format!("/staff/polls/{id}")).await;
    told.is(200).shows("The poll is not ready.").shows("The closing time has passed");
    assert_eq!(state(&portal, id).await, State::Draft);
}
