//! What lists, notices and comparisons need of a poll: everything but its questions.
//!
//! Each server keeps this of every poll that anyone may see, so it must hold no words of questions: of ten thousand
//! polls, whole, a server would keep hundreds of megabytes.

use super::record::Poll;
use chrono::{DateTime, Utc};
use ports::states::State;
use questionnaire::{Audience, Kind, Language, Question, Questionnaire, Text};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use uuid::Uuid;

/// A poll without its questions.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Identifier.
    pub id: Uuid,
    /// Of which revision of the poll this is.
    pub revision: i32,
    /// The department that asks.
    pub department: Uuid,
    /// Where it is in its life.
    pub state: State,
    /// Title.
    pub title: Text,
    /// Whom it asks.
    pub audience: Audience,
    /// How many questions it has.
    pub questions: u32,
    /// What those that are counted ask, hashed, in order: enough to tell that another poll asks none of them.
    asked: Box<[u64]>,
    /// How long they take, in minutes.
    pub minutes: u32,
    /// When it is to close.
    pub closes_at: Option<DateTime<Utc>>,
    /// When it opened.
    pub opened_at: Option<DateTime<Utc>>,
    /// When it closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// When its release was published.
    pub published_at: Option<DateTime<Utc>>,
    /// When its key was destroyed.
    pub key_destroyed_at: Option<DateTime<Utc>>,
}

impl Listed {
    /// What lists need of this poll.
    #[must_use]
    pub fn of(poll: &Poll) -> Self {
        Self {
            id: poll.id,
            revision: poll.revision,
            department: poll.department,
            state: poll.state,
            title: poll.title.clone(),
            audience: poll.audience.clone(),
            questions: u32::try_from(poll.questionnaire.questions.len()).unwrap_or(u32::MAX),
            asked: asked(&poll.questionnaire),
            minutes: minutes(&poll.questionnaire),
            closes_at: poll.closes_at,
            opened_at: poll.opened_at,
            closed_at: poll.closed_at,
            published_at: poll.published_at,
            key_destroyed_at: poll.key_destroyed_at,
        }
    }

    /// As [`Poll::takes_answers`].
    #[must_use]
    pub fn takes_answers(&self, now: DateTime<Utc>) -> bool {
        takes_answers(self.state, self.closes_at, now)
    }

    /// The poll's state as people are to see it: past its closing time it is closed, even if the
    /// scheduler has not come to it yet.
    #[must_use]
    pub fn state_at(&self, now: DateTime<Utc>) -> State {
        let over = self.state == State::Open && !self.takes_answers(now);
        if over { State::Closed } else { self.state }
    }

    /// Whether the poll may ask a question that the other one asks, too: by the questions' codes and titles alone.
    #[must_use]
    pub fn asks_one_of(&self, other: &Self) -> bool {
        other.asked.iter().any(|it| self.asked.binary_search(it).is_ok())
    }

    /// When the poll got what its state has to say to those whom it asks: when it opened, or when its results
    /// were published.
    #[must_use]
    pub const fn told_at(&self) -> Option<DateTime<Utc>> {
        match self.state {
            State::Open => self.opened_at,
            State::Published => self.published_at,
            _ => None,
        }
    }
}

/// Of each question that is counted, its code and its title in each language.
fn asked(questionnaire: &Questionnaire) -> Box<[u64]> {
    let counted = |question: &&Question| question.kind.question_type().is_counted();
    let in_language = |question: &Question, language| {
        let mut hash = DefaultHasher::new();
        // How they are set apart does not matter: polls of before have other line breaks.
        let words: Vec<&str> = question.title.exact(language)?.split_whitespace().collect();
        (&question.code, language, words).hash(&mut hash);
        Some(hash.finish())
    };
    let in_all =
        |question| Language::ALL.into_iter().filter_map(move |it| in_language(question, it));
    let counted = questionnaire.questions.iter().filter(counted);
    let mut all: Vec<u64> = counted.flat_map(in_all).collect();
    all.sort_unstable();
    all.into()
}

/// How long the questions take, in whole minutes: half a minute for words of one's own, twenty
/// seconds for any other question, and never less than one minute.
fn minutes(questionnaire: &Questionnaire) -> u32 {
    let seconds = questionnaire.questions.iter().map(|question| match question.kind {
        Kind::ShortText { .. } => 30_u32,
        _ => 20,
    });
    seconds.sum::<u32>().div_ceil(60).max(1)
}

/// Whether a poll in this state takes answers at `now`: the state alone is not enough, because nobody may have
/// closed the poll yet.
pub(super) fn takes_answers(
    state: State,
    closes_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> bool {
    state == State::Open && closes_at.is_none_or(|closes_at| now < closes_at)
}

#[cfg(test)]
mod tests {
    use super::{asked, minutes};
    use questionnaire::{Kind, Question, Questionnaire, Text};

    fn asks(questions: &[(&str, &str, &str)]) -> Questionnaire {
        let question = |(code, en, ru): &(&str, &str, &str)| Question {
            code: (*code).to_owned(),
            title: Text::both(*en, *ru),
            hint: Text::default(),
            required: true,
            kind: if *code == "text" { Kind::ShortText { max_chars: 9 } } else { Kind::YesNo },
        };
        Questionnaire { questions: questions.iter().map(question).collect() }
    }

    #[test]
    fn polls_may_ask_the_same_where_a_code_and_a_title_are_the_same() {
        let one = asks(&[("q1", "Trams?", "Трамваи?"), ("text", "Why?", "Почему?")]);
        let found = |other: &[(&str, &str, &str)]| {
            let other = asked(&asks(other));
            asked(&one).iter().any(|it| other.binary_search(it).is_ok())
        };
        assert!(found(&[("q0", "Buses?", "Автобусы?"), ("q1", "Trams?", "О трамваях?")]));
        assert!(!found(&[("q1", "Buses?", "Автобусы?")]), "drafts begin with the same codes");
        let lines = asked(&asks(&[("q1", "Trams?\nOr not?", "Трамваи?")]));
        let line = asked(&asks(&[("q1", "Trams? Or not?", "Автобусы?")]));
        assert!(lines.iter().any(|it| line.binary_search(it).is_ok()), "a line break is a blank");
        assert!(!found(&[("q2", "Trams?", "Трамваи?")]));
        assert!(!found(&[("text", "Why?", "Почему?")]), "nothing is counted of a text");
    }

    #[test]
    fn length_is_rounded_up_to_minutes() {
        let yes_no = ("q", "?", "?");
        assert_eq!(minutes(&asks(&[])), 1);
        assert_eq!(minutes(&asks(&[yes_no; 3])), 1);
        assert_eq!(minutes(&asks(&[yes_no, yes_no, ("text", "?", "?")])), 2);
    }
}
