//! The staff's forms: whatever is posted to the editor is a value that its form shows again as it is,
//! or faults with their fields.

use crate::{
    forms::{Posted, posted},
    questionnaire::askable,
};
use ports::{
    forms::FieldFault,
    views::editor::{
        form::{
            AudienceForm, BasicsForm, MAX_LONG_TEXT, NewForm, OutcomeForm, PlanForm, ReturnForm,
            ScheduleForm, SpecialForm, read_basics,
        },
        question_form::QuestionForm,
        reader::{Reader, Words, words},
    },
};
use questionnaire::{Language, Special, definition::MAX_TEXT};
use serde::{Serialize, de::DeserializeOwned};
use std::{collections::BTreeSet, fmt::Debug};

/// The first byte chooses the form and the poll's languages, the others are the form's body.
pub fn run(bytes: &[u8]) {
    let Some((first, body)) = bytes.split_first() else { return };
    let languages: BTreeSet<Language> = match (first >> 4) & 3 {
        0 => [Language::En].into(),
        1 => [Language::Ru].into(),
        _ => Language::ALL.into(),
    };
    match first % 9 {
        0 => question(body, &languages),
        1 => audience(body),
        2 => schedule(body),
        3 => plan(body),
        4 => special(body),
        5 => {
            let Some(BasicsForm { languages, title, purpose }) = flattened(body) else { return };
            basics(&languages, &title, &purpose);
        }
        6 => {
            let Some(NewForm { languages, title, purpose, .. }) = flattened(body) else { return };
            basics(&languages, &title, &purpose);
        }
        7 => outcome(body, &languages),
        _ => returned(body),
    }
}

/// A form as most functions of the editor take it. What was typed waits in the session as it is.
fn flattened<F>(body: &[u8]) -> Option<F>
where
    F: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let Posted::<F> { form, .. } = posted(body)?;
    kept(&form);
    Some(form)
}

/// What is refused waits in the session: nothing typed is lost there.
fn kept<F: Serialize + DeserializeOwned + PartialEq + Debug>(form: &F) {
    let stored = serde_json::to_vec(form).unwrap();
    assert_eq!(serde_json::from_slice::<F>(&stored).unwrap(), *form, "nothing typed is lost");
}

/// The value that was read. Where there is none, it is said why, at fields that have names.
fn sound<T>(read: Result<T, Vec<FieldFault>>) -> Option<T> {
    if let Err(faults) = &read {
        assert!(!faults.is_empty(), "it is refused and not said why");
        assert!(faults.iter().all(|fault| !fault.field.is_empty()), "{faults:?}");
    }
    read.ok()
}

fn question(body: &[u8], languages: &BTreeSet<Language>) {
    let Some(Posted::<QuestionForm> { action, mut form }) = posted(body) else { return };
    kept(&form);
    form.press(&action);
    let Some(question) = sound(form.read("q1", languages)) else { return };
    assert_eq!(question.problem(languages), None);
    askable(&question);
    let again = QuestionForm::of(&question).read("q1", languages);
    assert_eq!(again.as_ref(), Ok(&question), "shown again and sent again");
}

fn audience(body: &[u8]) {
    let Some(form) = flattened::<AudienceForm>(body) else { return };
    let Some(audience) = sound(form.read()) else { return };
    if let (Some(from), Some(to)) = (audience.age_from, audience.age_to) {
        assert!(from <= to, "nobody is asked");
    }
    assert_eq!(AudienceForm::of(&audience).read().as_ref(), Ok(&audience));
}

fn schedule(body: &[u8]) {
    let Some(form) = flattened::<ScheduleForm>(body) else { return };
    let Some((opens, closes, retention_days)) = sound(form.read()) else { return };
    assert!(retention_days <= 365);
    // What a field of a browser shows of them is read as the same minute.
    let [day, time] = ["%Y-%m-%d", "%H:%M"];
    let shown = ScheduleForm {
        opens_date: opens.format(day).to_string(),
        opens_time: opens.format(time).to_string(),
        closes_date: closes.format(day).to_string(),
        closes_time: closes.format(time).to_string(),
        retention_days: retention_days.to_string(),
    };
    let (opens_again, closes_again, days_again) = shown.read().unwrap();
    assert_eq!(days_again, retention_days);
    for (again, at) in [(opens_again, opens), (closes_again, closes)] {
        assert_eq!(again.format("%F %H:%M").to_string(), at.format("%F %H:%M").to_string());
    }
}

fn plan(body: &[u8]) {
    let Some(form) = flattened::<PlanForm>(body) else { return };
    let Some(plan) = sound(form.read()) else { return };
    assert_eq!(PlanForm::of(&plan).read().as_ref(), Ok(&plan));
}

fn special(body: &[u8]) {
    let Some(form) = flattened::<SpecialForm>(body) else { return };
    let Some(special) = sound(form.read()) else { return };
    assert_eq!(special.map_or(SpecialForm::NONE, Special::code), form.special);
}

fn basics(languages: &[String], title: &Words, purpose: &Words) {
    let Some(read) = sound(read_basics(languages, title, purpose)) else { return };
    let (known, title, purpose) = &read;
    assert!(!known.is_empty(), "written in no language");
    assert!(title.longest() <= MAX_TEXT && purpose.longest() <= MAX_LONG_TEXT);
    for language in known {
        assert!(title.exact(*language).is_some() && purpose.exact(*language).is_some());
    }
    let tags: Vec<String> = known.iter().map(ToString::to_string).collect();
    assert_eq!(read_basics(&tags, &words(title), &words(purpose)).as_ref(), Ok(&read));
}

/// As `editor/save-outcome` reads it.
fn outcome(body: &[u8], languages: &BTreeSet<Language>) {
    let Some(form) = posted::<OutcomeForm>(body) else { return };
    kept(&form);
    let read = |words: &Words| {
        let mut reader = Reader::default();
        let text = reader.text("outcome", words, languages, MAX_LONG_TEXT);
        reader.done(text)
    };
    let Some(outcome) = sound(read(&form.outcome)) else { return };
    assert!(languages.iter().all(|language| outcome.exact(*language).is_some()));
    assert_eq!(read(&words(&outcome)).as_ref(), Ok(&outcome));
}

fn returned(body: &[u8]) {
    let Some(form) = posted::<ReturnForm>(body) else { return };
    kept(&form);
    let Some(reason) = sound(form.read()) else { return };
    assert!(!reason.is_empty() && reason.chars().count() <= MAX_LONG_TEXT);
    let again = ReturnForm { reason: reason.clone() }.read();
    assert_eq!(again.as_ref(), Ok(&reason));
}
