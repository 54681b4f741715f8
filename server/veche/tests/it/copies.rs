//! A questionnaire as a file: taken away, changed, and made a draft of.

use crate::{
    authoring::{Person, initiator, load, new_department, reviewer, set},
    portal::{Answer, Browser, TestPortal},
};
use ports::states::State;
use questionnaire::{Breakdown, Facts, Plan, Special};
use sea_orm::{EntityTrait as _, PaginatorTrait as _};
use serde_json::{Value, json};
use server::{polls::copies::MAX_UPLOAD, store::poll};
use uuid::Uuid;

const IMPORT: &str = "/api/editor/import";

async fn import(
    portal: &TestPortal,
    browser: &mut Browser,
    department: Uuid,
    file: &str,
) -> Answer {
    let form = [("department", department.to_string())];
    let form = form.each_ref().map(|(name, words)| (*name, words.as_str()));
    portal.upload(browser, IMPORT, &form, ("file", file)).await
}

async fn copy_of(portal: &TestPortal, author: &mut Person, id: Uuid) -> String {
    author.get(portal, &format!("/staff/polls/{id}/questionnaire.json")).await.is(200).body.clone()
}

async fn polls(portal: &TestPortal) -> u64 {
    poll::Entity::find().count(&portal.platform.db).await.unwrap()
}

#[tokio::test]
async fn a_draft_is_made_of_a_poll_s_file() {
    let portal = TestPortal::new().await;
    let department = new_department(&portal).await;
    let mut author = initiator(&portal, department).await;
    let id = author.ready(&portal, department).await;
    set(&portal, id, |poll| {
        poll.plan = Plan([Breakdown::Region].into());
        poll.audience.regions = ["north".to_owned()].into();
        (poll.special, poll.special_chosen) = (Some(Special::Health), true);
        poll.outcome = Some(poll.title.clone());
    })
    .await;
    let path = format!("/staff/polls/{id}/questionnaire.json");
    let page = author.get(&portal, &format!("/staff/polls/{id}")).await;
    page.shows("Download the questionnaire");
    let link = page.body.split("<a ").find(|link| link.contains(&path)).unwrap();
    let (attributes, _) = link.split_once('>').unwrap();
    // Told to save what comes, a browser would save the page of the sign-in where the session has ended.
    assert!(!attributes.contains("download"), "{attributes}");
    let file = portal.download(&author.browser, &path, "").await;
    assert_eq!(
        file.headers()["content-disposition"],
        format!("attachment; filename=\"questionnaire-{id}.json\"")
    );
    assert_eq!(file.headers()["cache-control"], "private, no-store");
    let file = String::from_utf8(file.into_body()).unwrap();
    let parts: Value = serde_json::from_str(&file).unwrap();
    let parts: Vec<&String> = parts.as_object().unwrap().keys().collect();
    let known = ["audience", "format", "languages", "plan", "purpose", "questions", "title"];
    assert_eq!(parts, known, "nothing about people, answers or the poll's life");

    // Another department takes it over.
    let other = new_department(&portal).await;
    let mut colleague = initiator(&portal, other).await;
    let page = format!("/staff/departments/{other}");
    colleague.get(&portal, &format!("{page}/new")).await.shows(&format!("{page}/import"));
    let form = colleague.get(&portal, &format!("{page}/import")).await;
    form.is(200).shows("enctype=\"multipart/form-data\"").hides("govuk-error");
    let made = import(&portal, &mut colleague.browser, other, &file).await;
    let draft: Uuid = made.is(303).to.strip_prefix("/staff/polls/").unwrap().parse().unwrap();
    colleague.get(&portal, &made.to).await.is(200).shows("The draft was made from the file.");
    let (from, draft) = (load(&portal, id).await, load(&portal, draft).await);
    assert_eq!(draft.questionnaire, from.questionnaire);
    assert_eq!((draft.audience, draft.plan), (from.audience, from.plan));
    assert_eq!(
        (draft.languages, draft.title, draft.purpose),
        (from.languages, from.title, from.purpose)
    );
    assert_eq!((draft.department, draft.author), (other, colleague.account));
    assert_eq!((draft.state, draft.revision), (State::Draft, 1));
    assert_eq!((draft.special, draft.special_chosen), (None, false), "to be said anew");
    assert_eq!((draft.opens_at, draft.closes_at, draft.outcome), (None, None, None));
}

#[tokio::test]
async fn a_file_with_mistakes_makes_no_draft_and_says_what_they_are() {
    let portal = TestPortal::new().await;
    let department = new_department(&portal).await;
    let mut author = initiator(&portal, department).await;
    let id = author.ready(&portal, department).await;
    let good = copy_of(&portal, &mut author, id).await;
    let before = polls(&portal).await;
    let form = format!("/staff/departments/{department}/import");
    let mut wrong: Value = serde_json::from_str(&good).unwrap();
    wrong["questions"][1]["title"] = json!({ "ru": " " });
    wrong["audience"]["regions"] = json!(["atlantis"]);
    let wrong = wrong.to_string();
    let large = " ".repeat(3 << 20);
    let cases: [(&str, &[&str]); 6] = [
        ("", &["File with a questionnaire: choose a file that is not empty", "href=\"#file\""]),
        ("{", &["cannot be read from line 1 on", "href=\"#file\""]),
        ("{\"format\": \"veche-account/1\"}", &["this file is something else"]),
        (&large, &["choose a file of at most 2048 KB"]),
        ("PK\u{3}\u{4} a document", &["this file is something else"]),
        (
            &wrong,
            &[
                "href=\"#file-1\"",
                // The summary leads there, so it can have the focus.
                "id=\"file-1\" tabindex=\"-1\"",
                "Question 2: a text is missing in one language (Russian)",
                "href=\"#file-3\"",
                "Audience: there is a region that this portal does not know",
            ],
        ),
    ];
    for (file, said) in cases {
        let refused = import(&portal, &mut author.browser, department, file).await;
        refused.leads(&format!("{form}?again"));
        let shown = author.get(&portal, &refused.to).await;
        shown.is(422).shows("<title>Error: New poll from a file");
        for words in said {
            shown.shows(words);
        }
    }
    assert_eq!(polls(&portal).await, before);
    author.get(&portal, &form).await.is(200).hides("govuk-error");
    import(&portal, &mut author.browser, department, &good).await.is(303);
    assert_eq!(polls(&portal).await, before + 1);
}

#[tokio::test]
async fn a_file_that_is_sent_twice_makes_one_draft() {
    let portal = TestPortal::new().await;
    let department = new_department(&portal).await;
    let mut author = initiator(&portal, department).await;
    let id = author.ready(&portal, department).await;
    let good = copy_of(&portal, &mut author, id).await;
    let before = polls(&portal).await;
    let page = format!("/staff/departments/{department}/import");
    let new = author.get(&portal, &page).await.is(200).hidden("new");
    let place = department.to_string();
    let form = [("department", place.as_str()), ("new", new.as_str())];
    let mut tab = author.browser.clone();
    let (one, two) = tokio::join!(
        portal.upload(&mut author.browser, IMPORT, &form, ("file", &good)),
        portal.upload(&mut tab, IMPORT, &form, ("file", &good)),
    );
    let made = one.is(303).to.clone();
    two.leads(&made);
    assert_eq!(polls(&portal).await, before + 1);
    // Another file is another draft.
    let mut other: Value = serde_json::from_str(&good).unwrap();
    other["questions"][0]["title"]["en"] = json!("Is it another one?");
    let other = other.to_string();
    let sent = portal.upload(&mut author.browser, IMPORT, &form, ("file", &other)).await;
    assert_ne!(sent.is(303).to, made);
    assert_eq!(polls(&portal).await, before + 2);
}

#[tokio::test]
async fn only_initiators_take_and_bring_files_and_only_of_their_department() {
    let portal = TestPortal::new().await;
    let (here, there) = (new_department(&portal).await, new_department(&portal).await);
    let mut author = initiator(&portal, here).await;
    let id = author.ready(&portal, here).await;
    let good = copy_of(&portal, &mut author, id).await;
    let before = polls(&portal).await;
    let file = format!("/staff/polls/{id}/questionnaire.json");
    let form = format!("/staff/departments/{here}/import");

    let mut stranger = initiator(&portal, there).await;
    let mut second = reviewer(&portal).await;
    let citizen = portal.account(&Facts::default()).await;
    let mut citizen = portal.sign_in(citizen).await;
    let refusals = [(&mut stranger.browser, 404), (&mut second.browser, 403), (&mut citizen, 403)];
    for (browser, status) in refusals {
        portal.get(browser, &file).await.is(status).hides("questions");
        portal.get(browser, &form).await.is(status);
        // Browsers go back to the form's page, which says why.
        import(&portal, browser, here, &good).await.leads(&form);
        portal.get(browser, &form).await.is(status);
    }
    let mut nobody = Browser::default();
    // To the page that has the link, and by that to sign in.
    let page = format!("/staff/polls/{id}");
    portal.get(&mut nobody, &file).await.leads(&page);
    assert!(portal.get(&mut nobody, &page).await.to.starts_with("/sign-in?return=%2Fstaff"));
    let sent = import(&portal, &mut nobody, here, &good).await;
    assert!(sent.is(303).to.starts_with("/sign-in?return="), "{}", sent.to);
    assert_eq!(polls(&portal).await, before);
}

#[tokio::test]
async fn a_request_that_is_no_form_with_a_file_is_refused() {
    let portal = TestPortal::new().await;
    let department = new_department(&portal).await;
    let mut author = initiator(&portal, department).await;
    let department = department.to_string();
    let browser = &mut author.browser;
    portal.post(browser, IMPORT, &[("department", &department)]).await.is(422);
    portal.get(browser, IMPORT).await.is(405);
    // No such department, none at all.
    portal.upload(browser, IMPORT, &[("department", "x")], ("file", "{}")).await.leads("/staff");
    portal.upload(browser, IMPORT, &[], ("file", "{}")).await.leads("/staff");
    let huge = "x".repeat(MAX_UPLOAD + 1);
    let form = [("department", department.as_str())];
    portal.upload(browser, IMPORT, &form, ("file", &huge)).await.is(413);
    assert_eq!(polls(&portal).await, 0);
}
