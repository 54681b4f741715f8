//! Publishing: what comes out is what the rules allow, the same on every page and in every file,
//! and nothing before its time.

use crate::{
    accounts::respondent,
    portal::{Browser, TestPortal, noon, options, question},
};
use axum::{
    body::Body,
    http::{Request, header},
};
use exports::{Format, Writer};
use ports::{actions::Action, failure::Failure, roles::Role};
use questionnaire::{
    Answer, Answers, Breakdown, Facts, Gender, Kind, Language, Order, Plan, Questionnaire, Special,
    Text, Unknown, audience::StoredFacts,
};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use server::{
    polls::{Life, record::Poll},
    scheduler::Scheduler,
    staff::roles,
    statistics::release,
    store::{department, release as release_table, staff_log},
};
use std::{collections::BTreeSet, time::Duration};
use tower::ServiceExt as _;
use uuid::Uuid;
use vault::Submission;

fn questionnaire() -> Questionnaire {
    let colours =
        Kind::SingleChoice { options: options(&["red", "green", "blue"]), order: Order::Fixed };
    Questionnaire {
        questions: vec![
            question("colour", true, colours),
            question("why", false, Kind::ShortText { max_chars: 20 }),
        ],
    }
}

/// Somebody answers the question `colour`.
async fn answer(portal: &TestPortal, poll: Uuid, colour: &str, facts: StoredFacts) {
    let respondent = respondent(portal, portal.platform.uuid()).await;
    let answers = Answers::from([("colour".to_owned(), Answer::Choice(colour.to_owned()))]);
    let today = portal.platform.today();
    let consent = Poll::load(&portal.platform.db, poll).await.unwrap().special.is_some();
    let mut random = server::entropy::AsRng(&*portal.platform.entropy);
    let questionnaire = questionnaire();
    let said = Submission::new(&questionnaire, &answers, facts);
    let said = Submission { special_consent: consent, ..said };
    portal.vault.submit(&respondent, poll, said, today, &mut random).await.unwrap();
}

/// An open poll that so many people of one region answered with each colour.
pub async fn answered(
    portal: &TestPortal,
    change: impl FnOnce(&mut Poll),
    numbers: &[(&str, &str, u32)],
) -> Uuid {
    let poll = portal
        .open_poll(|poll| {
            poll.questionnaire = questionnaire();
            change(poll);
        })
        .await;
    answer_more(portal, poll, numbers).await;
    poll
}

/// So many people more from regions choose colours.
async fn answer_more(portal: &TestPortal, poll: Uuid, numbers: &[(&str, &str, u32)]) {
    for (colour, region, people) in numbers {
        for _ in 0..*people {
            let region = (!region.is_empty()).then(|| (*region).to_owned());
            let facts = StoredFacts { region, ..StoredFacts::default() };
            answer(portal, poll, colour, facts).await;
        }
    }
}

/// After the poll has closed and its release was made.
pub async fn publish(portal: &TestPortal) {
    portal.at(noon(21)).await;
    portal.at(noon(22)).await;
}

/// A portal that can ask, close, count and publish.
pub async fn asks_and_publishes(portal: &TestPortal) {
    let poll = answered(portal, |_| {}, &[("red", "", 20)]).await;
    publish(portal).await;
    portal
        .get(&mut Browser::default(), &results(poll))
        .await
        .is(200)
        .shows("Everybody who answered: 20");
}

pub fn results(poll: Uuid) -> String {
    format!("/polls/{poll}/results")
}

fn file(poll: Uuid) -> String {
    format!("/polls/{poll}/results.csv")
}

/// A member of the staff with a role in the poll's department, or in another one.
pub async fn staff(portal: &TestPortal, poll: Uuid, role: Role, elsewhere: bool) -> Browser {
    let account = portal.account(&Facts::default()).await;
    let platform = &portal.platform;
    let mut place = Poll::load(&platform.db, poll).await.unwrap().department;
    if elsewhere {
        // No two departments have the same name.
        let [en, ru] = ["Another", "Другой"].map(|name| format!("{name} {account}"));
        let name = Text::both(en, ru);
        let made = server::staff::departments::create(platform, None, &name, None).await;
        place = made.unwrap().unwrap();
    }
    roles::give(&platform.db, platform, None, account, role, Some(place)).await.unwrap();
    portal.sign_in(account).await
}

#[tokio::test]
async fn a_headline_is_exact_where_every_option_has_enough_people() {
    let portal = TestPortal::new().await;
    let numbers = [("red", "", 31), ("green", "", 12), ("blue", "", 0)];
    let poll = answered(&portal, |_| {}, &numbers).await;
    publish(&portal).await;

    let mut anyone = Browser::default();
    portal
        .get(&mut anyone, &results(poll))
        .await
        .is(200)
        // Of 72%, 28% and 0% only the people are exact.
        .shows("The numbers of people are exact. Shares are rounded to whole percents")
        .hides("figures are exact.")
        .shows("Everybody who answered: 43")
        .shows("72%")
        .shows("What people wrote is not published")
        .shows("whoever has several accounts at ID could answer several times")
        .hides("without proof");
    let csv = portal.get(&mut anyone, &file(poll)).await;
    csv.is(200);
    let expected = "\
question,question_text,breakdown,region,region_label,age_band,age_band_label,gender,gender_label,option,option_label,count,percent,base,exact,residents,responses_per_1000
,Responses to the poll,,,,,,,,,,43,,43,true,,
colour,The question colour?,,,,,,,,red,Option red,31,72,43,true,,
colour,The question colour?,,,,,,,,green,Option green,12,28,43,true,,
colour,The question colour?,,,,,,,,blue,Option blue,0,0,43,true,,
";
    assert_eq!(csv.body, expected.replace('\n', "\r\n"));
}

#[tokio::test]
async fn under_ten_responses_nothing_is_published() {
    let portal = TestPortal::new().await;
    let poll = answered(&portal, |_| {}, &[("red", "", 9)]).await;
    publish(&portal).await;
    let mut anyone = Browser::default();
    portal
        .get(&mut anyone, &results(poll))
        .await
        .is(200)
        .shows("Fewer than 10 people responded")
        .hides("Option red");
    let csv = portal.get(&mut anyone, &file(poll)).await;
    assert_eq!(csv.is(200).body.lines().count(), 1, "the head and nothing else");
}

#[tokio::test]
async fn under_fifty_responses_on_a_special_category_nothing_is_published() {
    let portal = TestPortal::new().await;
    let special = |poll: &mut Poll| poll.special = Some(Special::Health);
    let few = answered(&portal, special, &[("red", "", 30), ("green", "", 19)]).await;
    let enough = answered(&portal, special, &[("red", "", 30), ("green", "", 20)]).await;
    publish(&portal).await;
    let mut anyone = Browser::default();
    portal
        .get(&mut anyone, &results(few))
        .await
        .is(200)
        .shows("special category")
        .hides("Option red");
    portal.get(&mut anyone, &results(enough)).await.is(200).shows("Option red").shows("60%");
}

#[tokio::test]
async fn a_release_never_changes() {
    let portal = TestPortal::new().await;
    let poll = answered(&portal, |_| {}, &[("red", "", 12)]).await;
    publish(&portal).await;
    let stored = || async {
        release_table::Entity::find_by_id(poll).one(&portal.platform.db).await.unwrap().unwrap()
    };
    let before = stored().await;
    let mut poll = Poll::load(&portal.platform.db, poll).await.unwrap();
    poll.questionnaire.questions.reverse();
    let publish = || portal.publisher.publish(&portal.platform, &poll, &[]);
    let (first, second) = tokio::join!(publish(), publish());
    // On PostgreSQL whoever comes while another one publishes is told so.
    assert!(first.is_ok() || second.is_ok());
    for outcome in [first, second] {
        assert!(matches!(outcome, Ok(()) | Err(Failure::Conflict)), "{outcome:?}");
    }
    assert_eq!(stored().await, before);
}

/// A release is not made again, and who lives in a region that is not configured would have no row in it.
#[tokio::test]
async fn a_server_that_does_not_know_a_region_of_a_poll_leaves_publishing_it_to_another() {
    let portal = TestPortal::new().await;
    let both_regions = |poll: &mut Poll| {
        poll.audience.regions = ["north", "south"].map(str::to_owned).into();
        poll.audience.unknown = Unknown::Refuse;
    };
    let divided = |poll: &mut Poll| {
        both_regions(poll);
        poll.plan = Plan([Breakdown::Region].into());
    };
    let poll = answered(&portal, divided, &[("red", "north", 40), ("green", "south", 31)]).await;
    let undivided = answered(&portal, both_regions, &[("red", "", 12)]).await;
    let made = async |poll| release::load(&portal.platform.db, poll).await.unwrap().is_some();
    let behind = Life { regions: ["north".to_owned()].into(), ..portal.life.clone() };
    let behind = Scheduler::new(behind);
    portal.clock.set(noon(21));
    let tick = behind.tick(noon(21)).await.unwrap();
    assert_eq!((tick.closed, tick.published, tick.failed), (2, 1, 1));
    assert!(!made(poll).await);
    assert!(made(undivided).await, "no region is needed for that");
    behind.retire().await.unwrap();

    // On PostgreSQL the attempt before may still be being rolled back.
    for _ in 0..100 {
        portal.at(noon(22)).await;
        if made(poll).await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let by_region = format!("{}?by=region", results(poll));
    let page = portal.get(&mut Browser::default(), &by_region).await;
    // Nobody else was asked: no row is missing.
    page.is(200).shows("The North").shows("The South").hides("Some rows are not shown");
}

#[tokio::test]
async fn page_and_file_show_what_is_stored() {
    let portal = TestPortal::new().await;
    let plan = |poll: &mut Poll| poll.plan = Plan([Breakdown::Region].into());
    let numbers = [
        ("red", "north", 40),
        ("green", "north", 37),
        ("red", "south", 22),
        ("green", "south", 31),
        ("blue", "south", 14),
        ("red", "not-stated", 5),
    ];
    let poll = answered(&portal, plan, &numbers).await;
    publish(&portal).await;

    let release = release::load(&portal.platform.db, poll).await.unwrap().unwrap();
    let table = release.tables.question("colour").unwrap().breakdowns()[0].clone();
    let regions: Vec<_> = table.rows().iter().map(|row| row.categories()[0].1.clone()).collect();
    assert!(!regions.contains(&"not-stated".to_owned()), "five people are too few for a row");

    let mut anyone = Browser::default();
    let page = portal.get(&mut anyone, &format!("{}?by=region", results(poll))).await;
    page.is(200).shows("Some rows are not shown").hides("Not stated");
    let csv = portal.get(&mut anyone, &file(poll)).await;
    let mut lines = csv::Reader::from_reader(csv.is(200).body.as_bytes());
    let lines: Vec<csv::StringRecord> = lines.records().map(Result::unwrap).collect();
    let of = |region: &str, option: &str| {
        lines.iter().find(|line| {
            &line[0] == "colour" && &line[2] == "region" && &line[3] == region && &line[9] == option
        })
    };
    let mut cells = 0;
    for row in table.rows() {
        let region = &row.categories()[0].1;
        for option in row.options() {
            let line = of(region, option.code()).unwrap();
            let count = option.count().map(|count| count.to_string());
            assert_eq!(count.is_none(), line[12].starts_with(['<', '>']), "{line:?}");
            assert_eq!(&line[11], count.clone().unwrap_or_default());
            assert_eq!(&line[13], row.base().to_string());
            assert_eq!(&line[14], "false");
            // Leptos marks the end of a text with `<!>`.
            page.shows(&format!(">{}<", count.as_deref().unwrap_or("withheld")));
            cells += 1;
        }
    }
    let in_file = lines.iter().filter(|line| &line[0] == "colour" && !line[2].is_empty()).count();
    assert_eq!(cells, in_file, "the file has no figure that the release does not have");
    assert!(csv.body.contains("The North"));
    // 7 of 77 people, whose number is at most 5 off, are 9 to 10 percent.
    let nobody = of("north", "blue").unwrap();
    assert!(nobody[11].is_empty() && ["<=9", "<=10"].contains(&&nobody[12]), "{nobody:?}");
}

#[tokio::test]
async fn every_file_is_made_of_the_stored_release() {
    let portal = TestPortal::new().await;
    let plan = |poll: &mut Poll| poll.plan = Plan([Breakdown::Region].into());
    let numbers = [("red", "north", 40), ("green", "south", 31), ("blue", "south", 14)];
    let poll = answered(&portal, plan, &numbers).await;
    let anyone = Browser::default();
    let address = |format: Format, language: Language| {
        format!("/polls/{poll}/results.{}?lang={language}", format.extension())
    };
    for format in Format::ALL {
        let early = portal.download(&anyone, &address(format, Language::En), "").await;
        assert_eq!(early.status(), 404, "{format:?} of an open poll");
    }
    publish(&portal).await;

    let mut tags = BTreeSet::new();
    for (format, language) in Format::ALL.into_iter().flat_map(|f| Language::ALL.map(|l| (f, l))) {
        let results = portal.results(poll, language).await;
        let path = address(format, language);
        let answer = portal.download(&anyone, &path, "\"another\"").await;
        assert_eq!(answer.status(), 200, "{path}");
        let header = |name: header::HeaderName| answer.headers()[name].to_str().unwrap();
        assert_eq!(header(header::CONTENT_TYPE), format.media_type());
        let name = format!("results-{poll}-{language}.{}", format.extension());
        assert_eq!(header(header::CONTENT_DISPOSITION), format!("attachment; filename=\"{name}\""));
        // Which is sent while it is written, its length is not known before.
        let whole = matches!(format.writer(), Writer::Whole(_));
        assert_eq!(answer.headers().contains_key(header::CONTENT_LENGTH), whole, "{path}");
        let made = format.write(&results, language).unwrap();
        if format == Format::Ods {
            // Its archive lists the parts in no fixed order, but for the first; what is in them the crate tests.
            assert_eq!(answer.body()[..38], made[..38], "{path} is no such archive");
        } else {
            assert_eq!(*answer.body(), made, "{path} is not what the release makes");
        }

        let tag = header(header::ETAG);
        assert!(tags.insert(tag.to_owned()), "{path} has the tag of another file");
        let again = portal.download(&anyone, &path, tag).await;
        assert_eq!((again.status().as_u16(), again.body().len()), (304, 0));
        for filter in ["&by=region", "&region=north", "&where=1"] {
            let refused = portal.download(&anyone, &format!("{path}{filter}"), tag).await;
            assert_eq!(refused.status(), 404, "{path}{filter}");
        }
    }

    let csv = portal.download(&anyone, &address(Format::Csv, Language::Ru), "").await;
    let link = csv.headers()[header::LINK].to_str().unwrap();
    let (target, kind) = link.strip_prefix('<').and_then(|link| link.split_once('>')).unwrap();
    assert_eq!(kind, "; rel=\"describedby\"; type=\"application/csvm+json\"");
    let said = portal.download(&anyone, &format!("/polls/{poll}/{target}"), "").await;
    let said: serde_json::Value = serde_json::from_slice(said.body()).unwrap();
    assert_eq!(said["url"], "results.csv?lang=ru", "the description names the file it describes");
    let page = format!("{}{}", portal.config.server.origin(), results(poll));
    assert_eq!(said["dc:source"]["@id"], page, "where people read it");
}

#[tokio::test]
async fn a_release_says_whom_it_asked_and_all_that_was_asked() {
    let portal = TestPortal::new().await;
    let change = |poll: &mut Poll| {
        poll.audience.regions = ["north".to_owned()].into();
        poll.audience.age_from = Some(18);
        let question = &mut poll.questionnaire.questions[0];
        question.hint = Text::both("The one you see most.", "Самый частый.");
        question.required = false;
    };
    let of_some = answered(&portal, change, &[("red", "north", 20)]).await;
    let of_all = answered(&portal, |_| {}, &[("red", "", 20)]).await;
    publish(&portal).await;

    let mut anyone = Browser::default();
    let page = portal.get(&mut anyone, &results(of_some)).await;
    page.is(200).shows("Whom it asked").shows("The one you see most.");
    page.shows("Region: The North. People aged 18 or over. People who");
    page.shows("could take part, too<");
    let left_out = |body: &str| body.matches("This question could be left out.").count();
    assert_eq!(left_out(&page.body), 2);
    let page = portal.get(&mut anyone, &results(of_all)).await;
    page.is(200).shows("Whom it asked").shows(">Everybody<");
    page.hides("Region: ").hides("could take part, too");
    assert_eq!(left_out(&page.body), 1, "what people write in their own words");

    for format in [Format::Csvw, Format::JsonStat] {
        let path = format!("/polls/{of_some}/results.{}?lang=ru", format.extension());
        let file = portal.get(&mut anyone, &path).await;
        file.is(200).shows("К кому был обращён: Регион: Север. Люди в возрасте от 18 лет. ");
        file.shows("Самый частый.").shows("На этот вопрос можно было не отвечать.");
    }
}

#[tokio::test]
async fn there_is_no_turnout_where_not_all_residents_were_asked_or_their_number_is_not_known() {
    let portal = TestPortal::new().await;
    let of_north = |poll: &mut Poll| {
        poll.plan = Plan([Breakdown::Region].into());
        poll.audience.regions = ["north".to_owned()].into();
    };
    let grown_up = |poll: &mut Poll| {
        of_north(poll);
        poll.audience.age_from = Some(18);
    };
    let women = |poll: &mut Poll| {
        of_north(poll);
        poll.audience.genders = [Gender::Female].into();
    };
    // A region that was taken out of the configuration: how many live there, nobody says any more.
    let and_elsewhere = |poll: &mut Poll| {
        poll.audience.regions = ["north", "elsewhere"].map(str::to_owned).into();
    };
    let numbers = [("red", "north", 60)];
    let all = answered(&portal, of_north, &numbers).await;
    let some =
        [answered(&portal, grown_up, &numbers).await, answered(&portal, women, &numbers).await];
    let unknown = answered(&portal, and_elsewhere, &numbers).await;
    publish(&portal).await;

    let mut anyone = Browser::default();
    let by_region = |poll| format!("{}?by=region", results(poll));
    let page = portal.get(&mut anyone, &by_region(all)).await;
    page.is(200).shows("Residents of the regions asked").shows(">4,000<");
    let csv = portal.get(&mut anyone, &file(all)).await;
    let found = csv.is(200).body.matches(",4000,").count();
    assert_eq!(found, 2, "all residents, and those of the row");
    for poll in some {
        let page = portal.get(&mut anyone, &by_region(poll)).await;
        page.is(200).shows("id=\"participation\"").hides("4,000").hides("1,000 residents");
        portal.get(&mut anyone, &file(poll)).await.is(200).hides(",4000,");
    }
    let page = portal.get(&mut anyone, &results(unknown)).await;
    page.is(200).shows("elsewhere").shows("Everybody who answered: 60").hides("1,000 residents");
}

#[tokio::test]
async fn files_and_pictures_are_every_site_s_and_pages_are_not() {
    const POLICY: &str = "cross-origin-resource-policy";
    let portal = TestPortal::new().await;
    let plan = |poll: &mut Poll| poll.plan = Plan([Breakdown::Region].into());
    let numbers = [("red", "north", 40), ("green", "south", 31)];
    let poll = answered(&portal, plan, &numbers).await;
    publish(&portal).await;
    let anyone = Browser::default();
    let picture = format!("{}/colour.svg", results(poll));
    let mut names = BTreeSet::new();
    for path in [file(poll), picture.clone(), format!("{picture}?by=region")] {
        let first = portal.download(&anyone, &path, "").await;
        let tag = first.headers()[header::ETAG].to_str().unwrap();
        let again = portal.download(&anyone, &path, tag).await;
        for (answer, status) in [(&first, 200), (&again, 304)] {
            assert_eq!(answer.status(), status, "{path}");
            assert_eq!(answer.headers()[POLICY], "cross-origin", "{path}: {status}");
            let origins = &answer.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN];
            assert_eq!(origins, "*", "{path}: {status}");
        }
        // Saved into one folder, none takes the place of another.
        let name = first.headers()[header::CONTENT_DISPOSITION].clone();
        assert_eq!(name.to_str().unwrap().contains("colour--region-"), path.ends_with("=region"));
        assert!(names.insert(name), "{path}");
    }
    // Why there is nothing a script of theirs is told as well.
    let unknown = file(Uuid::nil());
    for path in [
        format!("{}?lang=de", file(poll)),
        format!("{}?by=region", file(poll)),
        unknown,
        format!("{picture}?by=gender"),
        format!("{}/colour.gif", results(poll)),
        format!("{}/nothing.svg", results(poll)),
    ] {
        let refused = portal.download(&anyone, &path, "").await;
        assert_eq!(refused.status(), 404, "{path}");
        assert_eq!(refused.headers()[POLICY], "cross-origin", "{path}");
        assert_eq!(refused.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*", "{path}");
        let exposed = &refused.headers()[header::ACCESS_CONTROL_EXPOSE_HEADERS];
        assert_eq!(exposed, "ETag, Link, Content-Disposition, Retry-After", "{path}");
    }
    let page = portal.download(&anyone, &results(poll), "").await;
    assert_eq!(page.status(), 200);
    assert_eq!(page.headers()[POLICY], "same-origin");
    assert!(!page.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
}

#[tokio::test]
async fn a_picture_speaks_the_language_of_the_page_that_leads_to_it() {
    let portal = TestPortal::new().await;
    let plan = |poll: &mut Poll| poll.plan = Plan([Breakdown::Region].into());
    let numbers = [("red", "north", 40), ("green", "south", 31)];
    let poll = answered(&portal, plan, &numbers).await;
    publish(&portal).await;
    let mut russian = Browser { cookie: Some("language=ru".to_owned()) };
    let mut pictures = BTreeSet::new();
    for query in ["", "?by=region"] {
        let page = portal.get(&mut russian, &format!("{}{query}", results(poll))).await;
        let links = page.is(200).body.split("href=\"").skip(1);
        let links = links.filter_map(|rest| rest.split('"').next());
        pictures.extend(
            links
                .filter(|link| link.contains(".svg?") || link.contains(".png?"))
                .filter(|link| link.starts_with("/polls/"))
                .map(|link| link.replace("&amp;", "&")),
        );
    }
    assert_eq!(pictures.len(), 4, "{pictures:?}");
    // Whoever embeds it hands it on to people who read something else.
    for link in &pictures {
        assert!(link.contains("?lang=ru"), "{link}");
        let picture = portal.download(&Browser::default(), link, "").await;
        assert_eq!(picture.status(), 200, "{link}");
        let mut varies = picture.headers().get_all(header::VARY).iter();
        assert!(varies.all(|value| value != "accept-language, cookie"), "{link}");
        if link.contains(".svg") {
            let svg = std::str::from_utf8(picture.body()).unwrap();
            assert!(svg.contains("xml:lang=\"ru\""), "{link}: {svg}");
        }
    }
    // An address that names no language says what decides it, also to whoever has the file.
    for path in [format!("{}/colour.svg", results(poll)), file(poll)] {
        let first = portal.download(&Browser::default(), &path, "").await;
        let tag = first.headers()[header::ETAG].to_str().unwrap();
        let again = portal.download(&Browser::default(), &path, tag).await;
        for (answer, status) in [(&first, 200), (&again, 304)] {
            assert_eq!(answer.status(), status, "{path}");
            let varies = answer.headers().get_all(header::VARY).iter();
            let mut varies = varies.filter_map(|value| value.to_str().ok());
            assert!(varies.any(|value| value == "accept-language, cookie"), "{path}: {status}");
        }
    }
}

#[tokio::test]
async fn a_workbook_is_not_compressed_twice_and_keeps_its_length() {
    let portal = TestPortal::new().await;
    let poll = answered(&portal, |_| {}, &[("red", "", 40)]).await;
    publish(&portal).await;
    for (ending, encoding) in [("xlsx", None), ("ods", None), ("csv", Some("br"))] {
        let path = format!("{}.{ending}", results(poll));
        let request = Request::get(&path).header(header::ACCEPT_ENCODING, "gzip, br");
        let request = request.body(Body::empty()).unwrap();
        let answer = portal.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let said = |name| answer.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!(said(header::CONTENT_ENCODING), encoding, "{path}");
        assert_eq!(said(header::CONTENT_LENGTH).is_some(), encoding.is_none(), "{path}");
    }
}

/// As where a server stops between the release and the poll's state, and another goes on after midnight.
#[tokio::test]
async fn results_and_notice_name_one_day_of_publication() {
    let portal = TestPortal::new().await;
    let poll = answered(&portal, |_| {}, &[("red", "", 20)]).await;
    portal.clock.set(noon(21));
    portal.vault.close(poll).await.unwrap();
    let closed = Poll::load(&portal.platform.db, poll).await.unwrap();
    portal.publisher.publish(&portal.platform, &closed, &[]).await.unwrap();
    portal.at(noon(22)).await;
    let stored = release::load(&portal.platform.db, poll).await.unwrap().unwrap();
    let published = Poll::load(&portal.platform.db, poll).await.unwrap().published_at;
    assert_eq!((stored.published_at, published), (noon(21), Some(noon(22))));

    let mut anyone = Browser::default();
    let page = portal.get(&mut anyone, &results(poll)).await;
    page.is(200).shows("22 November 2026").hides(">21 November 2026<");
    // Thirty days later the key goes.
    let page = portal.get(&mut anyone, &format!("/polls/{poll}")).await;
    page.is(200).shows("22 December 2026");
    let mut statistician = staff(&portal, poll, Role::Statistician, false).await;
    let path = format!("/staff/departments/{}/statistics", closed.department);
    let page = portal.get(&mut statistician, &path).await;
    page.is(200).shows("Published on 22 November 2026");
}

#[tokio::test]
async fn a_comparison_says_where_the_two_polls_asked_different_people() {
    let portal = TestPortal::new().await;
    let of_north = |poll: &mut Poll| poll.audience.regions = ["north".to_owned()].into();
    let north = answered(&portal, of_north, &[("red", "north", 20)]).await;
    let all = answered(&portal, |_| {}, &[("red", "", 20)]).await;
    let hinted = |poll: &mut Poll| {
        poll.questionnaire.questions[0].hint = Text::both("Think.", "Подумайте.");
    };
    let again = answered(&portal, hinted, &[("green", "", 20)]).await;
    publish(&portal).await;

    let mut anyone = Browser::default();
    let compared = |one, two| format!("/polls/{one}/compare?with={two}");
    let page = portal.get(&mut anyone, &compared(north, all)).await;
    page.is(200).shows("The two polls did not ask the same people");
    page.shows("Whom it asked: Region: The North. ").shows("Whom it asked: Everybody");
    let page = portal.get(&mut anyone, &compared(all, again)).await;
    page.is(200).shows("percentage points").shows("Option red");
    page.hides("did not ask the same people").hides("Whom it asked");
    // They are compared although what stood beside the question differs, and that is said.
    let page = portal.get(&mut anyone, &results(all)).await;
    page.is(200).shows(&format!("value=\"{again}\"")).shows("What was said beside it to help");
}

#[tokio::test]
async fn that_staff_take_a_file_is_written_down() {
    let portal = TestPortal::new().await;
    let poll = answered(&portal, |_| {}, &[("red", "", 12)]).await;
    publish(&portal).await;
    let logged = || async {
        let rows = staff_log::Entity::find()
            .filter(staff_log::Column::Action.eq(Action::StatisticsExported.code()))
            .all(&portal.platform.db)
            .await
            .unwrap();
        let format = |row: staff_log::Model| row.details["format"].as_str().unwrap().to_owned();
        rows.into_iter().map(format).collect::<BTreeSet<_>>()
    };
    let formats = Format::ALL.map(|format| format.extension().to_owned());
    let here = staff(&portal, poll, Role::Statistician, false).await;
    let elsewhere = staff(&portal, poll, Role::Statistician, true).await;
    for browser in [&Browser::default(), &elsewhere] {
        for format in &formats {
            portal.download(browser, &format!("/polls/{poll}/results.{format}"), "").await;
        }
        assert_eq!(logged().await, BTreeSet::new(), "citizens are not noted");
    }
    for format in &formats {
        portal.download(&here, &format!("/polls/{poll}/results.{format}"), "").await;
    }
    assert_eq!(logged().await, formats.into());
    // Of a picture also which one.
    portal.download(&here, &format!("/polls/{poll}/results/colour.svg"), "").await;
    let rows = staff_log::Entity::find().all(&portal.platform.db).await.unwrap();
    let picture = serde_json::json!({ "format": "svg", "question": "colour" });
    assert!(rows.iter().any(|row| row.details == picture), "{rows:?}");
}

#[tokio::test]
async fn what_the_plan_does_not_have_cannot_be_asked_for() {
    let portal = TestPortal::new().await;
    let plan = |poll: &mut Poll| poll.plan = Plan([Breakdown::Gender].into());
    let poll = answered(&portal, plan, &[("red", "", 60)]).await;
    publish(&portal).await;
    let mut anyone = Browser::default();
    for query in ["by=region", "by=gender,region", "region=north", "age=18-24", "by=gender&where=1"]
    {
        portal
            .get(&mut anyone, &format!("{}?{query}", results(poll)))
            .await
            .is(404)
            .shows("There is no such breakdown")
            .hides("Option red");
        portal
            .get(&mut anyone, &format!("{}?{query}", file(poll)))
            .await
            .is(404)
            .shows("It cannot be filtered");
    }
    let page = portal.get(&mut anyone, &format!("{}?by=gender", results(poll))).await;
    page.is(200).shows("as people stated them, without proof");
    portal.get(&mut anyone, &format!("{}?lang=ru", file(poll))).await.is(200).shows("Ответили");
    let picture = format!("{}/colour.svg", results(poll));
    for query in ["lang=de", "lang=en&lang=ru"] {
        for address in [file(poll), picture.clone()] {
            let refused = portal.get(&mut anyone, &format!("{address}?{query}")).await;
            refused.is(404).shows("There is no such language").hides("filter");
        }
    }
    portal.get(&mut anyone, &format!("{picture}?lang=ru")).await.is(200);
}

#[tokio::test]
async fn while_a_poll_is_open_staff_see_nothing_before_the_first_interim_totals() {
    let portal = TestPortal::new().await;
    let poll = answered(&portal, |_| {}, &[("red", "", 17), ("green", "", 10)]).await;
    let mut anyone = Browser::default();
    portal.get(&mut anyone, &results(poll)).await.is(404).hides("Option red");
    portal.get(&mut anyone, &file(poll)).await.is(404);
    for role in [Role::Statistician, Role::Initiator] {
        let mut browser = staff(&portal, poll, role, false).await;
        let page = portal.get(&mut browser, &format!("/staff/polls/{poll}/results")).await;
        page.is(200).shows("Not shown yet").hides("Option red");
        // Of which clock it is.
        page.shows("20 November 2026, 12:00 (UTC)");
        // Not the digits alone: they may stand in an id.
        for number in ["27", "20"] {
            page.hides(&format!(">{number}<")).hides(&format!("{number} or more"));
        }
        let place = Poll::load(&portal.platform.db, poll).await.unwrap().department;
        let path = format!("/staff/departments/{place}/statistics");
        let page = portal.get(&mut browser, &path).await;
        page.is(200).shows("Not shown yet").shows("Night buses");
        page.shows(&format!("href=\"/staff/polls/{poll}/results\""));
    }
    // With the totals, and as old as they are.
    answer_more(&portal, poll, &[("red", "", 32)]).await;
    portal.at(noon(2)).await;
    answer_more(&portal, poll, &[("green", "", 20)]).await;
    let mut browser = staff(&portal, poll, Role::Statistician, false).await;
    let page = portal.get(&mut browser, &format!("/staff/polls/{poll}/results")).await;
    page.is(200).shows("50 or more").hides("Not shown yet");
}

/// Between the closing and the release, which has the number for everybody or, of few people, for nobody.
#[tokio::test]
async fn of_a_poll_that_is_being_counted_staff_are_not_told_how_many_took_part() {
    let portal = TestPortal::new().await;
    for special in [None, Some(Special::Health)] {
        let id = answered(&portal, |poll| poll.special = special, &[("red", "", 27)]).await;
        let poll = Poll::load(&portal.platform.db, id).await.unwrap();
        let (closed, now) = (ports::states::State::Closed, portal.platform.now());
        portal.life.change(&poll, closed, None, None, now).await.unwrap();
        let mut browser = staff(&portal, id, Role::Statistician, false).await;
        for path in [
            format!("/staff/polls/{id}/results"),
            format!("/staff/departments/{}/statistics", poll.department),
        ] {
            let page = portal.get(&mut browser, &path).await;
            page.is(200).shows("Not shown yet").hides("20 or more").hides("rounded down");
            if path.contains("departments") {
                page.shows("Of a poll that is closed it is not shown");
            }
        }
    }
}

#[tokio::test]
async fn statistics_of_another_department_are_not_there() {
    let portal = TestPortal::new().await;
    let poll = answered(&portal, |_| {}, &[("red", "", 12)]).await;
    let place = Poll::load(&portal.platform.db, poll).await.unwrap().department;
    let paths =
        [format!("/staff/polls/{poll}/results"), format!("/staff/departments/{place}/statistics")];
    for published in [false, true] {
        if published {
            publish(&portal).await;
        }
        let mut elsewhere = staff(&portal, poll, Role::Statistician, true).await;
        let citizen = portal.account(&Facts::default()).await;
        let mut citizen = portal.sign_in(citizen).await;
        for path in &paths {
            portal.get(&mut elsewhere, path).await.is(404);
            portal.get(&mut citizen, path).await.is(403);
            let answer = portal.get(&mut Browser::default(), path).await;
            assert!(answer.to.starts_with("/sign-in"), "{path}: {answer:?}");
        }
        let mut here = staff(&portal, poll, Role::Statistician, false).await;
        for path in &paths {
            portal.get(&mut here, path).await.is(200);
        }
    }
    let departments = department::Entity::find().all(&portal.platform.db).await.unwrap();
    assert!(departments.len() > 1);
}

/// Puts something in the place of the stored figures: whoever reads them is told that they are broken.
pub async fn spoil(portal: &TestPortal, poll: Uuid, content: &str) {
    release_table::Entity::update_many()
        .col_expr(release_table::Column::Content, content.into())
        .filter(release_table::Column::PollId.eq(poll))
        .exec(&portal.platform.db)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_release_is_read_once_for_pages_comparisons_and_files() {
    let portal = TestPortal::new().await;
    let plan = |poll: &mut Poll| poll.plan = Plan([Breakdown::Region].into());
    let numbers = [("red", "north", 40), ("green", "south", 31)];
    let poll = answered(&portal, plan, &numbers).await;
    let other = answered(&portal, plan, &numbers).await;
    publish(&portal).await;
    let mut anyone = Browser::default();
    for poll in [poll, other] {
        portal.get(&mut anyone, &results(poll)).await.is(200);
    }
    for poll in [poll, other] {
        // As long as one that says something: short ones are read to find those that do not.
        spoil(&portal, poll, &"nothing".repeat(1_000)).await;
    }
    let page = portal.get(&mut anyone, &format!("{}?by=region", results(poll))).await;
    page.is(200).shows("Option red").shows("The North");
    let page = portal.get(&mut anyone, &format!("{}?by=gender", results(poll))).await;
    page.is(404).shows("Responses").shows(">71<").hides("Option red");
    let compared = format!("/polls/{poll}/compare?with={other}&by=region");
    portal.get(&mut anyone, &compared).await.is(200).shows("Option red").shows("The North");
    let mut statistician = staff(&portal, poll, Role::Statistician, false).await;
    let page = portal.get(&mut statistician, &format!("/staff/polls/{poll}/results")).await;
    page.is(200).shows("Option red");
    for path in [file(poll), format!("{}/colour.svg", results(poll))] {
        let first = portal.download(&anyone, &path, "").await;
        assert_eq!(first.status(), 200, "{path}");
        let tag = first.headers()[header::ETAG].to_str().unwrap();
        assert_eq!(portal.download(&anyone, &path, tag).await.status(), 304, "{path}");
    }
}

#[tokio::test]
async fn figures_that_do_not_match_their_digest_are_shown_to_nobody() {
    let portal = TestPortal::new().await;
    let poll = answered(&portal, |_| {}, &[("red", "", 20)]).await;
    publish(&portal).await;
    let stored = release_table::Entity::find_by_id(poll).one(&portal.platform.db).await;
    let changed = stored.unwrap().unwrap().content.replace("20", "21");
    spoil(&portal, poll, &changed).await;
    let mut anyone = Browser::default();
    portal.get(&mut anyone, &results(poll)).await.is(500).hides("Option red");
    for path in [file(poll), format!("{}/colour.svg", results(poll))] {
        assert_eq!(portal.download(&anyone, &path, "").await.status(), 500, "{path}");
    }
}

#[tokio::test]
async fn a_list_reads_each_release_once() {
    let portal = TestPortal::new().await;
    let poll = answered(&portal, |_| {}, &[("red", "", 20)]).await;
    publish(&portal).await;
    let place = Poll::load(&portal.platform.db, poll).await.unwrap().department;
    let path = format!("/staff/departments/{place}/statistics");
    let mut statistician = staff(&portal, poll, Role::Statistician, false).await;
    portal.get(&mut statistician, &path).await.is(200).shows("Responses: 20");
    spoil(&portal, poll, "nothing").await;
    portal.get(&mut statistician, &path).await.is(200).shows("Responses: 20");
}

#[tokio::test]
async fn which_releases_say_nothing_is_found_without_reading_the_others() {
    let portal = TestPortal::new().await;
    let few = answered(&portal, |_| {}, &[("red", "", 7)]).await;
    let many = answered(&portal, |_| {}, &[("red", "", 20)]).await;
    publish(&portal).await;
    let polls = || vec![few, many];
    let db = &portal.platform.db;
    assert_eq!(release::withheld(db, polls()).await.unwrap(), BTreeSet::from([few]));
    spoil(&portal, many, &format!("{{\"responses\":null}}{}", " ".repeat(10_000))).await;
    assert_eq!(release::withheld(db, polls()).await.unwrap(), BTreeSet::from([few]));
}
