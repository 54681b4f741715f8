//! XLSX and ODS, opened with `calamine`: a reader by other people than the writers.

use crate::{cells, sample};
use calamine::{Data, Ods, Range, Reader, Xlsx};
use exports::Format;
use ports::{
    look::locale_of,
    views::results::{Facet, Note, Percent, Rate, Results, words},
};
use questionnaire::{Breakdown, Language};
use std::{
    collections::BTreeSet,
    io::{Cursor, Read as _},
};
use zip::{CompressionMethod, DateTime, ZipArchive};

/// The sheets of a workbook, in their order.
fn sheets(format: Format, file: Vec<u8>) -> Vec<(String, Range<Data>)> {
    fn all<R: Reader<Cursor<Vec<u8>>>>(file: Vec<u8>) -> Vec<(String, Range<Data>)> {
        let Ok(mut book) = R::new(Cursor::new(file)) else { panic!("no workbook") };
        let names = book.sheet_names();
        let range = |name: &String| book.worksheet_range(name).unwrap_or_else(|_| panic!("{name}"));
        let ranges: Vec<_> = names.iter().map(range).collect();
        names.into_iter().zip(ranges).collect()
    }
    match format {
        Format::Xlsx => all::<Xlsx<_>>(file),
        Format::Ods => all::<Ods<_>>(file),
        _ => unreachable!("no workbook"),
    }
}

fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) => text.clone(),
        other => panic!("{other:?} is not a text"),
    }
}

fn number(cell: &Data) -> f64 {
    match cell {
        Data::Float(number) => *number,
        other => panic!("{other:?} is not a number"),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "people")]
fn people(cell: &Data) -> u64 {
    let number = number(cell);
    assert!(number >= 0.0 && number.fract() == 0.0, "{number} people");
    number as u64
}

fn percent(cell: &Data, language: Language) -> String {
    let words = |percent| words::percent(locale_of(language), percent);
    match cell {
        Data::Empty => String::new(),
        Data::Float(share) => format!("{:.0}", share * 100.0),
        Data::String(text) => {
            let ends = (0..=100).flat_map(|number| {
                let most = (Percent::AtMost(number), format!("<={number}"));
                [most, (Percent::AtLeast(number), format!(">={number}"))]
            });
            let mut said = ends.filter(|(bound, _)| *text == words(*bound));
            said.next().unwrap_or_else(|| panic!("{text} is not a share")).1
        }
        other => panic!("{other:?} is not a share"),
    }
}

/// All figures of a workbook whose breakdowns are known.
fn figures(
    sheets: &[(String, Range<Data>)],
    results: &Results,
    language: Language,
) -> Vec<cells::Figures> {
    let locale = locale_of(language);
    let breakdown = |name: &str| {
        results.planned.iter().copied().find(|by| words::breakdown(locale, *by) == name)
    };
    let code = |by: Option<Breakdown>| by.map_or("", Breakdown::code).to_owned();
    let last = sheets.len() - 1;
    let mut found = Vec::new();
    for (place, (name, sheet)) in sheets.iter().enumerate().skip(1) {
        for line in sheet.rows().skip(1) {
            if place == last {
                let categories = [1, 3, 5].map(|at| text(&line[at]));
                let base = people(&line[7]);
                found.push(cells::Figures {
                    question: String::new(),
                    by: code(breakdown(&text(&line[0]))),
                    categories: categories.into_iter().filter(|code| !code.is_empty()).collect(),
                    option: String::new(),
                    count: Some(base),
                    percent: String::new(),
                    base,
                });
                continue;
            }
            let by = breakdown(name);
            let facets = by.map_or(0, |by| Facet::of(by).len());
            let option = 2 + 2 * facets;
            found.push(cells::Figures {
                question: text(&line[0]),
                by: code(by),
                categories: (0..facets).map(|facet| text(&line[2 + 2 * facet])).collect(),
                option: text(&line[option]),
                count: (line[option + 2] != Data::Empty).then(|| people(&line[option + 2])),
                percent: percent(&line[option + 3], language),
                base: people(&line[option + 4]),
            });
        }
    }
    found
}

#[test]
fn workbooks_have_the_figures_and_no_others() {
    for format in [Format::Xlsx, Format::Ods] {
        for language in Language::ALL {
            let results = sample::results(language);
            let sheets = sheets(format, format.write(&results, language).unwrap());
            let found = figures(&sheets, &results, language);
            let set: BTreeSet<_> = found.iter().cloned().collect();
            assert_eq!(set, cells::of(&results), "{format:?} {language}");
            assert_eq!(set.len(), found.len(), "no line stands twice");
        }
    }
}

#[test]
fn the_cover_says_what_it_is() {
    for format in [Format::Xlsx, Format::Ods] {
        for language in Language::ALL {
            let results = sample::results(language);
            let sheets = sheets(format, format.write(&results, language).unwrap());
            let cover: Vec<String> = sheets[0].1.cells().map(|(_, _, cell)| text(cell)).collect();
            for fact in
                [&results.title, &results.department_name, &results.purpose, &results.digest]
            {
                assert!(cover.contains(fact), "{format:?} {language}: {fact} in {cover:?}");
            }
            let parameters = words::parameters(locale_of(language), &results.method);
            assert!(cover.contains(&parameters));
            // A workbook in Russian has Russian sheets.
            let everybody = match language {
                Language::En => "Everybody",
                Language::Ru => "Все ответившие",
            };
            assert_eq!(sheets[1].0, everybody);
            assert!(
                sheets[1].1.rows().any(|line| text(&line[3]).starts_with("=1+1")),
                "a text, no formula"
            );
        }
    }
}

#[test]
fn the_cover_says_whom_the_answers_represent_where_that_is_known() {
    let note = "Residents are people of all ages";
    for format in [Format::Xlsx, Format::Ods] {
        let mut results = sample::results(Language::En);
        let cover = |results: &Results| {
            let (_, sheet) = &sheets(format, format.write(results, Language::En).unwrap())[0];
            sheet.rows().map(|line| [text(&line[0]), text(&line[1])]).collect::<Vec<_>>()
        };
        results.residents = None;
        results.turnout.clear();
        assert!(!cover(&results).iter().flatten().any(|words| words.contains("esidents")));
        let (_, participation) =
            sheets(format, format.write(&results, Language::En).unwrap()).pop().unwrap();
        assert_eq!(participation.width(), 9, "no columns for what is not known");
        results.residents = Some((212_400, Rate::of(1250, 212_400).unwrap()));
        let known = cover(&results);
        for (name, words) in [
            ("Residents of the regions asked", "212,400"),
            ("Responses per 1,000 residents", "5.9"),
        ] {
            assert!(known.contains(&[name.to_owned(), words.to_owned()]), "{format:?}: {known:?}");
        }
        assert!(known.iter().any(|[_, words]| words.starts_with(note)), "{format:?}: {known:?}");
        // Without a figure of the poll there is none beside it.
        results.responses = None;
        assert!(!cover(&results).iter().flatten().any(|words| words.contains("esidents")));
    }
}

#[test]
fn the_cover_says_whom_the_poll_asked_and_what_stood_beside_its_questions() {
    for format in [Format::Xlsx, Format::Ods] {
        let mut results = sample::results(Language::En);
        let asked = &mut results.questions[0];
        asked.hint = Some("Choose up to two".to_owned());
        asked.required = false;
        asked.note = Note::Several { most: 2 };
        let sheets = sheets(format, format.write(&results, Language::En).unwrap());
        let lines = sheets[0].1.rows().map(|line| [text(&line[0]), text(&line[1])]);
        let cover: Vec<[String; 2]> = lines.collect();
        let asked = cover.iter().find(|[name, _]| name == "Whom it asked");
        let [_, asked] = asked.unwrap();
        assert!(asked.starts_with("Region: The North & <Isles>. People aged 18"), "{asked}");
        let from = cover.iter().position(|[name, _]| *name == results.questions[0].title).unwrap();
        let [[_, hint], [_, optional], [none, several]] = &cover[from..from + 3] else {
            panic!("{format:?}: {cover:?}");
        };
        assert_eq!(
            [&**hint, &**optional],
            ["Choose up to two", "This question could be left out."]
        );
        assert!(none.is_empty() && several.starts_with("People could choose several options"));
        // Of a question of which nothing is to be said, the cover has no line.
        assert!(!cover.iter().any(|[name, _]| *name == results.questions[4].title));
        // A line of a sheet may be read without the cover.
        let labels = sheets[1].1.rows().filter(|line| text(&line[0]) == "content");
        let labels: Vec<String> = labels.map(|line| text(&line[3])).collect();
        assert_eq!(labels, ["\u{2212}1 – not at all", "0", "1 – fully"]);
    }
}

#[test]
fn where_nothing_is_published_there_is_the_cover_only() {
    for format in [Format::Xlsx, Format::Ods] {
        let results = sample::nothing(Language::En);
        let sheets = sheets(format, format.write(&results, Language::En).unwrap());
        assert_eq!(sheets.len(), 1);
        assert!(
            sheets[0].1.cells().any(|(_, _, cell)| text(cell).contains("Fewer than 10 people"))
        );
        // Nor does it say that something is.
        let names: Vec<String> = sheets[0].1.rows().map(|line| text(&line[0])).collect();
        assert!(names.contains(&"Results withheld".to_owned()), "{format:?}: {names:?}");
        assert!(!names.contains(&"Published".to_owned()), "{format:?}: {names:?}");
    }
}

#[test]
fn the_cover_says_what_is_not_published_and_where_the_rest_is() {
    for format in [Format::Xlsx, Format::Ods] {
        let mut results = sample::results(Language::En);
        let bare = &mut results.questions[0].breakdowns[0];
        (bare.complete, bare.rows) = (false, vec![]);
        let sheets = sheets(format, format.write(&results, Language::En).unwrap());
        let lines = sheets[0].1.rows().map(|line| [text(&line[0]), text(&line[1])]);
        let cover: Vec<[String; 2]> = lines.collect();
        // The name of a question stands before the first line about it.
        let under = |name: &str| {
            let from = cover.iter().position(|[of, _]| of == name).unwrap();
            let further = cover[from + 1..].iter().take_while(|[of, _]| of.is_empty()).count();
            cover[from..=from + further].iter().map(|[_, words]| words.as_str()).collect::<Vec<_>>()
        };
        let says = |name: &str, beginning: &str| {
            let found = under(name);
            assert!(
                found.iter().any(|words| words.starts_with(beginning)),
                "{format:?}: {found:?}"
            );
        };
        says("Something rare?", "Fewer than 10 people answered this question.");
        says("How content are you?", "Fewer than 50 people answered this question, so");
        says("How often do you go?", "By region. No row can be shown");
        says("How often do you go?", "By region and age. Some rows are not shown");
        says("Participation", "By region and age. Some rows are not shown");
        assert_eq!(under("Page of results"), [results.address.as_str()]);
    }
}

#[test]
fn the_cover_gives_each_reason_once_for_a_question() {
    for format in [Format::Xlsx, Format::Ods] {
        let mut results = sample::results(Language::En);
        let lacking = |results: &Results| {
            let (_, cover) = &sheets(format, format.write(results, Language::En).unwrap())[0];
            let words = cover.rows().map(|line| text(&line[1]));
            let lacking = words.filter(|words| {
                words.contains("No row can be shown") || words.contains("Some rows are not shown")
            });
            lacking.collect::<Vec<_>>()
        };
        // The other one is about who took part.
        for table in &mut results.questions[0].breakdowns {
            table.complete = false;
        }
        let some = lacking(&results);
        assert_eq!(some.len(), 2, "{format:?}: {some:?}");
        assert!(some[0].starts_with("By region; By region and age. Some rows"), "{some:?}");
        for table in &mut results.questions[0].breakdowns {
            table.rows.clear();
        }
        let none = lacking(&results);
        assert_eq!(none.len(), 2, "{format:?}: {none:?}");
        assert!(none[0].starts_with("By region; By region and age. No row"), "{none:?}");
    }
}

#[test]
fn rates_have_their_decimal_also_where_it_is_nought() {
    let results = sample::results(Language::En);
    let file = Format::Xlsx.write(&results, Language::En).unwrap();
    let styles = part(&file, "xl/styles.xml");
    assert!(styles.contains("formatCode=\"0.0\""), "{styles}");
    let file = Format::Ods.write(&results, Language::En).unwrap();
    let styles = part(&file, "content.xml") + &part(&file, "styles.xml");
    assert!(styles.contains("number:decimal-places=\"1\""), "{styles}");
}

#[test]
fn whom_the_answers_represent_stands_beside_who_took_part() {
    for format in [Format::Xlsx, Format::Ods] {
        let results = sample::results(Language::En);
        let (_, sheet) =
            sheets(format, format.write(&results, Language::En).unwrap()).pop().unwrap();
        let head: Vec<String> = sheet.rows().next().unwrap().iter().map(text).collect();
        assert_eq!(head[9..], ["Residents", "Responses per 1,000 residents"]);
        let lines: Vec<_> = sheet.rows().skip(1).collect();
        for (line, residents, rate) in [(0, 384_100, 3.3), (1, 212_400, 3.5)] {
            assert_eq!(people(&lines[line][9]), residents);
            assert!((number(&lines[line][10]) - rate).abs() < 1e-9, "{:?}", lines[line]);
        }
        assert!(lines[2..].iter().all(|line| line[9..].iter().all(|cell| *cell == Data::Empty)));
    }
}

/// A file inside of a workbook.
fn part(file: &[u8], name: &str) -> String {
    let mut words = String::new();
    let mut archive = ZipArchive::new(Cursor::new(file)).unwrap();
    archive.by_name(name).unwrap().read_to_string(&mut words).unwrap();
    words
}

#[test]
fn words_wrap_in_their_cells() {
    let results = sample::results(Language::En);
    let file = Format::Xlsx.write(&results, Language::En).unwrap();
    let (sheet, styles) = (part(&file, "xl/worksheets/sheet2.xml"), part(&file, "xl/styles.xml"));
    let (_, cell) = sheet.split_once("<c r=\"B2\" s=\"").unwrap();
    let style: usize = cell.split('"').next().unwrap().parse().unwrap();
    let (_, formats) = styles.split_once("<cellXfs").unwrap();
    let format = formats.split("<xf ").nth(style + 1).unwrap();
    assert!(format.contains("wrapText=\"1\"") && format.contains("vertical=\"top\""), "{format}");

    let file = Format::Ods.write(&results, Language::En).unwrap();
    let content = part(&file, "content.xml");
    let figures = content.split("<table:table ").nth(2).unwrap();
    let question = figures.split("<table:table-cell").find(|cell| cell.contains(">How often"));
    assert!(question.unwrap().contains("table:style-name=\"text\""), "{question:?}");
    let styles = content + &part(&file, "styles.xml");
    let mut styles = styles.split("<style:style ");
    let style = styles.find(|style| style.contains("style:name=\"text\"")).unwrap();
    assert!(style.contains("fo:wrap-option=\"wrap\""), "{style}");
}

#[test]
fn an_archive_tells_the_day_of_publication_and_not_when_it_was_fetched() {
    let file = Format::Ods.write(&sample::results(Language::En), Language::En).unwrap();
    let mut archive = ZipArchive::new(Cursor::new(file)).unwrap();
    let day = DateTime::from_date_and_time(2026, 11, 3, 0, 0, 0).unwrap();
    assert!(archive.len() > 5);
    for part in 0..archive.len() {
        let part = archive.by_index_raw(part).unwrap();
        assert_eq!(part.last_modified(), Some(day), "{}", part.name());
    }
    let first = archive.by_index_raw(0).unwrap();
    assert_eq!((first.name(), first.compression()), ("mimetype", CompressionMethod::Stored));
}
