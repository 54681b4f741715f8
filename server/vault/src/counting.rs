//! Counting, done by the database: no response is read one by one, and no count is returned that
//! could be printed.

use crate::{
    Error, Vault,
    counted::{self, Group, Mark},
    lifecycle::find,
    live::last_batch,
    store::{
        poll_key::{self, State},
        response,
    },
};
use disclosure::{Cell, QuestionSchema, RawError, RawTables, Schema, Tally};
use questionnaire::{AgeBand, Gender, Kind, Questionnaire, audience::NOT_STATED};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QuerySelect as _,
};
use uuid::Uuid;

/// How many people took part, in full tens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Participation(u64);

impl Participation {
    fn of(responses: u64) -> Self {
        Self(disclosure::live::participation(responses))
    }

    /// A multiple of ten: this many people took part or, of a poll that is closed, up to nine more; of an
    /// open one there may be any number more, of whom nothing is told yet.
    #[must_use]
    pub const fn at_least(self) -> u64 {
        self.0
    }
}

impl Vault {
    /// How many people took part, rounded down to ten.
    ///
    /// While answers are taken, at how many the last live batch was due, and `None` before the first
    /// one: whoever could look again and again at a number that follows each answer, and
    /// add some of their own until it is about to turn, would see when somebody sends theirs.
    ///
    /// # Errors
    /// [`Error::UnknownPoll`]; the database.
    pub async fn participation(&self, poll: Uuid) -> Result<Option<Participation>, Error> {
        let row = find(&self.db, poll).await?;
        if row.state != State::Closed {
            let last = last_batch(&self.db, poll).await?;
            return Ok(last.map(|last| Participation::of(last.responses.unsigned_abs())));
        }
        let responses =
            response::Entity::find().filter(response::Column::PollId.eq(poll)).count(&self.db);
        Ok(Some(Participation::of(responses.await?)))
    }

    /// [`tabulate`] over the vault's own connection.
    ///
    /// # Errors
    /// As there.
    pub async fn tables(
        &self,
        poll: Uuid,
        questionnaire: &Questionnaire,
        regions: &[String],
        special: bool,
    ) -> Result<RawTables, Error> {
        tabulate(&self.db, poll, questionnaire, regions, special).await
    }
}

/// The counts of a closed poll, to be handed to [`disclosure::protect()`]. `regions` are the
/// codes that the portal knows, in the order of tables; a stored one that is no longer among
/// them counts as not stated. `special` says that the answers are of a special category.
///
/// It needs no key, so `db` may be the connection, or a transaction, of the role that may count
/// and do nothing else (`migration::roles`). It can be called again with the same result, also
/// after the poll's key is destroyed, until its rows are emptied.
///
/// # Errors
/// [`Error::StillOpen`] before the poll is closed; [`Error::KeyDestroyed`] once its rows are emptied:
/// without their records' keys no figure is protected; [`Error::Counts`] if the questionnaire is
/// not the one that was asked; [`Error::UnknownPoll`]; the database.
pub async fn tabulate(
    db: &impl ConnectionTrait,
    poll: Uuid,
    questionnaire: &Questionnaire,
    regions: &[String],
    special: bool,
) -> Result<RawTables, Error> {
    if state(db, poll).await? != State::Closed {
        return Err(Error::StillOpen);
    }
    let groups = counted::groups(db, poll, None, questionnaire).await?;
    if is_emptied(db, poll, &groups).await? {
        return Err(Error::KeyDestroyed);
    }
    let mut tables = RawTables::new(schema(questionnaire, regions, special));
    for group in groups {
        let (cell, tally) = place(&group, regions);
        match group.mark() {
            Mark::TookPart => tables.respondents(&cell, tally),
            Mark::Answered(question) => tables.answered(question, &cell, tally),
            Mark::Chose(question, category) => tables.chosen(question, category, &cell, tally),
        }
        .map_err(counts)?;
    }
    Ok(tables)
}

/// Whether a poll has responses of which nothing is left, or, as earlier versions left them, no key of
/// their records: of others the sum is nothing by chance once in four thousand million polls.
async fn is_emptied(
    db: &impl ConnectionTrait,
    poll: Uuid,
    groups: &[Group],
) -> Result<bool, Error> {
    let mut took_part = groups.iter().filter(|group| matches!(group.mark(), Mark::TookPart));
    if groups.is_empty() {
        let any = response::Entity::find()
            .select_only()
            .column(response::Column::PollId)
            .filter(response::Column::PollId.eq(poll))
            .limit(1)
            .into_tuple::<Uuid>()
            .one(db)
            .await?;
        return Ok(any.is_some());
    }
    Ok(took_part.all(|group| group.key_sum() == 0))
}

/// Only the state: the role that counts may not read keys.
async fn state(db: &impl ConnectionTrait, poll: Uuid) -> Result<State, Error> {
    let state = poll_key::Entity::find_by_id(poll)
        .select_only()
        .column(poll_key::Column::State)
        .into_tuple()
        .one(db)
        .await?;
    state.ok_or(Error::UnknownPoll)
}

/// Where a group stands in the tables, and what it adds there.
fn place(group: &Group, regions: &[String]) -> (Cell, Tally) {
    let known = |code: &String| {
        if regions.contains(code) { code.clone() } else { NOT_STATED.to_owned() }
    };
    let cell = Cell {
        region: group.region.as_ref().map(known),
        age_band: group.age_band.clone(),
        gender: group.gender.clone(),
    };
    (cell, Tally { count: group.people(), key_sum: group.key_sum() })
}

fn schema(questionnaire: &Questionnaire, regions: &[String], special: bool) -> Schema {
    let or_not_stated = |codes: Vec<String>| [codes, vec![NOT_STATED.to_owned()]].concat();
    let questions = questionnaire.questions.iter().map(|question| QuestionSchema {
        code: question.code.clone(),
        options: question.kind.categories(),
        special,
        multiple: matches!(question.kind, Kind::MultipleChoice { .. }),
        exclusive: exclusive(&question.kind),
        required: question.required,
    });
    Schema {
        questions: questions.collect(),
        regions: or_not_stated(regions.to_vec()),
        age_bands: or_not_stated(AgeBand::ALL.map(|band| band.code().to_owned()).to_vec()),
        genders: or_not_stated(Gender::ALL.map(|gender| gender.code().to_owned()).to_vec()),
    }
}

/// The codes of the options that nobody chooses with another one.
fn exclusive(kind: &Kind) -> Vec<String> {
    let Kind::MultipleChoice { options, .. } = kind else { return Vec::new() };
    options.iter().filter(|option| option.exclusive).map(|option| option.code.clone()).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn counts(error: RawError) -> Error {
    Error::Counts(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::{Participation, schema};
    use disclosure::QuestionSchema;
    use questionnaire::{Kind, Label, Order, Question, Questionnaire, Text};

    #[test]
    fn participation_is_rounded_down_to_ten() {
        let shown = [0, 9, 10, 19, 20].map(|responses| Participation::of(responses).at_least());
        assert_eq!(shown, [0, 0, 10, 10, 20]);
    }

    /// What is published exactly depends on each of these.
    #[test]
    fn the_protection_is_told_what_each_question_allows() {
        let question = |code: &str, required, kind| Question {
            code: code.into(),
            title: Text::default(),
            hint: Text::default(),
            required,
            kind,
        };
        let option = |code: &str| Label {
            code: code.into(),
            text: Text::default(),
            exclusive: code == "none",
        };
        let options = ["bus", "train", "none"].map(option).to_vec();
        let uses = Kind::MultipleChoice { options, order: Order::Fixed, least: 1, most: 2 };
        let questions = vec![question("uses", false, uses), question("sure", true, Kind::YesNo)];
        let asked = Questionnaire { questions };
        let codes = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
        for special in [false, true] {
            let expected = [
                QuestionSchema {
                    code: "uses".into(),
                    options: codes(&["bus", "train", "none"]),
                    special,
                    multiple: true,
                    exclusive: codes(&["none"]),
                    required: false,
                },
                QuestionSchema {
                    code: "sure".into(),
                    options: codes(&["yes", "no"]),
                    special,
                    multiple: false,
                    exclusive: Vec::new(),
                    required: true,
                },
            ];
            assert_eq!(schema(&asked, &[], special).questions, expected);
        }
    }
}
