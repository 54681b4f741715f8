//! Reports and pictures: made for every release, in both languages. What the report says is read
//! by another program in the journeys (`e2e/test/exports.test.mjs`).

use crate::sample;
use charts::{Body, published};
use exports::{
    Format, chart,
    picture::{self, Picture},
};
use ports::{look::locale_of, views::results::Results};
use questionnaire::{Breakdown, Language};
use resvg::tiny_skia::Pixmap;

#[test]
fn a_report_is_made_whatever_the_words_are() {
    for language in Language::ALL {
        let mut results = sample::results(language);
        // No letter of ours, no room, no end: still a report, and still PDF/UA.
        results.title = "\u{1f600} 漢字 \u{202e}abc\u{ffff}".to_owned();
        results.questions[0].title = "w".repeat(500);
        results.questions[0].code = "\u{301}".to_owned();
        if let Some(all) = &mut results.questions[0].headline {
            all.figures[0].label = "a\u{ffff}b".to_owned();
        }
        results.purpose = "line\n\n\tline ".repeat(400);
        for results in [results, sample::nothing(language), sample::results(language)] {
            let file = Format::Pdf.write(&results, language).unwrap();
            assert!(file.starts_with(b"%PDF-1.7"));
            let text = String::from_utf8_lossy(&file);
            assert!(text.contains("/StructTreeRoot"), "tagged");
            assert!(text.contains("pdfuaid"), "PDF/UA");
            assert_eq!(file, Format::Pdf.write(&results, language).unwrap(), "always the same");
        }
    }
}

#[test]
fn a_report_says_which_of_its_words_are_in_another_language() {
    let language = Language::En;
    let marked = |results: &Results| {
        let file = Format::Pdf.write(results, language).unwrap();
        String::from_utf8_lossy(&file).matches("/Lang(ru)").count()
    };
    let mut results = sample::results(language);
    assert_eq!(marked(&results), 0);
    results.outcome_language = Some(Language::Ru);
    assert_eq!(marked(&results), 1, "a part of the portal's page");
    results.language = Some(Language::Ru);
    assert_eq!(marked(&results), 3, "title and purpose");
    // The options of a choice: one under another, and beside each other in each breakdown.
    results.questions[0].language = Some(Language::Ru);
    let options = 3 * (1 + results.questions[0].breakdowns.len());
    assert_eq!(marked(&results), 3 + 1 + options);
    // The ends of a scale stand in its table with the department's words.
    let before = marked(&results);
    results.questions[1].language = Some(Language::Ru);
    let steps = 3 * (1 + results.questions[1].breakdowns.len());
    assert_eq!(marked(&results), before + 1 + steps);
    results.questions[1].hint = Some("Подумайте".to_owned());
    assert_eq!(marked(&results), before + 1 + steps + 1);
}

#[test]
fn a_report_names_a_breakdown_of_which_nothing_can_be_shown() {
    let language = Language::En;
    // Paragraphs: a caption is one, and so is a note.
    let paragraphs = |results: &Results| {
        let file = Format::Pdf.write(results, language).unwrap();
        String::from_utf8_lossy(&file).matches("/S/P/P ").count()
    };
    let mut without = sample::results(language);
    without.questions[0].breakdowns.clear();
    without.participation.clear();
    assert!(paragraphs(&without) > 10);
    let mut withheld = sample::results(language);
    withheld.questions[0].breakdowns.iter_mut().for_each(|table| {
        (table.complete, table.rows) = (false, vec![]);
    });
    withheld.participation.clear();
    let breakdowns = withheld.questions[0].breakdowns.len();
    assert_eq!(paragraphs(&withheld), paragraphs(&without) + 2 * breakdowns, "name and reason");
}

#[test]
fn a_report_has_the_charts_of_the_page() {
    for language in Language::ALL {
        let results = sample::results(language);
        let locale = locale_of(language);
        let drawn = results.questions.iter().flat_map(|question| {
            let by = question.breakdowns.iter().map(|table| table.by);
            by.map(|by| published::breakdown(locale, question, by))
                .chain([published::headline(locale, question)])
        });
        let drawn: Vec<_> = drawn.flatten().map(|chart| chart.body).collect();
        let has = |kind: fn(&Body) -> bool| assert!(drawn.iter().any(kind), "{drawn:?}");
        has(|body| matches!(body, Body::Bars(_)));
        has(|body| matches!(body, Body::Groups(_)));
        has(|body| matches!(body, Body::Stacks(_)));
        let file = Format::Pdf.write(&results, language).unwrap();
        let text = String::from_utf8_lossy(&file);
        assert_eq!(text.matches("/S/Figure").count(), drawn.len());
    }
}

#[test]
fn pictures_show_what_is_published_only() {
    for language in Language::ALL {
        let results = sample::results(language);
        let chart = |code, by| chart::svg(&results, code, by, language, Picture::Svg);
        assert!(chart("visits", None).unwrap().contains("<title"));
        let address = results.address.strip_prefix("https://").unwrap();
        assert!(chart("visits", None).unwrap().contains(address), "where it is from");
        assert!(chart("visits", Some(Breakdown::Region)).is_some());
        assert!(chart("visits", Some(Breakdown::Gender)).is_none(), "not planned");
        assert!(chart("wish", None).is_none(), "written answers");
        assert!(chart("rare", None).is_none(), "withheld");
        assert!(chart("nothing", None).is_none());
    }
}

#[test]
fn a_picture_says_which_rows_it_lacks_and_whether_a_question_could_be_left_out() {
    let mut results = sample::results(Language::En);
    let (missing, optional) = ("Some rows are not shown", "This question could be left out.");
    for required in [true, false] {
        results.questions[0].required = required;
        for (by, lacks) in [
            (None, false),
            (Some(Breakdown::Region), false),
            (Some(Breakdown::RegionByAgeBand), true),
        ] {
            let svg = chart::svg(&results, "visits", by, Language::En, Picture::Svg).unwrap();
            assert_eq!(svg.contains(missing), lacks, "{by:?}");
            assert_eq!(svg.contains(optional), !required, "{by:?}");
        }
    }
}

#[test]
fn a_png_is_the_svg_with_its_words() {
    let results = sample::results(Language::Ru);
    let svg = chart::svg(&results, "visits", None, Language::Ru, Picture::Png).unwrap();
    let inked = |svg: &str| {
        let picture = Pixmap::decode_png(&picture::png(svg).unwrap()).unwrap();
        assert!(picture.width() >= 1000, "sharp");
        picture.pixels().iter().filter(|dot| dot.red() < 128 && dot.alpha() > 128).count()
    };
    let mute: String = svg
        .split('<')
        .filter(|part| {
            !part.starts_with("text")
                && !part.starts_with("/text")
                && !part.starts_with("tspan")
                && !part.starts_with("/tspan")
        })
        .collect::<Vec<_>>()
        .join("<");
    assert!(inked(&svg) > inked(&mute) + 1000, "the letters are drawn, Cyrillic ones, too");
    assert!(picture::png("no picture").is_err());
}

#[test]
fn a_sign_that_the_type_lacks_is_no_box() {
    let drawn = |words: &str| {
        let svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="720" height="90"><text x="9" y="40">{words}</text></svg>"#
        );
        picture::png(&svg).unwrap()
    };
    assert_eq!(drawn("a\u{1f600}"), drawn("a[U+1F600]"));
    assert_ne!(drawn("aЖ"), drawn("a[U+0416]"));
    // What shows nothing is no sign that is lacking.
    for unseen in ["\u{200b}", "\u{200d}", "\u{2060}", "\u{feff}", "\u{ad}"] {
        assert_eq!(drawn(&format!("a{unseen}b")), drawn("ab"), "{unseen:?}");
    }
}

#[test]
fn options_that_differ_in_signs_that_the_type_lacks_are_told_apart() {
    let mut results = sample::results(Language::En);
    let note = "lacks some signs";
    let drawn =
        |results: &Results, kind| chart::svg(results, "visits", None, Language::En, kind).unwrap();
    assert!(!drawn(&results, Picture::Png).contains(note));
    let all = results.questions[0].headline.as_mut().unwrap();
    for (figure, sign) in all.figures.iter_mut().zip(["☂", "☀"]) {
        figure.label = format!("By bus {sign}");
    }
    // Whoever opens it has other types.
    let svg = drawn(&results, Picture::Svg);
    assert!(svg.contains(">By bus ☂<") && svg.contains(">By bus ☀<"), "{svg}");
    assert!(!svg.contains(note), "{svg}");
    let points = drawn(&results, Picture::Png);
    for words in [">By bus [U+2602]<", ">By bus [U+2600]<", note] {
        assert!(points.contains(words), "{words} in {points}");
    }
}

#[test]
fn an_endless_picture_is_drawn_small() {
    let svg = r#"<svg xmlns="http://www.w3.org/2000/svg" width="720" height="90000"><rect width="9" height="9"/></svg>"#;
    let picture = Pixmap::decode_png(&picture::png(svg).unwrap()).unwrap();
    assert!(picture.width() * picture.height() <= 16_100_000);
}
