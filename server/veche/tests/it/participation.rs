//! Taking part, through the pages and forms that a citizen uses.

use crate::{
    portal::{Browser, TestPortal, noon, on_postgres, question, releases},
    visitors::parameter,
};
use axum::http::Request;
use chrono::TimeDelta;
use migration::connection;
use ports::{purposes::Purpose, routes};
use questionnaire::{
    Audience, Breakdown, Facts, Gender, Kind, Plan, Questionnaire, Special, Text, Unknown,
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, Statement,
    TransactionTrait as _,
};
use secrecy::ExposeSecret as _;
use serde_json::json;
use server::{accounts::consents, polls::record::Poll, store::poll};
use std::time::Duration;
use uuid::Uuid;

/// What is said of an answer that lies in the browser's session alone.
const ONLY_HERE: &str = "kept only here, until you sign out";

/// What is said of a form that another person opened.
const OF_ANOTHER: &str = "opened by somebody else";

/// What a provider can release of all that a poll may want to know, each by a scope.
const FACTS: [(&str, &str); 3] =
    [("region", "addresses"), ("birth_date", "birthdate"), ("gender", "gender")];

/// A poll's addresses.
pub struct Way(pub Uuid);

impl Way {
    pub fn poll(&self) -> String {
        format!("/polls/{}", self.0)
    }
    fn take(&self, number: usize) -> String {
        format!("/polls/{}/take/{number}", self.0)
    }
    fn check(&self) -> String {
        format!("/polls/{}/check", self.0)
    }
    fn receipt(&self) -> String {
        format!("/polls/{}/receipt", self.0)
    }
    fn own(&self) -> String {
        format!("/answers/{}", self.0)
    }
    pub fn withdraw(&self) -> String {
        format!("/answers/{}/withdraw", self.0)
    }
    fn discard(&self) -> String {
        format!("/answers/{}/discard", self.0)
    }
}

/// How many responses there are in all. The vault tells nobody.
async fn responses(portal: &TestPortal) -> i64 {
    rows(portal, "response").await
}

/// The vault's rows that this is.
async fn rows(portal: &TestPortal, what: &str) -> i64 {
    let url = portal.config.stores.vault.read().unwrap();
    let db = connection::open(url.expose_secret()).await.unwrap();
    let count = format!("SELECT COUNT(*) AS n FROM {what}");
    let count = Statement::from_string(db.get_database_backend(), count);
    db.query_one_raw(count).await.unwrap().unwrap().try_get("", "n").unwrap()
}

/// Bytes of the longest draft, as it is stored.
async fn longest_draft(portal: &TestPortal) -> i64 {
    let url = portal.config.stores.vault.read().unwrap();
    let db = connection::open(url.expose_secret()).await.unwrap();
    let longest = "SELECT CAST(MAX(LENGTH(content)) AS BIGINT) AS n FROM draft";
    let longest = Statement::from_string(db.get_database_backend(), longest);
    db.query_one_raw(longest).await.unwrap().unwrap().try_get("", "n").unwrap()
}

/// What a person does in one browser with one poll.
pub struct Citizen<'a> {
    portal: &'a TestPortal,
    browser: Browser,
    poll: Uuid,
}

/// The hidden fields of the form that sends everything.
type Seen = [(&'static str, String); 3];

impl<'a> Citizen<'a> {
    pub async fn new(portal: &'a TestPortal, poll: Uuid) -> Self {
        Self::of(portal, portal.account(&Facts::default()).await, poll).await
    }

    /// On a device of its own, signed in to this account.
    async fn of(portal: &'a TestPortal, account: Uuid, poll: Uuid) -> Self {
        Self { portal, browser: portal.sign_in(account).await, poll }
    }

    pub async fn get(&mut self, path: &str) -> crate::portal::Answer {
        self.portal.get(&mut self.browser, path).await
    }

    async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> crate::portal::Answer {
        let poll = self.poll.to_string();
        let form: Vec<_> =
            [("poll", poll.as_str())].into_iter().chain(form.iter().copied()).collect();
        self.portal.post(&mut self.browser, path, &form).await
    }

    async fn answer(&mut self, number: &str, form: &[(&str, &str)]) -> crate::portal::Answer {
        let form: Vec<_> = [("number", number)].into_iter().chain(form.iter().copied()).collect();
        self.post("/api/take/answer", &form).await
    }

    /// Answers every question and does not send.
    pub async fn fill_in(&mut self) {
        let way = Way(self.poll);
        self.post("/api/take/start", &[]).await.leads(&way.take(1));
        self.answer("1", &[("choice", "yes")]).await.leads(&way.take(2));
        self.answer("2", &[("choices[]", "a"), ("choices[]", "c")]).await.leads(&way.take(3));
        self.answer("3", &[("choice", "4")]).await.leads(&way.take(4));
        self.answer("4", &[("text", "42")]).await.leads(&way.take(5));
        self.answer("5", &[("day", "27"), ("month", "3"), ("year", "2026")])
            .await
            .leads(&way.take(6));
        self.answer("6", &[("text", "Late shifts")]).await.leads(&way.check());
    }

    /// The form of the check page, and what it says of what is shown there.
    async fn seen(&mut self) -> Seen {
        let check = self.get(&Way(self.poll).check()).await;
        ["version", "draft", "facts"].map(|field| (field, check.hidden(field)))
    }

    async fn send_seen(&mut self, seen: &[(&str, String)]) -> crate::portal::Answer {
        let form: Vec<_> = seen.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.post("/api/take/send", &form).await
    }

    pub async fn send(&mut self) {
        let seen = self.seen().await;
        self.send_seen(&seen).await.leads(&Way(self.poll).receipt());
    }
}

/// What the page says of the poll is drawn once for all of them.
#[tokio::test]
async fn of_one_poll_every_reader_is_told_how_far_they_are_and_nobody_else() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let mut sent = Citizen::new(&portal, poll).await;
    sent.fill_in().await;
    sent.send().await;
    let mut begun = Citizen::new(&portal, poll).await;
    begun.fill_in().await;
    let fresh = Citizen::new(&portal, poll).await;
    let nobody = Citizen { portal: &portal, browser: Browser::default(), poll };
    let [start, change] =
        ["take/start", "answers/change"].map(|form| format!("action=\"/api/{form}\""));
    let discard = format!("href=\"{}\"", Way(poll).discard());
    let mut readers = [
        (sent, vec![&change]),
        (begun, vec![&start, &discard]),
        (fresh, vec![&start]),
        (nobody, Vec::new()),
    ];
    // Twice, so that each of them is the first and a later one.
    for _ in 0..2 {
        for (reader, may) in &mut readers {
            let page = reader.get(&Way(poll).poll()).await;
            page.is(200).shows("Night buses");
            for way in [&start, &change, &discard] {
                assert_eq!(page.body.contains(way), may.contains(&way), "{way} of {may:?}");
            }
            let signed_in = reader.browser.cookie.is_some();
            assert_eq!(page.body.contains("/auth/sign-out"), signed_in);
            assert_eq!(page.body.contains("href=\"/answers\""), signed_in);
        }
        readers.reverse();
    }
}

#[tokio::test]
async fn a_citizen_answers_sees_changes_and_withdraws() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let way = Way(poll);
    let mut anna = Citizen::new(&portal, poll).await;

    anna.get("/polls").await.is(200).shows("Night buses").shows("Department of buses");
    anna.get(&way.poll()).await.is(200).shows("This poll asks you").shows("Ministry of tests");
    for number in 1..=6 {
        anna.get(&way.take(number)).await.is(200).shows(&format!("Question {number} of 6"));
    }
    anna.fill_in().await;
    let check = anna.get(&way.check()).await;
    check.is(200).shows("Yes").shows("Option a").shows("Option c").shows("42").shows("Late shifts");
    check.hides("Option b").hides("Answer question");
    anna.send().await;
    let receipt = anna.get(&way.receipt()).await;
    receipt.is(200).shows("Your answers are in").shows("if enough people answered");
    receipt.shows("in their own words").shows("history and its downloads keep traces");
    // A browser keeps what a page was called: which poll it was stands on the page alone.
    receipt.shows("<title>Your answers are in – Veche</title>").shows("Night buses");
    let reference = receipt.body.split("veche-receipt__reference\">").nth(1).unwrap();
    let reference = reference.split('<').next().unwrap().to_owned();
    assert_eq!(reference.len(), 11);

    anna.get("/answers").await.is(200).shows("Night buses").shows("You have answered");
    let own = anna.get(&way.own()).await;
    own.is(200).shows("Late shifts").shows(&reference).hides("– Night buses –");

    // Where nothing is changed there is nothing to send: on the way back, and before a change.
    let (sent, own) = ("You have sent these answers", format!("href=\"{}\"", way.own()));
    let discard = format!("href=\"{}\"", way.discard());
    let nothing = async |anna: &mut Citizen<'_>, draft: bool| {
        let check = anna.get(&way.check()).await;
        check.is(200).shows(sent).shows(&own).shows("Late shifts").shows("take/1?check");
        check.hides("take/send").hides("before sending");
        // What nothing sends any more can be deleted.
        assert_eq!(check.body.contains(&discard), draft);
    };
    nothing(&mut anna, false).await;
    anna.post("/api/answers/change", &[]).await.leads(&way.check());
    nothing(&mut anna, false).await;
    // Nor is it said that something was.
    anna.get("/answers").await.is(200).shows("You have answered").hides("begun to change");
    anna.get(&way.own()).await.is(200).hides("begun to change");
    // Typed in another way it is the same.
    anna.answer("4", &[("text", " 042 "), ("from_check", "yes")]).await.leads(&way.check());
    nothing(&mut anna, false).await;
    anna.get("/answers").await.is(200).shows("You have answered").hides("begun to change");
    for text in ["43", "42"] {
        anna.answer("4", &[("text", text), ("from_check", "yes")]).await.leads(&way.check());
    }
    nothing(&mut anna, true).await;
    anna.answer("1", &[("choice", "no"), ("from_check", "yes")]).await.leads(&way.check());
    anna.get(&way.check()).await.is(200).shows("Send the changed answers").hides(sent);
    // Where no scale stands beside it, the end of one says what it means.
    anna.answer("3", &[("choice", "5"), ("from_check", "yes")]).await.leads(&way.check());
    anna.get(&way.check()).await.is(200).shows("5 – Good");
    let changing = "begun to change";
    anna.get(&way.own()).await.is(200).shows(changing).shows("that you sent before count");
    anna.send().await;
    anna.get(&way.receipt()).await.is(200).shows("Your changed answers are in").shows(&reference);
    anna.get(&way.own()).await.is(200).shows("Changed on");

    let withdraw = anna.get(&way.withdraw()).await;
    withdraw.is(200).shows("Withdraw and delete").hides("– Night buses –");
    // Pressed twice, it is done all the same.
    for _ in 0..2 {
        anna.post("/api/answers/withdraw", &[]).await.leads(&way.poll());
    }
    let page = anna.get(&way.poll()).await;
    page.is(200).shows("withdrawn and deleted").shows("This poll asks you").hides("Page not found");
    anna.get(&way.own()).await.is(404).shows("<p class=\"govuk-body\"><a href=\"/answers\"");
    anna.get(&way.receipt()).await.leads(&way.poll());
    anna.fill_in().await;
    anna.send().await;
    anna.get(&way.receipt()).await.is(200).shows("Your answers are in");
}

#[tokio::test]
async fn deleting_a_draft_is_asked_once_more() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let way = Way(poll);
    let mut anna = Citizen::new(&portal, poll).await;
    anna.get(&way.discard()).await.is(404);
    anna.fill_in().await;
    let asked = anna.get(&way.discard()).await;
    asked
        .is(200)
        .shows("<title>Delete your draft? – Veche</title>")
        .shows("cannot be brought back");
    asked.shows("action=\"/api/answers/discard\"").shows(&format!("href=\"{}\"", way.poll()));
    asked.hides("already sent stay");
    assert_eq!(asked.hidden("poll"), poll.to_string());
    // Asking deletes nothing.
    anna.get(&way.take(4)).await.is(200).shows("value=\"42\"");
    anna.send().await;
    anna.get(&way.discard()).await.is(404);
    anna.post("/api/answers/change", &[]).await.leads(&way.check());
    anna.get(&way.discard()).await.is(404);
    anna.answer("6", &[("text", "Early shifts"), ("from_check", "yes")]).await.leads(&way.check());
    anna.get(&way.own()).await.is(200).shows(&format!("href=\"{}\"", way.discard()));
    anna.get(&way.discard()).await.is(200).shows("already sent stay as they are");
    anna.post("/api/answers/discard", &[]).await.leads(&way.poll());
    anna.get(&way.discard()).await.is(404);
    anna.get(&way.own()).await.is(200).shows("Late shifts").hides("begun to change");
}

#[tokio::test]
async fn what_is_wrong_is_said_and_what_was_typed_stays() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let way = Way(poll);
    let mut anna = Citizen::new(&portal, poll).await;
    let wrong: [(&str, &[(&str, &str)], &str, &str); 13] = [
        ("1", &[], "Answer this question", ""),
        ("1", &[("choice", "perhaps")], "Choose from the options shown", ""),
        (
            "2",
            &[("choices[]", "a"), ("choices[]", "b"), ("choices[]", "c")],
            "Choose at most 2",
            "",
        ),
        (
            "2",
            &[("choices[]", "a"), ("choices[]", "none")],
            "rules out the others cannot be chosen",
            "",
        ),
        ("2", &[("choices[]", "zz")], "Choose from the options shown", ""),
        ("3", &[("choice", "9")], "Choose from the options shown", ""),
        ("4", &[("text", "forty")], "Enter a whole number in digits", "value=\"forty\""),
        ("4", &[("text", "121")], "from 0 to 120", "value=\"121\""),
        ("4", &[("text", "1 2")], "Enter a whole number in digits", "value=\"1 2\""),
        ("4", &[("text", "99999999999999999999")], "from 0 to 120", "value=\"999"),
        (
            "5",
            &[("day", "31"), ("month", "2"), ("year", "2026")],
            "Enter a real date: day, month and year in digits",
            "value=\"31\"",
        ),
        (
            "5",
            &[("day", "01"), ("month", "02"), ("year", "26")],
            "in digits, the year with four",
            "value=\"26\"",
        ),
        (
            "6",
            &[("text", "Longer than it may be by far")],
            "at most 20",
            "Longer than it may be by far",
        ),
    ];
    for (number, form, words, typed) in wrong {
        let again = format!("/polls/{poll}/take/{number}?again");
        anna.answer(number, form).await.leads(&again);
        let page = anna.get(&again).await;
        page.is(422).shows("There is a problem").shows(words).shows(typed);
        // What is wrong has the focus, without scripts.
        page.shows(" autofocus");
        // Looked at later it is a draft like any other: nothing is lost, nothing is blamed.
        anna.get(&format!("/polls/{poll}/take/{number}"))
            .await
            .is(200)
            .shows(typed)
            .unseen("There is a problem");
    }
    let check = anna.get(&way.check()).await;
    check.is(200).shows("6 questions still need a valid answer");
    // Each is marked; the way on is to the first of them, and nothing is said of sending.
    assert_eq!(check.body.matches("govuk-error-message").count(), 6);
    check.shows("Answer question 1").hides("take/send").hides("your answers are stored");
    anna.post("/api/take/send", &[]).await.leads(&format!("{}?check&again", way.take(1)));
    anna.answer("3", &[("go", "skip")]).await.leads(&way.take(4));
    anna.answer("4", &[("text", "x"), ("go", "later")]).await.leads(&way.poll());
    anna.get(&way.take(4)).await.is(200).shows("value=\"x\"");
    // What is typed is nothing to a browser's maker: a number, a date, a text.
    for number in [4, 5, 6] {
        let page = anna.get(&way.take(number)).await;
        page.is(200).shows("spellcheck=\"false\"").shows("writingsuggestions=\"false\"");
    }
}

#[tokio::test]
async fn a_megabyte_of_text_gets_a_page() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let mut anna = Citizen::new(&portal, poll).await;
    let text = "a".repeat(1 << 20);
    anna.answer("6", &[("text", &text)]).await.is(413).shows("The form is too large");
}

/// Whatever a form brings along: everybody who reads and writes drafts at the same moment has to carry it.
#[tokio::test]
async fn a_draft_is_no_longer_than_what_the_questions_need() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let way = Way(poll);
    let mut anna = Citizen::new(&portal, poll).await;
    let most = 16 << 10;
    let text = "x".repeat(60_000);
    anna.answer("1", &[("choice", "yes"), ("text", &text)]).await.leads(&way.take(2));
    assert!(longest_draft(&portal).await < most);
    anna.get(&way.take(1)).await.is(200).shows("value=\"yes\" checked");
    // Somewhat too long a text is kept to be put right, also on another device.
    let longer = "Late shifts on Sundays ".repeat(80);
    let (longer, again) = (longer.trim(), format!("{}?again", way.take(6)));
    anna.answer("6", &[("text", longer)]).await.leads(&again);
    anna.get(&again).await.is(422).shows("at most 20").shows(longer);
    anna.get(&way.take(6)).await.is(200).shows(longer);
    // One that is far too long waits in the session.
    let longest = "Night shifts on Mondays ".repeat(800);
    let longest = longest.trim();
    for go in ["", "later"] {
        anna.answer("6", &[("text", longest), ("go", go)]).await.leads(&again);
        for _ in 0..2 {
            anna.get(&again).await.is(422).shows("at most 20").shows(longest);
        }
    }
    assert!(longest_draft(&portal).await < most);
    anna.get(&way.check()).await.is(200).shows(longer);
    anna.answer("6", &[("text", "Late shifts")]).await.leads(&way.check());
    anna.get(&again).await.is(200).shows("Late shifts").hides("Mondays").hides("Sundays");
}

#[tokio::test]
async fn a_draft_is_found_on_another_device_and_by_nobody_else() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let way = Way(poll);
    let account = portal.account(&Facts::default()).await;
    let mut phone = Citizen::of(&portal, account, poll).await;
    phone.answer("1", &[("choice", "yes")]).await.leads(&way.take(2));
    phone.answer("4", &[("text", "77")]).await.leads(&way.take(5));
    let mut desk = Citizen::of(&portal, account, poll).await;
    desk.get(&way.poll()).await.is(200).shows("You have begun");
    desk.get(&way.take(4)).await.is(200).shows("value=\"77\"");
    desk.post("/api/take/start", &[]).await.leads(&way.take(2));

    let mut boris = Citizen::new(&portal, poll).await;
    boris.get(&way.take(4)).await.is(200).hides("value=\"77\"");
    boris.get(&way.check()).await.leads(&way.take(1));
    boris.get("/answers").await.is(200).hides("Night buses");
    boris.get(&way.own()).await.is(404);
    for deed in ["change", "withdraw"] {
        boris.post(&format!("/api/answers/{deed}"), &[]).await;
    }
    boris.post("/api/answers/discard", &[]).await.leads(&way.poll());
    desk.get(&way.take(4)).await.shows("value=\"77\"");
    desk.post("/api/answers/discard", &[]).await.leads(&way.poll());
    phone.get(&way.take(4)).await.is(200).hides("value=\"77\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_from_two_devices_at_once_is_one_response() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let account = portal.account(&Facts::default()).await;
    let mut phone = Citizen::of(&portal, account, poll).await;
    phone.fill_in().await;
    let mut desk = Citizen::of(&portal, account, poll).await;
    let (mine, theirs) = (phone.seen().await, desk.seen().await);
    let sent = tokio::join!(phone.send_seen(&mine), desk.send_seen(&theirs));
    for sent in <[_; 2]>::from(sent) {
        sent.leads(&Way(poll).receipt());
    }
    desk.send_seen(&theirs).await.leads(&Way(poll).receipt());
    for _ in 0..9 {
        let mut other = Citizen::new(&portal, poll).await;
        other.fill_in().await;
        other.send().await;
    }
    phone.post("/api/answers/withdraw", &[]).await;
    portal.at(noon(20)).await;
    assert_eq!(responses(&portal).await, 9);
}

#[tokio::test]
async fn only_what_the_page_showed_is_sent_and_only_once() {
    only_what_the_page_showed(|seen| seen).await;
}

/// Long answers are read again instead.
#[tokio::test]
async fn only_what_the_page_showed_is_sent_where_the_form_does_not_carry_it() {
    only_what_the_page_showed(|[version, (draft, _), facts]| {
        [version, (draft, String::new()), facts]
    })
    .await;
}

/// What is no draft of theirs is not sent, whatever it looks like.
#[tokio::test]
async fn only_what_the_page_showed_is_sent_where_the_form_was_tampered_with() {
    only_what_the_page_showed(|[version, (draft, mut sealed), facts]| {
        let last = sealed.pop().expect("the form carries it");
        sealed.push(if last == 'A' { 'E' } else { 'A' });
        [version, (draft, sealed), facts]
    })
    .await;
}

async fn only_what_the_page_showed(form: impl Fn(Seen) -> Seen) {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let way = Way(poll);
    let account = portal.account(&Facts::default()).await;
    let mut phone = Citizen::of(&portal, account, poll).await;
    let mut desk = Citizen::of(&portal, account, poll).await;
    phone.fill_in().await;
    let seen = form(phone.seen().await);
    // Meanwhile the other device changes an answer.
    desk.answer("4", &[("text", "43")]).await;
    let again = format!("{}?again", way.check());
    phone.send_seen(&seen).await.leads(&again);
    let check = phone.get(&again).await;
    check.is(422).shows("have changed since").shows("43");
    phone.get(&way.own()).await.is(404);
    let seen = form(phone.seen().await);
    phone.send_seen(&seen).await.leads(&way.receipt());
    // A reload sends the same form again: the same answers are in.
    phone.send_seen(&seen).await.leads(&way.receipt());
    // A change was begun, and the browser tries the old form once more: nothing half-done is sent.
    desk.post("/api/answers/change", &[]).await;
    desk.answer("4", &[("text", "44")]).await;
    phone.send_seen(&seen).await.leads(&again);
    phone.get(&way.own()).await.is(200).shows(">43<").hides(">44<");
    // Once the change is sent, the old form is not acknowledged as if it were what is stored.
    desk.send().await;
    phone.send_seen(&seen).await.leads(&again);
    phone.get(&way.own()).await.is(200).shows(">44<").hides(">43<");
    // Typed in another way, it is the same: pressed twice, it is in.
    desk.post("/api/answers/change", &[]).await;
    desk.answer("4", &[("text", " 045 ")]).await;
    let seen = form(desk.seen().await);
    for _ in 0..2 {
        desk.send_seen(&seen).await.leads(&way.receipt());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_from_several_windows_in_the_same_moment_is_sent_once() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let way = Way(poll);
    let account = portal.account(&Facts::default()).await;
    let window = async || Citizen::of(&portal, account, poll).await;
    let (mut one, mut two, mut three) = (window().await, window().await, window().await);
    for _ in 0..5 {
        one.fill_in().await;
        let seen = one.seen().await;
        let sent = tokio::join!(one.send_seen(&seen), two.send_seen(&seen), three.send_seen(&seen));
        for sent in <[_; 3]>::from(sent) {
            sent.leads(&way.receipt());
        }
        // Nobody's second window has made a change of it.
        one.get(&way.receipt()).await.is(200).shows("Your answers are in");
        one.post("/api/answers/withdraw", &[]).await;
        one.get(&way.own()).await.is(404);
    }
}

/// Each of them is put into the draft as it is, not as it was when the window read it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_in_several_windows_in_the_same_moment_is_all_kept() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let account = portal.account(&Facts::default()).await;
    let window = async || Citizen::of(&portal, account, poll).await;
    let (mut one, mut two, mut three) = (window().await, window().await, window().await);
    for round in 1..=10 {
        let (number, text) = (round.to_string(), format!("Late shifts {round}"));
        let (yes, number, text) = ([("choice", "yes")], [("text", &*number)], [("text", &*text)]);
        let typed =
            tokio::join!(one.answer("1", &yes), two.answer("4", &number), three.answer("6", &text));
        for (typed, next) in [(typed.0, 2), (typed.1, 5)] {
            typed.leads(&Way(poll).take(next));
        }
        typed.2.leads(&Way(poll).check());
        let check = one.get(&Way(poll).check()).await;
        check.is(200).shows("Yes").shows(&format!("line\">{}<", number[0].1)).shows(text[0].1);
        one.post("/api/answers/discard", &[]).await;
    }
}

#[tokio::test]
async fn a_form_that_somebody_else_opened_goes_into_nobodys_draft() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let way = Way(poll);
    let mut anna = Citizen::new(&portal, poll).await;
    let mut boris = Citizen::new(&portal, poll).await;
    let (annas, boriss) = (anna.get(&way.take(4)).await, boris.get(&way.take(4)).await);
    let (annas, boriss) = (annas.hidden("owner"), boriss.hidden("owner"));
    assert!(!annas.is_empty() && annas != boriss);
    let sent = boris.answer("4", &[("text", "77"), ("owner", &annas)]).await;
    sent.leads(&way.poll());
    boris.get(&way.poll()).await.is(200).shows(OF_ANOTHER);
    boris.get(&way.take(4)).await.is(200).hides("value=\"77\"");
    anna.get(&way.take(4)).await.is(200).hides("value=\"77\"");
    boris.answer("4", &[("text", "78"), ("owner", &boriss)]).await.leads(&way.take(5));
    boris.get(&way.take(4)).await.is(200).shows("value=\"78\"");
}

/// Nor is it shown to them, for want of a place in a draft.
#[tokio::test]
async fn a_form_that_somebody_else_opened_waits_for_nobody_whom_the_poll_does_not_ask() {
    let portal = TestPortal::new().await;
    let young = Audience {
        age_from: Some(18),
        age_to: Some(24),
        unknown: Unknown::Refuse,
        ..Audience::default()
    };
    let poll = portal.open_poll(|poll| poll.audience = young).await;
    let way = Way(poll);
    let [anna, boris] = [2006, 1986].map(|year| {
        let birth_date = chrono::NaiveDate::from_ymd_opt(year, 4, 12);
        Facts { birth_date, ..Facts::default() }
    });
    let (anna, boris) = (portal.account(&anna).await, portal.account(&boris).await);
    let mut boris = Citizen::of(&portal, boris, poll).await;
    let mut anna = Citizen::of(&portal, anna, poll).await;
    let owner = anna.get(&way.take(4)).await.is(200).hidden("owner");
    boris.answer("4", &[("text", "77"), ("owner", &owner)]).await.leads(&way.poll());
    let page = boris.get(&way.poll()).await;
    page.is(200).shows(OF_ANOTHER).hides(">77<").hides(ONLY_HERE);
}

/// A poll, two people whom it asks, and whose the first one's form of this question is.
async fn of_the_first_of_two(portal: &TestPortal, number: usize) -> (Uuid, [Uuid; 2], String) {
    let poll = portal.open_poll(|_| {}).await;
    let first = portal.account(&Facts::default()).await;
    let second = portal.account(&Facts::default()).await;
    let question = Way(poll).take(number);
    let owner = Citizen::of(portal, first, poll).await.get(&question).await.hidden("owner");
    (poll, [first, second], owner)
}

/// Whose a form is can be told also where the poll takes nothing any more. To whoever typed it it is shown.
#[tokio::test]
async fn what_comes_too_late_is_shown_to_the_one_whose_form_it_was() {
    let portal = TestPortal::new().await;
    let (poll, [anna, boris], owner) = of_the_first_of_two(&portal, 6).await;
    let way = Way(poll);
    let form = [("text", "Too late"), ("owner", owner.as_str())];
    portal.clock.set(noon(20));
    let mut anna = Citizen::of(&portal, anna, poll).await;
    let mut boris = Citizen::of(&portal, boris, poll).await;
    anna.answer("6", &form).await.leads(&way.poll());
    anna.get(&way.poll()).await.is(200).shows("Too late").shows(ONLY_HERE);
    boris.answer("6", &form).await.leads(&way.poll());
    boris.get(&way.poll()).await.is(200).shows(OF_ANOTHER).hides("Too late");
    boris.get(&way.poll()).await.is(200).hides("Too late");
}

/// It waits until that can be told, and is shown to that person only.
#[tokio::test]
async fn what_was_typed_survives_a_store_that_cannot_tell_whose_it_is() {
    let portal = TestPortal::new().await;
    let (poll, [anna, boris], owner) = of_the_first_of_two(&portal, 6).await;
    let way = Way(poll);
    let form = [("text", "Late shifts"), ("owner", owner.as_str())];
    // The key of a poll that is closed is read each time.
    portal.at(noon(20)).await;
    let mut anna = Citizen::of(&portal, anna, poll).await;
    let mut boris = Citizen::of(&portal, boris, poll).await;
    let url = portal.config.stores.vault.read().unwrap();
    let store = connection::open(url.expose_secret()).await.unwrap();
    store.execute_unprepared("ALTER TABLE poll_key RENAME TO away").await.unwrap();
    let again = format!("{}?again", way.take(6));
    for person in [&mut anna, &mut boris] {
        person.answer("6", &form).await.leads(&again);
    }
    store.execute_unprepared("ALTER TABLE away RENAME TO poll_key").await.unwrap();
    anna.get(&again).await.leads(&way.poll());
    anna.get(&way.poll()).await.is(200).shows("Late shifts").shows(ONLY_HERE);
    boris.get(&again).await.leads(&way.poll());
    boris.get(&way.poll()).await.is(200).hides("Late shifts").hides(ONLY_HERE);
}

/// Who was signed in last in that browser is not who typed it.
#[tokio::test]
async fn what_one_typed_is_not_given_to_another_who_was_signed_out_since() {
    let portal = TestPortal::new().await;
    let (poll, [anna, boris], owner) = of_the_first_of_two(&portal, 4).await;
    let way = Way(poll);
    let form = [("text", "seventy"), ("owner", owner.as_str())];
    let pages = [format!("{}?again", way.take(4)), way.take(4)];
    let typed = "value=\"seventy\"";
    for (account, theirs) in [(boris, false), (anna, true)] {
        let mut shared = Citizen::of(&portal, account, poll).await;
        portal.clock.set(portal.platform.now() + TimeDelta::hours(13));
        shared.answer("4", &form).await.is(303);
        portal.sign_in_again(&mut shared.browser, account).await;
        for page in &pages {
            assert_eq!(shared.get(page).await.is(200).body.contains(typed), theirs, "{page}");
        }
    }
}

#[tokio::test]
async fn a_page_that_somebody_else_opened_changes_and_deletes_nothing() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let way = Way(poll);
    let mut anna = Citizen::new(&portal, poll).await;
    let mut boris = Citizen::new(&portal, poll).await;
    for person in [&mut anna, &mut boris] {
        person.fill_in().await;
        person.send().await;
    }
    let annas = anna.get(&way.own()).await.is(200).hidden("owner");
    let boriss = boris.get(&way.own()).await.is(200).hidden("owner");
    assert!(!annas.is_empty() && annas != boriss);
    let (of_anna, of_boris) = ([("owner", annas.as_str())], [("owner", boriss.as_str())]);
    let (begun, change) = ("begun to change", "/api/answers/change");

    // Each page with such a form says whose it is.
    assert_eq!(anna.get(&way.poll()).await.is(200).hidden("owner"), annas);
    boris.post(change, &of_anna).await.leads(&way.poll());
    boris.get(&way.poll()).await.is(200).shows(OF_ANOTHER);
    boris.get(&way.own()).await.is(200).hides(begun);
    for (person, form) in [(&mut anna, &of_anna), (&mut boris, &of_boris)] {
        person.post(change, form).await.leads(&way.check());
        person.answer("4", &[("text", "43"), ("from_check", "yes")]).await.leads(&way.check());
    }

    assert_eq!(anna.get(&way.discard()).await.is(200).hidden("owner"), annas);
    boris.post("/api/answers/discard", &of_anna).await.leads(&way.poll());
    boris.get(&way.poll()).await.is(200).shows(OF_ANOTHER);
    boris.get(&way.own()).await.is(200).shows(begun);
    boris.post("/api/answers/discard", &of_boris).await.leads(&way.poll());
    boris.get(&way.own()).await.is(200).hides(begun);

    assert_eq!(anna.get(&way.withdraw()).await.is(200).hidden("owner"), annas);
    boris.post("/api/answers/withdraw", &of_anna).await.leads(&way.poll());
    let page = boris.get(&way.poll()).await;
    page.is(200).shows(OF_ANOTHER).hides("withdrawn and deleted");
    boris.get(&way.own()).await.is(200).shows("Late shifts");
    boris.post("/api/answers/withdraw", &of_boris).await.leads(&way.poll());
    boris.get(&way.own()).await.is(404);
    anna.get(&way.own()).await.is(200).shows("Late shifts").shows(begun);
}

#[tokio::test]
async fn a_poll_that_closes_meanwhile_says_so_and_its_drafts_go() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let way = Way(poll);
    let account = portal.account(&Facts::default()).await;
    let mut anna = Citizen::of(&portal, account, poll).await;
    anna.answer("4", &[("text", "77")]).await.leads(&way.take(5));
    // The time is over, and the scheduler has not come to it yet.
    portal.clock.set(noon(20));
    let mut anna = Citizen::of(&portal, account, poll).await;
    anna.answer("6", &[("text", "Too late")]).await.leads(&way.poll());
    let page = anna.get(&way.poll()).await;
    page.is(200).shows("your draft was not sent").shows(">77<").shows("Too late").shows(ONLY_HERE);
    page.shows("The poll has closed meanwhile").hides("not possible now");
    // On another device it is not there, and nothing is promised of it.
    let mut desk = Citizen::of(&portal, account, poll).await;
    let page = desk.get(&way.poll()).await;
    page.is(200).shows("your draft was not sent").shows("77").hides("Too late").hides(ONLY_HERE);
    portal.at(noon(20)).await;
    anna.post("/api/take/send", &[]).await.leads(&way.poll());
    // Nobody can send it any more. What only this browser has is its person's to see.
    let page = anna.get(&way.poll()).await;
    page.is(200).shows("what you typed was not sent").shows("Too late").hides(">77<");
    let page = desk.get(&way.poll()).await;
    page.is(200).shows("This poll closed").hides("your draft was not sent").hides(">77<");
    page.shows("There are no answers of yours here. What was not sent");
    desk.get(&way.discard()).await.is(404);
    anna.get(&way.take(1)).await.leads(&way.poll());
    anna.get(&way.check()).await.leads(&way.poll());
    assert_eq!(responses(&portal).await, 0);
}

#[tokio::test]
async fn whoever_was_changing_answers_when_the_poll_closed_reads_that_those_sent_before_count() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let way = Way(poll);
    let account = portal.account(&Facts::default()).await;
    let mut anna = Citizen::of(&portal, account, poll).await;
    anna.fill_in().await;
    anna.send().await;
    anna.post("/api/answers/change", &[]).await.leads(&way.check());
    anna.answer("4", &[("text", "43"), ("from_check", "yes")]).await.leads(&way.check());
    portal.clock.set(noon(20));
    anna.browser = portal.sign_in(account).await;
    let page = anna.get(&way.poll()).await;
    page.is(200)
        .shows("Your change was not sent before the poll closed")
        .shows("stay as they were and count")
        .shows(">43<")
        .hides("It is not counted");
    anna.get(&way.own()).await.is(200).shows(">42<").hides(">43<");
    portal.at(noon(20)).await;
    let page = anna.get(&way.poll()).await;
    page.is(200).shows("A change that was not sent is deleted").hides(">43<");
    anna.get(&way.own()).await.is(200).shows(">42<");
}

#[tokio::test]
async fn nobody_withdraws_after_the_time_is_over_though_nobody_has_closed_the_poll_yet() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let way = Way(poll);
    let account = portal.account(&Facts::default()).await;
    let mut anna = Citizen::of(&portal, account, poll).await;
    anna.fill_in().await;
    anna.send().await;
    portal.clock.set(noon(20));
    anna.browser = portal.sign_in(account).await;
    anna.post("/api/answers/withdraw", &[]).await.leads(&way.poll());
    let page = anna.get(&way.poll()).await;
    page.is(200).shows("The poll has closed meanwhile").shows("What you had sent before stays");
    anna.get(&way.own()).await.is(200).shows("Late shifts");
}

#[tokio::test]
async fn answers_can_be_seen_after_closing_and_never_found_after_the_key_is_gone() {
    let portal = TestPortal::configured(|config| config.portal.backup_days = 14).await;
    let poll = portal.open_poll(|_| {}).await;
    let way = Way(poll);
    let account = portal.account(&Facts::default()).await;
    let mut anna = Citizen::of(&portal, account, poll).await;
    anna.fill_in().await;
    anna.send().await;
    portal.at(noon(21)).await;
    anna.browser = portal.sign_in(account).await;
    let list = anna.get("/answers").await;
    list.is(200).shows(&format!("href=\"{}\"", way.own())).hides("See the results");
    let own = anna.get(&way.own()).await;
    own.is(200)
        .shows("Late shifts")
        .shows("no longer changed or withdrawn")
        .shows("Backup copies may hold what was deleted for up to 14 days")
        .hides("Withdraw my answers")
        .hides("See the results");
    anna.post("/api/answers/withdraw", &[]).await.leads(&way.poll());
    anna.post("/api/answers/change", &[]).await.leads(&way.own());
    anna.get(&way.own()).await.is(200).shows("Late shifts");
    portal.at(noon(21) + TimeDelta::days(31)).await;
    anna.browser = portal.sign_in(account).await;
    let own = anna.get(&way.own()).await;
    let severed = "the portal can no longer find your answers";
    own.is(200).shows(severed).hides("Late shifts").hides("See the results");
    anna.get(&way.withdraw()).await.is(200).shows(severed).hides("can be seen");
    let list = anna.get("/answers").await;
    list.is(200).hides("Night buses").shows("No answers of yours can be found");
    anna.get(&way.poll()).await.is(200);
    anna.get(&way.receipt()).await.leads(&way.poll());
}

#[tokio::test]
async fn who_is_not_asked_cannot_answer_and_reads_why() {
    let portal = TestPortal::configured(|config| releases(config, &FACTS)).await;
    let poll = portal
        .open_poll(|poll| {
            poll.audience = Audience {
                regions: ["north".to_owned()].into(),
                age_from: Some(18),
                unknown: Unknown::Refuse,
                ..Audience::default()
            };
            poll.plan = Plan([Breakdown::Gender].into());
        })
        .await;
    let way = Way(poll);
    let born = chrono::NaiveDate::from_ymd_opt(1988, 4, 12);
    let citizen = async |facts: Facts| {
        let account = portal.account(&facts).await;
        Citizen::of(&portal, account, poll).await
    };
    let mut southern =
        citizen(Facts { region: Some("south".into()), birth_date: born, gender: None }).await;
    southern.get(&way.poll()).await.is(200).shows("for people in other regions");
    southern.get("/polls?tab=mine").await.is(200).hides("Night buses");
    southern.get("/polls?tab=open").await.is(200).shows("Night buses");
    let refused = southern.get(&way.take(1)).await;
    refused.is(403).shows(&format!("href=\"{}\"", way.poll()));
    southern.answer("1", &[("choice", "yes")]).await.leads(&way.poll());
    southern.get(&way.poll()).await.is(200).shows("This poll is for other people");
    southern.post("/api/take/send", &[]).await.leads(&way.poll());
    southern.get("/answers").await.hides("Night buses");

    let mut unknown = citizen(Facts { region: Some("north".into()), ..Facts::default() }).await;
    let page = unknown.get(&way.poll()).await;
    page.is(200)
        .shows("does not know your date of birth")
        .shows("need=region%2Cbirth_date%2Cgender");
    let page = unknown.get(&way.take(1)).await;
    page.is(403).shows("does not know enough about you").hides("for other people");

    let facts =
        Facts { region: Some("north".into()), birth_date: born, gender: Some(Gender::Female) };
    let mut northern = citizen(facts).await;
    northern.get("/polls").await.is(200).shows("Night buses");
    northern.fill_in().await;
    northern.send().await;
    let own = northern.get(&way.own()).await;
    // The plan needs the gender and nothing else, so nothing else is stored.
    own.is(200).shows("female").hides("The North").hides("35–44");
}

/// As in the results.
#[tokio::test]
async fn the_age_group_that_goes_with_answers_is_said_in_words() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|poll| poll.plan = Plan([Breakdown::AgeBand].into())).await;
    let citizen = async |year| {
        let birth_date = chrono::NaiveDate::from_ymd_opt(year, 4, 12);
        let account = portal.account(&Facts { birth_date, ..Facts::default() }).await;
        Citizen::of(&portal, account, poll).await
    };
    for (year, words) in [(2010, "under 18"), (1988, "35–44"), (1950, "65 and over")] {
        let mut anna = citizen(year).await;
        anna.fill_in().await;
        anna.send().await;
        anna.get(&Way(poll).own()).await.is(200).shows(&format!(">{words}<"));
    }
}

/// Somebody whom a poll asks until the 10th, and her account.
async fn before_her_birthday(portal: &TestPortal) -> (Citizen<'_>, Uuid) {
    let poll = portal
        .open_poll(|poll| poll.audience = Audience { age_to: Some(34), ..Audience::default() })
        .await;
    let birth_date = chrono::NaiveDate::from_ymd_opt(1991, 11, 10);
    let account = portal.account(&Facts { birth_date, ..Facts::default() }).await;
    (Citizen::of(portal, account, poll).await, account)
}

#[tokio::test]
async fn who_is_asked_no_more_sees_the_draft_and_can_delete_it() {
    let portal = TestPortal::new().await;
    let (mut anna, account) = before_her_birthday(&portal).await;
    let way = Way(anna.poll);
    anna.answer("4", &[("text", "77")]).await.leads(&way.take(5));
    anna.get(&way.poll()).await.is(200).shows("You have begun").hides("Your draft");
    // A birthday later.
    portal.at(noon(12)).await;
    anna.browser = portal.sign_in(account).await;
    let page = anna.get(&way.poll()).await;
    page.is(200).hides("You have begun").shows("Your draft").shows(">77<").hides(ONLY_HERE);
    // On a page that was open before.
    anna.answer("6", &[("text", "Late shifts")]).await.leads(&way.poll());
    anna.get(&way.poll()).await.is(200).shows(">77<").shows("Late shifts").shows(ONLY_HERE);
    anna.post("/api/answers/discard", &[]).await.is(303);
    anna.get(&way.poll()).await.is(200).hides("Your draft").hides(">77<").hides("Late shifts");
    anna.get("/answers").await.is(200).hides("Night buses");
}

#[tokio::test]
async fn who_answered_and_is_asked_no_more_is_told_that_they_can_withdraw() {
    let portal = TestPortal::new().await;
    let (mut anna, account) = before_her_birthday(&portal).await;
    let way = Way(anna.poll);
    anna.fill_in().await;
    anna.send().await;
    let change = "action=\"/api/answers/change\"";
    let (either, only) = ("You can change or withdraw", "You can withdraw");
    let (again, not_again) = ("You can answer again", "you cannot answer again");
    let said = |words: &str| format!("You have answered. {words}");
    anna.get(&way.poll()).await.is(200).shows(&said(either)).shows(change);
    anna.get(&way.own()).await.is(200).shows(either).shows(change);
    anna.get(&way.withdraw()).await.is(200).shows(again).hides(not_again);
    // A birthday later.
    portal.at(noon(12)).await;
    anna.browser = portal.sign_in(account).await;
    anna.get(&way.poll()).await.is(200).shows(&said(only)).hides(change);
    anna.get(&way.own()).await.is(200).shows(only).hides(either).hides(change);
    anna.get(&way.withdraw()).await.is(200).shows(not_again).hides(again);
    anna.get("/answers").await.is(200).shows(&said(only));
}

#[tokio::test]
async fn an_answer_that_is_not_required_can_be_taken_back_where_all_are_checked() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let way = Way(poll);
    let mut anna = Citizen::new(&portal, poll).await;
    anna.fill_in().await;
    let skip = "value=\"skip\"";
    anna.get(&format!("{}?check", way.take(1))).await.is(200).hides(skip);
    anna.get(&format!("{}?check", way.take(3))).await.is(200).shows(skip);
    let form = [("from_check", "yes"), ("go", "skip"), ("choice", "4")];
    anna.answer("3", &form).await.leads(&way.check());
    anna.get(&way.check()).await.is(200).shows("Not answered");
}

#[tokio::test]
async fn a_question_left_open_until_later_is_gone_on_with_and_one_skipped_is_not() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let way = Way(poll);
    let mut anna = Citizen::new(&portal, poll).await;
    let later = ("go", "later");
    anna.answer("1", &[("choice", "yes")]).await.leads(&way.take(2));
    anna.answer("2", &[("choices[]", "a"), ("choices[]", "c")]).await.leads(&way.take(3));
    anna.answer("3", &[later]).await.leads(&way.poll());
    anna.post("/api/take/start", &[]).await.leads(&way.take(3));
    anna.answer("3", &[later, ("choice", "4")]).await.leads(&way.poll());
    anna.post("/api/take/start", &[]).await.leads(&way.take(4));
    // Also where it had been answered.
    anna.answer("3", &[later]).await.leads(&way.poll());
    anna.post("/api/take/start", &[]).await.leads(&way.take(3));
    anna.answer("3", &[("go", "skip")]).await.leads(&way.take(4));
    anna.post("/api/take/start", &[]).await.leads(&way.take(4));
}

/// The button stands beside those that save them.
#[tokio::test]
async fn words_do_not_go_by_leaving_their_question_unanswered() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let way = Way(poll);
    let mut anna = Citizen::new(&portal, poll).await;
    let skip = "value=\"skip\"";
    anna.get(&way.take(6)).await.is(200).shows(skip);
    anna.fill_in().await;
    anna.get(&way.take(6)).await.is(200).hides(skip);
    // From a page that was open before they were saved.
    for form in [&[("go", "skip")][..], &[("go", "skip"), ("text", "")]] {
        anna.answer("6", form).await.leads(&way.check());
        anna.get(&way.take(6)).await.is(200).shows("Late shifts");
    }
    // What was typed is saved as by the other buttons.
    anna.answer("6", &[("go", "skip"), ("text", "Early shifts")]).await.leads(&way.check());
    anna.get(&way.take(6)).await.is(200).shows("Early shifts").hides(skip);
    // Whoever empties the field has no words there any more.
    anna.answer("6", &[("text", "")]).await.leads(&way.check());
    anna.get(&way.take(6)).await.is(200).shows(skip).hides("Early shifts");
}

/// Somebody of whom nothing is known, who has answered a poll that is published by gender and has not sent it.
async fn before_sending_by_gender(portal: &TestPortal) -> (Citizen<'_>, Way) {
    let poll = portal.open_poll(|poll| poll.plan = Plan([Breakdown::Gender].into())).await;
    let mut anna = Citizen::new(portal, poll).await;
    anna.fill_in().await;
    (anna, Way(poll))
}

/// With facts that were not known when they were sent.
#[tokio::test]
async fn who_states_a_fact_after_sending_can_send_the_same_answers_with_it() {
    let portal = TestPortal::new().await;
    let (mut anna, way) = before_sending_by_gender(&portal).await;
    anna.send().await;
    anna.post("/api/account/state", &[("gender", "female")]).await.is(303);
    anna.get(&way.own()).await.is(200).hides(">female<");
    anna.post("/api/answers/change", &[]).await.leads(&way.check());
    anna.get(&way.check()).await.is(200).shows("Send the changed answers");
    anna.send().await;
    anna.get(&way.own()).await.is(200).shows(">female<");
}

/// Stated in another window, or taken back there.
#[tokio::test]
async fn only_the_facts_that_the_page_named_go_with_the_answers() {
    let portal = TestPortal::new().await;
    let (mut anna, way) = before_sending_by_gender(&portal).await;
    let again = format!("{}?again", way.check());
    anna.get(&way.check()).await.is(200).shows("What goes with your answers").shows(">Not stated<");
    let seen = anna.seen().await;
    anna.post("/api/account/state", &[("gender", "female")]).await.is(303);
    let [version, (draft, _), facts] = seen.clone();
    // Whether the form carries the draft, or it is read again.
    for form in [seen, [version, (draft, String::new()), facts]] {
        anna.send_seen(&form).await.leads(&again);
        anna.get(&way.own()).await.is(404);
    }
    let check = anna.get(&again).await;
    let answers = check.is(422).shows("the facts that go with them").body.split("id=\"answers\"");
    assert!(answers.last().unwrap().contains(">female<"), "where the error leads to");
    // A page of the version before named none.
    let [version, draft, _] = anna.seen().await;
    anna.send_seen(&[version, draft]).await.leads(&way.receipt());
    anna.get(&way.own()).await.is(200).shows(">female<");
}

/// Whoever heard nothing of what they sent presses once more; a fact may have become known in between.
#[tokio::test]
async fn what_was_sent_is_acknowledged_with_the_facts_that_it_was_sent_with_and_with_no_others() {
    let portal = TestPortal::new().await;
    let (mut anna, way) = before_sending_by_gender(&portal).await;
    let again = format!("{}?again", way.check());
    let seen = anna.seen().await;
    anna.send_seen(&seen).await.leads(&way.receipt());
    anna.post("/api/account/state", &[("gender", "female")]).await.is(303);
    let [version, (draft, _), facts] = seen.clone();
    let uncarried = [version.clone(), (draft, String::new()), facts];
    for form in [&seen, &uncarried] {
        anna.send_seen(form).await.leads(&way.receipt());
        anna.get(&way.own()).await.is(200).shows(">Not stated<").hides(">female<");
    }
    // No page named these facts beside what is in.
    let other = [version, ("facts", "-/-/female".to_owned())];
    anna.send_seen(&other).await.leads(&again);
    anna.get(&way.check()).await.is(200).hides("Send ");
}

#[tokio::test]
async fn a_check_names_no_facts_where_none_go_with_the_answers() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|poll| poll.plan = Plan::default()).await;
    let mut anna = Citizen::new(&portal, poll).await;
    anna.fill_in().await;
    anna.get(&Way(poll).check()).await.is(200).hides("What goes with your answers");
    anna.send().await;
}

#[tokio::test]
async fn a_purpose_is_shown_in_the_paragraphs_in_which_it_was_written() {
    let portal = TestPortal::new().await;
    let purpose = Text::both("Why we ask.\r\n\r\nWhat for.", "Почему.\n\nЗачем.");
    let poll = portal.open_poll(|poll| poll.purpose = purpose).await;
    let mut anna = Citizen::new(&portal, poll).await;
    let page = anna.get(&Way(poll).poll()).await;
    for words in ["Why we ask.", "What for."] {
        // Above, and in the notice.
        page.shows(&format!(">{words}</p>")).shows(&format!(">{words}</span>"));
    }
}

/// Each sentence is in its own language: the author's in the poll's, the page's in the page's.
#[tokio::test]
async fn a_poll_in_another_language_is_marked_and_the_page_s_own_words_are_not() {
    let portal = TestPortal::new().await;
    let poll = portal
        .open_poll(|poll| {
            let russian = [questionnaire::Language::Ru].into();
            for question in &mut poll.questionnaire.questions {
                question.hint = Text::both("Hint", "Подсказка");
            }
            poll.languages = russian;
            *poll = poll.as_asked();
        })
        .await;
    let way = Way(poll);
    let mut anna = Citizen::new(&portal, poll).await;
    anna.post("/api/take/start", &[]).await.is(303);
    let page = anna.get(&way.take(2)).await;
    page.is(200).shows("lang=\"ru\" class=\"veche-line\">Подсказка");
    for optional in [3, 4, 5, 6] {
        let page = anna.get(&way.take(optional)).await;
        page.is(200).shows("You can leave this question out.").hides("(optional)");
    }
    anna.get(&way.take(5)).await.is(200).shows("such as 2 7 2013");
    anna.fill_in().await;
    let form = [("from_check", "yes"), ("go", "skip")];
    anna.answer("3", &form).await.leads(&way.check());
    let page = anna.get(&way.check()).await;
    page.is(200).shows("<span class=\"veche-line\">Not answered");
    page.shows("lang=\"ru\" class=\"veche-line\">Option a");
    // Also where they are only heard.
    marked(&page, "The question");
    for list in ["/polls?tab=open", "/answers"] {
        marked(&anna.get(list).await, "Night buses");
    }
    let sign_in = anna.get(&format!("/sign-in?return={}", way.poll())).await;
    marked(&sign_in, "Night buses");
    sign_in.is(200).shows("you come to the poll “<span lang=\"ru\">Night buses<");
}

/// Wherever the page has these words, it says that they are Russian.
#[track_caller]
fn marked(page: &crate::portal::Answer, words: &str) {
    let main = page.is(200).body.split("<main").nth(1).unwrap();
    let mut parts = main.split('<').filter(|part| part.contains(words)).peekable();
    assert!(parts.peek().is_some(), "{words:?} is not on the page");
    for part in parts {
        assert!(part.contains("lang=\"ru\""), "{part}");
    }
}

#[tokio::test]
async fn a_number_below_nothing_can_be_typed_on_a_phone() {
    let portal = TestPortal::new().await;
    let keys = "inputmode=\"numeric\"";
    for (min, numeric) in [(0, true), (-50, false)] {
        let poll = portal
            .open_poll(|poll| {
                let kind = Kind::Number { min, max: 50, bins: Vec::new() };
                poll.questionnaire =
                    Questionnaire { questions: vec![question("degrees", true, kind)] };
            })
            .await;
        let mut anna = Citizen::new(&portal, poll).await;
        let page = anna.get(&Way(poll).take(1)).await;
        assert_eq!(page.is(200).body.contains(keys), numeric, "from {min}");
    }
}

/// What a page says of numbers can be typed.
#[tokio::test]
async fn numbers_are_written_as_they_can_be_typed() {
    let portal = TestPortal::new().await;
    let poll = portal
        .open_poll(|poll| {
            let kind = Kind::Number { min: -50, max: 1_000_000, bins: Vec::new() };
            poll.questionnaire = Questionnaire { questions: vec![question("income", true, kind)] };
        })
        .await;
    let way = Way(poll);
    let mut anna = Citizen::new(&portal, poll).await;
    anna.get(&way.take(1)).await.is(200).shows("from \u{2212}50 to 1000000");
    anna.answer("1", &[("text", "1000000")]).await.leads(&way.check());
    anna.get(&way.check()).await.is(200).shows(">1000000<");
    anna.get(&way.take(1)).await.is(200).shows("value=\"1000000\"");
}

#[tokio::test]
async fn who_is_not_asked_while_the_region_is_unknown_reads_where_to_state_it() {
    let portal = TestPortal::new().await;
    let of = async |audience: Audience| {
        let poll = portal.open_poll(|poll| poll.audience = audience).await;
        Citizen::new(&portal, poll).await.get(&Way(poll).poll()).await
    };
    let unknown = Unknown::Refuse;
    let regions = ["north".to_owned()].into();
    let page = of(Audience { regions, unknown, ..Audience::default() }).await;
    page.is(200).shows("the portal does not know yours").shows("href=\"/account/data?poll=");
    // Nobody states an age.
    let page = of(Audience { age_from: Some(18), unknown, ..Audience::default() }).await;
    page.is(200).shows("does not know your date of birth").hides("href=\"/account/data");
}

/// Nobody gives away facts that would not let them in.
#[tokio::test]
async fn who_cannot_take_part_in_any_case_is_asked_for_nothing() {
    let portal = TestPortal::configured(|config| releases(config, &FACTS)).await;
    let audience = Audience {
        regions: ["north".to_owned()].into(),
        genders: [Gender::Female].into(),
        unknown: Unknown::Refuse,
        ..Audience::default()
    };
    let poll = portal.open_poll(|poll| poll.audience = audience).await;
    for (region, lacking) in [("south", false), ("north", true)] {
        let facts = Facts { region: Some(region.to_owned()), ..Facts::default() };
        let account = portal.account(&facts).await;
        let mut anna = Citizen::of(&portal, account, poll).await;
        let page = anna.get(&Way(poll).poll()).await;
        page.is(200);
        for asked in ["State it yourself", "Share with the portal"] {
            assert_eq!(page.body.contains(asked), lacking, "{region}: {asked}");
        }
    }
}

/// What it cannot release people state themselves, where that is possible, and otherwise read that it cannot.
#[tokio::test]
async fn nobody_is_sent_for_facts_that_the_provider_cannot_release() {
    let portal = TestPortal::configured(|config| releases(config, &FACTS[..1])).await;
    let plan = Plan([Breakdown::RegionByGender, Breakdown::AgeBand].into());
    let poll = portal.open_poll(|poll| poll.plan = plan).await;
    let mut anyone = Citizen { portal: &portal, browser: Browser::default(), poll };
    let page = anyone.get(&Way(poll).poll()).await;
    page.is(200)
        .shows("this poll asks for: region.")
        .shows("without proof: gender.")
        .shows("cannot share: date of birth.")
        .shows("need=region\"");
    let mut anna = Citizen::new(&portal, poll).await;
    let page = anna.get(&Way(poll).poll()).await;
    page.is(200)
        .shows("Share with the portal: region<")
        .shows("State it yourself, without proof: region, gender<")
        .shows("cannot share: date of birth.")
        .shows("need=region\"");
    // Where it can release nothing there is no link that would.
    let portal = TestPortal::new().await;
    let audience = Audience { age_from: Some(18), unknown: Unknown::Refuse, ..Audience::default() };
    let poll = portal.open_poll(|poll| poll.audience = audience).await;
    let mut anna = Citizen::new(&portal, poll).await;
    let page = anna.get(&Way(poll).poll()).await;
    page.is(200).shows("cannot share: date of birth.").hides("Share with the portal");
}

/// To ask for them once more would lead in a circle.
#[tokio::test]
async fn nobody_is_sent_for_facts_of_which_the_provider_has_no_value() {
    let portal = TestPortal::configured(|config| {
        releases(config, &FACTS);
        let scope =
            |(_, name): (&str, &str)| json!({ "name": name, "label": { "en": name, "ru": name } });
        config.provider.scopes = serde_json::from_value(json!(FACTS.map(scope))).unwrap();
    })
    .await;
    let audience = Audience {
        regions: ["north".to_owned()].into(),
        age_from: Some(18),
        unknown: Unknown::Refuse,
        ..Audience::default()
    };
    let poll = portal.open_poll(|poll| poll.audience = audience).await;
    let account = portal.account(&Facts::default()).await;
    let mut anna = Citizen::of(&portal, account, poll).await;
    let pages = [Way(poll).poll(), "/polls?tab=mine".to_owned()];
    let cannot = "cannot share: date of birth.";
    for page in &pages {
        anna.get(page).await.is(200).shows("need=region%2Cbirth_date\"").hides(cannot);
    }
    // One that was given before the portal read the fact proves nothing, and is asked for anew.
    let (platform, scope) = (&portal.platform, "birthdate");
    let purposes = [Purpose::of("name")].into();
    consents::grant(&platform.db, platform, account, scope, &purposes, 365).await.unwrap();
    for page in &pages {
        anna.get(page).await.is(200).shows("need=region%2Cbirth_date\"").hides(cannot);
    }
    let sign_in = format!("/sign-in?return={}", Way(poll).poll());
    anna.get(&sign_in).await.is(200).hides("The provider has no value");
    // A consent that holds has brought nothing.
    let purposes = [Purpose::of("birth_date")].into();
    consents::grant(&platform.db, platform, account, scope, &purposes, 365).await.unwrap();
    for page in &pages {
        anna.get(page).await.is(200).shows("need=region\"").shows(cannot);
    }
    let page = anna.get(&sign_in).await;
    page.is(200).shows("Shared already").shows("The provider has no value for: date of birth.");
}

/// Only where the portal knows enough of somebody it can say that no poll asks them.
#[tokio::test]
async fn that_no_poll_asks_somebody_is_said_where_it_is_known() {
    const NONE: [(&str, &str); 2] = [
        ("/", "No poll is waiting for your answer"),
        ("/polls?tab=mine", "No open poll asks you at the moment"),
    ];
    let portal = TestPortal::configured(|config| releases(config, &FACTS)).await;
    let audience = Audience {
        regions: ["north".to_owned()].into(),
        age_from: Some(18),
        unknown: Unknown::Refuse,
        ..Audience::default()
    };
    let poll = portal.open_poll(|poll| poll.audience = audience).await;
    let lacking = "Not known to the portal: region, date of birth";
    let mut anna = Citizen::new(&portal, poll).await;
    for (page, none) in NONE {
        anna.get(page).await.is(200).shows(lacking).hides(none);
    }
    anna.get("/polls?tab=mine")
        .await
        .shows("/sign-in?return=%2Fpolls%3Ftab%3Dmine")
        .shows("need=region%2Cbirth_date\"")
        .shows("State it yourself, without proof: region<");
    // Of whoever lives elsewhere nothing more has to be known.
    let elsewhere = Facts { region: Some("south".to_owned()), ..Facts::default() };
    let mut boris = Citizen::of(&portal, portal.account(&elsewhere).await, poll).await;
    for (page, none) in NONE {
        boris.get(page).await.is(200).shows(none).hides("Not known to the portal");
    }
    // Beside polls that ask somebody, too, there may be others.
    portal.open_poll(|_| {}).await;
    let page = anna.get("/").await;
    page.is(200).shows("1 poll is waiting for your answer. There may be more.").shows(lacking);
    anna.get("/polls?tab=mine").await.is(200).shows("Night buses").shows(lacking);
}

/// A fact that only decides whom the poll asks is not stored, so it is counted nowhere.
#[tokio::test]
async fn only_what_goes_with_the_answers_counts_as_not_stated() {
    let portal = TestPortal::new().await;
    let of = async |plan: Plan| {
        let regions = ["north".to_owned()].into();
        let audience = Audience { regions, unknown: Unknown::Admit, ..Audience::default() };
        let change = |poll: &mut Poll| (poll.audience, poll.plan) = (audience, plan);
        let poll = portal.open_poll(change).await;
        Citizen::new(&portal, poll).await.get(&Way(poll).poll()).await
    };
    let counted = "count as “not stated”: ";
    let page = of(Plan::default()).await;
    page.is(200)
        .shows("Not known to the portal: region. You can take part all the same.")
        .hides(counted)
        .shows("No facts about you are stored");
    let page = of(Plan([Breakdown::Gender].into())).await;
    page.is(200)
        .shows("Not known to the portal: region, gender. You can take part all the same.")
        .shows(&format!("{counted}gender."));
}

/// Or it would seem to be the poll that asks.
#[tokio::test]
async fn beside_a_poll_nothing_is_offered_that_only_an_address_names() {
    let portal = TestPortal::configured(|config| {
        releases(config, &[("region", "addresses"), ("documents", "id_doc")]);
        let scope = |name: &str| json!({ "name": name, "label": { "en": name, "ru": name } });
        let scopes = json!([scope("addresses"), scope("id_doc")]);
        config.provider.scopes = serde_json::from_value(scopes).unwrap();
    })
    .await;
    let poll = portal.open_poll(|poll| poll.plan = Plan([Breakdown::Region].into())).await;
    let (asked, documents) = ("value=\"addresses\" checked", "value=\"id_doc\"");
    let address = format!("/sign-in?return={}&need=documents", Way(poll).poll());
    let mut anyone = Browser::default();
    portal.get(&mut anyone, &address).await.is(200).shows(asked).hides(documents);
    let mut anna = Citizen::new(&portal, poll).await;
    let to = anna.get(&address).await.to;
    anna.get(&to).await.is(200).shows(asked).hides(documents);
    // One of our own pages led here.
    let ours = Request::get(&address).header("sec-fetch-site", "same-origin");
    let page = portal.send(&mut anna.browser, ours, String::new()).await;
    page.is(200).shows(asked).shows(&format!("{documents} checked"));
}

/// No poll needs it: so it is offered, and ticked only by who wants it.
#[tokio::test]
async fn beside_a_poll_the_name_is_as_the_person_left_it() {
    const NAMED: &str = "value=\"fullname\" checked";
    const ASKED: &str = "value=\"addresses\" checked";
    let portal = TestPortal::configured(|config| {
        releases(config, &[("name", "fullname"), ("region", "addresses")]);
        let scope = |name: &str| json!({ "name": name, "label": { "en": name, "ru": name } });
        let scopes = json!([scope("fullname"), scope("addresses")]);
        config.provider.scopes = serde_json::from_value(scopes).unwrap();
    })
    .await;
    let poll = portal.open_poll(|poll| poll.plan = Plan([Breakdown::Region].into())).await;
    let way = Way(poll).poll();
    let address = format!("/sign-in?return={way}");
    let mut anyone = Browser::default();
    let page = portal.get(&mut anyone, &address).await;
    page.is(200).shows("value=\"fullname\"").shows(ASKED).hides(NAMED);
    // The provider cannot be reached: what was left ticked then counts for more, here and where the page of
    // what went wrong leads.
    let again = format!("{}&again", routes::sign_in_releasing(&way, "name"));
    for (left, unticked) in [(NAMED, ASKED), (ASKED, NAMED)] {
        let scope = if left == NAMED { "fullname" } else { "addresses" };
        let form = [("return", way.as_str()), ("scopes[]", scope)];
        portal.post(&mut anyone, "/auth/sign-in", &form).await.is(503);
        portal.get(&mut anyone, &address).await.is(200).shows(left).hides(unticked);
        let ours = Request::get(&again).header("sec-fetch-site", "same-origin");
        let page = portal.send(&mut anyone, ours, String::new()).await;
        page.is(200).shows(left).hides(unticked);
    }
    // Whose name is shared already is not asked for it.
    let account = portal.account(&Facts::default()).await;
    let mut anna = Citizen::of(&portal, account, poll).await;
    let (platform, purposes) = (&portal.platform, [Purpose::of("name")].into());
    consents::grant(&platform.db, platform, account, "fullname", &purposes, 365).await.unwrap();
    anna.get(&address).await.is(200).shows("Shared already").shows(ASKED).hides(NAMED);
}

/// The poll is the only thing of its address that the page of a person repeats, and only where it
/// is one.
#[tokio::test]
async fn who_states_what_a_poll_wants_to_know_comes_back_to_it() {
    let portal = TestPortal::new().await;
    let audience = Audience {
        regions: ["north".to_owned()].into(),
        unknown: Unknown::Refuse,
        ..Audience::default()
    };
    let poll = portal.open_poll(|poll| poll.audience = audience).await;
    let (way, there) = (Way(poll), format!("/account/data?poll={poll}"));
    let mut anna = Citizen::new(&portal, poll).await;
    anna.get(&way.poll()).await.is(200).shows(&format!("href=\"{there}\""));
    let field = format!("name=\"poll\" value=\"{poll}\"");
    anna.get(&there).await.is(200).shows(&field);
    for nothing in ["needle", "6e65656c-6465-4000-8000-000000000000"] {
        let page = anna.get(&format!("/account/data?poll={nothing}")).await;
        page.is(200).hides(nothing).hides("name=\"poll\"");
    }
    anna.post("/api/account/state", &[("region", "nowhere")])
        .await
        .leads(&format!("{there}&again"));
    anna.get(&format!("{there}&again")).await.is(422).shows(&field);
    anna.post("/api/account/state", &[("region", "north")]).await.leads(&way.poll());
    anna.get(&way.poll()).await.is(200).shows("This poll asks you");
}

#[tokio::test]
async fn what_was_typed_survives_a_store_that_fails() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let way = Way(poll);
    let mut anna = Citizen::new(&portal, poll).await;
    anna.answer("4", &[("text", "77")]).await.leads(&way.take(5));
    let url = portal.config.stores.vault.read().unwrap();
    let store = connection::open(url.expose_secret()).await.unwrap();
    store.execute_unprepared("ALTER TABLE draft RENAME TO away").await.unwrap();
    let again = format!("{}?again", way.take(6));
    anna.answer("6", &[("text", "Late shifts")]).await.leads(&again);
    let broken = anna.get(&again).await;
    assert!(!broken.id.is_empty());
    broken.is(500).shows(&format!("<code class=\"veche-error-id\">{}<", broken.id));
    broken.shows("write to data@example.org and quote this code:");
    store.execute_unprepared("ALTER TABLE away RENAME TO draft").await.unwrap();
    anna.get(&again).await.is(200).shows("Late shifts");
    anna.get(&way.take(4)).await.is(200).shows("value=\"77\"");
}

#[tokio::test]
async fn a_special_category_needs_an_explicit_consent() {
    let portal = TestPortal::new().await;
    let poll = portal
        .open_poll(|poll| {
            poll.special = Some(Special::PoliticalOpinion);
            poll.questionnaire =
                Questionnaire { questions: vec![question("vote", true, Kind::YesNo)] };
        })
        .await;
    let way = Way(poll);
    let mut anna = Citizen::new(&portal, poll).await;
    anna.get(&way.poll())
        .await
        .is(200)
        .shows("separate, explicit consent")
        .shows("kept as a draft, encrypted")
        .shows("political opinion");
    anna.answer("1", &[("choice", "yes")]).await.leads(&way.check());
    let check = anna.get(&way.check()).await;
    check.is(200).shows("I agree that the portal’s operator (").hides("checked");
    check.shows("until the poll’s key is destroyed, and counts them in this poll");
    let again = format!("{}?again", way.check());
    let [version, draft, facts] = anna.seen().await;
    anna.send_seen(&[version.clone(), draft.clone(), facts]).await.leads(&again);
    anna.get(&again).await.is(422).shows("without your consent");
    let agreed = [version, draft, ("consent", "yes".to_owned())];
    anna.send_seen(&agreed).await.leads(&way.receipt());
    // Nobody was asked for words.
    anna.get(&way.receipt()).await.is(200).shows("if enough").hides("in their own words");
    anna.get(&way.own()).await.is(200).shows("You consented to storing and counting answers on");
    // That is no consent to share data, and the account does not say that there is none.
    let consents = anna.get("/account/consents").await;
    consents.is(200).shows("You have shared nothing").shows("My answers").hides("no consent");
    anna.get("/account").await.is(200).shows("0 active consents to share data");
}

/// A poll on a special category, of one question.
async fn sensitive(portal: &TestPortal) -> Uuid {
    let poll = portal.open_poll(|poll| {
        poll.special = Some(Special::Health);
        poll.questionnaire = Questionnaire { questions: vec![question("ill", true, Kind::YesNo)] };
    });
    poll.await
}

/// Somebody who has answered it.
async fn consenting(portal: &TestPortal, poll: Uuid) -> Uuid {
    let account = portal.account(&Facts::default()).await;
    let way = Way(poll);
    let mut one = Citizen::of(portal, account, poll).await;
    one.answer("1", &[("choice", "yes")]).await.leads(&way.check());
    let [version, draft, _] = one.seen().await;
    let agreed = [version, draft, ("consent", "yes".to_owned())];
    one.send_seen(&agreed).await.leads(&way.receipt());
    account
}

/// Answers on a special category may not be kept without it.
#[tokio::test]
async fn the_consent_is_taken_back_also_after_the_poll_has_closed() {
    let portal = TestPortal::new().await;
    let poll = sensitive(&portal).await;
    let way = Way(poll);
    let mut accounts = Vec::new();
    for _ in 0..3 {
        accounts.push(consenting(&portal, poll).await);
    }
    let offered = "Withdraw my consent";
    // Closed, and not counted yet.
    portal.clock.set(noon(20));
    portal.vault.close(poll).await.unwrap();
    let mut anna = Citizen::of(&portal, accounts[0], poll).await;
    anna.get(&way.poll()).await.is(200).shows(offered).shows("can still be withdrawn");
    anna.get(&way.own()).await.is(200).shows(offered).hides("or withdrawn");
    let page = anna.get(&way.withdraw()).await;
    let told = page.is(200).shows("They will not be counted").hidden("told");
    // Pressed twice, it is done all the same.
    for _ in 0..2 {
        anna.post("/api/answers/withdraw", &[("told", &told)]).await.leads(&way.poll());
    }
    anna.get(&way.poll()).await.is(200).shows("withdrawn and deleted").hides(offered);
    anna.get(&way.own()).await.is(404);
    assert_eq!(responses(&portal).await, 2);
    // Published: what is counted stays counted, and nothing else is kept.
    portal.at(noon(20)).await;
    anna.post("/api/answers/withdraw", &[("told", &told)]).await.leads(&way.poll());
    let mut boris = Citizen::of(&portal, accounts[1], poll).await;
    let page = boris.get(&way.withdraw()).await;
    page.is(200).shows("Nothing is kept of them but").shows("Withdraw the consent");
    page.shows("Nothing was published, because too few people").hides("What was published");
    let told = page.hidden("told");
    boris.post("/api/answers/withdraw", &[("told", &told)]).await.leads(&way.poll());
    let page = boris.get(&way.poll()).await;
    page.is(200).shows("Your consent was withdrawn and your answers were deleted").hides(offered);
    boris.get(&way.own()).await.is(404);
    let left = ["response", "response WHERE counted = '[]' AND length(content) = 0"];
    assert_eq!([rows(&portal, left[0]).await, rows(&portal, left[1]).await], [2, 1]);
    let mut vera = Citizen::of(&portal, accounts[2], poll).await;
    vera.get(&way.own()).await.is(200).shows(offered);
}

/// A page stays open while the poll goes on.
#[tokio::test]
async fn a_consent_is_taken_back_as_was_read_or_not_at_all() {
    let portal = TestPortal::new().await;
    let poll = sensitive(&portal).await;
    let way = Way(poll);
    let account = consenting(&portal, poll).await;
    let mut anna = Citizen::of(&portal, account, poll).await;
    let page = anna.get(&way.withdraw()).await;
    let open = page.is(200).shows("You can answer again").hidden("told");
    portal.clock.set(noon(20));
    portal.vault.close(poll).await.unwrap();
    anna.browser = portal.sign_in(account).await;
    let meanwhile = "Nothing was withdrawn yet";
    // Without it, as of a version before, it is the page of an open poll.
    for told in [open.as_str(), ""] {
        anna.post("/api/answers/withdraw", &[("told", told)]).await.leads(&way.withdraw());
        anna.get(&way.withdraw()).await.is(200).shows(meanwhile).shows("They will not be counted");
    }
    let closed = anna.get(&way.withdraw()).await.is(200).hides(meanwhile).hidden("told");
    portal.at(noon(20)).await;
    anna.post("/api/answers/withdraw", &[("told", &closed)]).await.leads(&way.withdraw());
    assert_eq!(rows(&portal, "response WHERE counted <> '[]'").await, 1);
    let page = anna.get(&way.withdraw()).await;
    let counted = page.is(200).shows(meanwhile).shows("Nothing is kept of them but").hidden("told");
    anna.post("/api/answers/withdraw", &[("told", &counted)]).await.leads(&way.poll());
    assert_eq!(rows(&portal, "response WHERE counted = '[]'").await, 1);
}

/// As one server counts on PostgreSQL, where a lock tells the others so.
#[tokio::test(flavor = "multi_thread")]
async fn no_consent_is_taken_back_while_the_answers_are_counted() {
    let portal = on_postgres().await;
    let poll = sensitive(&portal).await;
    let account = consenting(&portal, poll).await;
    portal.clock.set(noon(20));
    portal.vault.close(poll).await.unwrap();
    let mut anna = Citizen::of(&portal, account, poll).await;
    let [a, b, c, d, ..] = *poll.as_bytes();
    let url = portal.config.stores.portal.read().unwrap();
    let other = connection::open(url.expose_secret()).await.unwrap();
    let counting = other.begin().await.unwrap();
    let (locks, number) = (0x7075_626c, i32::from_be_bytes([a, b, c, d]));
    let turn = format!("SELECT pg_advisory_xact_lock({locks}, {number})");
    counting.execute_unprepared(&turn).await.unwrap();
    anna.post("/api/answers/withdraw", &[("told", "closed")]).await.is(503);
    assert_eq!(responses(&portal).await, 1);
    counting.rollback().await.unwrap();
    anna.post("/api/answers/withdraw", &[("told", "closed")]).await.leads(&Way(poll).poll());
    assert_eq!(responses(&portal).await, 0);
}

/// A count may wait for a database that does not answer. On PostgreSQL only, where a table can be held.
#[tokio::test(flavor = "multi_thread")]
async fn drafts_go_also_while_a_count_does_not_end() {
    let portal = on_postgres().await;
    let poll = portal.open_poll(|_| {}).await;
    let mut anna = Citizen::new(&portal, poll).await;
    anna.answer("4", &[("text", "77")]).await.leads(&Way(poll).take(5));
    assert_eq!(rows(&portal, "draft").await, 1);
    portal.clock.set(noon(20));
    let url = portal.config.stores.vault.read().unwrap();
    let other = connection::open(url.expose_secret()).await.unwrap();
    let held = other.begin().await.unwrap();
    held.execute_unprepared("LOCK TABLE response IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let round = Box::pin(portal.scheduler.tick(noon(20)));
    assert!(tokio::time::timeout(Duration::from_secs(5), round).await.is_err());
    assert_eq!(rows(&portal, "draft").await, 0);
    held.rollback().await.unwrap();
}

#[tokio::test]
async fn what_was_typed_survives_the_end_of_the_session() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let account = portal.account(&Facts::default()).await;
    let mut anna = Citizen::of(&portal, account, poll).await;
    anna.get(&Way(poll).take(4)).await.is(200);
    portal.clock.set(noon(2));
    let again = format!("/polls/{poll}/take/4?again");
    let to_sign_in = anna.answer("4", &[("text", "seventy")]).await;
    to_sign_in.is(303);
    assert!(to_sign_in.to.starts_with("/sign-in?return=%2Fpolls%2F"), "{}", to_sign_in.to);
    assert!(to_sign_in.to.ends_with("take%2F4%3Fagain"), "{}", to_sign_in.to);
    portal.sign_in_again(&mut anna.browser, account).await;
    anna.get(&again).await.is(200).shows("value=\"seventy\"");
    // It lies in the draft now, and no longer in the session.
    let mut desk = Citizen::of(&portal, account, poll).await;
    desk.get(&again).await.is(200).shows("value=\"seventy\"");
    let other = portal.account(&Facts::default()).await;
    portal.sign_in_again(&mut anna.browser, other).await;
    anna.get(&again).await.is(200).hides("value=\"seventy\"");
}

#[tokio::test]
async fn what_was_typed_is_shown_where_the_poll_closes_while_somebody_signs_in_again() {
    let portal = TestPortal::new().await;
    let late = noon(2);
    let closes = late + TimeDelta::minutes(5);
    let poll = portal.open_poll(|poll| poll.closes_at = Some(closes)).await;
    let account = portal.account(&Facts::default()).await;
    let mut anna = Citizen::of(&portal, account, poll).await;
    portal.clock.set(late);
    anna.answer("4", &[("text", "seventy")]).await.is(303);
    portal.at(closes + TimeDelta::minutes(1)).await;
    portal.sign_in_again(&mut anna.browser, account).await;
    anna.get(&format!("{}?again", Way(poll).take(4))).await.leads(&Way(poll).poll());
    let page = anna.get(&Way(poll).poll()).await;
    page.is(200).shows("seventy").shows("what you typed was not sent").shows(ONLY_HERE);
    page.hides("You can still see it here");
}

/// Nobody takes the portal's own mark for a filter of the interim totals.
#[tokio::test]
async fn who_signs_in_again_to_begin_comes_back_to_the_whole_page_of_the_poll() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let account = portal.account(&Facts::default()).await;
    let mut anna = Citizen::of(&portal, account, poll).await;
    anna.get(&Way(poll).poll()).await.is(200).shows("id=\"interim\"");
    portal.clock.set(noon(2));
    let to_sign_in = anna.post("/api/take/start", &[]).await;
    to_sign_in.is(303);
    let back = parameter(&to_sign_in.to, "return").unwrap();
    assert!(back.starts_with(&Way(poll).poll()), "{back}");
    portal.sign_in_again(&mut anna.browser, account).await;
    let page = anna.get(&back).await;
    page.is(200).shows("id=\"interim\"").hides("no such breakdown");
}

#[tokio::test]
async fn what_waits_for_signing_in_again_is_not_put_over_what_was_kept_since() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let account = portal.account(&Facts::default()).await;
    let mut anna = Citizen::of(&portal, account, poll).await;
    portal.clock.set(noon(2));
    anna.answer("4", &[("text", "seventy")]).await.is(303);
    // In another tab.
    portal.sign_in_again(&mut anna.browser, account).await;
    anna.answer("4", &[("text", "71")]).await.leads(&Way(poll).take(5));
    // The first one has signed in, too.
    let again = format!("{}?again", Way(poll).take(4));
    anna.get(&again).await.is(200).hides("seventy").shows("value=\"71\"");
}

/// To look at what waits changes nothing, whatever another device has done since.
#[tokio::test]
async fn what_waits_is_only_shown_where_something_else_was_kept_on_another_device() {
    const UNSAVED: &str = "was typed earlier and is not saved";
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let way = Way(poll);
    let account = portal.account(&Facts::default()).await;
    let again = format!("{}?again", way.take(4));
    let too_late = async |text: &str| {
        let mut desk = Citizen::of(&portal, account, poll).await;
        portal.clock.set(portal.platform.now() + TimeDelta::hours(13));
        desk.answer("4", &[("text", text)]).await.is(303);
        portal.sign_in_again(&mut desk.browser, account).await;
        desk
    };
    let mut desk = too_late("70").await;
    let mut phone = Citizen::of(&portal, account, poll).await;
    phone.fill_in().await;
    desk.get(&again).await.is(200).shows("value=\"70\"").shows(UNSAVED);
    phone.get(&way.take(4)).await.is(200).shows("value=\"42\"").hides(UNSAVED);
    phone.send().await;
    // No change of it begins.
    desk.get(&again).await.is(200).shows("value=\"70\"").shows(UNSAVED);
    phone.get(&way.poll()).await.is(200).shows("You have answered");
    // Until it is saved.
    desk.answer("4", &[("text", "70")]).await.leads(&way.take(5));
    phone.get(&way.take(4)).await.is(200).shows("value=\"70\"").hides(UNSAVED);
    desk.get(&again).await.is(200).hides(UNSAVED);

    // Where nothing is, it is in the draft at once.
    desk.post("/api/answers/withdraw", &[]).await.leads(&way.poll());
    let mut desk = too_late("71").await;
    desk.get(&again).await.is(200).shows("value=\"71\"").hides(UNSAVED);
    let mut phone = Citizen::of(&portal, account, poll).await;
    phone.get(&way.take(4)).await.is(200).shows("value=\"71\"");
}

/// As from the page of the poll, which says that it is kept and what the portal needs to know.
#[tokio::test]
async fn what_waits_is_on_its_page_whichever_way_one_comes() {
    let portal = TestPortal::new().await;
    let audience = Audience {
        regions: ["north".to_owned()].into(),
        unknown: Unknown::Refuse,
        ..Audience::default()
    };
    let poll = portal.open_poll(|poll| poll.audience = audience).await;
    let way = Way(poll);
    let account = portal.account(&Facts::default()).await;
    let mut anna = Citizen::of(&portal, account, poll).await;
    anna.answer("6", &[("text", "Late shifts")]).await.leads(&way.poll());
    let page = anna.get(&way.poll()).await;
    page.is(200).shows("does not know enough about you").hides("for other people");
    page.shows("Late shifts").shows(ONLY_HERE);
    anna.post("/api/account/state", &[("region", "north")]).await.leads(&way.poll());
    // Whoever goes on does so where it is.
    anna.post("/api/take/start", &[]).await.leads(&way.take(6));
    anna.get(&way.take(6)).await.is(200).shows("Late shifts");
    // It lies in the draft now.
    anna.post("/api/take/start", &[]).await.leads(&way.take(1));
    let mut desk = Citizen::of(&portal, account, poll).await;
    desk.get(&way.take(6)).await.is(200).shows("Late shifts");
}

#[tokio::test]
async fn what_was_typed_too_late_goes_with_what_is_withdrawn() {
    let portal = TestPortal::new().await;
    let closes = noon(2) + TimeDelta::minutes(10);
    let poll = portal.open_poll(|poll| poll.closes_at = Some(closes)).await;
    let way = Way(poll);
    let account = portal.account(&Facts::default()).await;
    let mut anna = Citizen::of(&portal, account, poll).await;
    anna.fill_in().await;
    anna.send().await;
    portal.clock.set(noon(2));
    anna.answer("6", &[("text", "Too late")]).await.is(303);
    portal.sign_in_again(&mut anna.browser, account).await;
    anna.post("/api/answers/withdraw", &[]).await.leads(&way.poll());
    portal.at(closes).await;
    anna.get(&way.poll()).await.is(200).shows("This poll closed").hides("Too late");
}

#[tokio::test]
async fn a_draft_of_one_question_is_there_to_delete_also_beside_what_came_late() {
    let portal = TestPortal::new().await;
    let one = || Questionnaire { questions: vec![question("bus", true, Kind::YesNo)] };
    let poll = portal.open_poll(|poll| poll.questionnaire = one()).await;
    let way = Way(poll);
    let account = portal.account(&Facts::default()).await;
    let mut anna = Citizen::of(&portal, account, poll).await;
    anna.answer("1", &[("choice", "yes")]).await.leads(&way.check());
    portal.clock.set(noon(20));
    anna.browser = portal.sign_in(account).await;
    anna.answer("1", &[("choice", "no")]).await.leads(&way.poll());
    let page = anna.get(&way.poll()).await;
    page.is(200).shows("your draft was not sent").shows(&way.discard());
}

#[tokio::test]
async fn whoever_sends_what_was_deleted_elsewhere_is_told_so() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let way = Way(poll);
    let account = portal.account(&Facts::default()).await;
    let mut desk = Citizen::of(&portal, account, poll).await;
    let mut phone = Citizen::of(&portal, account, poll).await;
    for away in ["discard", "withdraw"] {
        desk.fill_in().await;
        let seen = desk.seen().await;
        if away == "withdraw" {
            phone.send().await;
        }
        phone.post(&format!("/api/answers/{away}"), &[]).await.leads(&way.poll());
        desk.send_seen(&seen).await.leads(&way.poll());
        desk.get(&way.poll()).await.is(200).shows("There is nothing to send");
        assert_eq!(responses(&portal).await, 0);
    }
}

#[tokio::test]
async fn a_long_list_of_polls_has_pages() {
    let portal = TestPortal::new().await;
    let name = |number: u32| format!("Poll number {number:02}");
    let mut polls = Vec::new();
    for number in 1..=31 {
        let open = |poll: &mut Poll| {
            poll.title = Text::both(name(number), name(number));
            poll.closes_at = Some(noon(3) + TimeDelta::minutes(number.into()));
        };
        polls.push(portal.open_poll(open).await);
    }
    let mut anna = Citizen::new(&portal, polls[0]).await;
    let list = |page: &str| format!("/polls?tab=open&page={page}");
    // What closes first stands first.
    for first in ["/polls?tab=open", &list("1"), &list("0"), &list("x"), "/polls"] {
        let page = anna.get(first).await;
        page.is(200).shows(&name(1)).shows(&name(30)).unseen(&name(31)).shows("Page 1 of 2");
        page.shows("rel=\"next\"").hides("rel=\"prev\"");
        page.shows("3 November 2026, 12:01 (UTC)");
    }
    for last in ["2", "3", "18446744073709551615"] {
        let page = anna.get(&list(last)).await;
        page.is(200).unseen(&name(30)).shows(&name(31)).shows("Page 2 of 2");
        page.shows("href=\"/polls?tab=open&amp;page=1\" rel=\"prev\"").hides("rel=\"next\"");
    }
    anna.get("/").await.is(200).shows("31 polls");
    anna.fill_in().await;
    anna.get("/").await.is(200).shows("31 polls");
    anna.send().await;
    anna.get("/").await.is(200).shows("30 polls");
    anna.get("/answers").await.is(200).shows(&name(1)).unseen(&name(2)).unseen("Page 1");
}

#[tokio::test]
async fn a_poll_can_be_read_while_its_interim_totals_cannot() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let way = Way(poll);
    let url = portal.config.stores.vault.read().unwrap();
    let store = connection::open(url.expose_secret()).await.unwrap();
    store.execute_unprepared("ALTER TABLE live_batch RENAME TO away").await.unwrap();
    let mut anyone = Citizen { portal: &portal, browser: Browser::default(), poll };
    let page = anyone.get(&way.poll()).await;
    page.is(200).shows("How your answers are protected").hides("id=\"interim\"");
    store.execute_unprepared("ALTER TABLE away RENAME TO live_batch").await.unwrap();
    let mut anna = Citizen::new(&portal, poll).await;
    anna.get(&way.poll()).await.is(200).shows("id=\"interim\"");
}

#[tokio::test]
async fn nobody_signed_in_sees_polls_and_nothing_else() {
    let portal = TestPortal::new().await;
    let poll = portal.open_poll(|_| {}).await;
    let draft = portal.open_poll(|poll| poll.state = ports::states::State::Draft).await;
    let way = Way(poll);
    let mut anyone = Citizen { portal: &portal, browser: Browser::default(), poll };
    anyone.get("/polls").await.is(200).shows("Night buses");
    anyone.get("/polls?tab=mine").await.is(200).shows("Sign in to see");
    anyone.get("/polls?tab=results").await.is(200).hides("Night buses");
    anyone.get(&way.poll()).await.is(200).shows("Sign in to take part");
    anyone.get(&way.poll()).await.shows("may keep the key for up to 14 days longer");
    for hidden in
        [format!("/polls/{draft}"), format!("/polls/{}", Uuid::nil()), "/polls/x".to_owned()]
    {
        anyone.get(&hidden).await.is(404);
    }
    let own = [way.take(1), way.check(), way.receipt(), way.own(), way.withdraw(), way.discard()];
    for own in own.into_iter().chain(["/answers".to_owned()]) {
        let to = anyone.get(&own).await.to;
        assert!(to.starts_with("/sign-in?return="), "{own} leads to {to:?}");
    }
    for deed in [
        "take/start",
        "take/answer",
        "take/send",
        "answers/change",
        "answers/withdraw",
        "answers/discard",
    ] {
        let answer = anyone.post(&format!("/api/{deed}"), &[("number", "1")]).await;
        assert!(answer.to.starts_with("/sign-in?return="), "{deed} leads to {:?}", answer.to);
    }
    let mut anna = Citizen::new(&portal, draft).await;
    for path in [Way(draft).take(1), Way(draft).check(), Way(draft).own(), way.take(0), way.take(7)]
    {
        anna.get(&path).await.is(404);
    }
    anna.post("/api/take/start", &[]).await.leads(&Way(draft).poll());
}

/// Nobody is asked to sign in for what cannot be there.
#[tokio::test]
async fn a_form_that_names_no_poll_leads_to_the_list() {
    let portal = TestPortal::new().await;
    let signed_in = portal.sign_in(portal.account(&Facts::default()).await).await;
    for mut browser in [signed_in, Browser::default()] {
        for (deed, list) in [
            ("take/start", "/polls"),
            ("take/answer", "/polls"),
            ("take/send", "/polls"),
            ("answers/change", "/answers"),
            ("answers/withdraw", "/answers"),
            ("answers/discard", "/answers"),
        ] {
            let form = [("poll", "none"), ("number", "1")];
            portal.post(&mut browser, &format!("/api/{deed}"), &form).await.leads(list);
        }
    }
}

/// As where servers of two versions run, and the newer one has opened a poll that the older cannot read.
#[tokio::test]
async fn a_poll_that_cannot_be_read_stops_no_other() {
    let portal = TestPortal::new().await;
    let asked = Questionnaire { questions: vec![question("vote", true, Kind::YesNo)] };
    let poll = portal.open_poll(|poll| poll.questionnaire = asked).await;
    let unreadable = portal.open_poll(|_| {}).await;
    let newer = poll::Entity::update_many()
        .col_expr(poll::Column::SpecialCategory, "of_tomorrow".into())
        .col_expr(poll::Column::Revision, 99.into())
        .filter(poll::Column::Id.eq(unreadable));
    newer.exec(&portal.platform.db).await.unwrap();
    let mut anna = Citizen::new(&portal, poll).await;
    // What the catalogue knew is a second old.
    portal.at(portal.platform.now() + TimeDelta::minutes(1)).await;
    assert_eq!(anna.get(&Way(unreadable).poll()).await.status, 500);
    // Nor is it said that there is none.
    assert_eq!(anna.get(&format!("/account/data?poll={unreadable}")).await.status, 500);
    assert_eq!(anna.get("/polls").await.status, 200);
    portal.answer(&mut anna.browser, poll).await;
    for hour in [0, 1] {
        let now = noon(20) + TimeDelta::hours(hour);
        portal.clock.set(now);
        let tick = portal.scheduler.tick(now).await.unwrap();
        assert_eq!(tick.failed, 1, "a server that knows it may do better");
    }
    let state = async |id| {
        let row = poll::Entity::find_by_id(id).one(&portal.platform.db).await.unwrap();
        row.unwrap().state
    };
    assert_eq!((&*state(poll).await, &*state(unreadable).await), ("published", "open"));
}
