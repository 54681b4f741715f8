//! A person in a soak: what they ask for, one thing after the other, and what has to come back.
//!
//! Only one connection at a time speaks for a person, so every reply is known beforehand, down to
//! the answers on a page of the person's own.

use crate::{
    client::{Page, compressed, request},
    world::{OPTION, OPTIONS, Person},
};
use http_body_util::Full;
use hyper::{Request, body::Bytes};
use ports::routes;
use std::{collections::VecDeque, fmt::Write as _};
use url::form_urlencoded::byte_serialize;
use uuid::Uuid;

/// Answers to the three questions.
type Choices = [char; 3];

/// Where the visitors are.
#[derive(Clone)]
pub struct Place {
    /// The poll that they answer.
    pub poll: Uuid,
    /// The address of a page of results.
    pub results: String,
}

/// Numbers that are different enough from each other, and the same in every run.
pub struct Chance(pub u64);

impl Chance {
    /// A number below this one.
    pub fn below(&mut self, limit: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let mixed = usize::try_from((mixed ^ (mixed >> 31)) >> 1).unwrap();
        mixed % limit
    }
}

/// One request of a person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The poll's page, with what the person can do there.
    Poll,
    /// Begins or goes on.
    Start,
    /// A question's page, on the way or from the check of all answers.
    Question(usize, Way),
    /// Saves an answer and goes on.
    Answer(usize, Way),
    /// Saves an answer and leaves.
    Leave(usize, Way),
    /// The check of all answers.
    Check,
    Send,
    /// Sends the same form again, as a reload does.
    SendAgain,
    Receipt,
    /// What the person has sent.
    Own,
    Change,
    AskToWithdraw,
    Withdraw,
    AskToDiscard,
    Discard,
    /// The polls that the person has answered.
    Answered,
    /// All open polls.
    Polls,
    Results,
}

/// How one comes to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Through,
    FromCheck,
}

/// A person who comes and goes.
pub struct Visitor {
    person: Person,
    /// What the vault holds, by what was acknowledged last.
    sent: Option<Choices>,
    draft: Option<[Option<char>; 3]>,
    plan: VecDeque<Step>,
    /// What is on the forms in front of the person.
    owner: String,
    version: String,
    carried: String,
    facts: String,
    typing: char,
}

impl Visitor {
    /// Somebody who has filled everything in and has not sent it.
    pub fn new(person: &Person) -> Self {
        Self {
            person: person.clone(),
            sent: None,
            draft: Some(person.choices.map(Some)),
            plan: VecDeque::new(),
            owner: String::new(),
            version: String::new(),
            carried: String::new(),
            facts: String::new(),
            typing: OPTIONS[0],
        }
    }

    pub const fn person(&self) -> &Person {
        &self.person
    }

    /// Whether the vault holds an answer of theirs.
    pub const fn has_answered(&self) -> bool {
        self.sent.is_some()
    }

    /// What the person does next.
    pub fn next(&mut self, chance: &mut Chance) -> Step {
        if self.plan.is_empty() {
            self.plan = self.visit(chance).into();
        }
        self.plan.pop_front().unwrap()
    }

    /// What a person comes for: mostly to answer, and who has answered to look or to change.
    fn visit(&self, chance: &mut Chance) -> Vec<Step> {
        use Step::{
            Answer, Answered, AskToDiscard, AskToWithdraw, Change, Discard, Leave, Own, Poll,
            Polls, Question, Results, Start, Withdraw,
        };
        use Way::{FromCheck, Through};
        let any = 1 + chance.below(3);
        let of_ten = chance.below(10);
        let (some, again) = (chance.below(2) == 0, chance.below(8) == 0);
        match (self.sent, self.draft) {
            (Some(_), Some(_)) => match of_ten {
                0..=1 => vec![Poll, AskToDiscard, Discard, Poll],
                2..=4 => vec![Answered, Own],
                _ => [vec![Poll, Start], sending(again, some)].concat(),
            },
            (Some(_), None) => match of_ten {
                0..=2 => vec![Polls, Results],
                3..=4 => vec![Answered, Own],
                5 => vec![Own, AskToWithdraw, Withdraw, Poll],
                6 => vec![Poll, Change, Question(any, FromCheck), Leave(any, FromCheck), Poll],
                _ => {
                    let begin = vec![Own, Change, Question(any, FromCheck), Answer(any, FromCheck)];
                    [begin, sending(again, true)].concat()
                }
            },
            (None, draft) => {
                let open = draft.map_or(Some(0), |draft| draft.iter().position(Option::is_none));
                let first = open.map_or(any, |open| open + 1);
                let way = if open.is_some() { Through } else { FromCheck };
                match of_ten {
                    0 => vec![Polls, Results, Poll],
                    1 if draft.is_some() => vec![Poll, AskToDiscard, Discard, Poll],
                    2 => vec![Poll, Start, Question(first, way), Leave(first, way), Poll],
                    _ => {
                        // Somebody who has answered everything changes one answer, or none.
                        let numbers = match open {
                            Some(_) => first..4,
                            None => first..first + usize::from(some),
                        };
                        let answers = numbers.flat_map(|n| [Question(n, way), Answer(n, way)]);
                        let begin = [Poll, Start].into_iter().chain(answers).collect();
                        [begin, sending(again, some)].concat()
                    }
                }
            }
        }
    }

    /// The request of a step.
    pub fn request(
        &mut self,
        step: Step,
        place: &Place,
        chance: &mut Chance,
    ) -> Request<Full<Bytes>> {
        let poll = place.poll;
        let page = match step {
            Step::Poll => routes::poll(poll),
            Step::Question(number, Way::Through) => routes::question(poll, number),
            Step::Question(number, Way::FromCheck) => routes::question_from_check(poll, number),
            Step::Check => routes::check(poll),
            Step::Receipt => routes::receipt(poll),
            Step::Own => routes::own_answers(poll),
            Step::AskToWithdraw => routes::withdraw(poll),
            Step::AskToDiscard => routes::discard(poll),
            Step::Answered => routes::ANSWERS.to_owned(),
            Step::Polls => routes::POLLS.to_owned(),
            Step::Results => place.results.clone(),
            _ => return self.form(step, poll, chance),
        };
        let mut page = request("GET", &page, Some(&self.person), String::new());
        if matches!(step, Step::Receipt | Step::Answered | Step::Polls | Step::Results) {
            compressed(&mut page);
        }
        page
    }

    fn form(&mut self, step: Step, poll: Uuid, chance: &mut Chance) -> Request<Full<Bytes>> {
        let mut fields = format!("poll={poll}");
        let to = match step {
            Step::Answer(number, way) | Step::Leave(number, way) => {
                // Never what was sent: where nothing is changed the check has no form.
                let sent = self.sent.map(|sent| sent[number - 1]);
                let others: Vec<char> =
                    OPTIONS.into_iter().filter(|option| Some(*option) != sent).collect();
                self.typing = others[chance.below(others.len())];
                let _ =
                    write!(fields, "&number={number}&owner={}&choice={}", self.owner, self.typing);
                if way == Way::FromCheck {
                    fields += "&from_check=yes";
                }
                if matches!(step, Step::Leave(..)) {
                    fields += "&go=later";
                }
                "take/answer"
            }
            Step::Send | Step::SendAgain => {
                let Self { version, carried, facts, .. } = self;
                // `65+` among them.
                let facts: String = byte_serialize(facts.as_bytes()).collect();
                let _ = write!(fields, "&version={version}&draft={carried}&facts={facts}");
                "take/send"
            }
            Step::Change | Step::Withdraw | Step::Discard => {
                let _ = write!(fields, "&owner={}", self.owner);
                match step {
                    Step::Change => "answers/change",
                    Step::Withdraw => "answers/withdraw",
                    _ => "answers/discard",
                }
            }
            _ => "take/start",
        };
        request("POST", &format!("/api/{to}"), Some(&self.person), fields)
    }

    /// Takes in what came back, or says what is wrong with it.
    pub fn hear(&mut self, step: Step, page: &Page, place: &Place) -> Result<(), String> {
        let poll = place.poll;
        match step {
            Step::Poll => {
                let body = shown(page)?;
                let found = |form: &str| body.contains(&format!("action=\"/api/{form}\""));
                let discard = body.contains(&format!("href=\"{}\"", routes::discard(poll)));
                let found = [found("answers/change"), found("take/start"), discard];
                let (sent, draft) = (self.sent.is_some(), self.draft.is_some());
                same(&found, &[sent && !draft, !sent || draft, draft && !sent])?;
                if sent && !draft { self.take_owner(body) } else { Ok(()) }
            }
            Step::Question(..) => self.take_owner(shown(page)?),
            Step::Check => {
                let body = shown(page)?;
                field(body, "version")?.clone_into(&mut self.version);
                field(body, "draft")?.clone_into(&mut self.carried);
                field(body, "facts")?.clone_into(&mut self.facts);
                same(&*answers(body), &self.draft.unwrap().map(Option::unwrap))
            }
            Step::Own => {
                let body = shown(page)?;
                same(&*answers(body), &self.sent.unwrap())?;
                if self.draft.is_none() { self.take_owner(body) } else { Ok(()) }
            }
            Step::AskToWithdraw => {
                let body = shown(page)?;
                same(&body.contains("action=\"/api/answers/withdraw\""), &true)?;
                self.take_owner(body)
            }
            Step::AskToDiscard => {
                let body = shown(page)?;
                same(&body.contains("action=\"/api/answers/discard\""), &true)?;
                self.take_owner(body)
            }
            Step::Receipt | Step::Answered | Step::Polls | Step::Results => filled(page),
            Step::Start => {
                let open =
                    self.draft.map_or(Some(0), |draft| draft.iter().position(Option::is_none));
                let to = open.map(|open| routes::question(poll, open + 1));
                led(page, &to.unwrap_or_else(|| routes::check(poll)))
            }
            Step::Answer(number, way) => {
                self.draft.get_or_insert_default()[number - 1] = Some(self.typing);
                let next = if way == Way::Through && number < 3 {
                    routes::question(poll, number + 1)
                } else {
                    routes::check(poll)
                };
                led(page, &next)
            }
            Step::Leave(number, _) => {
                self.draft.get_or_insert_default()[number - 1] = Some(self.typing);
                led(page, &routes::poll(poll))
            }
            Step::Send => {
                led(page, &routes::receipt(poll))?;
                self.sent = self.draft.take().map(|draft| draft.map(Option::unwrap));
                Ok(())
            }
            Step::SendAgain => led(page, &routes::receipt(poll)),
            Step::Change => {
                led(page, &routes::check(poll))?;
                self.draft = self.sent.map(|sent| sent.map(Some));
                Ok(())
            }
            Step::Withdraw => {
                led(page, &routes::poll(poll))?;
                (self.sent, self.draft) = (None, None);
                Ok(())
            }
            Step::Discard => {
                led(page, &routes::poll(poll))?;
                self.draft = None;
                Ok(())
            }
        }
    }

    /// Takes in whose the page's form is.
    fn take_owner(&mut self, body: &str) -> Result<(), String> {
        field(body, "owner").map(|owner| owner.clone_into(&mut self.owner))
    }

    /// Whether the page of the person's own answers shows what was acknowledged last.
    pub fn last_look(&self, page: &Page) -> Result<(), String> {
        match self.sent {
            Some(sent) => same(&*answers(shown(page)?), &sent),
            None => same(&page.status, &404),
        }
    }
}

/// From the check of all answers to the receipt.
fn sending(again: bool, look: bool) -> Vec<Step> {
    let mut steps = vec![Step::Check, Step::Send];
    steps.extend(again.then_some(Step::SendAgain));
    steps.push(Step::Receipt);
    steps.extend(look.then_some(Step::Own));
    steps
}

/// A page with something on it.
pub fn filled(page: &Page) -> Result<(), String> {
    same(&page.status, &200)?;
    same(&(page.body.len() > 1_000), &true)
}

fn shown(page: &Page) -> Result<&str, String> {
    same(&page.status, &200)?;
    std::str::from_utf8(&page.body).map_err(|error| error.to_string())
}

fn led(page: &Page, to: &str) -> Result<(), String> {
    same(&page.status, &303)?;
    same(&page.location.as_deref(), &Some(to))
}

fn same<T: PartialEq + std::fmt::Debug + ?Sized>(found: &T, wanted: &T) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("{found:?} instead of {wanted:?}")) }
}

/// The value of a hidden field.
fn field<'a>(body: &'a str, name: &str) -> Result<&'a str, String> {
    let at = body.find(&format!("name=\"{name}\"")).ok_or_else(|| format!("no field {name}"))?;
    let tag = &body[body[..at].rfind('<').unwrap_or(0)..];
    let tag = &tag[..tag.find('>').unwrap_or(tag.len())];
    let value = tag.split(" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    value.ok_or_else(|| format!("no value in {tag}"))
}

/// The chosen options that a page names, in their order.
fn answers(body: &str) -> Vec<char> {
    let [before, after] = OPTION;
    let named = body.split(before).skip(1);
    named.filter_map(|rest| rest.chars().next().filter(|_| rest[1..].starts_with(after))).collect()
}
