//! Whether two polls asked the same question, so that their answers can be compared.

use crate::{
    definition::Questionnaire,
    question::{Kind, Label, Question},
    text::{Language, Text},
};

impl Question {
    /// Whether `other` is the same question: its code, its words, and what could be answered, with
    /// the words of each answer. Only then does a difference say something about people.
    ///
    /// Words are the same if each language that both are written in has the same, and there is
    /// one. How the words are set apart, by blanks or line breaks, hints, the order on the screen and
    /// whether one had to answer may differ.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.code == other.code
            && same_words(&self.title, &other.title)
            && same_answers(&self.kind, &other.kind)
    }
}

impl Questionnaire {
    /// The codes of the questions that `other` asks, too, and whose answers are published.
    #[must_use]
    pub fn shared_with(&self, other: &Self) -> Vec<String> {
        let shared = self.questions.iter().filter(|question| {
            !question.kind.categories().is_empty()
                && other.question(&question.code).is_some_and(|other| question.is_same_as(other))
        });
        shared.map(|question| question.code.clone()).collect()
    }
}

fn same_words(one: &Text, other: &Text) -> bool {
    let pairs = Language::ALL.map(|language| one.exact(language).zip(other.exact(language)));
    let mut pairs = pairs.into_iter().flatten().peekable();
    pairs.peek().is_some()
        && pairs.all(|(one, other)| one.split_whitespace().eq(other.split_whitespace()))
}

fn same_options(one: &[Label], other: &[Label]) -> bool {
    let same = |(one, other): (&Label, &Label)| {
        one.code == other.code
            && one.exclusive == other.exclusive
            && same_words(&one.text, &other.text)
    };
    one.len() == other.len() && one.iter().zip(other).all(same)
}

fn same_answers(one: &Kind, other: &Kind) -> bool {
    match (one, other) {
        (Kind::SingleChoice { options: one, .. }, Kind::SingleChoice { options: other, .. }) => {
            same_options(one, other)
        }
        (
            Kind::MultipleChoice { options: one, least, most, .. },
            Kind::MultipleChoice { options: other, least: other_least, most: other_most, .. },
        ) => (least, most) == (other_least, other_most) && same_options(one, other),
        (Kind::Scale { low, high, .. }, Kind::Scale { low: other_low, high: other_high, .. }) => {
            one.categories() == other.categories()
                && same_words(low, other_low)
                && same_words(high, other_high)
        }
        (Kind::YesNo, Kind::YesNo)
        | (Kind::Number { .. }, Kind::Number { .. })
        | (Kind::Date { .. }, Kind::Date { .. }) => one.categories() == other.categories(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::Order;

    fn option(code: &str) -> Label {
        Label {
            code: code.into(),
            text: Text::both(format!("Option {code}"), format!("Вариант {code}")),
            exclusive: false,
        }
    }

    fn question(kind: Kind) -> Question {
        Question {
            code: "q".into(),
            title: Text::both("How often?", "Как часто?"),
            hint: Text::default(),
            required: true,
            kind,
        }
    }

    fn choice(options: &[&str]) -> Kind {
        let options = options.iter().map(|code| option(code)).collect();
        Kind::SingleChoice { options, order: Order::Fixed }
    }

    type Change = fn(&mut Question);

    #[test]
    fn what_people_read_and_can_answer_makes_a_question() {
        let asked = question(choice(&["a", "b"]));
        let mut again = asked.clone();
        again.required = false;
        again.hint = Text::both("Think.", "Подумайте.");
        again.kind =
            Kind::SingleChoice { options: vec![option("a"), option("b")], order: Order::Shuffled };
        assert!(asked.is_same_as(&again));

        let changed: [(&str, Change); 7] = [
            ("the code", |q| q.code = "r".into()),
            ("a word", |q| q.title.set(Language::Ru, "Как редко?")),
            ("an option less", |q| q.kind = choice(&["a"])),
            ("another option", |q| q.kind = choice(&["a", "c"])),
            ("the order of the options", |q| q.kind = choice(&["b", "a"])),
            ("the words of an option", |q| {
                let Kind::SingleChoice { options, .. } = &mut q.kind else { return };
                options[0].text.set(Language::En, "Another");
            }),
            ("the type", |q| q.kind = Kind::YesNo),
        ];
        for (what, change) in changed {
            let mut other = asked.clone();
            change(&mut other);
            assert!(!asked.is_same_as(&other) && !other.is_same_as(&asked), "{what}");
        }
    }

    #[test]
    fn languages_that_only_one_has_do_not_matter_but_one_must_be_shared() {
        let asked = question(Kind::YesNo);
        let mut other = asked.clone();
        other.title = Text::new([(Language::En, "How often?")]);
        assert!(asked.is_same_as(&other));
        let mut russian = asked.clone();
        russian.title = Text::new([(Language::Ru, "Как часто?")]);
        assert!(asked.is_same_as(&russian) && !russian.is_same_as(&other));
    }

    /// Polls that were written before there was one kind of line break have others.
    #[test]
    fn a_line_break_is_a_blank() {
        let titled = |title: &str| {
            let title = serde_json::json!({ "en": title });
            Question { title: serde_json::from_value(title).unwrap(), ..question(Kind::YesNo) }
        };
        let asked = titled("How often\ndo you go?");
        for same in ["How often\r\ndo you go?", "How often do you go?", "How often  do you go?"] {
            assert!(asked.is_same_as(&titled(same)), "{same:?}");
        }
        assert!(!asked.is_same_as(&titled("Howoften do you go?")));
    }

    #[test]
    fn published_steps_count_and_written_answers_are_never_compared() {
        let scale = |to, low: &str| {
            let (low, high) = (Text::both(low, low), Text::both("much", "много"));
            question(Kind::Scale { from: 1, to, low, high })
        };
        assert!(scale(5, "little").is_same_as(&scale(5, "little")));
        assert!(!scale(5, "little").is_same_as(&scale(7, "little")));
        assert!(!scale(5, "little").is_same_as(&scale(5, "nothing")));
        let number = |bins: &[i64]| question(Kind::Number { min: 0, max: 9, bins: bins.into() });
        assert!(number(&[5]).is_same_as(&number(&[5])));
        assert!(!number(&[5]).is_same_as(&number(&[6])));
        let text = question(Kind::ShortText { max_chars: 9 });
        assert!(!text.is_same_as(&text));
        let several = |most| {
            let options = vec![option("a"), option("b")];
            question(Kind::MultipleChoice { options, order: Order::Fixed, least: 1, most })
        };
        assert!(several(2).is_same_as(&several(2)) && !several(2).is_same_as(&several(1)));
        let asked = |questions| Questionnaire { questions };
        let mut other = text.clone();
        other.code = "r".into();
        let one = asked(vec![several(2), other.clone()]);
        assert_eq!(one.shared_with(&asked(vec![other, several(2)])), ["q"]);
    }
}
