//! Codes of the editor in the reader's words.

use super::{
    templates::Template,
    view::{Missing, PollLine, Settings, Task, Who},
};
use chrono::NaiveDateTime;
use citizen_pages::polls;
use ports::{
    look::{language, locale},
    views::{
        polls::{AudienceView, Need},
        results::words::conditions,
    },
};
use questionnaire::{Audience, Breakdown, Problem, Question, QuestionType, Text, Unknown};
use ui::{t, words};

/// A part of the work.
#[must_use]
pub fn task(task: Task) -> String {
    match task {
        Task::Basics => t!(editor.task_basics),
        Task::Questions => t!(editor.task_questions),
        Task::Special => t!(editor.task_special),
        Task::Audience => t!(editor.task_audience),
        Task::Schedule => t!(editor.task_schedule),
        Task::Plan => t!(editor.task_plan),
    }
}

/// The number of the question with this code, from 1.
fn number(settings: &Settings, code: &str) -> usize {
    let questions = &settings.questionnaire.questions;
    questions.iter().position(|question| question.code == code).map_or(0, |index| index + 1)
}

/// Rising numbers with what lies between the ends of each run left out: "1–3, 5".
fn runs(numbers: &[usize]) -> String {
    let runs = numbers.chunk_by(|one, next| one + 1 == *next).map(|run| match run {
        [first, .., last] => format!("{first}–{last}"),
        [only] => only.to_string(),
        [] => String::new(),
    });
    runs.collect::<Vec<_>>().join(", ")
}

/// Another poll of the department, with the time of its end.
fn beside(poll: &Text, closes: Option<NaiveDateTime>, apart_days: Option<u16>) -> String {
    let poll = poll.get(language());
    match (closes.map(words::date_time), apart_days) {
        (None, _) => t!(editor.poll_named, poll = poll),
        (Some(at), None) => t!(editor.poll_until, poll = poll, at = at),
        // It may be over, or still to come.
        (Some(at), Some(_)) => t!(editor.poll_up_to, poll = poll, at = at),
    }
}

/// What is wrong with the question of this number.
fn wrong(number: usize, problem: Problem) -> String {
    words::named(&t!(editor.question_number, number = number), &words::problem(problem))
}

/// What keeps a poll from being sent to review.
#[must_use]
pub fn missing(missing: &Missing, settings: &Settings) -> String {
    match missing {
        Missing::Title { language } => {
            t!(editor.missing_title, language = words::language(*language))
        }
        Missing::Purpose { language } => {
            t!(editor.missing_purpose, language = words::language(*language))
        }
        Missing::Definition { question: None, problem } => words::problem(*problem),
        Missing::Definition { question: Some(code), problem } => {
            wrong(number(settings, code), *problem)
        }
        Missing::SameQuestions { questions, poll, closes, apart_days } => {
            let numbers: Vec<usize> =
                questions.iter().map(|question| number(settings, question)).collect();
            // Which they are is said in digits; the words only tell one from several.
            let count = if numbers.len() == 1 { 1_u32 } else { 2 };
            let (numbers, poll) = (runs(&numbers), beside(poll, *closes, *apart_days));
            match *apart_days {
                None => {
                    t!(editor.missing_same_question, count = count, numbers = numbers, poll = poll)
                }
                Some(days) => t!(
                    editor.missing_question_too_soon,
                    count = count,
                    numbers = numbers,
                    poll = poll,
                    days = days
                ),
            }
        }
        Missing::Unreadable { poll, closes, apart_days } => {
            let poll = poll.as_ref().map(|poll| beside(poll, *closes, *apart_days));
            let poll = poll.unwrap_or_else(|| t!(editor.poll_unknown));
            t!(editor.missing_unreadable, poll = poll)
        }
        Missing::UnknownRegion { code } => t!(editor.missing_unknown_region, code = code),
        Missing::NeverKnown { need } => {
            t!(editor.missing_never_known, facts = polls::words::needs(&[*need]))
        }
        Missing::FixedBreakdown { breakdown } => {
            t!(editor.missing_fixed_breakdown, breakdown = self::breakdown(*breakdown))
        }
        Missing::Special => t!(editor.missing_special),
        Missing::Schedule => t!(editor.missing_schedule),
        Missing::ClosesBeforeOpening => t!(editor.missing_closes_before_opening),
        Missing::ClosesInThePast => t!(editor.missing_closes_in_the_past),
    }
}

/// That the portal will know these facts of nobody, and what becomes of whatever goes by them.
#[must_use]
pub fn never_known(facts: &[Need]) -> Option<String> {
    (!facts.is_empty()).then(|| t!(editor.never_known, facts = polls::words::needs(facts)))
}

/// The languages that a poll is written in, in one line.
#[must_use]
pub fn languages(settings: &Settings) -> String {
    let names = settings.languages.iter().copied().map(words::language);
    words::capital(&names.collect::<Vec<_>>().join(", "))
}

/// The name of a question's type.
#[must_use]
pub fn kind(of: QuestionType) -> String {
    match of {
        QuestionType::SingleChoice => t!(editor.kind_single_choice),
        QuestionType::MultipleChoice => t!(editor.kind_multiple_choice),
        QuestionType::YesNo => t!(editor.kind_yes_no),
        QuestionType::Scale => t!(editor.kind_scale),
        QuestionType::Number => t!(editor.kind_number),
        QuestionType::Date => t!(editor.kind_date),
        QuestionType::ShortText => t!(editor.kind_short_text),
    }
}

/// What a question's type is good for.
#[must_use]
pub fn kind_hint(of: QuestionType) -> String {
    match of {
        QuestionType::SingleChoice => t!(editor.kind_single_choice_hint),
        QuestionType::MultipleChoice => t!(editor.kind_multiple_choice_hint),
        QuestionType::YesNo => t!(editor.kind_yes_no_hint),
        QuestionType::Scale => t!(editor.kind_scale_hint),
        QuestionType::Number => t!(editor.kind_number_hint),
        QuestionType::Date => t!(editor.kind_date_hint),
        QuestionType::ShortText => t!(editor.kind_short_text_hint),
    }
}

/// A question in one line: type, number of options, whether it must be answered.
#[must_use]
pub fn question(question: &Question) -> String {
    let mut parts = vec![kind(question.kind.question_type())];
    let options = question.kind.options().len();
    if options > 0 {
        parts.push(t!(editor.options_count, count = u32::try_from(options).unwrap_or(u32::MAX)));
    }
    parts.push(if question.required { t!(editor.required) } else { t!(editor.optional) });
    parts.join(" · ")
}

/// A template.
#[must_use]
pub fn template(template: Template) -> (String, String) {
    match template {
        Template::Blank => (t!(editor.template_blank), t!(editor.template_blank_hint)),
        Template::Satisfaction => {
            (t!(editor.template_satisfaction), t!(editor.template_satisfaction_hint))
        }
        Template::Priorities => {
            (t!(editor.template_priorities), t!(editor.template_priorities_hint))
        }
    }
}

/// A poll that can be copied: of what it is told by where several have the same title.
#[must_use]
pub fn copied(poll: &PollLine) -> String {
    let mut parts = vec![t!(editor.copied), words::state_or_withheld(poll.state, poll.withheld)];
    parts.extend(poll.closes.map(|at| t!(editor.closes_at, at = words::date_time(at))));
    parts.join(" · ")
}

/// Who changed a poll's state.
#[must_use]
pub fn who(who: Who) -> String {
    match who {
        Who::You => t!(editor.who_you),
        Who::Colleague => t!(editor.who_colleague),
        Who::Portal => t!(editor.who_portal),
    }
}

/// Whom a poll asks, a line for each condition.
#[must_use]
pub fn audience(audience: &Audience, regions: &[(String, Text)]) -> Vec<String> {
    let name = |code: &String| {
        let known = regions.iter().find(|(known, _)| known == code);
        known.map_or_else(|| Text::both(code, code), |(_, name)| name.clone())
    };
    let view = AudienceView {
        regions: audience.regions.iter().map(name).collect(),
        age_from: audience.age_from,
        age_to: audience.age_to,
        genders: audience.genders.iter().copied().collect(),
        unknown: audience.unknown,
    };
    let mut lines = conditions(locale(), &view);
    // Citizens are told of themselves, staff of others.
    lines.push(match view.unknown {
        _ if lines.is_empty() => t!(polls.audience_everybody),
        Unknown::Admit => t!(editor.audience_unknown_admitted),
        Unknown::Refuse => t!(editor.audience_unknown_refused),
    });
    lines
}

/// The breakdowns of a plan; the headline where there is none.
#[must_use]
pub fn plan(settings: &Settings) -> Vec<String> {
    let breakdowns: Vec<String> = settings.plan.breakdowns().map(breakdown).collect();
    if breakdowns.is_empty() { vec![t!(editor.plan_headline_only)] } else { breakdowns }
}

/// A breakdown in the list of what can be planned.
#[must_use]
pub fn breakdown(breakdown: Breakdown) -> String {
    // It is a sentence where citizens read it.
    polls::words::breakdown(breakdown).trim_end_matches('.').to_owned()
}

/// The special category, or that there is none, or that nobody chose.
#[must_use]
pub fn special(settings: &Settings) -> String {
    match settings.special {
        Some(special) => polls::words::special(special),
        None if settings.special_chosen => t!(editor.special_no),
        None => t!(editor.not_chosen),
    }
}

/// When it opens and closes, a line each.
#[must_use]
pub fn schedule(settings: &Settings) -> Vec<String> {
    let at =
        |at: Option<NaiveDateTime>| at.map_or_else(|| t!(editor.not_chosen_yet), words::date_time);
    let retention = match settings.retention_days {
        0 => t!(editor.retention_at_once),
        days => t!(editor.retention, count = u32::from(days)),
    };
    vec![
        t!(editor.opens_at, at = at(settings.opens)),
        t!(editor.closes_at, at = at(settings.closes)),
        retention,
    ]
}

/// A poll's title, in the page's language if it has one there.
#[must_use]
pub fn title(title: &Text) -> String {
    let title = title.get(language());
    if title.is_empty() { t!(editor.untitled) } else { title.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{runs, wrong};
    use leptos::{prelude::provide_context, reactive::owner::Owner};
    use ports::look::Look;
    use questionnaire::{Language, Problem};

    #[test]
    fn what_is_wrong_with_a_question_goes_on_after_its_number() {
        for (language, said) in [
            (Language::En, "Question 3: give at least two options"),
            (Language::Ru, "Вопрос 3: нужно не меньше двух вариантов"),
        ] {
            Owner::new().with(|| {
                provide_context(Look { language, ..Look::default() });
                assert_eq!(wrong(3, Problem::TooFewOptions), said);
            });
        }
    }

    #[test]
    fn numbers_in_a_row_are_named_by_their_ends() {
        for (numbers, words) in [
            (&[4][..], "4"),
            (&[1, 2], "1–2"),
            (&[1, 2, 3, 4, 5, 6, 7], "1–7"),
            (&[1, 3, 4, 9], "1, 3–4, 9"),
        ] {
            assert_eq!(runs(numbers), words);
        }
    }
}
