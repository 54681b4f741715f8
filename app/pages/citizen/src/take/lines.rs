//! Answers in words, for summary lists.

use ports::{
    look::locale,
    views::{answers::Line, results::words::option_by_itself},
};
use questionnaire::{Answer, Kind, Question, Typed};
use ui::{
    Row, lang_of, t,
    words::{answer_error, date, whole},
    words_of,
};

/// The words of an option, or its code where the question does not have it.
fn option(question: &Question, code: &str) -> String {
    let known = question.kind.options().iter().find(|option| option.code == code);
    known.map_or_else(|| code.to_owned(), |option| words_of(&option.text))
}

fn yes_no(code: &str) -> String {
    match code {
        "yes" => t!(common.yes),
        "no" => t!(common.no),
        other => other.to_owned(),
    }
}

fn answer(question: &Question, answer: &Answer) -> Vec<String> {
    match (answer, &question.kind) {
        (Answer::Choice(code), Kind::YesNo) => vec![yes_no(code)],
        (Answer::Choice(code), _) => vec![option(question, code)],
        // In the order of the question, not of the codes.
        (Answer::Choices(codes), kind) => kind
            .options()
            .iter()
            .filter(|option| codes.contains(&option.code))
            .map(|option| words_of(&option.text))
            .collect(),
        (Answer::Scale(step), kind) => {
            vec![option_by_itself(locale(), kind, &step.to_string())]
        }
        (Answer::Number(number), _) => vec![whole(*number)],
        (Answer::Date(day), _) => vec![date(*day)],
        (Answer::Text(text), _) => text.lines().map(str::to_owned).collect(),
    }
}

/// What was typed as it stands, where it is not an answer.
fn raw(question: &Question, typed: &Typed) -> Vec<String> {
    let fields = [&typed.day, &typed.month, &typed.year].into_iter().flatten();
    let day = fields.map(|field| field.trim()).collect::<Vec<_>>().join(" ");
    let choices = typed.choice.iter().chain(&typed.choices).map(|code| option(question, code));
    let texts = typed.text.iter().flat_map(|text| text.lines()).map(str::to_owned);
    choices.chain(texts).chain([day]).filter(|line| !line.trim().is_empty()).collect()
}

/// What was typed, in words; none where nothing was.
fn words(line: &Line) -> Vec<String> {
    match line.question.parse(&line.typed) {
        Ok(Some(parsed)) => answer(&line.question, &parsed),
        Ok(None) => Vec::new(),
        Err(_) => raw(&line.question, &line.typed),
    }
}

/// The language of the answer's words, where it is not the page's.
fn value_lang(line: &Line) -> Option<&'static str> {
    if let Kind::Scale { low, .. } = &line.question.kind {
        return lang_of(low);
    }
    line.question.kind.options().first().and_then(|option| lang_of(&option.text))
}

/// A row for each question, with what is wrong with its answer.
#[must_use]
pub fn rows(lines: &[Line]) -> Vec<Row> {
    lines
        .iter()
        .map(|line| {
            let values = words(line);
            let missing = values.is_empty().then(|| t!(take.not_answered));
            Row {
                key: words_of(&line.question.title),
                values,
                remarks: missing.into_iter().collect(),
                error: line.error.as_ref().map(answer_error),
                key_lang: lang_of(&line.question.title),
                value_lang: value_lang(line),
                ..Row::default()
            }
        })
        .collect()
}

/// Rows of answers as they were sent, with nothing said about what is wrong.
#[must_use]
pub fn sent_rows(lines: &[Line]) -> Vec<Row> {
    let line = |line: &Line| Line { error: None, ..line.clone() };
    rows(&lines.iter().map(line).collect::<Vec<_>>())
}
