//! Counting, done by the database: no response is read one by one, and no count is returned that
//! could be printed.

use crate::{
    Error, Vault,
    lifecycle::find,
    store::{
        answer::{self, ANSWERED},
        poll_key::{self, State},
        response,
    },
};
use disclosure::{Cell, QuestionSchema, RawError, RawTables, Schema, Tally};
use questionnaire::{AgeBand, Gender, Kind, Questionnaire, audience::NOT_STATED};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, ExprTrait as _, PaginatorTrait as _,
    QueryFilter as _, QuerySelect as _, sea_query::Expr,
};
use uuid::Uuid;

/// How many people took part, rounded down to ten: all that staff see while a poll is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Participation(u64);

impl Participation {
    fn of(responses: u64) -> Self {
        Self(responses - responses % 10)
    }

    /// A multiple of ten: this many people took part, or up to nine more.
    #[must_use]
    pub const fn at_least(self) -> u64 {
        self.0
    }
}

/// One group of respondents: region, age band, gender, their number and the sum of their record
/// keys modulo 2^32.
type Group = (Option<String>, Option<String>, Option<String>, i64, i64);

impl Vault {
    /// How many people took part so far, rounded down to ten.
    ///
    /// # Errors
    /// [`Error::UnknownPoll`]; the database.
    pub async fn participation(&self, poll: Uuid) -> Result<Participation, Error> {
        find(&self.db, poll).await?;
        let responses =
            response::Entity::find().filter(response::Column::PollId.eq(poll)).count(&self.db);
        Ok(Participation::of(responses.await?))
    }

    /// The counts of a closed poll, to be handed to [`disclosure::protect()`]. `regions` are the
    /// codes that the portal knows, in the order of tables; a stored one that is no longer among
    /// them counts as not stated. `special` says that the answers are of a special category.
    ///
    /// It can be called again with the same result, also after the poll's key is destroyed.
    ///
    /// # Errors
    /// [`Error::StillOpen`] before the poll is closed; [`Error::Counts`] if the questionnaire is
    /// not the one that was asked; [`Error::UnknownPoll`]; the database.
    pub async fn tables(
        &self,
        poll: Uuid,
        questionnaire: &Questionnaire,
        regions: &[String],
        special: bool,
    ) -> Result<RawTables, Error> {
        if state(&self.db, poll).await? != State::Closed {
            return Err(Error::StillOpen);
        }
        let mut tables = RawTables::new(schema(questionnaire, regions, special));
        for group in self.respondents_by_cell(poll).await? {
            let (cell, tally) = read_group(group, regions);
            tables.respondents(&cell, tally).map_err(counts)?;
        }
        for (question, category, group) in self.answers_by_cell(poll).await? {
            let (cell, tally) = read_group(group, regions);
            if category == ANSWERED {
                tables.answered(&question, &cell, tally).map_err(counts)?;
            } else {
                tables.chosen(&question, &category, &cell, tally).map_err(counts)?;
            }
        }
        Ok(tables)
    }

    async fn respondents_by_cell(&self, poll: Uuid) -> Result<Vec<Group>, Error> {
        let groups = response::Entity::find()
            .select_only()
            .columns(CELL)
            .column_as(response::Column::Id.count(), "people")
            .column_as(key_sum(), "key_sum")
            .filter(response::Column::PollId.eq(poll))
            .group_by(response::Column::Region)
            .group_by(response::Column::AgeBand)
            .group_by(response::Column::Gender)
            .into_tuple()
            .all(&self.db)
            .await?;
        Ok(groups)
    }

    async fn answers_by_cell(&self, poll: Uuid) -> Result<Vec<(String, String, Group)>, Error> {
        let groups: Vec<(String, String, _, _, _, _, _)> = answer::Entity::find()
            .inner_join(response::Entity)
            .select_only()
            .columns([answer::Column::Question, answer::Column::Category])
            .columns(CELL)
            .column_as(response::Column::Id.count(), "people")
            .column_as(key_sum(), "key_sum")
            .filter(response::Column::PollId.eq(poll))
            .group_by(answer::Column::Question)
            .group_by(answer::Column::Category)
            .group_by(response::Column::Region)
            .group_by(response::Column::AgeBand)
            .group_by(response::Column::Gender)
            .into_tuple()
            .all(&self.db)
            .await?;
        let groups =
            groups.into_iter().map(|(question, category, region, age, gender, n, keys)| {
                (question, category, (region, age, gender, n, keys))
            });
        Ok(groups.collect())
    }
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

const CELL: [response::Column; 3] =
    [response::Column::Region, response::Column::AgeBand, response::Column::Gender];

/// The sum of record keys modulo 2^32. PostgreSQL's sum of a bigint is a numeric; reduced, it
/// fits again.
fn key_sum() -> Expr {
    response::Column::RecordKey.sum().modulo(1_i64 << 32).cast_as("bigint")
}

fn read_group(
    (region, age_band, gender, people, keys): Group,
    regions: &[String],
) -> (Cell, Tally) {
    let known = |code: String| if regions.contains(&code) { code } else { NOT_STATED.to_owned() };
    let cell = Cell { region: region.map(known), age_band, gender };
    let tally = Tally {
        count: u64::try_from(people).expect("COUNT is never negative"),
        key_sum: u32::try_from(keys).expect("a sum of positive numbers, reduced modulo 2^32"),
    };
    (cell, tally)
}

fn schema(questionnaire: &Questionnaire, regions: &[String], special: bool) -> Schema {
    let or_not_stated = |codes: Vec<String>| [codes, vec![NOT_STATED.to_owned()]].concat();
    let questions = questionnaire.questions.iter().map(|question| QuestionSchema {
        code: question.code.clone(),
        options: question.kind.categories(),
        special,
        ordered: question.kind.ordered(),
        multiple: matches!(question.kind, Kind::MultipleChoice { .. }),
    });
    Schema {
        questions: questions.collect(),
        regions: or_not_stated(regions.to_vec()),
        age_bands: or_not_stated(AgeBand::ALL.map(|band| band.code().to_owned()).to_vec()),
        genders: or_not_stated(Gender::ALL.map(|gender| gender.code().to_owned()).to_vec()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn counts(error: RawError) -> Error {
    Error::Counts(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::Participation;

    #[test]
    fn participation_is_rounded_down_to_ten() {
        let shown = [0, 9, 10, 19, 20].map(|responses| Participation::of(responses).at_least());
        assert_eq!(shown, [0, 0, 10, 10, 20]);
    }
}
