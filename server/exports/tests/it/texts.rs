//! CSV, and what is said about it.

use crate::{cells, sample};
use exports::Format;
use ports::views::results::{Note, Results};
use questionnaire::Language;
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs};

fn records(file: &[u8]) -> (csv::StringRecord, Vec<csv::StringRecord>) {
    let mut file = csv::Reader::from_reader(file);
    let head = file.headers().unwrap().clone();
    (head, file.records().map(Result::unwrap).collect())
}

#[test]
fn csv_has_the_figures_and_no_others() {
    for language in Language::ALL {
        let results = sample::results(language);
        let file = Format::Csv.write(&results, language).unwrap();
        let (_, records) = records(&file);
        let found: BTreeSet<_> = records
            .iter()
            .map(|line| cells::Figures {
                question: line[0].to_owned(),
                by: line[2].to_owned(),
                categories: [3, 5, 7]
                    .map(|at| line[at].to_owned())
                    .into_iter()
                    .filter(|code| !code.is_empty())
                    .collect(),
                option: line[9].to_owned(),
                count: (!line[11].is_empty()).then(|| line[11].parse().unwrap()),
                percent: line[12].to_owned(),
                base: line[13].parse().unwrap(),
            })
            .collect();
        assert_eq!(found, cells::of(&results));
        assert_eq!(found.len(), records.len(), "no line stands twice");
        assert!(records.iter().any(|line| line[10].starts_with("'=1+1")), "no formula in a cell");
        // A line may be read without what stands beside its question.
        let ends = match language {
            Language::En => ["\u{2212}1 – not at all", "0", "1 – fully"],
            Language::Ru => ["\u{2212}1\u{a0}— совсем нет", "0", "1\u{a0}— полностью"],
        };
        let scale = records.iter().filter(|line| &line[0] == "content");
        assert_eq!(scale.map(|line| &line[10]).collect::<Vec<_>>(), ends);
    }
}

#[test]
fn lines_end_as_the_standard_says() {
    let language = Language::En;
    let file = Format::Csv.write(&sample::results(language), language).unwrap();
    let file = String::from_utf8(file).unwrap();
    assert!(file.starts_with("question,question_text,"));
    assert!(file.contains(",exact,residents,responses_per_1000\r\n,"), "RFC 4180, section 2");
    assert!(file.ends_with("\r\n"));
}

#[test]
fn the_description_fits_the_csv() {
    for language in Language::ALL {
        let results = sample::results(language);
        let csv = Format::Csv.write(&results, language).unwrap();
        let (head, _) = records(&csv);
        let said: Value =
            serde_json::from_slice(&Format::Csvw.write(&results, language).unwrap()).unwrap();
        let columns = said["tableSchema"]["columns"].as_array().unwrap();
        assert_eq!(columns.len(), head.len());
        for (column, name) in columns.iter().zip(&head) {
            assert_eq!(column["name"], name);
            for language in Language::ALL {
                let titles = column["titles"][language.tag()].as_array().unwrap();
                assert_eq!(titles[0], name, "a reader looks for the name in the head");
                assert!(titles[1].as_str().is_some_and(|title| !title.is_empty()));
            }
        }
        assert_ne!(columns[1]["titles"]["en"][1], columns[1]["titles"]["ru"][1]);
        assert_eq!(said["dc:identifier"], results.digest);
        assert!(said["dc:description"].as_str().unwrap().contains("D = 5"));
    }
}

#[test]
fn whom_the_poll_asked_and_what_stood_beside_its_questions_is_said_to_programs() {
    let mut results = sample::results(Language::En);
    let asked = &mut results.questions[0];
    asked.hint = Some("Выберите до двух".to_owned());
    asked.language = Some(Language::Ru);
    asked.required = false;
    asked.note = Note::Several { most: 2 };
    let read = |format: Format| -> Value {
        serde_json::from_slice(&format.write(&results, Language::En).unwrap()).unwrap()
    };
    let (optional, several) = ("This question could be left out.", "People could choose several");

    let csvw = read(Format::Csvw);
    let description = csvw["dc:description"].as_str().unwrap();
    assert!(description.contains("Whom it asked: Region: The North & <Isles>. People aged 18"));
    let notes = csvw["notes"].as_array().unwrap();
    let of = |code: &str| {
        let note = notes.iter().find(|note| note["dc:identifier"] == code);
        note.map(|note| note["dc:description"].as_array().unwrap().clone())
    };
    let visits = of("visits").unwrap();
    assert_eq!(visits[0], json!({ "@value": "Выберите до двух", "@language": "ru" }));
    assert_eq!(visits[1], optional);
    assert!(visits[2].as_str().unwrap().starts_with(several), "{visits:?}");
    assert!(of("content").unwrap()[0].as_str().unwrap().contains("“not at all”"));
    assert_eq!(of("cold"), None, "there is nothing to say");

    let json_stat = read(Format::JsonStat);
    let whole = json_stat["note"].as_array().unwrap().iter().filter_map(Value::as_str);
    let asked = "Whom it asked: Region: The North & <Isles>. ";
    assert!(whole.clone().any(|note| note.starts_with(asked)), "{:?}", whole.collect::<Vec<_>>());
    let sets = json_stat["link"]["item"].as_array().unwrap();
    let is_visits = |set: &&Value| set["dimension"]["question"]["category"]["index"][0] == "visits";
    for set in sets.iter().filter(is_visits) {
        let note = set["note"].as_array().unwrap();
        assert_eq!((&note[0], &note[1]), (&json!("Выберите до двух"), &json!(optional)));
        assert!(note[2].as_str().unwrap().starts_with(several), "{note:?}");
    }
    assert!(sets.iter().any(|set| is_visits(&set)));
}

/// The notes of a description of the CSV with this property.
fn notes_of<'a>(csvw: &'a Value, property: &str, value: &str) -> Vec<&'a str> {
    let notes = csvw["notes"].as_array().unwrap().iter();
    let of = notes.filter(|note| note[property] == value).map(|note| &note["dc:description"]);
    let words =
        of.flat_map(|said| said.as_array().map_or_else(|| vec![said], |all| all.iter().collect()));
    words.filter_map(Value::as_str).collect()
}

/// Whether one of the texts begins so.
fn begins(texts: &[&str], beginning: &str) -> bool {
    texts.iter().any(|text| text.starts_with(beginning))
}

#[test]
fn what_is_not_published_is_said_with_the_reason() {
    let mut results = sample::results(Language::En);
    let bare = &mut results.questions[0].breakdowns[0];
    (bare.complete, bare.rows) = (false, vec![]);
    let read = |format: Format| -> Value {
        serde_json::from_slice(&format.write(&results, Language::En).unwrap()).unwrap()
    };
    let none = "By region. No row can be shown";
    let some = "By region and age. Some rows are not shown";
    let rare = "Fewer than 10 people answered this question.";
    let few = "Fewer than 50 people answered this question, so its answers are not broken down.";

    let csvw = read(Format::Csvw);
    let of = |code: &str| notes_of(&csvw, "dc:identifier", code);
    assert!(begins(&of("rare"), rare), "{:?}", of("rare"));
    assert!(of("content").contains(&few), "{:?}", of("content"));
    assert!(begins(&of("visits"), none) && begins(&of("visits"), some), "{:?}", of("visits"));
    let participation = notes_of(&csvw, "dc:title", "Participation");
    assert!(begins(&participation, some) && participation.len() == 1, "{participation:?}");

    let json_stat = read(Format::JsonStat);
    let notes = |of: &Value| -> Vec<String> {
        let notes = of["note"].as_array().into_iter().flatten();
        notes.map(|note| note.as_str().unwrap().to_owned()).collect()
    };
    let whole = notes(&json_stat);
    let rare = format!("Something rare?: {rare}");
    assert!(whole.iter().any(|note| note.starts_with(&rare)), "{whole:?}");
    let sets = json_stat["link"]["item"].as_array().unwrap();
    let of_everybody = |code: &str| {
        let set = sets.iter().find(|set| {
            set["extension"]["breakdown"].is_null()
                && set["dimension"]["question"]["category"]["index"][0] == code
        });
        notes(set.unwrap())
    };
    assert!(of_everybody("content").contains(&few.to_owned()));
    let visits = of_everybody("visits");
    assert!(visits.iter().any(|note| note.starts_with(none)), "{visits:?}");
    // That rows are missing says the table that lacks them.
    assert!(!visits.iter().any(|note| note.starts_with(some)), "{visits:?}");
}

#[test]
fn whom_the_answers_represent_is_said_to_programs() {
    let (language, results) = (Language::En, sample::results(Language::En));
    let (head, records) = records(&Format::Csv.write(&results, language).unwrap());
    let at = |name: &str| head.iter().position(|column| column == name).unwrap();
    let known: Vec<_> = records
        .iter()
        .filter(|line| !line[at("residents")].is_empty())
        .map(|line| {
            [
                &line[at("breakdown")],
                &line[at("region")],
                &line[at("residents")],
                &line[at("responses_per_1000")],
            ]
        })
        .collect();
    assert_eq!(known, [["", "", "384100", "3.3"], ["region", "north", "212400", "3.5"]]);

    let read = |format: Format| -> Value {
        serde_json::from_slice(&format.write(&results, language).unwrap()).unwrap()
    };
    let csvw = read(Format::Csvw);
    let columns = csvw["tableSchema"]["columns"].as_array().unwrap();
    let column = |name: &str| columns.iter().find(|column| column["name"] == name).unwrap();
    assert_eq!(column("residents")["datatype"]["base"], "nonNegativeInteger");
    assert!(column("responses_per_1000")["dc:description"].as_str().unwrap().contains("<0.1"));
    assert_eq!(notes_of(&csvw, "dc:title", "Residents of the regions asked"), ["384,100"]);

    let json_stat = read(Format::JsonStat);
    let notes = json_stat["note"].as_array().unwrap();
    assert!(notes.contains(&json!("Residents of the regions asked: 384,100")), "{notes:?}");
    let sets = json_stat["link"]["item"].as_array().unwrap();
    let metrics = |set: &Value| set["dimension"]["metric"]["category"]["index"].clone();
    let of = |breakdown: Value| {
        let of = |set: &&Value| {
            set["extension"]["breakdown"] == breakdown && set["dimension"]["question"].is_null()
        };
        sets.iter().find(of).unwrap()
    };
    for (set, people, residents) in
        [(of(Value::Null), 1250, 384_100), (of(json!("region")), 733, 212_400)]
    {
        assert_eq!(metrics(set), json!(["count", "residents"]));
        assert_eq!((&set["value"]["0"], &set["value"]["1"]), (&json!(people), &json!(residents)));
    }
    assert_eq!(metrics(of(json!("region_by_age_band"))), json!(["count"]));
}

#[test]
fn programs_are_told_of_which_poll_it_is_and_where_its_page_is() {
    let mut results = sample::results(Language::En);
    results.outcome_language = Some(Language::Ru);
    let read = |format: Format| -> Value {
        serde_json::from_slice(&format.write(&results, Language::En).unwrap()).unwrap()
    };
    let csvw = read(Format::Csvw);
    // Without a type it would be words in the description's language.
    let temporal = json!({ "@value": "2026-10-01/2026-10-31", "@type": "xsd:string" });
    assert_eq!(csvw["dc:temporal"], temporal);
    assert_eq!(csvw["dc:source"]["@id"], results.address);
    assert_eq!(csvw["dc:isPartOf"]["@id"], format!("urn:uuid:{}", results.poll));
    assert_eq!(notes_of(&csvw, "dc:title", "What it was for"), [results.purpose.as_str()]);
    let notes = csvw["notes"].as_array().unwrap();
    let outcome = notes.iter().find(|note| note["dc:title"] == "What was decided").unwrap();
    assert_eq!(outcome["dc:description"], json!({ "@value": results.outcome, "@language": "ru" }),);

    let json_stat = read(Format::JsonStat);
    assert_eq!(
        json_stat["link"]["alternate"],
        json!([{ "type": "text/html", "href": results.address }]),
    );
    let known = &json_stat["extension"];
    assert_eq!((&known["opened"], &known["closed"]), (&json!("2026-10-01"), &json!("2026-10-31")));
    let notes = json_stat["note"].as_array().unwrap();
    let outcome = results.outcome.clone().unwrap();
    for fact in [
        format!("What it was for: {}", results.purpose),
        "Open: 1 October 2026 to 31 October 2026".to_owned(),
        format!("What was decided: {outcome}"),
    ] {
        assert!(notes.contains(&json!(fact)), "{fact} in {notes:?}");
    }
}

/// Whoever has a file is told that there is another one if this mark is another.
#[test]
fn the_mark_of_the_sentences_is_of_each_of_them() {
    let mut mark = 0xcbf2_9ce4_8422_2325_u64;
    for language in Language::ALL {
        let folder = format!("{}/../../app/locales/{language}", env!("CARGO_MANIFEST_DIR"));
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        for file in files.collect::<BTreeSet<_>>() {
            for byte in fs::read(file).unwrap() {
                mark = (mark ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
    }
    assert_eq!(locales::SENTENCES, format!("{mark:016x}"));
}

#[test]
fn words_are_not_called_by_a_language_that_they_are_not_in() {
    let said = |format: Format, of: Option<Language>| -> Value {
        let results = Results { language: of, ..sample::results(Language::En) };
        serde_json::from_slice(&format.write(&results, Language::En).unwrap()).unwrap()
    };
    let language = |said: &Value, name: &str| {
        let columns = said["tableSchema"]["columns"].as_array().unwrap();
        let column = columns.iter().find(|column| column["name"] == name).unwrap();
        column["lang"].clone()
    };
    let own = said(Format::Csvw, None);
    for name in ["question_text", "option_label", "region_label"] {
        assert_eq!(language(&own, name), "en");
    }
    assert_eq!(own["dc:title"], "Parks & playgrounds");
    assert_eq!(own["dc:language"], "en");
    let foreign = said(Format::Csvw, Some(Language::Ru));
    for name in ["question_text", "option_label"] {
        assert_eq!(language(&foreign, name), Value::Null, "{name} has words of both");
    }
    assert_eq!(language(&foreign, "region_label"), "en", "the portal's");
    assert_eq!(foreign["dc:title"]["@language"], "ru");
    assert_eq!(foreign["dc:title"]["@value"], own["dc:title"]);
    assert_eq!(foreign["dc:language"], json!(["en", "ru"]));

    let own = said(Format::JsonStat, None);
    assert!(own["extension"].get("poll_language").is_none());
    let foreign = said(Format::JsonStat, Some(Language::Ru));
    assert_eq!(foreign["extension"]["language"], "en");
    assert_eq!(foreign["extension"]["poll_language"], "ru");
}

#[test]
fn where_nothing_is_published_there_is_no_figure() {
    let language = Language::En;
    let results = sample::nothing(language);
    let (_, records) = records(&Format::Csv.write(&results, language).unwrap());
    assert!(records.is_empty());
}

#[test]
fn json_stat_has_the_figures_and_no_others() {
    for language in Language::ALL {
        let results = sample::results(language);
        let file: Value =
            serde_json::from_slice(&Format::JsonStat.write(&results, language).unwrap()).unwrap();
        assert_eq!((&file["class"], &file["version"]), (&"collection".into(), &"2.0".into()));
        let mut found = BTreeSet::new();
        for set in file["link"]["item"].as_array().unwrap() {
            let ids: Vec<&str> =
                set["id"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
            let codes = |id: &str| set["dimension"][id]["category"]["index"].as_array().unwrap();
            let metrics = codes("metric").len();
            let places: usize = ids.iter().map(|id| codes(id).len()).product();
            let values = set["value"].as_object().unwrap();
            assert!(values.keys().all(|place| place.parse::<usize>().unwrap() < places));
            for first in (0..places).step_by(metrics) {
                // The metrics stand beside each other: count, percent, base.
                let value = |metric: usize| set["value"][(first + metric).to_string()].as_u64();
                let said = |metric: usize| set["status"][(first + metric).to_string()].as_str();
                let count = match (value(0), said(0)) {
                    // A row that is withheld has no place, like one that is not there.
                    (None, None) => continue,
                    (count, None) => count,
                    (None, Some("not_published")) => None,
                    other => panic!("{other:?}"),
                };
                let mut rest = first;
                let mut at = |id: &str| {
                    let here = rest % codes(id).len();
                    rest /= codes(id).len();
                    codes(id)[here].as_str().unwrap().to_owned()
                };
                let mut place: Vec<(&str, String)> =
                    ids.iter().rev().map(|id| (*id, at(id))).collect();
                place.reverse();
                let code = |wanted: &str| {
                    let found = place.iter().find(|(id, _)| *id == wanted);
                    found.map(|(_, code)| code.clone()).unwrap_or_default()
                };
                let status = said(1).filter(|_| metrics == 3);
                // Of people only there is one metric, and what stands beside it is another place.
                let value = |metric: usize| value(metric).filter(|_| metrics == 3);
                let percent = value(1).map(|percent| percent.to_string());
                found.insert(cells::Figures {
                    question: code("question"),
                    by: set["extension"]["breakdown"].as_str().unwrap_or_default().to_owned(),
                    categories: place
                        .iter()
                        .filter(|(id, _)| ["region", "age_band", "gender"].contains(id))
                        .map(|(_, code)| code.clone())
                        .collect(),
                    option: code("option"),
                    count,
                    percent: percent.or(status.map(str::to_owned)).unwrap_or_default(),
                    base: value(2).or(count).unwrap(),
                });
            }
        }
        assert_eq!(found, cells::of(&results));
    }
}
