//! The answers of version 1. Fields are only ever added; one was made to lack its number where
//! disclosure control came to withhold it, the `count` of a figure.

use chrono::NaiveDate;
use locales::td_string;
use ports::{
    look::locale_of,
    routes,
    views::results::{self, PublishedLine, Results, words},
};
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
    /// The address of the page with the same figures, which is open to everybody: to be named as the source.
    page: String,
    /// SHA-256 of the stored release.
    digest: String,
}

impl ReleaseLine {
    /// A line of a portal at this origin.
    pub fn of(line: PublishedLine, origin: &str) -> Self {
        let PublishedLine { poll, title, language, published, responses, digest } = line;
        let (page, language) =
            (format!("{origin}{}", routes::results(poll)), language.map(Language::tag));
        Self { poll, title, language, published, responses, page, digest }
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
    /// Whom the poll asked, a sentence for each condition; one that says so where it was everybody.
    audience: Vec<String>,
    /// First day of the poll.
    opened: Option<NaiveDate>,
    /// Last day of the poll.
    closed: Option<NaiveDate>,
    /// The day of publication.
    published: NaiveDate,
    /// What the department decided because of the answers; null until it says so.
    outcome: Option<String>,
    /// The language of the outcome where it is not the one that was asked for.
    outcome_language: Option<&'static str>,
    /// The address of the page with the same figures, which is open to everybody: to be named as the source.
    page: String,
    /// SHA-256 of the stored release.
    digest: String,
    /// The exact number of responses; null where nothing is published.
    responses: Option<u64>,
    /// People of all ages who live in the regions that were asked, as the portal's operator states
    /// them; null where that is not known of each, where not all of them were asked but those of an age
    /// or a gender, and where nothing is published.
    residents: Option<u64>,
    /// What one has to know to set responses beside residents, in a sentence of the language that was asked
    /// for; null where no residents are stated, here or by region.
    residents_note: Option<String>,
    /// Why nothing at all is published.
    withheld: Option<Withheld>,
    /// The breakdowns of the poll's plan, by their codes.
    plan: Vec<By>,
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
    /// The most by which a count is changed. The `base` of a row can differ by more: see there.
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
    /// Where the published number of those of a row who chose an option is less than this, or less than this
    /// below the base, only a bound of the share is given; null where the results were published before this
    /// was so.
    least_told: Option<u64>,
    /// Whether the audience or the breakdowns go by facts about people; `notes` say whose word these are.
    by_facts: bool,
    /// The identity provider's name where whoever has several accounts at it could answer several times;
    /// null where nobody could.
    several_accounts_at: Option<String>,
    /// The same, and what else one has to know to read the figures, in sentences of the language that was
    /// asked for: those of the page.
    notes: Vec<String>,
}

/// Why something is not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Withheld {
    /// Too few people.
    TooFew,
    /// Few people, and the answers are of a special category.
    SpecialCategory,
}

/// By what answers are broken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum By {
    /// By region.
    Region,
    /// By age band.
    AgeBand,
    /// By gender.
    Gender,
    /// By region and age band.
    RegionByAgeBand,
    /// By region and gender.
    RegionByGender,
    /// By age band and gender.
    AgeBandByGender,
}

/// A fact about people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Facet {
    /// Region.
    Region,
    /// Age band.
    AgeBand,
    /// Gender.
    Gender,
}

/// How to read a percentage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum PercentIs {
    /// The share is so much or less.
    AtMost,
    /// It is the share.
    Exactly,
    /// The share is so much or more.
    AtLeast,
}

/// How many people responded, by one breakdown.
#[derive(Serialize, ToSchema)]
struct Participation {
    /// The breakdown's code.
    by: By,
    /// Whether every combination of categories has a row. A missing one is withheld or had nobody
    /// in it. Nothing marks which, but the other rows can tell whether anybody of it took part.
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
    /// where that is not known, where not all of them were asked, and in every other breakdown.
    residents: Option<u64>,
}

/// One question.
#[derive(Serialize, ToSchema)]
struct Question {
    /// Its code.
    code: String,
    /// Its words.
    title: String,
    /// What stood beside it to help; null where nothing did.
    hint: Option<String>,
    /// The language of title, hint and the ends of a scale where it is not the one that was asked for.
    language: Option<&'static str>,
    /// Whether one had to answer it; otherwise it could be left out.
    required: bool,
    /// The language of the options' labels where it is not the one that was asked for. Yes, no and
    /// ranges are the portal's words and never in another.
    options_language: Option<&'static str>,
    /// Whether people could choose several options, so that shares can add up to more than 100.
    several: bool,
    /// How many options one could choose at most; null where it was not several.
    most: Option<u32>,
    /// What the ends of a scale mean; null of any other question.
    scale: Option<Scale>,
    /// Why not even the headline is published.
    withheld: Option<Withheld>,
    /// Everybody's answers.
    headline: Option<Headline>,
    /// Why no breakdown is published, although some are planned.
    breakdowns_withheld: Option<Withheld>,
    /// Answers by the breakdowns of the plan.
    breakdowns: Vec<Table>,
}

/// The ends of a scale.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
struct Scale {
    /// The lowest step; the code of its option.
    from: i32,
    /// What it means.
    low: String,
    /// The highest step; the code of its option.
    to: i32,
    /// What it means.
    high: String,
}

/// Everybody's answers to one question.
#[derive(Serialize, ToSchema)]
struct Headline {
    /// How many answered.
    base: u64,
    /// Whether base and counts are exact; otherwise they may be changed a little. Shares are rounded in
    /// any case.
    exact: bool,
    /// The options.
    figures: Vec<Figure>,
}

/// One question by one breakdown.
#[derive(Serialize, ToSchema)]
struct Table {
    /// The breakdown's code.
    by: By,
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
    /// The published number of people who answered. Where they are nearly all of a larger group of the row, of
    /// all who responded or of those who answered another question, it is the number of that group: where they
    /// are 95 % or more of it, or, if `least_told` is not null, all but fewer than that.
    base: u64,
    /// The options.
    figures: Vec<Figure>,
}

/// A category of a row.
#[derive(Serialize, ToSchema)]
struct Category {
    /// The fact that it is one of.
    facet: Facet,
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
    /// In words; of a scale the step alone, and `scale` says what its ends mean.
    label: String,
    /// The published number of people; null in a breakdown where `percent_is` is `at_most` or
    /// `at_least`: beside the base it would tell what the share does not.
    count: Option<u64>,
    /// Whole percent of the base where `percent_is` is `exactly`. Otherwise it is no share but the bound of
    /// one, and nothing to be averaged or added: 18 beside `at_most` is anything from 0 to 18, 82 beside
    /// `at_least` anything from 82 to 100. Which bound it is follows from the base: 5 and 95 in large rows, the
    /// share of `least_told` less one in smaller ones, and 50 in the smallest. The bound holds of the published
    /// numbers; the true share can lie beyond it.
    percent: u8,
    /// How to read `percent`: `exactly`, or as a bound: `at_most`, `at_least`.
    percent_is: PercentIs,
}

impl From<results::Withheld> for Withheld {
    fn from(why: results::Withheld) -> Self {
        match why {
            results::Withheld::TooFew => Self::TooFew,
            results::Withheld::SpecialCategory => Self::SpecialCategory,
        }
    }
}

impl From<Breakdown> for By {
    fn from(breakdown: Breakdown) -> Self {
        match breakdown {
            Breakdown::Region => Self::Region,
            Breakdown::AgeBand => Self::AgeBand,
            Breakdown::Gender => Self::Gender,
            Breakdown::RegionByAgeBand => Self::RegionByAgeBand,
            Breakdown::RegionByGender => Self::RegionByGender,
            Breakdown::AgeBandByGender => Self::AgeBandByGender,
        }
    }
}

impl From<results::Category> for Category {
    fn from(category: results::Category) -> Self {
        let results::Category { facet, code, label } = category;
        let facet = match facet {
            results::Facet::Region => Facet::Region,
            results::Facet::AgeBand => Facet::AgeBand,
            results::Facet::Gender => Facet::Gender,
        };
        Self { facet, code, label }
    }
}

impl From<results::Figure> for Figure {
    fn from(figure: results::Figure) -> Self {
        let results::Figure { code, label, count, percent } = figure;
        let percent_is = match percent {
            results::Percent::AtMost(_) => PercentIs::AtMost,
            results::Percent::Exactly(_) => PercentIs::Exactly,
            results::Percent::AtLeast(_) => PercentIs::AtLeast,
        };
        Self { code, label, count, percent: percent.number(), percent_is }
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
        Self { by: table.by.into(), complete: table.complete, rows: all(table.rows) }
    }
}

impl Scale {
    fn of(note: &results::Note) -> Option<Self> {
        let results::Note::Scale { from, low, to, high } = note else { return None };
        Some(Self { from: *from, low: low.clone(), to: *to, high: high.clone() })
    }
}

impl From<results::QuestionResults> for Question {
    fn from(question: results::QuestionResults) -> Self {
        let most = match question.note {
            results::Note::Several { most } => Some(most),
            _ => None,
        };
        Self {
            several: most.is_some(),
            most,
            scale: Scale::of(&question.note),
            required: question.required,
            language: question.language.map(Language::tag),
            options_language: question.options_language().map(Language::tag),
            code: question.code,
            title: question.title,
            hint: question.hint,
            withheld: question.withheld.map(Withheld::from),
            headline: question.headline.map(|headline| Headline {
                base: headline.base,
                exact: headline.exact,
                figures: all(headline.figures),
            }),
            breakdowns_withheld: question.breakdowns_withheld.map(Withheld::from),
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
        Self { by: table.by.into(), complete: table.complete, rows }
    }
}

impl Method {
    fn of(method: results::Method, language: Language) -> Self {
        Self {
            notes: words::method(locale_of(language), &method),
            table: method.table,
            most_noise: method.most_noise,
            variance: method.variance,
            never_up_to: method.never_up_to,
            least_release: method.least_release,
            least_breakdowns: method.least_breakdowns,
            least_row: method.least_row,
            least_told: method.least_told,
            by_facts: method.by_facts,
            several_accounts_at: method.several_accounts_at,
        }
    }
}

impl Release {
    /// What was published, in the language that was asked for.
    pub fn of(results: Results, language: Language) -> Self {
        let (opened, closed) = results.open.unzip();
        let turnout = results.turnout;
        let has_residents = results.residents.is_some() || !turnout.is_empty();
        let residents_note = has_residents
            .then(|| String::from(td_string!(locale_of(language), results.turnout_note)));
        let participation = results.participation.into_iter();
        Self {
            poll: results.poll,
            title: results.title,
            language: results.language.map(Language::tag),
            department: results.department_name,
            purpose: results.purpose,
            audience: results.audience,
            opened,
            closed,
            published: results.published,
            outcome: results.outcome,
            outcome_language: results.outcome_language.map(Language::tag),
            page: results.address,
            digest: results.digest,
            responses: results.responses,
            residents: results.residents.map(|(residents, _)| residents),
            residents_note,
            withheld: results.withheld.map(Withheld::from),
            plan: all(results.planned),
            method: Method::of(results.method, language),
            participation: participation.map(|table| Participation::of(table, &turnout)).collect(),
            questions: all(results.questions),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{By, Question, Scale};
    use ports::views::results::{Note, QuestionResults};
    use questionnaire::Breakdown;
    use serde_json::json;

    fn question(note: Note) -> Question {
        Question::from(QuestionResults {
            code: "content".to_owned(),
            title: "How content are you?".to_owned(),
            hint: Some("All in all.".to_owned()),
            language: None,
            required: false,
            stacked: true,
            note,
            withheld: None,
            headline: None,
            breakdowns_withheld: None,
            breakdowns: vec![],
        })
    }

    #[test]
    fn breakdowns_have_the_codes_of_addresses_and_files() {
        for by in Breakdown::ALL {
            assert_eq!(json!(By::from(by)), json!(by.code()));
        }
    }

    #[test]
    fn a_question_says_how_it_could_be_answered() {
        let (low, high) = ("not at all".to_owned(), "fully".to_owned());
        let scale = question(Note::Scale { from: -2, low: low.clone(), to: 2, high: high.clone() });
        assert_eq!(scale.scale, Some(Scale { from: -2, low, to: 2, high }));
        assert_eq!((scale.hint.as_deref(), scale.required), (Some("All in all."), false));
        assert_eq!((scale.several, scale.most), (false, None));
        let several = question(Note::Several { most: 3 });
        assert_eq!((several.several, several.most), (true, Some(3)));
        assert_eq!(several.scale, None);
    }
}
