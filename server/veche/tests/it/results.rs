//! What a page of results says beside the figures: whom they represent, what they can be compared
//! with, and what staff see before there are any.

use crate::{
    portal::{Browser, TestPortal, noon},
    statistics::{answered, publish, results, spoil, staff},
};
use chrono::TimeDelta;
use ports::{roles::Role, states::State, views::polls::Standing};
use questionnaire::{Breakdown, Facts, Language, Plan, Text};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _,
};
use serde_json::json;
use server::{
    polls::{
        catalogue::{Catalogue, card},
        record::Poll,
    },
    store::{poll, release},
};
use std::collections::BTreeSet;

fn closes_later(poll: &mut Poll) {
    poll.closes_at = Some(noon(24));
}

fn by_region(poll: &mut Poll) {
    poll.plan = Plan([Breakdown::Region].into());
}

#[tokio::test]
async fn turnout_is_said_of_published_rows_of_regions_whose_residents_are_known() {
    let portal = TestPortal::new().await;
    let numbers = [("red", "north", 40), ("green", "north", 25), ("red", "south", 30)];
    let both = answered(&portal, by_region, &numbers).await;
    let audience = |poll: &mut Poll| {
        by_region(poll);
        poll.audience.regions = ["north".to_owned()].into();
    };
    let north = answered(&portal, audience, &[("red", "north", 60)]).await;
    let few = answered(&portal, by_region, &[("red", "north", 7), ("red", "south", 50)]).await;
    publish(&portal).await;
    let mut anyone = Browser::default();

    let page = portal.get(&mut anyone, &format!("{}?by=region", results(both))).await;
    page.is(200).shows("Responses per 1,000 residents").shows(">4,000<");
    page.shows("<title>By region – Results: Night buses – ");
    page.shows("Residents are people of all ages");
    // The rows are not what adds up to the total, and the page says so and where it is explained.
    page.shows("need not add up to the row").shows("href=\"#method\"").shows("id=\"method\"");
    // The other region's residents are not known, so nothing is said of both together.
    page.hides("Residents of the regions asked");
    // 60 of 4000.
    let page = portal.get(&mut anyone, &results(north)).await;
    page.is(200).shows("Residents of the regions asked").shows(">15<");
    page.shows("Link to question 1");
    page.shows("Residents are people of all ages").hides("need not add up to the row");
    let page = portal.get(&mut anyone, &format!("{}?by=region", results(few))).await;
    // Seven people are withheld, and with them whoever they could be computed from.
    page.is(200).hides("The North").hides("The South").hides("4,000");
}

/// What programs are told of the data of a page.
fn described(page: &str) -> serde_json::Value {
    let (_, rest) = page.split_once("application/ld+json").unwrap();
    let (set, _) = rest.split_once('>').unwrap().1.split_once("</script>").unwrap();
    serde_json::from_str(set).unwrap()
}

#[tokio::test]
async fn programs_find_the_address_the_files_and_the_data_of_results() {
    let portal = TestPortal::new().await;
    let title = "Trams</script><b>";
    let change = |poll: &mut Poll| {
        by_region(poll);
        poll.title = Text::both(title, title);
    };
    let one = answered(&portal, change, &[("red", "north", 60), ("green", "south", 40)]).await;
    let few = answered(&portal, by_region, &[("red", "north", 3)]).await;
    publish(&portal).await;
    let address = |poll| format!("http://127.0.0.1:8000{}", results(poll));
    let person = portal.account(&Facts::default()).await;
    for mut reader in [Browser::default(), portal.sign_in(person).await] {
        let page = portal.get(&mut reader, &results(one)).await;
        page.is(200).shows(&format!("rel=\"canonical\" href=\"{}\"", address(one)));
        page.hides("</script><b>");
        for format in exports::Format::ALL {
            let (ending, kind) = (format.extension(), format.media_type());
            let kind = kind.split(';').next().unwrap();
            let file = format!("{}.{ending}?lang=en", results(one));
            let has_figures = format != exports::Format::Csvw;
            let rel = if has_figures { "alternate" } else { "describedby" };
            page.shows(&format!("rel=\"{rel}\" type=\"{kind}\" href=\"{file}\""));
        }
        let set = described(&page.body);
        assert_eq!((&set["@type"], &set["name"]), (&"Dataset".into(), &title.into()));
        assert_eq!(set["url"], address(one));
        let files = set["distribution"].as_array().unwrap();
        assert_eq!(files.len(), exports::Format::ALL.len() - 1, "{files:?}");
        assert_eq!(files[0]["contentUrl"], format!("{}.csv?lang=en", address(one)));
        // A breakdown is another page.
        let page = portal.get(&mut reader, &format!("{}?by=region", results(one))).await;
        page.is(200).shows(&format!("rel=\"canonical\" href=\"{}?by=region\"", address(one)));
        // In a language that its address says it is a page of its own, too.
        let page = portal.get(&mut reader, &format!("{}?lang=ru", results(one))).await;
        page.is(200).shows(&format!("rel=\"canonical\" href=\"{}?lang=ru\"", address(one)));
        page.shows("<html lang=\"ru\"");
        assert_eq!(described(&page.body)["url"], format!("{}?lang=ru", address(one)));
        // Where nothing is published there are no data.
        let page = portal.get(&mut reader, &results(few)).await;
        page.is(200).shows("rel=\"canonical\"").hides("ld+json").hides("rel=\"alternate\" type");
    }
}

#[tokio::test]
async fn published_polls_that_asked_the_same_are_compared_and_no_others() {
    let portal = TestPortal::new().await;
    let first = [("red", "north", 60), ("green", "north", 40)];
    let second = [("red", "north", 30), ("green", "north", 70)];
    let one = answered(&portal, by_region, &first).await;
    let two = answered(&portal, by_region, &second).await;
    let other_words = |poll: &mut Poll| {
        poll.questionnaire.questions[0].title = Text::both("Another question?", "Другой вопрос?");
    };
    let other = answered(&portal, other_words, &first).await;
    let mut anyone = Browser::default();
    let path = |one, two| format!("/polls/{one}/compare?with={two}");
    portal.get(&mut anyone, &path(one, two)).await.is(404);
    publish(&portal).await;

    let page = portal.get(&mut anyone, &results(one)).await;
    page.is(200).shows(&format!("value=\"{two}\"")).hides(&format!("value=\"{other}\""));
    portal.get(&mut anyone, &results(other)).await.is(200).hides("Compare with another poll");

    for (one, two) in [(one, two), (two, one)] {
        let page = portal.get(&mut anyone, &path(one, two)).await;
        page.is(200).shows("percentage points").shows("Option red");
        page.shows("<title>Comparison of two polls: Night buses (");
        page.shows("30 pp").hides("What people wrote");
        // Heads with whole titles would push the difference out of a phone's sight.
        page.shows(">First poll<").shows(">Second poll<");
        // Shares are of how many, and whether these are changed.
        page.shows(">All who answered<").shows(">100<");
        page.shows("The numbers of people are exact.").hides("could be left out");
        // Back to the poll that it was asked for at, whichever of the two closed first.
        page.shows(&format!("href=\"{}\" class=\"govuk-back-link\"", results(one)));
        page.shows(&format!("href=\"{}\"", path(one, two)));
    }
    portal
        .get(&mut anyone, &format!("{}&by=region", path(one, two)))
        .await
        .is(200)
        .shows("<title>By region – Comparison of two polls: Night buses (")
        .shows("The North")
        // Which line of a cell is what, for whoever hears it.
        .shows("govuk-visually-hidden\">First poll")
        .shows("govuk-visually-hidden\">Difference");
    for by in ["gender", "region_by_gender", "north"] {
        let page = portal.get(&mut anyone, &format!("{}&by={by}", path(one, two))).await;
        page.is(404).shows("There is no such breakdown").hides("Option red");
    }
    let filtered = format!("{}&region=north", path(one, two));
    portal.get(&mut anyone, &filtered).await.is(404).hides("Option red");
    let page = portal.get(&mut anyone, &path(one, other)).await;
    page.is(200).shows("no question in common").hides("Option red");
    for nothing in
        [path(one, one), format!("/polls/{one}/compare"), format!("/polls/x/compare?with={one}")]
    {
        portal.get(&mut anyone, &nothing).await.is(404);
    }
}

#[tokio::test]
async fn a_comparison_says_of_which_poll_something_holds() {
    let portal = TestPortal::new().await;
    let all = [("red", "north", 60), ("green", "south", 41)];
    let few = [("red", "north", 60), ("green", "south", 22), ("blue", "south", 3)];
    let one = answered(&portal, by_region, &all).await;
    let left_out = |poll: &mut Poll| {
        by_region(poll);
        poll.questionnaire.questions[0].required = false;
    };
    let two = answered(&portal, left_out, &few).await;
    publish(&portal).await;
    let mut anyone = Browser::default();
    let path = format!("/polls/{one}/compare?with={two}");
    let page = portal.get(&mut anyone, &path).await;
    page.is(200).shows(">101<");
    // Of the other three chose blue: its numbers are changed.
    for said in ["The numbers of people are exact.", "are changed a little", "could be left out."] {
        let times = page.body.matches(said).count();
        assert_eq!(times, 1, "{said}");
    }
    let page = portal.get(&mut anyone, &format!("{path}&by=region")).await;
    page.is(200).shows("The numbers of groups are changed a little by chance");
    // Beside numbers that are changed nothing is called exact, and of everybody it is said apart.
    page.hides("The numbers of people are exact.");
    assert_eq!(page.body.matches("The row “Everybody” is changed a little as well").count(), 1);
}

#[tokio::test]
async fn what_was_decided_stands_with_the_day_on_which_it_was_said_and_that_of_its_last_change() {
    let portal = TestPortal::new().await;
    let poll = answered(&portal, |_| {}, &[("red", "", 20)]).await;
    publish(&portal).await;
    let id = poll.to_string();
    let once = "Published on 23 November 2026.";
    let twice = "Published on 23 November 2026, last changed on 25 November 2026.";
    // Sent again without a change, it was not changed.
    let said = [(23, "Ten buses", once), (24, "Ten buses", once), (25, "Two buses", twice)];
    for (day, words, shown) in said {
        portal.at(noon(day)).await;
        let mut author = staff(&portal, poll, Role::Initiator, false).await;
        portal.get(&mut author, &results(poll)).await.is(200).hides(twice);
        let stored = Poll::load(&portal.platform.db, poll).await.unwrap();
        let revision = stored.revision.to_string();
        let form = [
            ("poll", id.as_str()),
            ("revision", revision.as_str()),
            ("outcome[en]", words),
            ("outcome[ru]", words),
        ];
        let saved = portal.post(&mut author, "/api/editor/save-outcome", &form).await;
        saved.leads(&format!("/staff/polls/{poll}"));
        let page = portal.get(&mut author, &results(poll)).await;
        page.is(200).shows(words).shows(shown);
        let own = portal.get(&mut author, &format!("/staff/polls/{poll}/results")).await;
        own.is(200).shows(words).shows(shown);
    }
}

#[tokio::test]
async fn polls_to_compare_with_are_offered_the_newest_first() {
    let portal = TestPortal::new().await;
    let numbers = [("red", "", 20)];
    let late = answered(&portal, closes_later, &numbers).await;
    let one = answered(&portal, |_| {}, &numbers).await;
    let early = answered(&portal, |_| {}, &numbers).await;
    publish(&portal).await;
    portal.at(noon(25)).await;
    portal.at(noon(26)).await;
    let page = portal.get(&mut Browser::default(), &results(one)).await;
    let place = |poll| page.is(200).body.find(&format!("value=\"{poll}\"")).unwrap();
    assert!(place(late) < place(early));
}

/// As where servers of two versions run, and the newer one has published a poll that the older cannot read.
#[tokio::test]
async fn a_published_poll_that_cannot_be_read_leaves_the_others_their_results() {
    let portal = TestPortal::new().await;
    let numbers = [("red", "north", 60), ("green", "north", 40)];
    let one = answered(&portal, by_region, &numbers).await;
    let two = answered(&portal, by_region, &numbers).await;
    let unreadable = answered(&portal, by_region, &numbers).await;
    publish(&portal).await;
    let newer = poll::Entity::update_many()
        .col_expr(poll::Column::SpecialCategory, "of_tomorrow".into())
        .filter(poll::Column::Id.eq(unreadable));
    newer.exec(&portal.platform.db).await.unwrap();
    let page = portal.get(&mut Browser::default(), &results(one)).await;
    page.is(200).shows(&format!("value=\"{two}\"")).hides(&format!("value=\"{unreadable}\""));
}

#[tokio::test]
async fn of_a_poll_of_which_nothing_can_be_published_no_page_of_results_says_that_it_is() {
    let portal = TestPortal::new().await;
    let many = answered(&portal, |_| {}, &[("red", "", 20)]).await;
    let few = answered(&portal, |_| {}, &[("red", "", 7)]).await;
    publish(&portal).await;
    let mut anyone = Browser::default();
    let page = portal.get(&mut anyone, &results(many)).await;
    page.is(200).shows(">Published<").hides("Results withheld");
    let page = portal.get(&mut anyone, &results(few)).await;
    page.is(200).shows(">Results withheld<").hides(">Published<");

    for (poll, withheld) in [(many, false), (few, true)] {
        let mut staff = staff(&portal, poll, Role::Statistician, false).await;
        let place = Poll::load(&portal.platform.db, poll).await.unwrap().department;
        let of_staff = portal.get(&mut staff, &format!("/staff/polls/{poll}/results")).await;
        let path = format!("/staff/departments/{place}/statistics");
        let of_department = portal.get(&mut staff, &path).await;
        of_staff.is(200);
        of_department.is(200);
        if withheld {
            of_staff.shows(">Results withheld<").hides(">Published<");
            of_department.shows("Results withheld on ").shows(": too few responses");
            of_department.hides("Published on ");
        } else {
            of_staff.shows(">Published<").hides("Results withheld");
            of_department.shows("Published on ").shows(". Responses: 20");
            of_department.hides("Results withheld");
        }
    }
}

/// A department may have asked for years.
#[tokio::test]
async fn the_published_polls_of_a_department_stand_on_pages() {
    let portal = TestPortal::new().await;
    let newest = answered(&portal, |_| {}, &[("red", "", 20)]).await;
    publish(&portal).await;
    let db = &portal.platform.db;
    let stored = poll::Entity::find_by_id(newest).one(db).await.unwrap().unwrap();
    let made = release::Entity::find_by_id(newest).one(db).await.unwrap().unwrap();
    for number in 1..=50 {
        let id = portal.platform.uuid();
        let title = format!("Poll of {number} days before");
        let row = poll::ActiveModel {
            id: Set(id),
            title: Set(json!({ "en": title, "ru": title })),
            published_at: Set(stored.published_at.map(|at| at - TimeDelta::days(number))),
            ..stored.clone().into_active_model()
        };
        poll::Entity::insert(row.reset_all()).exec_without_returning(db).await.unwrap();
        let row = release::ActiveModel { poll_id: Set(id), ..made.clone().into_active_model() };
        release::Entity::insert(row.reset_all()).exec_without_returning(db).await.unwrap();
    }
    let mut browser = staff(&portal, newest, Role::Statistician, false).await;
    let path = format!("/staff/departments/{}/statistics", stored.department_id);
    let page = portal.get(&mut browser, &path).await;
    page.is(200).shows("Page 1 of 2").shows("Night buses").shows("Poll of 49 days before");
    page.shows(&format!("href=\"{path}?page=2\"")).hides("Poll of 50 days before");
    for number in [2, 99] {
        let page = portal.get(&mut browser, &format!("{path}?page={number}")).await;
        page.is(200).shows("<title>Page 2 of 2 – ").shows("Poll of 50 days before");
        page.hides("Night buses").hides("Poll of 49 days before");
    }
    // Beside the page there is nothing to choose.
    portal.get(&mut browser, &format!("{path}?page=2&by=region")).await.is(404);
}

#[tokio::test]
async fn a_poll_without_results_is_not_compared() {
    let portal = TestPortal::new().await;
    let numbers = [("red", "north", 60), ("green", "north", 40)];
    let one = answered(&portal, by_region, &numbers).await;
    let two = answered(&portal, by_region, &numbers).await;
    let few = answered(&portal, by_region, &[("red", "north", 7)]).await;
    publish(&portal).await;
    let mut anyone = Browser::default();
    let page = portal.get(&mut anyone, &results(one)).await;
    page.is(200).shows(&format!("value=\"{two}\"")).hides(&format!("value=\"{few}\""));
    let function = format!("/api/results/read?poll={few}");
    portal.program(&function, None, "etag").await.is(200).shows("\"comparable\":[]");

    // Nor by its address, whichever is asked for first, and whatever is asked for of it.
    for (one, other) in [(one, few), (few, one)] {
        for by in ["", "&by=region", "&by=gender"] {
            let path = format!("/polls/{one}/compare?with={other}{by}");
            let page = portal.get(&mut anyone, &path).await;
            page.is(404).shows("There is nothing to compare").shows(". Responses: 100");
            page.shows(". Too few responses: no figures were published").hides("Option red");
            page.hides("percentage points").hides("There is no such breakdown").hides("veche-tabs");
        }
        let function = format!("/api/results/compare?poll={one}&with={other}");
        portal.program(&function, None, "etag").await.is(404).shows("\"questions\":[]");
    }
}

#[tokio::test]
async fn lists_of_polls_say_of_which_nothing_can_be_published() {
    let portal = TestPortal::new().await;
    let few = answered(&portal, |_| {}, &[("red", "", 7)]).await;
    publish(&portal).await;
    let place = Poll::load(&portal.platform.db, few).await.unwrap().department;
    let mut initiator = staff(&portal, few, Role::Initiator, false).await;
    let pages = [
        "/polls?tab=results".to_owned(),
        format!("/polls/{few}"),
        format!("/staff/departments/{place}"),
        format!("/staff/polls/{few}"),
    ];
    for path in &pages {
        let page = portal.get(&mut initiator, path).await;
        page.is(200).shows(">Results withheld<").hides(">Published<");
        // Nor is anybody told to see them.
        page.hides("See the results");
    }
    let many = answered(&portal, closes_later, &[("red", "", 20)]).await;
    portal.at(noon(25)).await;
    portal.at(noon(26)).await;
    let mut anyone = Browser::default();
    let page = portal.get(&mut anyone, "/polls?tab=results").await;
    page.is(200).shows(">Results withheld<").shows(">Published<").shows("See the results");
    let page = portal.get(&mut anyone, &format!("/polls/{many}")).await;
    page.is(200).shows(">Published<").hides("Results withheld").shows("See the results");
    let page = portal.get(&mut anyone, &format!("/polls/{few}")).await;
    page.is(200).shows(&format!("href=\"{}\" class=\"govuk-link\">Results<", results(few)));
    let mut initiator = staff(&portal, many, Role::Initiator, false).await;
    let page = portal.get(&mut initiator, &format!("/staff/polls/{many}")).await;
    page.is(200).shows("Closed → Published").hides("Results withheld");
}

/// As where the store cannot be read for a moment, while a server first meets a poll that is published.
#[tokio::test]
async fn whether_a_poll_has_results_is_asked_again_where_it_could_not_be_found_out() {
    let portal = TestPortal::new().await;
    let few = answered(&portal, |_| {}, &[("red", "", 7)]).await;
    publish(&portal).await;
    let platform = &portal.platform;
    let stored = release::Entity::find_by_id(few).one(&platform.db).await.unwrap().unwrap();
    let poll = Poll::load(&platform.db, few).await.unwrap();
    let catalogue = Catalogue::new(platform.clone());
    let withheld = async || {
        catalogue.changed().await;
        let shelf = catalogue.shelf().await.unwrap();
        assert!(shelf.polls.iter().any(|poll| poll.id == few));
        card(&shelf.listed(&poll), &shelf, Standing::NotBegun, platform).withheld
    };
    spoil(&portal, few, "nothing").await;
    assert!(!withheld().await);
    // Whoever must not be wrong asks at once.
    let shelf = catalogue.shelf().await.unwrap();
    assert!(shelf.without_results(&platform.db, vec![few]).await.is_err());
    spoil(&portal, few, &stored.content).await;
    let asked = shelf.without_results(&platform.db, vec![few]).await.unwrap();
    assert_eq!(asked, BTreeSet::from([few]));
    assert!(withheld().await);
    // What is known is not asked again.
    spoil(&portal, few, "nothing").await;
    assert!(withheld().await);
    let shelf = catalogue.shelf().await.unwrap();
    let known = shelf.without_results(&platform.db, vec![few]).await.unwrap();
    assert_eq!(known, BTreeSet::from([few]));
}

#[tokio::test]
async fn words_in_another_language_say_which() {
    let portal = TestPortal::new().await;
    let russian = |poll: &mut Poll| {
        poll.languages = [Language::Ru].into();
        poll.title = Text::new([(Language::Ru, "Парки")]);
        poll.questionnaire.questions[0].title = Text::new([(Language::Ru, "Какой цвет?")]);
    };
    let poll = answered(&portal, russian, &[("red", "", 20)]).await;
    let again = answered(&portal, russian, &[("red", "", 20)]).await;
    let place = Poll::load(&portal.platform.db, poll).await.unwrap().department;
    let of_staff =
        [format!("/staff/departments/{place}/statistics"), format!("/staff/polls/{poll}/results")];
    for published in [false, true] {
        if published {
            publish(&portal).await;
        }
        let mut staff = staff(&portal, poll, Role::Statistician, false).await;
        for path in &of_staff {
            let page = portal.get(&mut staff, path).await;
            page.is(200).shows(">Парки<");
            let mut parts = page.body.split('<').filter(|part| part.contains(">Парки"));
            assert!(parts.all(|part| part.contains("lang=\"ru\"")), "{path}");
        }
    }
    let mut anyone = Browser::default();
    let page = portal.get(&mut anyone, &results(poll)).await;
    page.is(200)
        .shows("<span lang=\"ru\">Парки")
        .shows("lang=\"ru\" class=\"govuk-heading-m\">1. Какой цвет?");
    assert_eq!(described(&page.body)["inLanguage"], "ru");
    // Of what tells two polls apart the title is in their language, and the day and the numbers in the page's.
    let page = portal.get(&mut anyone, &format!("/polls/{poll}/compare?with={again}")).await;
    page.is(200).shows("<span lang=\"ru\">Парки<");
    let mut lines = page.body.split("lang=\"ru\" class=\"veche-line\">").skip(1);
    assert!(lines.all(|line| line.starts_with("Парки<")), "{}", page.body);
    let mut titles = page.body.split('<').filter(|part| part.contains("Парки ("));
    assert!(titles.all(|part| !part.contains("lang=")), "{}", page.body);
}

#[tokio::test]
async fn whoever_is_written_down_for_taking_a_file_is_told_so() {
    let portal = TestPortal::new().await;
    let poll = answered(&portal, |_| {}, &[("red", "", 20)]).await;
    publish(&portal).await;
    let noted = "is written into the log of what staff did";
    portal.get(&mut Browser::default(), &results(poll)).await.is(200).hides(noted);
    for (role, elsewhere) in
        [(Role::Statistician, false), (Role::Initiator, false), (Role::Statistician, true)]
    {
        let mut reader = staff(&portal, poll, role, elsewhere).await;
        let page = portal.get(&mut reader, &results(poll)).await;
        assert_eq!(page.is(200).body.contains(noted), !elsewhere, "{role:?}");
        if !elsewhere {
            let page = portal.get(&mut reader, &format!("/staff/polls/{poll}/results")).await;
            page.is(200).shows(noted).shows("<title>Results: Night buses – For staff – Veche</");
        }
    }
}

#[tokio::test]
async fn a_poll_that_nobody_was_asked_has_no_statistics() {
    let portal = TestPortal::new().await;
    let poll = answered(&portal, |_| {}, &[]).await;
    let mut browser = staff(&portal, poll, Role::Statistician, false).await;
    let path = format!("/staff/polls/{poll}/results");
    portal.get(&mut browser, &path).await.is(200);
    for state in [State::Draft, State::InReview, State::Scheduled] {
        let mut record = Poll::load(&portal.platform.db, poll).await.unwrap();
        let (before, revision) = (record.state, record.revision);
        record.state = state;
        record.replace(&portal.platform.db, before, revision).await.unwrap();
        portal.get(&mut browser, &path).await.is(404);
    }
}

#[tokio::test]
async fn staff_see_interim_totals_of_batches_and_never_shares() {
    let portal = TestPortal::new().await;
    let special = |poll: &mut Poll| poll.special = Some(questionnaire::Special::Health);
    let numbers = [("red", "", 55), ("green", "", 6)];
    let poll = answered(&portal, |_| {}, &numbers).await;
    let mut browser = staff(&portal, poll, Role::Statistician, false).await;
    let path = format!("/staff/polls/{poll}/results");
    portal.get(&mut browser, &path).await.is(200).shows("first batch").hides("Option red");
    // Opening the other poll, the scheduler draws the first one's batch.
    let sensitive = answered(&portal, special, &numbers).await;
    let page = portal.get(&mut browser, &path).await;
    page.is(200).shows("Interim totals").shows("Option red").shows("These are not the results");
    page.hides("first batch").hides("%<");

    portal.at(noon(3)).await;
    let mut browser = staff(&portal, sensitive, Role::Statistician, false).await;
    let page = portal.get(&mut browser, &format!("/staff/polls/{sensitive}/results")).await;
    page.is(200).hides("Interim totals").hides("Option red");
}

#[tokio::test]
async fn everybody_sees_the_interim_totals_of_staff_and_no_selection_of_them() {
    let portal = TestPortal::new().await;
    let special = |poll: &mut Poll| poll.special = Some(questionnaire::Special::Health);
    let numbers = [("red", "north", 55), ("green", "south", 6)];
    let poll = answered(&portal, by_region, &numbers).await;
    let page = format!("/polls/{poll}");
    let mut anyone = Browser::default();
    portal.get(&mut anyone, &page).await.is(200).shows("first batch").hides("Option red");
    // Opening the other poll, the scheduler draws the first one's batch.
    let sensitive = answered(&portal, special, &numbers).await;
    let shown = portal.get(&mut anyone, &page).await;
    shown.is(200).shows("Interim totals").shows("Option red").shows("These are not the results");
    shown.shows("they and everybody else also see interim totals").hides("%<");
    // What is to be read before answering comes first.
    let place = |id: &str| shown.body.find(id).unwrap();
    assert!(place("id=\"notice\"") < place("id=\"interim\""));
    let hidden = portal.get(&mut anyone, &format!("/polls/{sensitive}")).await;
    hidden.is(200).hides("Interim totals").hides("Option red");

    let mut statistician = staff(&portal, poll, Role::Statistician, false).await;
    let of_staff = portal.get(&mut statistician, &format!("/staff{page}/results")).await;
    let figures = |body: &str| {
        let table = body.split("id=\"q-colour\"").nth(1).unwrap();
        table.split("</table>").next().unwrap().to_owned()
    };
    assert_eq!(figures(&shown.body), figures(&of_staff.body));

    for query in ["by=region", "region=north", "regions[]=north", "age_from=18", "anything=1"] {
        for path in [page.clone(), format!("/staff{page}/results")] {
            let refused = portal.get(&mut statistician, &format!("{path}?{query}")).await;
            refused.is(404).shows("nothing to filter or break down by").hides("Option red");
        }
    }
    portal.get(&mut anyone, &format!("{page}?utm_source=mail")).await.is(200).shows("Option red");

    portal.at(noon(21)).await;
    portal.get(&mut anyone, &page).await.is(200).hides("Interim totals");
}
