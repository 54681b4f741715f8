//! What is counted of a response, and the one pass that counts it.
//!
//! A response carries its marks, in clear, as a JSON list in the order of the questionnaire:
//! that somebody took part, each question that was answered, each category that the answer falls
//! into. Written content is never among them. One pass of the database over the responses counts
//! them all: no join, and nothing loaded row by row.
//!
//! Where a questionnaire is short, many people have the same list; whole lists are then grouped
//! first and only the distinct ones taken apart, which halves the time for three questions. Where
//! nearly everybody has a list of their own it would be three times as slow, so it is not done.

use crate::Error;
use questionnaire::{Answers, Kind, Questionnaire};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};
use uuid::Uuid;

/// One mark, read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark<'a> {
    /// Somebody took part.
    TookPart,
    /// The question with this code was answered.
    Answered(&'a str),
    /// An answer to the question falls into the category.
    Chose(&'a str, &'a str),
}

/// The most lists that are possible where they are grouped whole.
const FEW_LISTS: u64 = 100_000;

/// Stands between question and category; no code has it.
const SEPARATOR: char = '=';

impl<'a> Mark<'a> {
    fn read(mark: &'a str) -> Self {
        match mark.split_once(SEPARATOR) {
            None => Self::TookPart,
            Some((question, "")) => Self::Answered(question),
            Some((question, category)) => Self::Chose(question, category),
        }
    }
}

/// The marks of a response, as they are stored.
pub fn marks(questionnaire: &Questionnaire, answers: &Answers) -> String {
    let mut marks = vec![String::new()];
    for question in &questionnaire.questions {
        let Some(answer) = answers.get(&question.code) else { continue };
        let mark = |category: &str| format!("{}{SEPARATOR}{category}", question.code);
        marks.push(mark(""));
        marks.extend(question.categories_of(answer).iter().map(|category| mark(category)));
    }
    serde_json::to_string(&marks).expect("a list of texts always has a JSON form")
}

/// The people of one region, age band and gender who share a mark.
#[derive(FromQueryResult)]
pub struct Group {
    mark: String,
    pub region: Option<String>,
    pub age_band: Option<String>,
    pub gender: Option<String>,
    people: i64,
    key_sum: i64,
}

impl Group {
    pub fn mark(&self) -> Mark<'_> {
        Mark::read(&self.mark)
    }

    /// How many they are.
    pub fn people(&self) -> u64 {
        u64::try_from(self.people).unwrap_or(0)
    }

    /// The sum of their record keys modulo 2^32.
    pub fn key_sum(&self) -> u32 {
        // Of keys that a damaged row made negative, too: what is stored must not end the counting.
        u32::try_from(self.key_sum.rem_euclid(1 << 32)).expect("it is less than 2^32")
    }
}

/// How many lists of marks are possible at most.
fn possible_lists(questionnaire: &Questionnaire) -> u64 {
    questionnaire.questions.iter().fold(1, |lists, question| {
        let categories = u32::try_from(question.kind.categories().len()).unwrap_or(u32::MAX);
        let answers = match question.kind {
            Kind::MultipleChoice { .. } => 2_u64.saturating_pow(categories),
            Kind::ShortText { .. } => 1,
            _ => categories.into(),
        };
        // Or skipped.
        lists.saturating_mul(answers.saturating_add(1))
    })
}

/// Whether whole lists are grouped first.
fn by_list(questionnaire: &Questionnaire) -> bool {
    possible_lists(questionnaire) <= FEW_LISTS
}

/// The groups of a poll that is closed. On PostgreSQL by a function of the vault (`migration`'s
/// `m0012_count_closed`), so that whoever counts need not be able to look at responses.
pub async fn closed(
    db: &impl ConnectionTrait,
    poll: Uuid,
    questionnaire: &Questionnaire,
) -> Result<Vec<Group>, Error> {
    let backend = db.get_database_backend();
    if backend != DbBackend::Postgres {
        return groups(db, poll, None, questionnaire).await;
    }
    let (sql, values) =
        ("SELECT * FROM count_closed($1, $2)", [poll.into(), by_list(questionnaire).into()]);
    let statement = Statement::from_sql_and_values(backend, sql, values);
    Ok(Group::find_by_statement(statement).all(db).await?)
}

/// The groups of a poll, or of one live batch of it.
pub async fn groups(
    db: &impl ConnectionTrait,
    poll: Uuid,
    batch: Option<i32>,
    questionnaire: &Questionnaire,
) -> Result<Vec<Group>, Error> {
    let backend = db.get_database_backend();
    let apart = match backend {
        DbBackend::Postgres => "jsonb_array_elements_text(CAST(g.counted AS jsonb)) AS m(value)",
        _ => "json_each(g.counted) AS m",
    };
    let (of_batch, values) = match batch {
        None => ("", vec![poll.into()]),
        Some(batch) => (" AND batch = $2", vec![poll.into(), batch.into()]),
    };
    let (each, grouped) = if by_list(questionnaire) {
        let grouped = " GROUP BY counted, region, age_band, gender";
        ("COUNT(*) AS people, SUM(record_key) AS key_sum", grouped)
    } else {
        ("1 AS people, record_key AS key_sum", "")
    };
    let sql = format!(
        "SELECT m.value AS mark, g.region, g.age_band, g.gender, \
         CAST(SUM(g.people) AS bigint) AS people, \
         CAST(SUM(g.key_sum) % 4294967296 AS bigint) AS key_sum \
         FROM (SELECT counted, region, age_band, gender, {each} \
         FROM response WHERE poll_id = $1{of_batch}{grouped}) AS g CROSS JOIN {apart} \
         GROUP BY m.value, g.region, g.age_band, g.gender"
    );
    let statement = Statement::from_sql_and_values(backend, sql, values);
    Ok(Group::find_by_statement(statement).all(db).await?)
}

#[cfg(test)]
mod tests {
    use super::{Mark, marks};
    use questionnaire::{Answer, Answers, Kind, Question, Questionnaire, Text};

    #[test]
    fn marks_are_read_as_they_were_written_and_hold_no_written_content() {
        let question = |code: &str, kind| Question {
            code: code.into(),
            title: Text::default(),
            hint: Text::default(),
            required: false,
            kind,
        };
        let questionnaire = Questionnaire {
            questions: vec![
                question("why", Kind::ShortText { max_chars: 9 }),
                question("degrees", Kind::Number { min: -40, max: 40, bins: vec![0] }),
                question("skipped", Kind::YesNo),
            ],
        };
        let answers = Answers::from([
            ("degrees".to_owned(), Answer::Number(-3)),
            ("why".to_owned(), Answer::Text("a=b".into())),
        ]);
        let stored = marks(&questionnaire, &answers);
        let read: Vec<String> = serde_json::from_str(&stored).unwrap();
        let read: Vec<Mark> = read.iter().map(|mark| Mark::read(mark)).collect();
        let expected = [
            Mark::TookPart,
            Mark::Answered("why"),
            Mark::Answered("degrees"),
            Mark::Chose("degrees", "-40..-1"),
        ];
        assert_eq!(read, expected);
    }
}
