//! The answers of version 1. Fields are only ever added; one was made to lack its number where
//! disclosure control came to withhold it, the `count` of a figure.

use chrono::NaiveDate;
use ports::views::results::{self, PublishedLine, Results};
use questionnaire::{Breakdown, Language};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A department's releases.
#[derive(Serialize, ToSchema)]
pub struct Releases {
    /// Newest first.
    pub releases: Vec<ReleaseLine>,
}

/// A release in the list.
#[derive(Serialize, ToSchema)]
pub struct ReleaseLine {
    /// The poll's id.
    poll: Uuid,
    /// Its title.
    title: String,
    /// The title's language where it is not the one that was asked for.
    language: Option<&'static str>,
    /// The day of publication.
    published: NaiveDate,
    /// The exact number of responses; null where nothing is published.
    responses: Option<u64>,
}

impl From<PublishedLine> for ReleaseLine {
    fn from(line: PublishedLine) -> Self {
        let PublishedLine { poll, title, language, published, responses } = line;
        Self { poll, title, language: language.map(Language::tag), published, responses }
    }
}

/// A release: immutable, the same figures as on every page and in every file.
#[derive(Serialize, ToSchema)]
pub struct Release {
    /// The poll's id.
    poll: Uuid,
    /// Its title.
    title: String,
    /// The language of title and purpose where it is not the one that was asked for.
    language: Option<&'static str>,
    /// Who asked.
    department: String,
    /// What for.
    purpose: String,
    /// First day of the poll.
    opened: Option<NaiveDate>,
    /// Last day of the poll.
    closed: Option<NaiveDate>,
    /// The day of publication.
    published: NaiveDate,
    /// SHA-256 of the stored release.
    digest: String,
    /// The exact number of responses; null where nothing is published.
    responses: Option<u64>,
    /// People of all ages who live in the regions that were asked, as the portal's operator states
    /// them; null where that is not known of each, and where nothing is published.
    residents: Option<u64>,
    /// Why nothing at all is published: `too_few` or `special_category`.
    withheld: Option<&'static str>,
    /// The breakdowns of the poll's plan, by their codes.
    plan: Vec<&'static str>,
    /// How the figures were made.
    method: Method,
    /// How many people responded, by the breakdowns.
    participation: Vec<Participation>,
    /// The questions, in their order.
    questions: Vec<Question>,
}

/// How the figures were made.
#[derive(Serialize, ToSchema)]
struct Method {
    /// Name of the perturbation table.
    table: String,
    /// The most by which a count is changed.
    most_noise: u8,
    /// The variance of the changes.
    variance: String,
    /// Counts from 1 to this are never published.
    never_up_to: u64,
    /// With fewer responses nothing is published.
    least_release: u64,
    /// With fewer responses there are headlines only.
    least_breakdowns: u64,
    /// A row of fewer people is withheld.
    least_row: u64,
}

/// How many people responded, by one breakdown.
#[derive(Serialize, ToSchema)]
struct Participation {
    /// The breakdown's code.
    by: &'static str,
    /// Whether every combination of categories has a row. A missing one is withheld or had nobody
    /// in it; nothing tells which.
    complete: bool,
    /// The published rows.
    rows: Vec<ParticipationRow>,
}

/// How many people of one row responded.
#[derive(Serialize, ToSchema)]
struct ParticipationRow {
    /// Whom the row is about.
    categories: Vec<Category>,
    /// The published number.
    count: u64,
    /// By region: people of all ages who live there, as the portal's operator states them; null
    /// where that is not known, and in every other breakdown.
    residents: Option<u64>,
}

/// One question.
#[derive(Serialize, ToSchema)]
struct Question {
    /// Its code.
    code: String,
    /// Its words.
    title: String,
    /// Their language where it is not the one that was asked for.
    language: Option<&'static str>,
    /// The language of the options' labels where it is not the one that was asked for. Yes, no and
    /// ranges are the portal's words and never in another.
    options_language: Option<&'static str>,
    /// Whether people could choose several options, so that shares do not add up to 100.
    several: bool,
    /// Why not even the headline is published: `too_few` or `special_category`.
    withheld: Option<&'static str>,
    /// Everybody's answers.
    headline: Option<Headline>,
    /// Why no breakdown is published, although some are planned.
    breakdowns_withheld: Option<&'static str>,
    /// Answers by the breakdowns of the plan.
    breakdowns: Vec<Table>,
}

/// Everybody's answers to one question.
#[derive(Serialize, ToSchema)]
struct Headline {
    /// How many answered.
    base: u64,
    /// Whether base and counts are exact; otherwise they may be changed a little.
    exact: bool,
    /// The options.
    figures: Vec<Figure>,
}

/// One question by one breakdown.
#[derive(Serialize, ToSchema)]
struct Table {
    /// The breakdown's code.
    by: &'static str,
    /// As with participation.
    complete: bool,
    /// The published rows.
    rows: Vec<Row>,
}

/// One row of a table.
#[derive(Serialize, ToSchema)]
struct Row {
    /// Whom the row is about.
    categories: Vec<Category>,
    /// The published number of people who answered.
    base: u64,
    /// The options.
    figures: Vec<Figure>,
}

/// A category of a row.
#[derive(Serialize, ToSchema)]
struct Category {
    /// `region`, `age_band` or `gender`.
    facet: &'static str,
    /// The category's code.
    code: String,
    /// In words.
    label: String,
}

/// One option's count and share.
#[derive(Serialize, ToSchema)]
struct Figure {
    /// The option's code.
    code: String,
    /// In words.
    label: String,
    /// The published number of people; null in a breakdown where `percent_is` is `at_most` or
    /// `at_least`: beside the base it would tell what the share does not.
    count: Option<u64>,
    /// Whole percent of the base.
    percent: u8,
    /// How to read the percentage: `exactly`, `at_most` or `at_least`.
    percent_is: &'static str,
}

fn withheld(why: results::Withheld) -> &'static str {
    match why {
        results::Withheld::TooFew => "too_few",
        results::Withheld::SpecialCategory => "special_category",
    }
}

impl From<results::Category> for Category {
    fn from(category: results::Category) -> Self {
        let results::Category { facet, code, label } = category;
        let facet = match facet {
            results::Facet::Region => "region",
            results::Facet::AgeBand => "age_band",
            results::Facet::Gender => "gender",
        };
        Self { facet, code, label }
    }
}

impl From<results::Figure> for Figure {
    fn from(figure: results::Figure) -> Self {
        let results::Figure { code, label, count, percent } = figure;
        let percent_is = match percent {
            results::Percent::AtMost(_) => "at_most",
            results::Percent::Exactly(_) => "exactly",
            results::Percent::AtLeast(_) => "at_least",
        };
        Self { code, label, count, percent: percent.length(), percent_is }
    }
}

fn all<A, B: From<A>>(items: Vec<A>) -> Vec<B> {
    items.into_iter().map(B::from).collect()
}

impl From<results::Row> for Row {
    fn from(row: results::Row) -> Self {
        Self { categories: all(row.categories), base: row.base, figures: all(row.figures) }
    }
}

impl From<results::BreakdownTable> for Table {
    fn from(table: results::BreakdownTable) -> Self {
        Self { by: table.by.code(), complete: table.complete, rows: all(table.rows) }
    }
}

impl From<results::QuestionResults> for Question {
    fn from(question: results::QuestionResults) -> Self {
        Self {
            several: question.note == results::Note::Several,
            language: question.language.map(Language::tag),
            options_language: question.options_language().map(Language::tag),
            code: question.code,
            title: question.title,
            withheld: question.withheld.map(withheld),
            headline: question.headline.map(|headline| Headline {
                base: headline.base,
                exact: headline.exact,
                figures: all(headline.figures),
            }),
            breakdowns_withheld: question.breakdowns_withheld.map(withheld),
            breakdowns: all(question.breakdowns),
        }
    }
}

impl Participation {
    fn of(table: results::ParticipationTable, turnout: &[results::Turnout]) -> Self {
        let turnout = if table.by == Breakdown::Region { turnout } else { &[] };
        let row = |(categories, count): (Vec<results::Category>, u64)| {
            let region = categories.first().map(|category| &category.code);
            let known = turnout.iter().find(|known| Some(&known.region) == region);
            let residents = known.map(|known| known.residents);
            ParticipationRow { categories: all(categories), count, residents }
        };
        let rows = table.rows.into_iter().map(row).collect();
        Self { by: table.by.code(), complete: table.complete, rows }
    }
}

impl From<results::Method> for Method {
    fn from(method: results::Method) -> Self {
        Self {
            table: method.table,
            most_noise: method.most_noise,
            variance: method.variance,
            never_up_to: method.never_up_to,
            least_release: method.least_release,
            least_breakdowns: method.least_breakdowns,
            least_row: method.least_row,
        }
    }
}

impl From<Results> for Release {
    fn from(results: Results) -> Self {
        let (opened, closed) = results.open.unzip();
        let turnout = results.turnout;
        let participation = results.participation.into_iter();
        Self {
            poll: results.poll,
            title: results.title,
            language: results.language.map(Language::tag),
            department: results.department_name,
            purpose: results.purpose,
            opened,
            closed,
            published: results.published,
            digest: results.digest,
            responses: results.responses,
            residents: results.residents.map(|(residents, _)| residents),
            withheld: results.withheld.map(withheld),
            plan: results.planned.into_iter().map(Breakdown::code).collect(),
            method: results.method.into(),
            participation: participation.map(|table| Participation::of(table, &turnout)).collect(),
            questions: all(results.questions),
        }
    }
}
