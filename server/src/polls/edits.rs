//! What an edit does to a draft, in memory. Who may edit it, and that nobody else was quicker, the
//! port sees to ([`super::authoring`]).

use super::record::Poll;
use crate::clock::Zone;
use chrono::{DateTime, NaiveDateTime, Utc};
use ports::{
    authoring::{Edit, Refusal},
    failure::Failure,
    forms::{Fault, FieldFault},
    views::editor::reader::field,
};
use questionnaire::{Language, Problem, Question, Questionnaire, definition::MAX_QUESTIONS};
use std::collections::BTreeSet;

/// Which part of a poll an edit changes, for the log.
pub(super) const fn part(edit: &Edit) -> &'static str {
    match edit {
        Edit::Basics { .. } => "basics",
        Edit::Question(_) | Edit::DeleteQuestion { .. } | Edit::MoveQuestion { .. } => "questions",
        Edit::Audience(_) => "audience",
        Edit::Schedule { .. } => "schedule",
        Edit::Plan(_) => "plan",
        Edit::Special(_) => "special",
    }
}

/// Does the edit to a draft of a portal that has these `regions` and this time zone.
///
/// # Errors
/// What is wrong with the form, be it that it brings one question too many; [`Failure::NotFound`] for a
/// question that is not there. The draft is then not to be kept.
pub(super) fn apply(
    poll: &mut Poll,
    edit: Edit,
    regions: &[String],
    zone: Zone,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    match edit {
        Edit::Basics { languages, title, purpose } => {
            (poll.languages, poll.title, poll.purpose) = (languages, title, purpose);
        }
        Edit::Question(question) => {
            put(&mut poll.questionnaire, &poll.languages, question).map_err(Refusal::Faults)?;
        }
        Edit::DeleteQuestion { code } => {
            let before = poll.questionnaire.questions.len();
            poll.questionnaire.questions.retain(|question| question.code != code);
            if poll.questionnaire.questions.len() == before {
                return Err(Failure::NotFound.into());
            }
        }
        Edit::MoveQuestion { code, up } => shift(&mut poll.questionnaire, &code, up)?,
        Edit::Audience(audience) => {
            if !audience.regions.iter().all(|code| regions.contains(code)) {
                let fault = FieldFault::new("regions", Fault::UnknownRegion);
                return Err(Refusal::Faults(vec![fault]));
            }
            poll.audience = audience;
        }
        Edit::Schedule { opens, closes, retention_days } => {
            schedule(poll, (opens, closes), retention_days, zone, now).map_err(Refusal::Faults)?;
        }
        Edit::Plan(plan) => poll.plan = plan,
        Edit::Special(special) => {
            (poll.special, poll.special_chosen) = (special, true);
        }
    }
    Ok(())
}

/// Whether the draft is already as the edit would make it, as where its form was sent twice. A question to come has
/// another code the second time: it is there where one is that says the same.
pub(super) fn is_done(
    poll: &Poll,
    edit: Edit,
    regions: &[String],
    zone: Zone,
    now: DateTime<Utc>,
) -> bool {
    let questions = &poll.questionnaire.questions;
    let there = |code: &str| questions.iter().any(|question| question.code == code);
    match edit {
        Edit::DeleteQuestion { code } => !there(&code),
        Edit::Question(new) if !there(&new.code) => questions.iter().any(|question| {
            let code = question.code.clone();
            *question == Question { code, ..new.clone() }
        }),
        edit => {
            let mut after = poll.clone();
            apply(&mut after, edit, regions, zone, now).is_ok() && after == *poll
        }
    }
}

/// Puts a question in the place of the one with its code, or at the end; `languages` are the poll's.
fn put(
    questionnaire: &mut Questionnaire,
    languages: &BTreeSet<Language>,
    question: Question,
) -> Result<(), Vec<FieldFault>> {
    let questions = &mut questionnaire.questions;
    if let Some(old) = questions.iter_mut().find(|old| old.code == question.code) {
        *old = question;
    } else if questions.len() < MAX_QUESTIONS {
        questions.push(question);
    } else {
        // It is wrong with none of the fields: the title stands first among them.
        let title = field("title", languages.first().copied().unwrap_or_default());
        let fault = Fault::Definition { problem: Problem::TooManyQuestions };
        return Err(vec![FieldFault::new(title, fault)]);
    }
    Ok(())
}

/// Swaps a question with its neighbour; at the end of the list nothing happens.
fn shift(questionnaire: &mut Questionnaire, code: &str, up: bool) -> Result<(), Failure> {
    let questions = &mut questionnaire.questions;
    let here = questions.iter().position(|q| q.code == code).ok_or(Failure::NotFound)?;
    let there = if up { here.checked_sub(1) } else { Some(here + 1) };
    if let Some(there) = there.filter(|&there| there < questions.len()) {
        questions.swap(here, there);
    }
    Ok(())
}

/// Sets when the poll opens and closes, and for how long its answers can be traced.
fn schedule(
    poll: &mut Poll,
    (opens, closes): (NaiveDateTime, NaiveDateTime),
    retention_days: u16,
    zone: Zone,
    now: DateTime<Utc>,
) -> Result<(), Vec<FieldFault>> {
    let mut faults = Vec::new();
    let (opens_at, closes_at) = (zone.moment(opens), zone.moment(closes));
    for (name, at) in [("opens", opens_at), ("closes", closes_at)] {
        let wrong = |part: &str, fault| FieldFault::new(format!("{name}_{part}"), fault);
        match at {
            // The hour that is left out when the clocks go forward.
            None => faults.push(wrong("time", Fault::LeftOutTime)),
            Some(at) if at <= now => faults.push(wrong("date", Fault::InThePast)),
            Some(_) => {}
        }
    }
    if faults.is_empty() && closes_at <= opens_at {
        faults.push(FieldFault::new("closes_date", Fault::EndBeforeStart));
    }
    if faults.is_empty() {
        (poll.opens_at, poll.closes_at) = (opens_at, closes_at);
        poll.retention_days = retention_days;
        Ok(())
    } else {
        Err(faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use questionnaire::{Kind, Text};

    fn question(code: &str) -> Question {
        Question {
            code: code.to_owned(),
            title: Text::both(code, code),
            hint: Text::default(),
            required: false,
            kind: Kind::YesNo,
        }
    }

    fn questionnaire() -> Questionnaire {
        Questionnaire { questions: ["a", "b", "c"].map(question).to_vec() }
    }

    fn codes(questionnaire: &Questionnaire) -> String {
        questionnaire.questions.iter().map(|question| question.code.as_str()).collect()
    }

    #[test]
    fn questions_move_one_place_and_stay_at_the_ends() {
        let mut polled = questionnaire();
        for (code, up, order) in
            [("c", true, "acb"), ("a", true, "acb"), ("b", false, "acb"), ("a", false, "cab")]
        {
            shift(&mut polled, code, up).unwrap();
            assert_eq!(codes(&polled), order, "{code} up: {up}");
        }
        assert_eq!(shift(&mut polled, "x", true), Err(Failure::NotFound));
    }

    #[test]
    fn a_question_takes_the_place_of_its_older_self() {
        let mut polled = questionnaire();
        let languages = BTreeSet::from(Language::ALL);
        let mut changed = polled.questions[1].clone();
        changed.required = true;
        put(&mut polled, &languages, changed).unwrap();
        assert_eq!(codes(&polled), "abc");
        assert!(polled.questions[1].required);
        let mut new = polled.questions[1].clone();
        new.code = "d".to_owned();
        put(&mut polled, &languages, new).unwrap();
        assert_eq!(codes(&polled), "abcd");
    }

    #[test]
    fn one_question_too_many_is_said_at_its_title() {
        let codes: Vec<String> = (1..=MAX_QUESTIONS).map(|number| format!("q{number}")).collect();
        let full =
            || Questionnaire { questions: codes.iter().map(|code| question(code)).collect() };
        let russian = BTreeSet::from([Language::Ru]);
        for (languages, title) in
            [(BTreeSet::from(Language::ALL), "title[en]"), (russian, "title[ru]")]
        {
            let mut polled = full();
            let fault = Fault::Definition { problem: Problem::TooManyQuestions };
            let told = put(&mut polled, &languages, question("new"));
            assert_eq!(told, Err(vec![FieldFault::new(title, fault)]));
            assert_eq!(polled, full());
            assert_eq!(put(&mut polled, &languages, question("q50")), Ok(()), "one that is there");
        }
    }
}
