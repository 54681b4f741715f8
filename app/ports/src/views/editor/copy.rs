//! A copy of a poll's questionnaire as a file: what it asks, whom and for what, and which tables
//! it will publish. There is no answer in it, nothing about people, and nothing of the poll's
//! life: who makes a draft of it sets the times and says anew whether it asks about a special
//! category.
//!
//! A file may come from anywhere. It is read by the very forms of the editor, so that nothing
//! gets into a draft that could not have been typed there. A question may be without words in one of the languages, as
//! a draft's is that got this language later: before review that is missing. What a file says and nobody understands is
//! refused: its author would otherwise publish a poll that asks others, or otherwise.

use crate::{
    forms::{Fault, FieldFault, FilePart},
    unread::unread,
    views::editor::{
        Settings,
        form::{AudienceForm, read_basics},
        question_form::{OPTIONS, QuestionForm},
        reader::words,
    },
};
use questionnaire::{
    Audience, DefinitionError, Language, Plan, Problem, Question, Questionnaire, Text,
    definition::MAX_QUESTIONS, printable,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// The name of the file's format.
const FORMAT: &str = "veche-questionnaire/1";

/// Most bytes of a file. That of the largest questionnaire
/// ([`MAX_SIZE`](questionnaire::definition::MAX_SIZE)) has fewer, though each of its characters may be written as
/// two and each option takes up lines of its own.
pub const MAX_BYTES: usize = 2 << 20;

/// The names of the file's parts.
const PARTS: [&str; 7] =
    ["format", "languages", "title", "purpose", "questions", "audience", "plan"];

/// Most characters that are repeated of what nobody understands.
const MAX_NAMED: usize = 100;

/// Most faults that are said at once: whoever has more of them mends these first.
const MAX_FAULTS: usize = 20;

/// The field that the file is chosen in.
pub const FIELD: &str = "file";

/// The file, and the poll that is made of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Copy {
    format: String,
    /// The languages that it is written in.
    pub languages: BTreeSet<Language>,
    /// Title.
    pub title: Text,
    /// What the department wants to know it for.
    pub purpose: Text,
    /// Its questions.
    pub questions: Questionnaire,
    /// Whom it asks.
    #[serde(default)]
    pub audience: Audience,
    /// What will be published.
    #[serde(default)]
    pub plan: Plan,
}

/// The first thing to know of a file.
#[derive(Deserialize)]
struct Head {
    format: String,
}

/// Collects what is wrong, each with a place of its own on the page.
#[derive(Default)]
struct Faults(Vec<FieldFault>);

impl Faults {
    fn add(&mut self, part: FilePart, fault: Fault) {
        let fault = Fault::InFile { part, wrong: Box::new(fault) };
        // A question without a word in five places is one thing to mend.
        if self.0.len() < MAX_FAULTS && !self.0.iter().any(|said| said.fault == fault) {
            self.0.push(FieldFault::new(format!("{FIELD}-{}", self.0.len() + 1), fault));
        }
    }
}

/// The whole file is not what was asked for.
fn whole(fault: Fault) -> Vec<FieldFault> {
    vec![FieldFault::new(FIELD, fault)]
}

/// The part of the file that a field of the form of [`read_basics`] stands for.
fn basics_part(field: &str) -> FilePart {
    match field.split('[').next() {
        Some("title") => FilePart::Title,
        Some("purpose") => FilePart::Purpose,
        _ => FilePart::Languages,
    }
}

impl Copy {
    /// The copy of a poll, as people are asked.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let asked = settings.as_asked();
        Self {
            format: FORMAT.to_owned(),
            languages: asked.languages,
            title: asked.title,
            purpose: asked.purpose,
            questions: asked.questionnaire,
            audience: asked.audience,
            plan: asked.plan,
        }
    }

    /// The file's bytes.
    ///
    /// # Panics
    /// Never: every key of the file is a text.
    #[must_use]
    pub fn to_file(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).expect("every key of the file is a text")
    }

    /// Reads a file as the editor reads its forms; `regions` are the codes that the portal knows.
    ///
    /// # Errors
    /// Everything that is wrong, up to a number that one can read.
    pub fn read(file: &[u8], regions: &[String]) -> Result<Self, Vec<FieldFault>> {
        if file.is_empty() {
            return Err(whole(Fault::NoFile));
        }
        if file.len() > MAX_BYTES {
            return Err(whole(Fault::FileTooLarge { kilobytes: kilobytes() }));
        }
        // Editors on Windows begin a file with this mark, which is no part of JSON.
        let file = file.strip_prefix("\u{feff}".as_bytes()).unwrap_or(file);
        // A document or a picture is no questionnaire that was damaged.
        if !file.trim_ascii_start().starts_with(b"{") {
            return Err(whole(Fault::NotAQuestionnaire));
        }
        match serde_json::from_slice::<Head>(file) {
            Ok(head) if head.format == FORMAT => {}
            Err(error) if error.is_syntax() || error.is_eof() => {
                return Err(whole(broken(&error)));
            }
            _ => return Err(whole(Fault::NotAQuestionnaire)),
        }
        let written: Value = serde_json::from_slice(file).map_err(|error| whole(broken(&error)))?;
        if let Some(what) = unknown_part(&written) {
            return Err(whole(Fault::NotUnderstood { what }));
        }
        let copy: Self = serde_json::from_slice(file).map_err(|error| whole(broken(&error)))?;
        copy.checked(&written, regions)
    }

    /// What of the file nobody understands, part by part: of the others every field is known.
    fn unread(&self, written: &Value, faults: &mut Faults) {
        let read = serde_json::to_value(self).unwrap_or_default();
        let mut compare = |part, written: &Value, read: &Value| {
            if let Some(what) = unread(written, read) {
                faults.add(part, Fault::NotUnderstood { what: named(&what) });
            }
        };
        for ((written, read), number) in questions(written).iter().zip(questions(&read)).zip(1..) {
            compare(FilePart::Question { number }, written, read);
        }
        if let (Some(written), Some(read)) = (written.get("audience"), read.get("audience")) {
            compare(FilePart::Audience, written, read);
        }
    }

    /// The copy as its forms read it; `written` is what the file says.
    fn checked(self, written: &Value, regions: &[String]) -> Result<Self, Vec<FieldFault>> {
        let mut faults = Faults::default();
        let tags: Vec<String> = self.languages.iter().map(ToString::to_string).collect();
        let basics = read_basics(&tags, &words(&self.title), &words(&self.purpose));
        let (languages, mut title, mut purpose) = basics.unwrap_or_else(|wrong| {
            for FieldFault { field, fault } in wrong {
                faults.add(basics_part(&field), fault);
            }
            // Without a language every word of the file would be wrong as well.
            let all = || Language::ALL.into();
            let languages =
                Some(self.languages.clone()).filter(|some| !some.is_empty()).unwrap_or_else(all);
            (languages, Text::default(), Text::default())
        });
        // Of a file with too many questions none is looked at: there may be thousands of them.
        let too_many = self.questions.questions.len() > MAX_QUESTIONS;
        if too_many {
            let problem = Problem::TooManyQuestions;
            faults.add(FilePart::Questions, Fault::Definition { problem });
        } else {
            self.unread(written, &mut faults);
        }
        let read = if too_many { &[][..] } else { &self.questions.questions[..] };
        let (mut questions, mut numbers) = (Vec::new(), Vec::new());
        for (question, number) in read.iter().zip(1..) {
            match read_question(question, &languages) {
                Ok(question) => {
                    questions.push(question);
                    numbers.push(number);
                }
                Err(wrong) => {
                    for fault in wrong {
                        faults.add(FilePart::Question { number }, fault.fault);
                    }
                }
            }
        }
        let mut questions = Questionnaire { questions };
        // What a draft keeps of a language that it lost for a while is not the file's to bring.
        title.keep(&languages);
        purpose.keep(&languages);
        questions.keep(&languages);
        for DefinitionError { question, problem } in questions.problems(&languages) {
            let part = match question {
                // A draft may be without questions yet, and without words in a language that it got later.
                None if problem == Problem::NoQuestions => continue,
                Some(_) if problem == Problem::MissingTranslation => continue,
                None => FilePart::Questions,
                Some(code) => FilePart::Question { number: last(&self.questions, &code) },
            };
            faults.add(part, Fault::Definition { problem: numbered(problem, &numbers) });
        }
        let audience = AudienceForm::of(&self.audience).read().unwrap_or_else(|wrong| {
            for fault in wrong {
                faults.add(FilePart::Audience, fault.fault);
            }
            Audience::default()
        });
        if !audience.regions.iter().all(|code| regions.contains(code)) {
            faults.add(FilePart::Audience, Fault::UnknownRegion);
        }
        if faults.0.is_empty() {
            Ok(Self { languages, title, purpose, questions, audience, ..self })
        } else {
            Err(faults.0)
        }
    }
}

/// The number, from 1, of the last question with this code: the one too many, where two have it.
fn last(questions: &Questionnaire, code: &str) -> usize {
    let found = questions.questions.iter().rposition(|question| question.code == code);
    found.map_or(0, |index| index + 1)
}

/// As much of a name as is repeated.
fn named(name: &str) -> String {
    printable(name).chars().take(MAX_NAMED).collect()
}

/// The name of a part of the file that no questionnaire has.
fn unknown_part(file: &Value) -> Option<String> {
    let known = |name: &&String| PARTS.contains(&name.as_str());
    file.as_object()?.keys().find(|name| !known(name)).map(|name| named(name))
}

/// The questions that a file has.
fn questions(file: &Value) -> &[Value] {
    file.get("questions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The problem with the number that a question has in the file; `numbers` are those of the questions that were
/// compared.
fn numbered(problem: Problem, numbers: &[usize]) -> Problem {
    match problem {
        Problem::SameQuestion { number } => {
            let place = number.checked_sub(1).and_then(|index| numbers.get(index));
            Problem::SameQuestion { number: place.copied().unwrap_or(number) }
        }
        problem => problem,
    }
}

fn read_question(
    question: &Question,
    languages: &BTreeSet<Language>,
) -> Result<Question, Vec<FieldFault>> {
    let form = QuestionForm::of(question);
    let code = &question.code;
    let read = form.read(code, languages).or_else(|wrong| {
        let untranslated =
            |wrong: &FieldFault| matches!(wrong.fault, Fault::MissingTranslation { .. });
        // Its words in other languages are kept beside those of the one.
        let alone = |language: &Language| form.read(code, &BTreeSet::from([*language])).ok();
        let in_one = languages.iter().find_map(alone);
        in_one.filter(|_| wrong.iter().all(untranslated)).ok_or(wrong)
    })?;
    // A form leaves out rows without words, and of a single choice which option excludes the others. Its fields
    // show that; of a file nobody would see it.
    let (written, kept) = (question.kind.options(), read.kind.options());
    if written.len() != kept.len() {
        let language = languages.first().copied().unwrap_or_default();
        return Err(vec![FieldFault::new(OPTIONS, Fault::MissingTranslation { language })]);
    }
    if written.iter().zip(kept).any(|(written, kept)| written.exclusive != kept.exclusive) {
        let problem = Problem::ExclusiveInSingleChoice;
        return Err(vec![FieldFault::new(OPTIONS, Fault::Definition { problem })]);
    }
    Ok(read)
}

fn kilobytes() -> u32 {
    u32::try_from(MAX_BYTES / 1024).unwrap_or(u32::MAX)
}

fn broken(error: &serde_json::Error) -> Fault {
    Fault::BrokenFile { line: u32::try_from(error.line()).unwrap_or(u32::MAX).max(1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::editor::{form::MAX_LONG_TEXT, templates::Template};
    use questionnaire::{
        Breakdown, Kind, Label, Order,
        definition::{MAX_SIZE, MAX_TEXT},
    };
    use serde_json::json;

    fn copy() -> Copy {
        Copy {
            format: FORMAT.to_owned(),
            languages: Language::ALL.into(),
            title: Text::both("Night buses", "Ночные автобусы"),
            purpose: Text::both("To plan them", "Спланировать их"),
            questions: Template::Satisfaction.questionnaire(),
            audience: Audience { regions: ["01".to_owned()].into(), ..Audience::default() },
            plan: Plan([Breakdown::Region].into()),
        }
    }

    fn regions() -> [String; 2] {
        ["01".to_owned(), "02".to_owned()]
    }

    /// What is wrong with the copy after a change to its JSON.
    fn faults(change: impl FnOnce(&mut Value)) -> Vec<Fault> {
        let mut value = serde_json::to_value(copy()).unwrap();
        change(&mut value);
        let file = serde_json::to_vec(&value).unwrap();
        let faults = Copy::read(&file, &regions()).unwrap_err();
        let places: BTreeSet<_> = faults.iter().map(|fault| &fault.field).collect();
        assert_eq!(places.len(), faults.len(), "a place on the page for each");
        faults.into_iter().map(|fault| fault.fault).collect()
    }

    fn in_file(part: FilePart, fault: Fault) -> Vec<Fault> {
        vec![Fault::InFile { part, wrong: Box::new(fault) }]
    }

    #[test]
    fn a_questionnaire_survives_its_file() {
        let file = copy().to_file();
        assert_eq!(Copy::read(&file, &regions()), Ok(copy()));
        let marked = ["\u{feff}".as_bytes(), &file].concat();
        assert_eq!(Copy::read(&marked, &regions()), Ok(copy()), "with a byte order mark");
    }

    #[test]
    fn what_is_no_questionnaire_is_called_so() {
        let read = |file: &[u8]| Copy::read(file, &regions()).unwrap_err()[0].fault.clone();
        assert_eq!(read(b""), Fault::NoFile);
        assert_eq!(read(b"{}"), Fault::NotAQuestionnaire);
        assert_eq!(read(br#"{"format":"veche-account/1"}"#), Fault::NotAQuestionnaire);
        assert_eq!(read(b"[1, 2]"), Fault::NotAQuestionnaire);
        assert_eq!(read(b"{\n\"format\":\n"), Fault::BrokenFile { line: 3 });
        assert_eq!(read(b"\x89PNG\r\n\x1a\n"), Fault::NotAQuestionnaire);
        assert_eq!(read(b"PK\x03\x04a document"), Fault::NotAQuestionnaire);
        assert_eq!(read(&vec![b' '; MAX_BYTES + 1]), Fault::FileTooLarge { kilobytes: 2048 });
        let deep = "[".repeat(100_000);
        assert_eq!(read(deep.as_bytes()), Fault::NotAQuestionnaire);
    }

    #[test]
    fn what_the_editor_would_refuse_is_refused_with_its_place() {
        let missing = Fault::MissingTranslation { language: Language::Ru };
        assert_eq!(
            faults(|file| file["title"] = json!({ "en": "T", "ru": "  " })),
            in_file(FilePart::Title, missing.clone()),
            "blank words are no words"
        );
        let in_english = Fault::MissingTranslation { language: Language::En };
        let second = |fault| in_file(FilePart::Question { number: 2 }, fault);
        assert_eq!(
            faults(|file| file["questions"][1]["title"] = json!({})),
            [second(in_english), second(missing)].concat()
        );
        assert_eq!(
            faults(|file| file["questions"][1]["code"] = file["questions"][0]["code"].clone()),
            in_file(
                FilePart::Question { number: 2 },
                Fault::Definition { problem: Problem::BadCode }
            )
        );
        assert_eq!(
            faults(|file| file["audience"]["regions"] = json!(["99"])),
            in_file(FilePart::Audience, Fault::UnknownRegion)
        );
        assert_eq!(
            faults(|file| file["languages"] = json!([])),
            in_file(FilePart::Languages, Fault::NoLanguage)
        );
        assert_eq!(
            faults(|file| file["questions"][0]["title"]["en"] = json!("x".repeat(501))),
            in_file(FilePart::Question { number: 1 }, Fault::TooLong { max: 500 })
        );
        let alike = faults(|file| {
            let question = file["questions"][0].clone();
            file["questions"] = json!(vec![question; MAX_QUESTIONS]);
        });
        assert_eq!(alike.len(), 1, "one code for all: {alike:?}");
        assert!(matches!(
            faults(|file| file["questions"][0]["type"] = json!("magic"))[..],
            [Fault::BrokenFile { .. }]
        ));
        assert_eq!(
            faults(|file| file["answers"] = json!([])),
            [Fault::NotUnderstood { what: "answers".to_owned() }]
        );
    }

    /// There may be thousands, and each takes its time.
    #[test]
    fn of_a_file_with_far_too_many_questions_none_is_read() {
        let question = |number: usize| {
            let code = number.to_string();
            json!({ "code": code, "title": {}, "required": true, "type": "yes_no" })
        };
        let many = Fault::Definition { problem: Problem::TooManyQuestions };
        for count in [MAX_QUESTIONS + 1, 7_600] {
            let questions: Vec<Value> = (0..count).map(question).collect();
            let told = faults(|file| file["questions"] = json!(questions));
            assert_eq!(told, in_file(FilePart::Questions, many.clone()), "of {count}");
        }
    }

    /// As of a draft that got its second language later.
    #[test]
    fn a_question_that_is_not_translated_yet_survives_its_file() {
        let mut half = copy();
        for question in &mut half.questions.questions {
            question.title.keep(&[Language::En].into());
        }
        half.questions.questions[0].hint = Text::new([(Language::En, "Think of the last time")]);
        assert_eq!(Copy::read(&half.to_file(), &regions()), Ok(half));
        // What else is wrong with it is told, with what it lacks.
        let told = faults(|file| {
            file["questions"][1]["title"] = json!({ "en": "x".repeat(501) });
        });
        assert_eq!(told.len(), 2, "{told:?}");
    }

    #[test]
    fn a_language_that_the_poll_is_not_written_in_is_left_out() {
        let mut copy = copy();
        copy.languages = [Language::En].into();
        let read = Copy::read(&copy.to_file(), &regions()).unwrap();
        assert_eq!(read.title.exact(Language::Ru), None);
        let titles = read.questions.questions.iter().map(|question| &question.title);
        assert!(titles.clone().all(|title| title.exact(Language::Ru).is_none()));
        assert!(titles.clone().all(|title| title.exact(Language::En).is_some()));
    }

    #[test]
    fn an_option_in_another_language_is_asked_for_and_not_left_out() {
        let fault = Fault::MissingTranslation { language: Language::En };
        assert_eq!(
            faults(|file| {
                file["languages"] = json!(["en"]);
                file["questions"][2]["options"][0]["text"] = json!({ "ru": "Время ожидания" });
            }),
            in_file(FilePart::Question { number: 3 }, fault)
        );
    }

    /// Otherwise it would ask somebody else, or something else, than its author thinks.
    #[test]
    fn what_nobody_understands_is_refused_with_its_place() {
        let not_understood = |what: &str| Fault::NotUnderstood { what: what.to_owned() };
        assert_eq!(
            faults(|file| file["audience"]["age_form"] = json!(18)),
            in_file(FilePart::Audience, not_understood("age_form"))
        );
        assert_eq!(
            faults(|file| file["questions"][1]["depends_on"] = json!("used")),
            in_file(FilePart::Question { number: 2 }, not_understood("depends_on"))
        );
        assert_eq!(
            faults(|file| file["questions"][2]["options"][1]["next"] = json!({ "code": "q" })),
            in_file(FilePart::Question { number: 3 }, not_understood("options.next"))
        );
        let long = faults(|file| file["audience"]["x".repeat(5000)] = json!(true));
        assert_eq!(long, in_file(FilePart::Audience, not_understood(&"x".repeat(MAX_NAMED))));
        let empty = json!({ "code": "empty", "text": {} });
        assert_eq!(
            faults(|file| file["questions"][2]["options"].as_array_mut().unwrap().push(empty)),
            in_file(
                FilePart::Question { number: 3 },
                Fault::MissingTranslation { language: Language::En }
            )
        );
        assert_eq!(
            faults(|file| {
                file["questions"][2]["type"] = json!("single_choice");
                for bound in ["least", "most"] {
                    file["questions"][2].as_object_mut().unwrap().remove(bound);
                }
            }),
            in_file(
                FilePart::Question { number: 3 },
                Fault::Definition { problem: Problem::ExclusiveInSingleChoice }
            )
        );
        // What says nothing says the same as what is not there.
        let mut file = serde_json::to_value(copy()).unwrap();
        file["audience"]["of_tomorrow"] = json!(null);
        let file = serde_json::to_vec(&file).unwrap();
        assert_eq!(Copy::read(&file, &regions()), Ok(copy()));
    }

    #[test]
    fn of_two_questions_that_ask_the_same_the_first_has_its_number_in_the_file() {
        let told = faults(|file| {
            let first = file["questions"][1].clone();
            file["questions"][0]["title"] = json!({});
            file["questions"].as_array_mut().unwrap().push(first);
            file["questions"][4]["code"] = json!("again");
        });
        let problem = Problem::SameQuestion { number: 2 };
        let last = in_file(FilePart::Question { number: 5 }, Fault::Definition { problem });
        assert_eq!(told[2..], last, "after the two words that the first one lacks: {told:?}");
    }

    #[test]
    fn a_line_break_in_a_field_of_one_line_is_a_blank() {
        let mut broken = copy();
        broken.title = Text::both("Night\r\nbuses", "Ночные\nавтобусы");
        broken.purpose = Text::both("To\r\nplan", "Спланировать");
        let read = Copy::read(&broken.to_file(), &regions()).unwrap();
        assert_eq!(read.title, copy().title);
        assert_eq!(read.purpose, Text::both("To\nplan", "Спланировать"));
    }

    /// Every option of every question, each at its longest and of signs that a file writes as two.
    fn largest() -> Copy {
        let words = |number: usize, more: usize| {
            let words = format!("{number}{}", "\"".repeat(more));
            Text::both(words.clone(), words)
        };
        let option = |number: usize, more: usize| Label {
            code: format!("o{number}"),
            text: words(number, more),
            exclusive: number > 1,
        };
        let question = |number: usize, more: usize| Question {
            code: format!("q{number}"),
            title: words(number, 0),
            hint: Text::default(),
            required: true,
            kind: Kind::MultipleChoice {
                options: (1..=50).map(|number| option(number, more)).collect(),
                order: Order::Shuffled,
                least: 1,
                most: 1,
            },
        };
        let of = |more| Questionnaire {
            questions: (1..=MAX_QUESTIONS).map(|number| question(number, more)).collect(),
        };
        let room = MAX_SIZE - of(0).size();
        let questions = of(room / (MAX_QUESTIONS * 50 * 2));
        assert_eq!(questions.problems(&Language::ALL.into()), []);
        let long = |letters| "🚌".repeat(letters);
        Copy {
            title: Text::both(long(MAX_TEXT), long(MAX_TEXT)),
            purpose: Text::both(long(MAX_LONG_TEXT), long(MAX_LONG_TEXT)),
            questions,
            audience: Audience { regions: regions().into(), ..Audience::default() },
            plan: Plan(Breakdown::ALL.into()),
            ..copy()
        }
    }

    #[test]
    fn the_largest_questionnaire_survives_its_file() {
        let largest = largest();
        let file = largest.to_file();
        assert!(file.len() > MAX_BYTES / 2, "{} bytes are not near the bound", file.len());
        assert_eq!(Copy::read(&file, &regions()), Ok(largest));
    }

    #[test]
    fn a_draft_without_questions_is_a_draft() {
        let mut copy = copy();
        copy.questions = Questionnaire::default();
        assert_eq!(Copy::read(&copy.to_file(), &regions()), Ok(copy));
    }

    #[test]
    fn a_number_keeps_its_published_ranges() {
        let mut copy = copy();
        copy.questions.questions[0].kind = Kind::Number { min: 0, max: 99, bins: vec![18, 30] };
        assert_eq!(Copy::read(&copy.to_file(), &regions()), Ok(copy));
    }
}
