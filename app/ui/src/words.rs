//! Closed codes in the reader's words.

use crate::{t, words_of};
use ports::{
    Deleted, Particulars, Together, Traces,
    failure::Failure,
    forms::{Done, Fault, FilePart},
    purposes::Purpose,
    roles::Role,
    states::State,
    views::ZonedMoment,
};
use questionnaire::{AnswerError, Language, Problem, Text};

/// Heading and explanation of a failure.
#[must_use]
pub fn failure(failure: &Failure) -> (String, String) {
    match failure {
        Failure::SignedOut => (t!(common.failure_signed_out), t!(common.failure_signed_out_text)),
        Failure::Forbidden => (t!(common.failure_forbidden), t!(common.failure_forbidden_text)),
        Failure::NotFound => (t!(common.failure_not_found), t!(common.failure_not_found_text)),
        Failure::Invalid => (t!(common.failure_invalid), t!(common.failure_invalid_text)),
        Failure::WrongState => {
            (t!(common.failure_wrong_state), t!(common.failure_wrong_state_text))
        }
        Failure::NotReady => (t!(common.failure_not_ready), t!(common.failure_not_ready_text)),
        Failure::Conflict => (t!(common.failure_conflict), t!(common.failure_conflict_text)),
        Failure::Closed => (t!(common.failure_closed), t!(common.failure_closed_text)),
        Failure::FactUnknown => {
            (t!(common.failure_fact_unknown), t!(common.failure_fact_unknown_text))
        }
        Failure::NotEligible => {
            (t!(common.failure_not_eligible), t!(common.failure_not_eligible_text))
        }
        Failure::NotAssured => {
            (t!(common.failure_not_assured), t!(common.failure_not_assured_text))
        }
        Failure::TooMany => (t!(common.failure_too_many), t!(common.failure_too_many_text)),
        Failure::OtherPerson => {
            (t!(common.failure_other_person), t!(common.failure_other_person_text))
        }
        Failure::NothingToSend => {
            (t!(common.failure_nothing_to_send), t!(common.failure_nothing_to_send_text))
        }
        Failure::NotAsTold => (t!(common.failure_not_as_told), t!(common.failure_not_as_told_text)),
        Failure::Busy => (t!(common.failure_busy), t!(common.failure_busy_text)),
        Failure::Internal { .. } => (t!(common.failure_internal), t!(common.failure_internal_text)),
    }
}

/// What worked.
#[must_use]
pub fn done(done: Done) -> String {
    match done {
        Done::Saved => t!(common.done_saved),
        Done::Withdrawn => t!(common.done_withdrawn),
        Done::CutOff => t!(common.done_cut_off),
        Done::Revoked => t!(common.done_revoked),
        Done::TokenRevoked => t!(common.done_token_revoked),
        Done::SessionEnded => t!(common.done_session_ended),
        Done::OthersEnded => t!(common.done_others_ended),
        Done::AccountDeleted => t!(common.done_account_deleted),
        Done::AccountDeletedHere => t!(common.done_account_deleted_here),
        Done::SignedOut => t!(common.done_signed_out),
        Done::SentToReview => t!(common.done_sent_to_review),
        Done::TakenBack => t!(common.done_taken_back),
        Done::Approved => t!(common.done_approved),
        Done::Returned => t!(common.done_returned),
        Done::Opened => t!(common.done_opened),
        Done::Closed => t!(common.done_closed),
        Done::Appointed => t!(common.done_appointed),
        Done::Removed => t!(common.done_removed),
        Done::DepartmentDeleted => t!(common.done_department_deleted),
        Done::Moved => t!(common.done_moved),
        Done::QuestionDeleted => t!(common.done_question_deleted),
        Done::Imported => t!(common.done_imported),
        Done::PollDeleted => t!(common.done_poll_deleted),
        Done::OutcomeRemoved => t!(common.done_outcome_removed),
        Done::AnswersDiscarded => t!(common.done_answers_discarded),
    }
}

/// A length of time, in the largest unit of which it has a whole number: "30 minutes". In Russian in the
/// accusative, as after «через».
#[must_use]
pub fn span(seconds: u32) -> String {
    if seconds >= 3600 && seconds.is_multiple_of(3600) {
        t!(common.span_hours, count = seconds / 3600)
    } else if seconds >= 60 {
        // A part of a minute is left out: nobody is promised more time than there is.
        t!(common.span_minutes, count = seconds / 60)
    } else {
        t!(common.span_seconds, count = seconds)
    }
}

/// The name of a language in the page's language, as in the middle of a sentence. By itself a
/// language is named in its own: `common.english`, `common.russian`.
#[must_use]
pub fn language(language: Language) -> String {
    match language {
        Language::En => t!(common.language_english),
        Language::Ru => t!(common.language_russian),
    }
}

/// Words that are written for the middle of a sentence, at the beginning of one.
#[must_use]
pub fn capital(words: &str) -> String {
    let mut rest = words.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    first.chain(rest.as_str().chars()).collect()
}

/// What is wrong with a field.
#[must_use]
pub fn fault(fault: &Fault) -> String {
    match fault {
        Fault::Required => t!(common.fault_required),
        Fault::MissingTranslation { .. } => t!(common.fault_missing_translation),
        Fault::TooLong { max } => too_long(*max),
        Fault::LeftOutTime => t!(common.fault_left_out_time),
        Fault::NotADay { first, last } => t!(common.fault_not_a_day, first = first, last = last),
        Fault::NotATime => t!(common.fault_not_a_time),
        Fault::InThePast => t!(common.fault_in_the_past),
        Fault::EndBeforeStart => t!(common.fault_end_before_start),
        Fault::DaysReversed => t!(common.fault_days_reversed),
        Fault::StepsReversed => t!(common.fault_steps_reversed),
        Fault::NoLanguage => t!(common.fault_no_language),
        Fault::NoBins => t!(common.fault_no_bins),
        Fault::UnclearNumbers => t!(common.fault_unclear_numbers),
        Fault::OnlyExclusive => t!(common.fault_only_exclusive),
        Fault::NotInRange { min, max } => not_in_range(*min, *max),
        Fault::UnknownChoice => t!(common.fault_unknown_choice),
        Fault::UnknownCode => t!(common.fault_unknown_code),
        Fault::AlreadyThere => t!(common.fault_already_there),
        Fault::SameToken => t!(common.fault_same_token),
        Fault::HasRole => t!(common.fault_has_role),
        Fault::DepartmentInUse => t!(common.fault_department_in_use),
        Fault::LastAdministrator => t!(common.fault_last_administrator),
        Fault::NotConfirmed => t!(common.fault_not_confirmed),
        Fault::Outdated => t!(common.fault_outdated),
        Fault::ReasonOnApproval => t!(common.fault_reason_on_approval),
        Fault::ConsentRequired => t!(common.fault_consent_required),
        Fault::NoFile => t!(common.fault_no_file),
        Fault::FileTooLarge { kilobytes } => t!(common.fault_file_too_large, kilobytes = kilobytes),
        Fault::NotAQuestionnaire => t!(common.fault_not_a_questionnaire),
        Fault::BrokenFile { line } => t!(common.fault_broken_file, line = line),
        Fault::NotUnderstood { what } => t!(common.fault_not_understood, what = what),
        Fault::UnknownRegion => t!(common.fault_unknown_region),
        Fault::InFile { part, wrong } => {
            let part = file_part(*part);
            match &**wrong {
                // There is no field for each language here.
                Fault::MissingTranslation { language } => {
                    let language = self::language(*language);
                    named(&part, &t!(common.fault_missing_in, language = language))
                }
                fault => named(&part, &self::fault(fault)),
            }
        }
        Fault::Answer { error } => answer_error(error),
        Fault::Definition { problem } => self::problem(*problem),
    }
}

/// A text is longer than this. What follows the number has the form that it asks for.
fn too_long(max: u32) -> String {
    t!(common.fault_too_long, count = max, max = whole(max.into()))
}

fn not_in_range(min: i64, max: i64) -> String {
    t!(common.fault_not_in_range, min = whole(min), max = whole(max))
}

/// A part of a questionnaire's copy, as the editor calls it.
fn file_part(part: FilePart) -> String {
    match part {
        FilePart::Languages => t!(editor.languages),
        FilePart::Title => t!(editor.title_label),
        FilePart::Purpose => t!(editor.purpose_label),
        FilePart::Question { number } => t!(editor.question_number, number = number),
        FilePart::Questions => t!(editor.task_questions),
        FilePart::Audience => t!(editor.task_audience),
    }
}

/// What is wrong, with the name of what it is wrong with, a field or a part of a file: "Title: fill in this field".
///
/// One sentence for each fault and one name for each field are enough for all pairs of them.
#[must_use]
pub fn named(name: &str, sentence: &str) -> String {
    if name.ends_with(['?', '.', '!']) {
        return format!("{name} {sentence}");
    }
    let mut rest = sentence.chars();
    let first = rest.next().into_iter().flat_map(char::to_lowercase);
    format!("{name}: {}{}", first.collect::<String>(), rest.as_str())
}

/// What is wrong with an answer.
#[must_use]
pub fn answer_error(error: &AnswerError) -> String {
    match error {
        AnswerError::Required => t!(common.answer_required),
        AnswerError::UnknownOption => t!(common.answer_unknown_option),
        AnswerError::TooFew { least } => t!(common.answer_too_few, least = least),
        AnswerError::TooMany { most } => t!(common.answer_too_many, most = most),
        AnswerError::Exclusive => t!(common.answer_exclusive),
        AnswerError::NotANumber => t!(common.answer_not_a_number),
        AnswerError::OutOfRange { min, max } => not_in_range(*min, *max),
        AnswerError::NotADate => t!(common.answer_not_a_date),
        AnswerError::DateOutOfRange { min, max } => {
            t!(common.answer_date_out_of_range, min = date(*min), max = date(*max))
        }
        AnswerError::TooLong { max } => too_long(*max),
    }
}

/// What is wrong with a question's definition.
#[must_use]
pub fn problem(problem: Problem) -> String {
    match problem {
        Problem::NoQuestions => t!(common.problem_no_questions),
        Problem::TooManyQuestions => t!(common.problem_too_many_questions),
        Problem::TooLarge => t!(common.problem_too_large),
        Problem::BadCode => t!(common.problem_bad_code),
        Problem::SameOptions => t!(common.problem_same_options),
        Problem::SameQuestion { number } => t!(common.problem_same_question, number = number),
        Problem::MissingTranslation => t!(common.problem_missing_translation),
        Problem::TextTooLong => t!(common.problem_text_too_long),
        Problem::TooFewOptions => t!(common.problem_too_few_options),
        Problem::TooManyOptions => t!(common.problem_too_many_options),
        Problem::BadLeastMost => t!(common.problem_bad_least_most),
        Problem::ExclusiveInSingleChoice => t!(common.problem_exclusive_in_single_choice),
        Problem::BadScale => t!(common.problem_bad_scale),
        Problem::BadRange => t!(common.problem_bad_range),
        Problem::BadBins => t!(common.problem_bad_bins),
        Problem::TooManyCategories => t!(common.problem_too_many_categories),
        Problem::BadMaxChars => t!(common.problem_bad_max_chars),
    }
}

/// A role's name.
#[must_use]
pub fn role(role: Role) -> String {
    match role {
        Role::Initiator => t!(common.role_initiator),
        Role::Statistician => t!(common.role_statistician),
        Role::Reviewer => t!(common.role_reviewer),
        Role::Administrator => t!(common.role_administrator),
        Role::Auditor => t!(common.role_auditor),
    }
}

/// How much longer backup copies may hold what was deleted, where there are any.
#[must_use]
pub fn backups(days: u16) -> Option<String> {
    (days > 0).then(|| t!(common.backups, count = u32::from(days)))
}

/// How long what was deleted can be found in the files of a store.
#[must_use]
pub fn files(deleted: Deleted) -> String {
    match deleted {
        Deleted::Minutes(minutes) => t!(common.files_soon, count = minutes),
        Deleted::UntilOverwritten => t!(common.files),
    }
}

/// What is told of the operator beside who it is, where it is said; where people can complain, and what is decided
/// automatically, in any case.
#[must_use]
pub fn particulars(of: &Particulars) -> Vec<String> {
    let mut lines = Vec::new();
    // The sentence that it stands in ends with a full stop of its own.
    let said = |text: &Text| words_of(text).trim_end().trim_end_matches('.').to_owned();
    if !of.address.is_empty() {
        lines.push(t!(home.operator_address, address = said(&of.address)));
    }
    if !of.officer.is_empty() {
        lines.push(t!(home.operator_officer, officer = said(&of.officer)));
    }
    if !of.legal_basis.is_empty() {
        lines.push(t!(home.operator_legal_basis, basis = said(&of.legal_basis)));
    }
    if !of.recipients.is_empty() {
        lines.push(t!(home.operator_recipients, recipients = said(&of.recipients)));
    }
    lines.push(if of.authority.is_empty() {
        t!(home.operator_complaint)
    } else {
        t!(home.operator_authority, authority = said(&of.authority))
    });
    lines.push(t!(home.operator_decisions));
    lines
}

/// What an administrator could learn of the moments at which something was written, as the store leaves traces of
/// it: first from the log, whatever became of the answers, then from the store itself.
#[must_use]
pub fn moments(traces: Traces) -> [Option<String>; 2] {
    let order = || {
        if traces.together == Together::OneServer {
            t!(polls.notice_administrators_order_moment)
        } else {
            t!(polls.notice_administrators_order)
        }
    };
    [
        traces.moments_logged.then(|| t!(polls.notice_administrators_log)),
        traces.moments_logged.then(order),
    ]
}

/// What data is kept for.
#[must_use]
pub fn purpose(purpose: Purpose) -> String {
    match purpose {
        Purpose::Address => t!(sign_in.purpose_address),
        Purpose::Polls => t!(sign_in.purpose_polls),
        Purpose::Contact => t!(sign_in.purpose_contact),
        Purpose::Record => t!(sign_in.purpose_record),
    }
}

/// A state's name.
#[must_use]
pub fn state(state: State) -> String {
    match state {
        State::Draft => t!(common.state_draft),
        State::InReview => t!(common.state_in_review),
        State::Scheduled => t!(common.state_scheduled),
        State::Open => t!(common.state_open),
        State::Closed => t!(common.state_closed),
        State::Published => t!(common.state_published),
    }
}

/// As [`state`], and of a poll of which nothing could be published, that.
#[must_use]
pub fn state_or_withheld(state: State, withheld: bool) -> String {
    if withheld { t!(common.state_withheld) } else { self::state(state) }
}

/// A whole number as a field takes it: "1000000", "−50". Nothing stands between its thousands: a comma
/// is refused, because in one language it divides thousands and in the other wholes, and a year has none.
#[must_use]
pub fn whole(number: i64) -> String {
    number.to_string().replace('-', "\u{2212}")
}

/// A calendar date in words: "22 November 2026", "22 ноября 2026 года".
#[must_use]
pub fn date(date: chrono::NaiveDate) -> String {
    ports::look::date(ports::look::locale(), date)
}

/// A local date and time in words.
#[must_use]
pub fn date_time(at: chrono::NaiveDateTime) -> String {
    t!(common.date_time, date = date(at.date()), time = at.format("%H:%M").to_string())
}

/// A clock that is so many minutes ahead of UTC.
#[must_use]
pub fn clock(minutes: i32) -> String {
    let sign = if minutes < 0 { '\u{2212}' } else { '+' };
    match (minutes.abs() / 60, minutes.abs() % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

/// As [`date_time`], of a moment that somebody has to be in time for: with the clock that it goes by.
#[must_use]
pub fn deadline(at: ZonedMoment) -> String {
    let offset = clock(at.offset().local_minus_utc() / 60);
    t!(common.deadline, at = date_time(at.naive_local()), offset = offset)
}

#[cfg(test)]
mod tests {
    use super::{answer_error, date, deadline, fault, named, particulars, problem};
    use leptos::{prelude::provide_context, reactive::owner::Owner};
    use ports::{Particulars, forms::Fault, look::Look};
    use questionnaire::{AnswerError, Language, Problem, Text};

    #[test]
    fn a_date_is_said_in_the_order_of_the_language() {
        let day = chrono::NaiveDate::from_ymd_opt(2025, 5, 9).expect("a day of the calendar");
        for (language, words) in
            [(Language::En, "9 May 2025"), (Language::Ru, "9 мая 2025\u{a0}года")]
        {
            Owner::new().with(|| {
                provide_context(Look { language, ..Look::default() });
                assert_eq!(date(day), words);
            });
        }
    }

    #[test]
    fn what_is_wrong_with_a_day_a_time_and_a_question_is_told_in_full() {
        for (language, day, time, same) in [
            (
                Language::En,
                "Enter a real day with its year in four digits, from 1800 to 2200",
                "Enter a time of day, such as 09:00",
                "Question 7 asks the same.",
            ),
            (
                Language::Ru,
                "Введите существующую дату с годом из четырёх цифр, от 1800 до 2200",
                "Введите время суток, например 09:00",
                "Вопрос 7\u{a0}— о том же.",
            ),
        ] {
            Owner::new().with(|| {
                provide_context(Look { language, ..Look::default() });
                assert_eq!(fault(&Fault::NotADay { first: 1800, last: 2200 }), day);
                assert_eq!(fault(&Fault::NotATime), time);
                let told = problem(Problem::SameQuestion { number: 7 });
                assert!(told.starts_with(same), "{told}");
            });
        }
    }

    #[test]
    fn a_deadline_says_of_which_clock_it_is() {
        let said = |at: &str| deadline(at.parse().expect("a time with its offset"));
        Owner::new().with(|| {
            provide_context(Look { language: Language::En, ..Look::default() });
            assert_eq!(said("2026-12-30T18:00:00+03:00"), "30 December 2026, 18:00 (UTC+3)");
            assert_eq!(
                said("2026-12-30T18:00:00-03:30"),
                "30 December 2026, 18:00 (UTC\u{2212}3:30)"
            );
            assert_eq!(said("2026-12-30T18:00:00Z"), "30 December 2026, 18:00 (UTC)");
        });
    }

    fn in_language<T>(language: Language, say: impl FnOnce() -> T) -> T {
        Owner::new().with(|| {
            provide_context(Look { language, ..Look::default() });
            say()
        })
    }

    #[test]
    fn what_follows_a_number_has_the_form_that_it_asks_for() {
        let said = |max| {
            let error = answer_error(&AnswerError::TooLong { max });
            assert_eq!(error, fault(&Fault::TooLong { max }));
            error
        };
        in_language(Language::Ru, || {
            assert_eq!(said(501), "Не более 501 знака");
            assert_eq!(said(502), "Не более 502 знаков");
            assert_eq!(said(511), "Не более 511 знаков");
        });
        in_language(Language::En, || {
            assert_eq!(said(1), "Use at most 1 character");
            assert_eq!(said(2000), "Use at most 2000 characters");
        });
    }

    #[test]
    fn bounds_are_written_as_their_fields_take_them() {
        let (min, max) = (-50, 1_000_000);
        let said = || {
            let error = answer_error(&AnswerError::OutOfRange { min, max });
            assert_eq!(error, fault(&Fault::NotInRange { min, max }));
            error
        };
        let english = "Enter a whole number from \u{2212}50 to 1000000";
        assert_eq!(in_language(Language::En, said), english);
        let russian = "Введите целое число от \u{2212}50 до 1000000";
        assert_eq!(in_language(Language::Ru, said), russian);
    }

    #[test]
    fn what_the_operator_says_ends_with_one_full_stop() {
        let address = Text::both("12 Harbour Street.", "Портовая ул., д. 12");
        let told = Particulars { address, ..Particulars::default() };
        let first = || particulars(&told).into_iter().next();
        let english = in_language(Language::En, first);
        assert_eq!(english.as_deref(), Some("Postal address: 12 Harbour Street."));
        let russian = in_language(Language::Ru, first);
        assert_eq!(russian.as_deref(), Some("Почтовый адрес: Портовая ул., д. 12."));
    }

    #[test]
    fn a_fault_is_said_with_the_name_of_its_field() {
        assert_eq!(named("Title", "Fill in this field"), "Title: fill in this field");
        assert_eq!(named("Название", "Заполните это поле"), "Название: заполните это поле");
        assert_eq!(named("Who is asked?", "Choose"), "Who is asked? Choose");
    }
}
