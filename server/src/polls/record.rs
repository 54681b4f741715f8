//! A poll as it is stored, with its parts read back into types.

use super::listed::takes_answers;
use crate::{
    error::while_,
    staff::log,
    store::poll::{ActiveModel, Column, Entity, Model},
};
use chrono::{DateTime, Utc};
use ports::{actions::Action, failure::Failure, states::State, unread::unread};
use questionnaire::{Audience, Language, Plan, Questionnaire, Special, Text};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QuerySelect as _,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// A poll in any state of its life.
#[derive(Clone, Debug, PartialEq)]
pub struct Poll {
    /// Identifier.
    pub id: Uuid,
    /// The department that asks.
    pub department: Uuid,
    /// Who wrote it: never also its reviewer.
    pub author: Uuid,
    /// Where it is in its life.
    pub state: State,
    /// Rises with every change.
    pub revision: i32,
    /// The languages that it is written in.
    pub languages: BTreeSet<Language>,
    /// Title.
    pub title: Text,
    /// What the department wants to know it for.
    pub purpose: Text,
    /// Its questions.
    pub questionnaire: Questionnaire,
    /// Whom it asks.
    pub audience: Audience,
    /// What will be published.
    pub plan: Plan,
    /// The special category that it asks about.
    pub special: Option<Special>,
    /// Whether somebody answered the question about the special category, be it with "none".
    pub special_chosen: bool,
    /// When it is to open.
    pub opens_at: Option<DateTime<Utc>>,
    /// When it is to close.
    pub closes_at: Option<DateTime<Utc>>,
    /// Days after publication until the poll's key is destroyed.
    pub retention_days: u16,
    /// What the department decided because of it.
    pub outcome: Option<Text>,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// When it opened.
    pub opened_at: Option<DateTime<Utc>>,
    /// When it closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// When its release was published.
    pub published_at: Option<DateTime<Utc>>,
    /// When its key was destroyed, at the end of the retention.
    pub key_destroyed_at: Option<DateTime<Utc>>,
    /// Days that a backup was kept, at most, when it opened: as long its notice has said that copies of its key
    /// stay. Absent before, and, until the scheduler's next round, where an earlier version opened it.
    pub backup_days: Option<u16>,
}

/// What is stored where a poll asks about no special category; nothing is stored before somebody
/// chose.
const NO_SPECIAL: &str = "none";

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("the parts of a poll have string keys")
}

/// A part of a stored poll. It is refused where it says something that this version does not know: a change
/// of the poll's state writes every part back, and what was not read would be gone.
fn part<T: Serialize + DeserializeOwned>(stored: &Value) -> Result<T, Failure> {
    let read: T =
        serde_json::from_value(stored.clone()).map_err(while_("reading a stored poll"))?;
    if unread(stored, &json(&read)).is_some() {
        return Err(Failure::internal("a stored poll holds what this version does not know"));
    }
    Ok(read)
}

/// The special category that is stored. An unknown one is not taken for none: nobody would be asked
/// for the consent that it needs.
fn special(code: Option<&str>) -> Result<Option<Special>, Failure> {
    match code {
        None | Some(NO_SPECIAL) => Ok(None),
        Some(code) => Special::from_code(code)
            .map(Some)
            .ok_or_else(|| Failure::internal("a stored poll has an unknown special category")),
    }
}

/// The polls whose key is not destroyed: of the others the vault can tell nobody's answers.
///
/// # Errors
/// When the store cannot be read.
pub async fn ids_with_key(db: &impl ConnectionTrait) -> Result<Vec<Uuid>, Failure> {
    Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::KeyDestroyedAt.is_null())
        .into_tuple()
        .all(db)
        .await
        .map_err(while_("listing polls"))
}

impl TryFrom<Model> for Poll {
    type Error = Failure;

    fn try_from(model: Model) -> Result<Self, Failure> {
        Ok(Self {
            id: model.id,
            department: model.department_id,
            author: model.author_id,
            state: State::from_code(&model.state)
                .ok_or_else(|| Failure::internal("a stored poll has an unknown state"))?,
            revision: model.revision,
            languages: part(&model.languages)?,
            title: part(&model.title)?,
            purpose: part(&model.purpose)?,
            questionnaire: part(&model.questionnaire)?,
            audience: part(&model.audience)?,
            plan: part(&model.plan)?,
            special: special(model.special_category.as_deref())?,
            special_chosen: model.special_category.is_some(),
            opens_at: model.opens_at,
            closes_at: model.closes_at,
            retention_days: u16::try_from(model.retention_days)
                .map_err(while_("reading a stored poll"))?,
            outcome: model.outcome.as_ref().map(part).transpose()?,
            created_at: model.created_at,
            updated_at: model.updated_at,
            opened_at: model.opened_at,
            closed_at: model.closed_at,
            published_at: model.published_at,
            key_destroyed_at: model.key_destroyed_at,
            backup_days: model
                .backup_days
                .map(u16::try_from)
                .transpose()
                .map_err(while_("reading a stored poll"))?,
        })
    }
}

impl Poll {
    /// The poll as those see it who are asked: without what is written in other languages than its own.
    #[must_use]
    pub fn as_asked(&self) -> Self {
        let mut asked = self.clone();
        asked.title.keep(&self.languages);
        asked.purpose.keep(&self.languages);
        asked.questionnaire.keep(&self.languages);
        asked
    }

    /// The poll as a row, with every column set.
    #[must_use]
    pub fn row(&self) -> ActiveModel {
        ActiveModel {
            id: Set(self.id),
            department_id: Set(self.department),
            author_id: Set(self.author),
            state: Set(self.state.code().to_owned()),
            revision: Set(self.revision),
            languages: Set(json(&self.languages)),
            title: Set(json(&self.title)),
            purpose: Set(json(&self.purpose)),
            questionnaire: Set(json(&self.questionnaire)),
            audience: Set(json(&self.audience)),
            plan: Set(json(&self.plan)),
            special_category: Set(self
                .special
                .map(Special::code)
                .or(self.special_chosen.then_some(NO_SPECIAL))
                .map(str::to_owned)),
            opens_at: Set(self.opens_at),
            closes_at: Set(self.closes_at),
            retention_days: Set(i32::from(self.retention_days)),
            outcome: Set(self.outcome.as_ref().map(json)),
            created_at: Set(self.created_at),
            updated_at: Set(self.updated_at),
            opened_at: Set(self.opened_at),
            closed_at: Set(self.closed_at),
            published_at: Set(self.published_at),
            key_destroyed_at: Set(self.key_destroyed_at),
            backup_days: Set(self.backup_days.map(i32::from)),
        }
    }

    /// Whether answers are taken at `now`: the state alone is not enough, because nobody may
    /// have closed the poll yet.
    #[must_use]
    pub fn takes_answers(&self, now: DateTime<Utc>) -> bool {
        takes_answers(self.state, self.closes_at, now)
    }

    /// The line of the staff's log about what was done to the poll; `actor` is absent where the
    /// scheduler acts.
    #[must_use]
    pub fn log_entry(&self, action: Action, actor: Option<Uuid>) -> log::Entry {
        log::Entry {
            action,
            actor,
            department: Some(self.department),
            object: Some(self.id),
            details: Value::Null,
        }
    }

    /// Writes the poll, if the stored one is still in the state and of the revision that the
    /// change started from.
    ///
    /// # Errors
    /// [`Failure::Conflict`] if somebody was quicker, or that the store cannot be written.
    pub async fn replace(
        &self,
        db: &impl ConnectionTrait,
        state: State,
        revision: i32,
    ) -> Result<(), Failure> {
        let changed = Entity::update_many()
            .set(self.row())
            .filter(Column::Id.eq(self.id))
            .filter(Column::State.eq(state.code()))
            .filter(Column::Revision.eq(revision))
            .exec(db)
            .await
            .map_err(while_("writing a poll"))?;
        if changed.rows_affected == 1 { Ok(()) } else { Err(Failure::Conflict) }
    }

    /// Those of these that this version of the program can read. Where servers of two versions run, one
    /// poll that only the newer knows is no reason for the older to show, close or count none of the
    /// others; whoever asks for that poll itself is told that something is wrong ([`Poll::load`]).
    #[must_use]
    pub fn readable(rows: Vec<Model>) -> Vec<Self> {
        let readable = |row: Model| {
            let id = row.id;
            let poll = Self::try_from(row);
            poll.inspect_err(|failure| tracing::error!(poll = %id, %failure, "left out")).ok()
        };
        rows.into_iter().filter_map(readable).collect()
    }

    /// The poll with this id.
    ///
    /// # Errors
    /// [`Failure::NotFound`], or that the store cannot be read.
    pub async fn load(db: &impl ConnectionTrait, id: Uuid) -> Result<Self, Failure> {
        Entity::find_by_id(id)
            .one(db)
            .await
            .map_err(while_("loading a poll"))?
            .ok_or(Failure::NotFound)?
            .try_into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use questionnaire::{Kind, Label, Order, Question};
    use serde_json::json;

    #[test]
    fn an_unknown_special_category_is_not_taken_for_none() {
        assert_eq!((special(None), special(Some(NO_SPECIAL))), (Ok(None), Ok(None)));
        for known in Special::ALL {
            assert_eq!(special(Some(known.code())), Ok(Some(known)));
        }
        assert!(special(Some("of_tomorrow")).is_err());
    }

    /// Otherwise the next change of state would write it back without that.
    #[test]
    fn what_only_a_newer_version_knows_is_not_taken_for_read() {
        let audience = |more: Value| {
            let mut stored = json!({ "regions": ["north"], "age_from": 18 });
            stored["of_tomorrow"] = more;
            part::<Audience>(&stored)
        };
        let question = |more: Value| {
            let option =
                |code| json!({ "code": code, "text": { "en": code }, "of_tomorrow": more });
            let options = [option("a"), option("b")];
            let title = json!({ "en": "Which?" });
            part::<Questionnaire>(&json!([
                { "code": "vote", "title": title, "required": true, "type": "yes_no" },
                { "code": "line", "title": title, "required": true, "type": "single_choice",
                  "options": options },
            ]))
        };
        for something in [json!(true), json!(0), json!("x"), json!(["x"]), json!({ "x": null })] {
            assert!(audience(something.clone()).is_err(), "{something}");
            assert!(question(something.clone()).is_err(), "{something}");
        }
        for nothing in [json!(null), json!(false), json!(""), json!([]), json!({})] {
            assert!(audience(nothing.clone()).is_ok(), "{nothing}");
            assert!(question(nothing.clone()).is_ok(), "{nothing}");
        }
    }

    #[test]
    fn what_this_version_writes_it_reads() {
        let text = Text::both("Which?", "Какой?");
        let label = |exclusive| Label { code: "a".to_owned(), text: text.clone(), exclusive };
        let (options, order) = (vec![label(false), label(true)], Order::Shuffled);
        let question = |hint, kind| Question {
            code: "q".to_owned(),
            title: text.clone(),
            hint,
            required: false,
            kind,
        };
        let questionnaire = Questionnaire {
            questions: vec![
                question(Text::default(), Kind::YesNo),
                question(text.clone(), Kind::SingleChoice { options, order }),
            ],
        };
        assert_eq!(part(&json(&questionnaire)), Ok(questionnaire));
        assert_eq!(part(&json(&Audience::default())), Ok(Audience::default()));
        assert_eq!(part(&json(&Plan::default())), Ok(Plan::default()));
        assert_eq!(part(&json(&Language::ALL)), Ok(BTreeSet::from(Language::ALL)));
        assert_eq!(part(&json(&text)), Ok(text));
    }
}
