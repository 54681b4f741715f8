//! Every path of the portal, typed. Links and redirects are named here and nowhere else; which
//! page each opens says `app::routes`.

use crate::address;
use leptos::server_fn::redirect::REDIRECT_HEADER;
use questionnaire::Language;
use uuid::Uuid;

/// An address inside the portal.
pub type Path = String;

/// The start page.
pub const HOME: &str = "/";
/// Every service of the portal.
pub const SERVICES: &str = "/services";
/// How answers are protected.
pub const PROTECTION: &str = "/protection";
/// Accessibility statement.
pub const ACCESSIBILITY: &str = "/accessibility";
/// Display settings for low vision.
pub const DISPLAY: &str = "/display";
/// Polls: for me, open, with results.
pub const POLLS: &str = "/polls";
/// What is new among them, for programs.
pub const FEED: &str = "/polls.atom";
/// What that is (RFC 4287).
pub const FEED_TYPE: &str = "application/atom+xml";
/// My answers.
pub const ANSWERS: &str = "/answers";
/// What will be asked of the identity provider, before going there.
pub const SIGN_IN: &str = "/sign-in";
/// My account.
pub const ACCOUNT: &str = "/account";
/// My data.
pub const ACCOUNT_DATA: &str = "/account/data";
/// My consents.
pub const ACCOUNT_CONSENTS: &str = "/account/consents";
/// Who looked at my data.
pub const ACCOUNT_ACCESS: &str = "/account/access";
/// Sign-ins and devices.
pub const ACCOUNT_SIGN_INS: &str = "/account/sign-ins";
/// Settings: language, and the code by which an administrator finds somebody.
pub const ACCOUNT_SETTINGS: &str = "/account/settings";
/// Everything that the portal keeps of a person, as a file.
pub const ACCOUNT_DOWNLOAD: &str = "/account/download";
/// Delete the account.
pub const ACCOUNT_DELETE: &str = "/account/delete";
/// Inbox.
pub const NOTICES: &str = "/notices";
/// The staff's start page.
pub const STAFF: &str = "/staff";
/// Polls waiting for review.
pub const STAFF_REVIEWS: &str = "/staff/reviews";
/// Departments and roles.
pub const STAFF_ADMIN: &str = "/staff/admin";
/// The log of what staff did.
pub const STAFF_AUDIT: &str = "/staff/audit";
/// What somebody typed into a form of the editor for which there is no place any more.
pub const STAFF_NOT_SAVED: &str = "/staff/not-saved";

/// Where the form is posted that leaves for the identity provider.
pub const POST_SIGN_IN: &str = "/auth/sign-in";
/// Where the form is posted that ends the session.
pub const POST_SIGN_OUT: &str = "/auth/sign-out";
/// Where a page asks how long its session lasts yet, and posts that it is used.
pub const SESSION: &str = "/auth/session";

/// Where the addresses of the server functions begin: what pages are made of, and where their forms
/// are posted. Those of the [`API`] begin so, too.
///
/// A page has a server function's address of the function itself. What stands here is what the
/// server has to know of them, which knows no page; that there are such functions is held by a test
/// of the whole (`server/veche/tests/it/house.rs`).
pub const FUNCTIONS: &str = "/api/";
/// Where the addresses of those server functions begin that lie on the way of taking part.
pub const FUNCTIONS_OF_TAKING_PART: [&str; 3] = ["/api/take/", "/api/answers/", "/api/polls/"];
/// Where the form is posted that sends the answers.
pub const SEND_ANSWERS: &str = "/api/take/send";
/// Where the form of a question is posted.
pub const SAVE_QUESTION: &str = "/api/editor/save-question";

/// The field of the query that has the way back.
pub const RETURN: &str = "return";

/// The field of the query that says in which language a page is shown.
pub const LANGUAGE: &str = "lang";

/// An address with the language in which what stands there is given.
#[must_use]
pub fn in_language(address: &str, language: Language) -> Path {
    address::with_field(address, &format!("{LANGUAGE}={language}"))
}

/// Whether the page at a path is everybody's, so that its address may say the language: whoever gives somebody a link
/// knows in which one it was read.
#[must_use]
pub fn may_say_language(path: &str) -> bool {
    let of_polls = [BelowPoll::Page, BelowPoll::Results, BelowPoll::Comparison];
    [HOME, SERVICES, PROTECTION, ACCESSIBILITY, POLLS].contains(&path)
        || below_poll(path).is_some_and(|(_, below)| of_polls.contains(&below))
}

/// The header by which a server function tells a program where a browser would be led.
pub const LEADS_TO: &str = REDIRECT_HEADER;

/// Sign in and come back to `to`, as far as it is [`local`]: people are led there, and no head of an answer
/// may be of any length.
#[must_use]
pub fn sign_in_for(to: &str) -> Path {
    returning(SIGN_IN, to)
}

/// The display settings, with the way back to `to`, as far as it is [`local`].
#[must_use]
pub fn display_for(to: &str) -> Path {
    returning(DISPLAY, to)
}

fn returning(path: &str, to: &str) -> Path {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair(RETURN, &local(to));
    format!("{path}?{}", query.finish())
}

/// Sign in, releasing at least the attributes `needs`, and come back to `to`.
#[must_use]
pub fn sign_in_releasing(to: &str, needs: &str) -> Path {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair(RETURN, &local(to)).append_pair("need", needs);
    format!("{SIGN_IN}?{}", query.finish())
}

/// One list of polls.
#[must_use]
pub fn polls(tab: &str) -> Path {
    format!("{POLLS}?tab={tab}")
}

/// A page of a list of polls, from 1.
#[must_use]
pub fn page_of_polls(tab: &str, page: u64) -> Path {
    format!("{POLLS}?tab={tab}&page={page}")
}

/// What is new among the polls, in a language: whoever follows it sends no other wish.
#[must_use]
pub fn feed(language: Language) -> Path {
    in_language(FEED, language)
}

/// A poll's page.
#[must_use]
pub fn poll(poll: Uuid) -> Path {
    format!("/polls/{poll}")
}

/// My data, to state there what a poll wants to know, and to come back to its page.
#[must_use]
pub fn account_data_for(poll: Uuid) -> Path {
    format!("{ACCOUNT_DATA}?poll={poll}")
}

/// An address of my account, with the poll that led to my data, where one did.
#[must_use]
pub fn led_by(path: &str, poll: Option<Uuid>) -> Path {
    poll.map_or_else(|| path.to_owned(), |poll| format!("{path}?poll={poll}"))
}

/// A consent, before it is revoked.
#[must_use]
pub fn account_consent(consent: Uuid) -> Path {
    format!("{ACCOUNT_CONSENTS}/{consent}")
}

/// The `number`th question (from 1) of a poll being answered.
#[must_use]
pub fn question(poll: Uuid, number: usize) -> Path {
    format!("/polls/{poll}/take/{number}")
}

/// The `number`th question, opened from the check of all answers.
#[must_use]
pub fn question_from_check(poll: Uuid, number: usize) -> Path {
    format!("/polls/{poll}/take/{number}?check")
}

/// Check answers before sending.
#[must_use]
pub fn check(poll: Uuid) -> Path {
    format!("/polls/{poll}/check")
}

/// The receipt.
#[must_use]
pub fn receipt(poll: Uuid) -> Path {
    format!("/polls/{poll}/receipt")
}

/// Whether a path is that of a receipt: there is led who has sent answers and nobody else.
#[must_use]
pub fn is_receipt(path: &str) -> bool {
    let poll: Option<Uuid> = path.split('/').find_map(|part| part.parse().ok());
    poll.is_some_and(|poll| path == receipt(poll))
}

/// The public results.
#[must_use]
pub fn results(poll: Uuid) -> Path {
    format!("/polls/{poll}/results")
}

/// The public results as a file whose name ends in `ending`. The address says the language: it is
/// passed on to people who prefer another.
#[must_use]
pub fn results_file(poll: Uuid, ending: &str, language: Language) -> Path {
    in_language(&format!("/polls/{poll}/results.{ending}"), language)
}

/// One chart of the results as a picture: `svg` or `png`; everybody's answers, or by the code of
/// a breakdown. The address says the language, as that of a file does: the picture is embedded in pages of
/// others and speaks there as it spoke to whoever chose it.
#[must_use]
pub fn results_picture(
    poll: Uuid,
    question: &str,
    by: Option<&str>,
    kind: &str,
    language: Language,
) -> Path {
    let by = by.map(|by| format!("&by={by}")).unwrap_or_default();
    format!("/polls/{poll}/results/{question}.{kind}?lang={language}{by}")
}

/// Two published polls side by side; the other one is chosen by a form.
#[must_use]
pub fn compare(poll: Uuid) -> Path {
    format!("/polls/{poll}/compare")
}

/// Two published polls side by side.
#[must_use]
pub fn comparison(poll: Uuid, with: Uuid) -> Path {
    format!("/polls/{poll}/compare?with={with}")
}

/// What an address below that of a poll leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BelowPoll {
    /// The poll's page.
    Page,
    /// A step of taking part, or nothing that there is.
    Step,
    /// The public results.
    Results,
    /// The public results beside those of another poll.
    Comparison,
    /// The public results as a file.
    File,
    /// A chart of them as a picture.
    Picture,
}

/// The poll in an address, with or without its query, or in a route, as it stands there, and what that leads
/// to; nothing where it is no address of a poll for citizens.
#[must_use]
pub fn below_poll(address: &str) -> Option<(&str, BelowPoll)> {
    let mut parts = address::path_of(address).strip_prefix(POLLS)?.strip_prefix('/')?.split('/');
    let poll = parts.next().filter(|poll| !poll.is_empty())?;
    let below = match (parts.next(), parts.next()) {
        (None, _) => BelowPoll::Page,
        (Some("results"), None) => BelowPoll::Results,
        (Some("results"), Some(_)) => BelowPoll::Picture,
        (Some("compare"), None) => BelowPoll::Comparison,
        (Some(file), None) if file.starts_with("results.") => BelowPoll::File,
        _ => BelowPoll::Step,
    };
    Some((poll, below))
}

/// My answers to one poll.
#[must_use]
pub fn own_answers(poll: Uuid) -> Path {
    format!("{ANSWERS}/{poll}")
}

/// Withdraw my answers to one poll.
#[must_use]
pub fn withdraw(poll: Uuid) -> Path {
    format!("{ANSWERS}/{poll}/withdraw")
}

/// My draft of one poll, before it is deleted.
#[must_use]
pub fn discard(poll: Uuid) -> Path {
    format!("{ANSWERS}/{poll}/discard")
}

/// A department's polls.
#[must_use]
pub fn department(department: Uuid) -> Path {
    format!("{STAFF}/departments/{department}")
}

/// Write a new poll.
#[must_use]
pub fn new_poll(department: Uuid) -> Path {
    format!("{STAFF}/departments/{department}/new")
}

/// Write a new poll, from a file.
#[must_use]
pub fn new_poll_from_file(department: Uuid) -> Path {
    format!("{STAFF}/departments/{department}/import")
}

/// Where the form of a file is posted.
pub const IMPORT: &str = "/api/editor/import";

/// A copy of the poll's questionnaire as a file.
#[must_use]
pub fn questionnaire(poll: Uuid) -> Path {
    format!("{STAFF}/polls/{poll}/questionnaire.json")
}

/// A poll as its initiator sees it: what is done and what is missing.
#[must_use]
pub fn staff_poll(poll: Uuid) -> Path {
    format!("{STAFF}/polls/{poll}")
}

/// [`STAFF_NOT_SAVED`] with the way back to a poll that has no place for it at present.
#[must_use]
pub fn staff_not_saved(poll: Uuid) -> Path {
    format!("{STAFF_NOT_SAVED}?poll={poll}")
}

/// One part of the poll's editor.
#[must_use]
pub fn staff_poll_part(poll: Uuid, part: &str) -> Path {
    format!("{STAFF}/polls/{poll}/{part}")
}

/// A question in the editor; `new` or its code.
#[must_use]
pub fn staff_question(poll: Uuid, question: &str) -> Path {
    format!("{STAFF}/polls/{poll}/questions/{question}")
}

/// A question in the editor, before it is deleted.
#[must_use]
pub fn staff_question_deletion(poll: Uuid, question: &str) -> Path {
    format!("{}/delete", staff_question(poll, question))
}

/// Where a question stands in the list of all of them, by its code.
#[must_use]
pub fn staff_question_in_list(poll: Uuid, question: &str) -> Path {
    format!("{}#{}", staff_poll_part(poll, "questions"), question_anchor(question))
}

/// The id of a question in the list of all of them.
#[must_use]
pub fn question_anchor(question: &str) -> String {
    format!("question-{question}")
}

/// A poll as its reviewer sees it.
#[must_use]
pub fn review(poll: Uuid) -> Path {
    format!("{STAFF_REVIEWS}/{poll}")
}

/// One part of what a poll's reviewer sees of it.
#[must_use]
pub fn review_part(poll: Uuid, part: &str) -> Path {
    format!("{STAFF_REVIEWS}/{poll}/{part}")
}

/// A department's releases.
#[must_use]
pub fn statistics(department: Uuid) -> Path {
    format!("{STAFF}/departments/{department}/statistics")
}

/// A page (from 1) of a department's releases.
#[must_use]
pub fn page_of_statistics(department: Uuid, page: u64) -> Path {
    format!("{}?page={page}", statistics(department))
}

/// A department's tokens for the API.
#[must_use]
pub fn tokens(department: Uuid) -> Path {
    format!("{STAFF}/departments/{department}/tokens")
}

/// A token for the API, before it is revoked.
#[must_use]
pub fn token(department: Uuid, token: Uuid) -> Path {
    format!("{}/{token}", tokens(department))
}

/// Where the addresses of the API begin, which programs use and pages do not.
pub const API: &str = "/api/v1/";

/// The description of the API.
pub const OPENAPI: &str = "/api/v1/openapi.json";

/// A release as staff see it.
#[must_use]
pub fn staff_results(poll: Uuid) -> Path {
    format!("{STAFF}/polls/{poll}/results")
}

/// A department's members and roles.
#[must_use]
pub fn admin_department(department: Uuid) -> Path {
    format!("{STAFF_ADMIN}/{department}")
}

/// A role that somebody holds, before it is taken away.
#[must_use]
pub fn held_role(grant: Uuid) -> Path {
    format!("{STAFF_ADMIN}/roles/{grant}")
}

/// Characters of the longest address that is led to, as they stand in the query of another address: it waits
/// in a session while somebody signs in, and a proxy takes a few thousand bytes of an answer's head.
const LONGEST: usize = 2000;

/// Whether an address is no longer than [`LONGEST`] in the query of another one.
fn is_short(to: &str) -> bool {
    to.len() <= LONGEST
        && form_urlencoded::byte_serialize(to.as_bytes()).map(str::len).sum::<usize>() <= LONGEST
}

/// `to` where it is a path inside the portal, otherwise the start page: no open redirects.
#[must_use]
pub fn local(to: &str) -> Path {
    let inside = is_short(to)
        && to.starts_with('/')
        && !to.starts_with("//")
        && !to.contains(['\\', '\n', '\r', '\t'])
        && to.is_ascii()
        && !to.bytes().any(|byte| byte.is_ascii_control());
    if inside { to.to_owned() } else { HOME.to_owned() }
}

/// As [`local`], of an address that anybody may have written and to which a page of ours links. Of the page of
/// the sign-in it keeps where that leads to afterwards, and not what is to be released: that page ticks what
/// one of our own leads to.
#[must_use]
pub fn linked(to: &str) -> Path {
    let to = local(to);
    let (path, query) = address::parts_of(&to);
    if !path.ends_with(SIGN_IN) {
        return to;
    }
    let fields = form_urlencoded::parse(query.as_bytes());
    let back = fields.filter(|(name, _)| name.as_ref() == RETURN).last();
    back.map_or_else(|| SIGN_IN.to_owned(), |(_, back)| sign_in_for(&back))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_inside_the_portal_are_followed() {
        assert_eq!(local("/polls?tab=open"), "/polls?tab=open");
        for outside in [
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "",
            "/a\nb",
        ] {
            assert_eq!(local(outside), HOME, "{outside:?}");
        }
    }

    #[test]
    fn nobody_is_led_to_an_address_of_any_length() {
        for (letter, most) in [("x", 1900), ("%", 600), ("/", 600)] {
            let led = |letters: usize| {
                let to = format!("/account?x={}", letter.repeat(letters));
                [local(&to), sign_in_for(&to), sign_in_releasing(&to, "gender"), display_for(&to)]
            };
            let short = led(most);
            assert!(short.iter().all(|to| to.contains(letter) && to.len() > most), "{short:?}");
            let [to, sign_in, releasing, display] = led(6000);
            assert_eq!((&*to, &*sign_in), (HOME, "/sign-in?return=%2F"));
            assert_eq!(releasing, "/sign-in?return=%2F&need=gender");
            assert_eq!(display, "/display?return=%2F");
            assert!((0..2100).all(|letters| led(letters).iter().all(|to| to.len() < 2100)));
        }
    }

    #[test]
    fn what_anybody_wrote_leads_to_no_ticked_box() {
        for (written, linked_to) in [
            ("/polls/1/take/2?check", "/polls/1/take/2?check"),
            ("/account/sign-ins?x=1", "/account/sign-ins?x=1"),
            ("//evil.example", HOME),
            ("/sign-in", "/sign-in"),
            ("/sign-in?need=documents&again", "/sign-in"),
            ("/x/../sign-in?need=documents&return=%2Fpolls", "/sign-in?return=%2Fpolls"),
            ("/sign-in?return=%2Fpolls&n%65ed=documents&ended", "/sign-in?return=%2Fpolls"),
        ] {
            assert_eq!(linked(written), linked_to, "{written}");
        }
    }

    #[test]
    fn a_receipt_is_told_from_other_pages() {
        let poll = Uuid::from_u128(7);
        assert!(is_receipt(&receipt(poll)));
        for other in [check(poll), sign_in_for(&receipt(poll)), "/polls/receipt".to_owned()] {
            assert!(!is_receipt(&other), "{other}");
        }
    }

    #[test]
    fn what_lies_below_a_poll_is_read_as_it_is_written() {
        use BelowPoll::{Comparison, File, Page, Picture, Results, Step};
        let (id, other) = (Uuid::from_u128(7), Uuid::from_u128(8));
        for (address, below) in [
            (poll(id), Page),
            (question(id, 1), Step),
            (question_from_check(id, 1), Step),
            (check(id), Step),
            (receipt(id), Step),
            (results(id), Results),
            (results_file(id, "csv", Language::En), File),
            (results_file(id, "csv-metadata.json", Language::En), File),
            (results_picture(id, "visits", Some("region"), "svg", Language::Ru), Picture),
            (compare(id), Comparison),
            (comparison(id, other), Comparison),
        ] {
            assert_eq!(below_poll(&address), Some((&*id.to_string(), below)), "{address}");
        }
        let route = "/polls/{poll}/take/{number}";
        assert_eq!(below_poll(route), Some(("{poll}", Step)));
        for (address, below) in [
            ("/polls/7/take/results.csv", Step),
            ("/polls/7/results.csv/more", Step),
            ("/polls/7/resultsx", Step),
            ("/polls/results/7", Step),
            ("/polls/results.csv", Page),
        ] {
            assert_eq!(below_poll(address).map(|(_, below)| below), Some(below), "{address}");
        }
        for elsewhere in [
            POLLS.to_owned(),
            "/polls/".to_owned(),
            "/pollsters/7".to_owned(),
            polls("open"),
            own_answers(id),
            staff_poll(id),
            staff_results(id),
            sign_in_for(&results(id)),
        ] {
            assert_eq!(below_poll(&elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn the_way_back_survives_the_address() {
        assert_eq!(
            sign_in_for("/polls/1/take/2?again&x=%C3%A9"),
            "/sign-in?return=%2Fpolls%2F1%2Ftake%2F2%3Fagain%26x%3D%25C3%25A9"
        );
    }
}
