//! A copy of a poll's questionnaire as a file: what it asks, whom and for what, and which tables
//! it will publish. There is no answer in it, nothing about people, and nothing of the poll's
//! life: who makes a draft of it sets the times and says anew whether it asks about a special
//! category.
//!
//! A file may come from anywhere. It is read by the very forms of the editor, so that nothing
//! gets into a draft that could not have been typed there.

use crate::{
    forms::{Fault, FieldFault, FilePart},
    views::editor::{
        Settings,
        form::{AudienceForm, read_basics},
        question_form::QuestionForm,
        reader::words,
    },
};
use questionnaire::{
    Audience, DefinitionError, Language, Plan, Problem, Question, Questionnaire, Text,
    definition::MAX_QUESTIONS,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The name of the file's format.
const FORMAT: &str = "veche-questionnaire/1";

/// Most bytes of a file.
pub const MAX_BYTES: usize = 512 * 1024;

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
    /// The copy of a poll.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self {
            format: FORMAT.to_owned(),
            languages: settings.languages.clone(),
            title: settings.title.clone(),
            purpose: settings.purpose.clone(),
            questions: settings.questionnaire.clone(),
            audience: settings.audience.clone(),
            plan: settings.plan.clone(),
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
        let copy: Self = serde_json::from_slice(file).map_err(|error| whole(broken(&error)))?;
        copy.checked(regions)
    }

    /// The copy as its forms read it.
    fn checked(self, regions: &[String]) -> Result<Self, Vec<FieldFault>> {
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
        }
        let read = if too_many { &[][..] } else { &self.questions.questions[..] };
        let mut questions = Vec::new();
        for (question, number) in read.iter().zip(1..) {
            match read_question(question, &languages) {
                Ok(question) => questions.push(question),
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
                // A draft may be without questions yet.
                None if problem == Problem::NoQuestions => continue,
                None => FilePart::Questions,
                Some(code) => FilePart::Question { number: last(&self.questions, &code) },
            };
            faults.add(part, Fault::Definition { problem });
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

fn read_question(
    question: &Question,
    languages: &BTreeSet<Language>,
) -> Result<Question, Vec<FieldFault>> {
    QuestionForm::of(question).read(&question.code, languages)
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
    use crate::views::editor::templates::Template;
    use questionnaire::{Breakdown, Kind};
    use serde_json::{Value, json};

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
        assert_eq!(read(&vec![b' '; MAX_BYTES + 1]), Fault::FileTooLarge { kilobytes: 512 });
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
        assert_eq!(
            faults(|file| file["questions"][1]["title"] = json!({ "en": "T" })),
            in_file(FilePart::Question { number: 2 }, missing)
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
            in_file(FilePart::Languages, Fault::Required)
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
        assert!(matches!(
            faults(|file| file["answers"] = json!([]))[..],
            [Fault::BrokenFile { .. }]
        ));
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
