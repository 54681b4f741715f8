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
use disclosure::{Cell, Facet, QuestionSchema, RawError, RawTables, Schema, Tally};
use questionnaire::{
    AgeBand, Audience, Gender, Kind, Questionnaire, Unknown, audience::NOT_STATED,
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbBackend, EntityTrait as _, QueryFilter as _,
    QuerySelect as _,
};
use uuid::Uuid;

/// How many people have taken part so far as it is told, in full tens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Participation(u64);

impl Participation {
    fn of(responses: u64) -> Self {
        Self(disclosure::live::participation(responses))
    }

    /// A multiple of ten: this many people took part, and any number more, of whom nothing is told yet.
    #[must_use]
    pub const fn at_least(self) -> u64 {
        self.0
    }
}

impl Vault {
    /// At how many people the last live batch was due, rounded down to ten, and `None` before the first
    /// one.
    ///
    /// Never how many there are: whoever could look again and again at a number that follows each answer,
    /// and add some of their own until it is about to turn, would see when somebody sends theirs. Nor when
    /// the poll is closed: how many took part is said by its release, which may say nothing, and until
    /// then by nobody.
    ///
    /// # Errors
    /// [`Error::UnknownPoll`]; the database.
    pub async fn participation(&self, poll: Uuid) -> Result<Option<Participation>, Error> {
        find(&self.db, poll).await?;
        let last = last_batch(&self.db, poll).await?;
        Ok(last.map(|last| Participation::of(last.responses.unsigned_abs())))
    }

    /// [`tabulate`] over the vault's own connection.
    ///
    /// # Errors
    /// As there.
    pub async fn tables(
        &self,
        poll: Uuid,
        questionnaire: &Questionnaire,
        audience: &Audience,
        regions: &[String],
        special: bool,
    ) -> Result<RawTables, Error> {
        tabulate(&self.db, poll, questionnaire, audience, regions, special).await
    }
}

/// The counts of a closed poll, to be handed to [`disclosure::protect()`]. `audience` is whom it asked,
/// and `regions` are the codes that the portal knows, in the order of tables: which rows there can be
/// follows from these two alone. A stored region that the portal does not know counts as not stated.
/// `special` says that the answers are of a special category.
///
/// It needs no key, so `db` may be the connection, or a transaction, of the role that may count
/// and do nothing else (`migration::roles`). It can be called again with the same result, also
/// after the poll's key is destroyed, until its rows are emptied; before anything is published, unless somebody
/// takes a consent back in between ([`Vault::revoke`]).
///
/// # Errors
/// [`Error::StillOpen`] before the poll is closed; [`Error::KeyDestroyed`] once its rows are emptied:
/// without their records' keys no figure is protected; [`Error::Counts`] if the questionnaire is
/// not the one that was asked; [`Error::UnknownPoll`]; the database.
pub async fn tabulate(
    db: &impl ConnectionTrait,
    poll: Uuid,
    questionnaire: &Questionnaire,
    audience: &Audience,
    regions: &[String],
    special: bool,
) -> Result<RawTables, Error> {
    if state(db, poll).await? != State::Closed {
        return Err(Error::StillOpen);
    }
    let groups = counted::closed(db, poll, questionnaire).await?;
    if is_emptied(db, poll, &groups).await? {
        return Err(Error::KeyDestroyed);
    }
    let schema = schema(questionnaire, audience, regions, special);
    let mut tables = RawTables::new(schema.clone());
    for group in groups {
        let (cell, tally) = place(&group, &schema);
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
    // On PostgreSQL whoever counts may not look, and is given a group of nobody.
    if groups.is_empty() && db.get_database_backend() != DbBackend::Postgres {
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
    Ok(!groups.is_empty() && took_part.all(|group| group.key_sum() == 0))
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
///
/// Whoever sends is admitted by the audience, and the facts are stored as of then. So there is a category
/// for everybody, except where it became another day (a birthday) between the check and the sending, and
/// where the portal does not know the region any more. Such people count as not stated, and where nobody
/// can be that, in the totals and in no row. To add a category for them would tell that they are there;
/// to refuse to count would keep everybody's results back.
fn place(group: &Group, schema: &Schema) -> (Cell, Tally) {
    let known = |facet: Facet, code: Option<&str>| {
        let (code, categories) = (code?, schema.categories(facet));
        let find = |code: &str| categories.iter().find(|category| *category == code);
        find(code).or_else(|| find(NOT_STATED)).cloned()
    };
    let cell = Cell {
        region: known(Facet::Region, group.region.as_deref()),
        age_band: known(Facet::AgeBand, group.age_band.as_deref()),
        gender: known(Facet::Gender, group.gender.as_deref()),
    };
    (cell, Tally { count: group.people(), key_sum: group.key_sum() })
}

/// What the tables can have: the questions, and the categories of those whom the audience admits.
///
/// It is made of what everybody can read about the poll, and must never be made of what is stored: a
/// category that is there only because somebody is in it would tell just that. One in which nobody can be
/// would make every table look as if a row of it were withheld.
fn schema(
    questionnaire: &Questionnaire,
    audience: &Audience,
    regions: &[String],
    special: bool,
) -> Schema {
    let questions = questionnaire.questions.iter().map(|question| QuestionSchema {
        code: question.code.clone(),
        options: question.kind.categories(),
        special,
        multiple: matches!(question.kind, Kind::MultipleChoice { .. }),
        exclusive: exclusive(&question.kind),
        required: question.required,
    });
    let (by_region, by_gender) = (audience.asks_region(), audience.asks_gender());
    let regions = regions.iter().map(String::as_str);
    let regions = regions.filter(|code| !by_region || audience.regions.contains(*code));
    // Bands follow one another without a gap.
    let youngest = AgeBand::of(audience.age_from.unwrap_or(0));
    let oldest = AgeBand::of(audience.age_to.unwrap_or(u32::MAX));
    let ages = AgeBand::ALL.into_iter().filter(|band| (youngest..=oldest).contains(band));
    let genders = Gender::ALL.into_iter();
    let genders = genders.filter(|gender| !by_gender || audience.genders.contains(gender));
    // A fact that nobody asks for may be unknown of anybody.
    let unknown = |asked: bool| !asked || audience.unknown == Unknown::Admit;
    Schema {
        questions: questions.collect(),
        regions: categories(regions, unknown(by_region)),
        age_bands: categories(ages.map(AgeBand::code), unknown(audience.asks_age())),
        genders: categories(genders.map(Gender::code), unknown(by_gender)),
    }
}

/// The codes of a facet's categories, with the one of those of whom the fact is not known, if there may be
/// such people.
fn categories<'a>(known: impl Iterator<Item = &'a str>, unknown: bool) -> Vec<String> {
    known.chain(unknown.then_some(NOT_STATED)).map(str::to_owned).collect()
}

/// The codes of the options that nobody chooses with another one.
fn exclusive(kind: &Kind) -> Vec<String> {
    let Kind::MultipleChoice { options, .. } = kind else { return Vec::new() };
    options.iter().filter(|option| option.exclusive).map(|option| option.code.clone()).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn counts(error: RawError) -> Error {
    Error::Counts(match error {
        RawError::UnknownQuestion(_) => "question of such a code",
        RawError::UnknownOption { .. } => "option of such a code",
        RawError::UnknownCategory { .. } => "category of such a code",
    })
}

#[cfg(test)]
mod tests {
    use super::{Participation, counts, schema};
    use disclosure::{Facet, QuestionSchema, RawError};
    use questionnaire::{
        Audience, Gender, Kind, Label, Order, Question, Questionnaire, Text, Unknown,
    };

    #[test]
    fn participation_is_rounded_down_to_ten() {
        let shown = [0, 9, 10, 19, 20].map(|responses| Participation::of(responses).at_least());
        assert_eq!(shown, [0, 0, 10, 10, 20]);
    }

    #[test]
    fn what_is_stored_is_not_in_the_words_about_counts_that_do_not_fit() {
        let needle = || "needle".to_owned();
        for error in [
            RawError::UnknownQuestion(needle()),
            RawError::UnknownOption { question: needle(), option: needle() },
            RawError::UnknownCategory { facet: Facet::Region, code: needle() },
        ] {
            let told = counts(error);
            assert!(!format!("{told} {told:?}").contains("needle"), "{told}");
        }
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
            assert_eq!(schema(&asked, &Audience::default(), &[], special).questions, expected);
        }
    }

    /// A row that nobody can be in is no row that is missing.
    #[test]
    fn tables_have_the_categories_of_those_whom_the_audience_admits() {
        let regions = ["01", "02", "03"].map(str::to_owned);
        let codes = |audience: &Audience| {
            let schema = schema(&Questionnaire::default(), audience, &regions, false);
            Facet::ALL.map(|facet| schema.categories(facet).join(" "))
        };
        let all_bands = "0-17 18-24 25-34 35-44 45-54 55-64 65+ not-stated";
        let everybody = ["01 02 03 not-stated", all_bands, "female male not-stated"];
        assert_eq!(codes(&Audience::default()), everybody);
        // What is said of unknown facts concerns those that are asked for, of which there are none.
        let refuse = Audience { unknown: Unknown::Refuse, ..Audience::default() };
        assert_eq!(codes(&refuse), everybody);
        let adults = Audience { age_from: Some(18), ..refuse.clone() };
        let bands = "18-24 25-34 35-44 45-54 55-64 65+";
        assert_eq!(codes(&adults), [everybody[0], bands, everybody[2]]);
        // A band of which only some are asked is there; a region that the portal does not know is not.
        let some = Audience {
            regions: ["03", "01", "99"].map(str::to_owned).into(),
            age_from: Some(20),
            age_to: Some(35),
            genders: [Gender::Female].into(),
            ..refuse
        };
        assert_eq!(codes(&some), ["01 03", "18-24 25-34 35-44", "female"]);
        let admit = Audience { unknown: Unknown::Admit, ..some };
        let known_or_not =
            ["01 03 not-stated", "18-24 25-34 35-44 not-stated", "female not-stated"];
        assert_eq!(codes(&admit), known_or_not);
    }
}
