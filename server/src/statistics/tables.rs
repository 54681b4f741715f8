//! A stored release in the words of its readers. Looks figures up and computes none but turnout, of
//! published numbers.

use crate::{
    clock::Zone,
    polls::{
        eligibility::{audience_view, needs},
        record::Poll,
    },
    statistics::release::{Release, breakdown},
};
use chrono::{DateTime, TimeDelta, Utc};
use disclosure::ProtectedTables;
use ports::{
    Portal,
    look::locale_of,
    routes,
    views::results::{
        BreakdownTable, Category, Facet, Figure, Headline, LiveQuestion, Method, Note,
        ParticipationTable, Percent, QuestionResults, Rate, Results, Row, Turnout, Withheld, words,
    },
};
use questionnaire::{Breakdown, Kind, Language, Question, Questionnaire, Text};
use std::cmp::max;

/// What it takes to put a release into words.
pub struct Words<'a> {
    /// The names of the regions.
    pub portal: &'a Portal,
    /// The portal's time zone.
    pub zone: Zone,
    /// The reader's language.
    pub language: Language,
}

impl Words<'_> {
    /// What a page or an export shows of a published poll, with these breakdowns of its plan.
    #[must_use]
    pub fn results(
        &self,
        poll: &Poll,
        department: &Text,
        release: &Release,
        shown: &[Breakdown],
    ) -> Results {
        let tables = &release.tables;
        let words = |text: &Text| text.get(self.language).to_owned();
        let day = |at: DateTime<Utc>| self.zone.day(at);
        let participation = self.participation(shown, tables);
        Results {
            poll: poll.id,
            address: format!("{}{}", self.portal.origin, routes::results(poll.id)),
            title: words(&poll.title),
            language: foreign(&poll.title, self.language),
            department: poll.department,
            department_name: words(department),
            purpose: words(&poll.purpose),
            audience: words::audience(
                locale_of(self.language),
                &audience_view(&poll.audience, self.portal),
            ),
            open: poll.opened_at.zip(poll.closed_at).map(|(first, end)| {
                // At that very moment nobody could answer any more: at midnight the day before was the last.
                let last = end - TimeDelta::microseconds(1);
                (day(first), day(max(first, last)))
            }),
            // When everybody could see it, which is what the notice counts the key's days from. A release that
            // was made just before its server stopped waits until another one goes on.
            published: day(poll.published_at.unwrap_or(release.published_at)),
            outcome: poll.outcome.as_ref().map(words),
            outcome_language: poll
                .outcome
                .as_ref()
                .and_then(|outcome| foreign(outcome, self.language)),
            responses: tables.responses(),
            residents: tables.responses().and_then(|responses| self.residents(poll, responses)),
            turnout: self.turnout(poll, &participation),
            withheld: tables.withheld().map(withheld),
            participation,
            questions: self.questions(poll, shown, tables),
            planned: poll.plan.breakdowns().collect(),
            method: self.method(poll, tables),
            digest: release.digest.clone(),
        }
    }

    fn method(&self, poll: &Poll, tables: &ProtectedTables) -> Method {
        let parameters = tables.parameters();
        let table = parameters.table.table();
        let several_accounts_at =
            (!self.portal.assured_only).then(|| self.portal.provider.get(self.language).to_owned());
        Method {
            table: parameters.table.name().to_owned(),
            most_noise: table.max_noise,
            variance: table.variance.to_string(),
            never_up_to: table.never_up_to,
            least_release: parameters.min_release,
            least_breakdowns: parameters.min_breakdowns,
            least_row: parameters.min_row,
            least_told: tables.least_told(),
            by_facts: !needs(&poll.audience, &poll.plan).is_empty(),
            several_accounts_at,
        }
    }

    fn population(&self, code: &str) -> Option<u64> {
        self.portal.regions.iter().find(|region| region.code == code)?.population
    }

    /// Residents of all regions that the poll asked, if all are known; nothing where it did not ask all of
    /// them.
    fn residents(&self, poll: &Poll, responses: u64) -> Option<(u64, Rate)> {
        if !asks_all_residents(poll) {
            return None;
        }
        let asked = &poll.audience.regions;
        let residents = if asked.is_empty() {
            self.portal.regions.iter().map(|region| region.population).sum::<Option<u64>>()?
        } else {
            asked.iter().map(|region| self.population(region)).sum::<Option<u64>>()?
        };
        Some((residents, Rate::of(responses, residents)?))
    }

    /// Published participation of each region beside its residents, where all of them were asked. A row that
    /// is withheld has no turnout, and the number of respondents cannot be taken from one.
    fn turnout(&self, poll: &Poll, participation: &[ParticipationTable]) -> Vec<Turnout> {
        if !asks_all_residents(poll) {
            return Vec::new();
        }
        let table = participation.iter().find(|table| table.by == Breakdown::Region);
        let rows = table.map(|table| &table.rows[..]).unwrap_or_default();
        let turnout = |(categories, count): &(Vec<Category>, u64)| {
            let region = categories.first()?.code.clone();
            let residents = self.population(&region)?;
            Some(Turnout { region, residents, rate: Rate::of(*count, residents)? })
        };
        rows.iter().filter_map(turnout).collect()
    }

    fn questions(
        &self,
        poll: &Poll,
        shown: &[Breakdown],
        tables: &ProtectedTables,
    ) -> Vec<QuestionResults> {
        let published = poll
            .questionnaire
            .questions
            .iter()
            .filter_map(|question| Some((question, tables.question(&question.code)?)));
        published.map(|(question, tables)| self.question(question, shown, tables)).collect()
    }

    fn question(
        &self,
        question: &Question,
        shown: &[Breakdown],
        tables: &disclosure::QuestionTables,
    ) -> QuestionResults {
        // Of written answers it is said how many there are, and no more.
        let written = self.note(&question.kind) == Note::Written;
        let breakdowns = shown.iter().filter(|_| !written).filter_map(|by| {
            let table = tables.breakdown(breakdown(*by))?;
            let rows = table.rows().iter().map(|row| Row {
                categories: self.categories(row.categories()),
                base: row.base(),
                figures: row
                    .options()
                    .iter()
                    .map(|option| {
                        self.figure(&question.kind, option.code(), option.count(), option.percent())
                    })
                    .collect(),
            });
            Some(BreakdownTable { by: *by, complete: table.complete(), rows: rows.collect() })
        });
        QuestionResults {
            code: question.code.clone(),
            title: question.title.get(self.language).to_owned(),
            hint: (!question.hint.is_empty()).then(|| question.hint.get(self.language).to_owned()),
            language: foreign(&question.title, self.language),
            required: question.required,
            stacked: question.kind.ordered() || question.kind == Kind::YesNo,
            note: self.note(&question.kind),
            withheld: tables.withheld().map(withheld),
            headline: tables.headline().map(|headline| Headline {
                base: headline.base(),
                exact: headline.exact(),
                figures: headline
                    .options()
                    .iter()
                    .map(|option| {
                        let count = Some(option.count());
                        self.figure(&question.kind, option.code(), count, option.percent())
                    })
                    .collect(),
            }),
            breakdowns_withheld: tables.breakdowns_withheld().map(withheld),
            breakdowns: breakdowns.collect(),
        }
    }

    fn note(&self, kind: &Kind) -> Note {
        match kind {
            // Who may pick one only chooses as in a single choice.
            Kind::MultipleChoice { most, .. } if *most > 1 => Note::Several { most: *most },
            Kind::Scale { from, to, low, high } => Note::Scale {
                from: *from,
                low: low.get(self.language).to_owned(),
                to: *to,
                high: high.get(self.language).to_owned(),
            },
            Kind::ShortText { .. } => Note::Written,
            _ => Note::None,
        }
    }

    fn figure(
        &self,
        kind: &Kind,
        code: &str,
        count: Option<u64>,
        share: disclosure::Percent,
    ) -> Figure {
        let label = words::option(locale_of(self.language), kind, code);
        Figure { code: code.to_owned(), label, count, percent: percent(share) }
    }

    fn participation(
        &self,
        shown: &[Breakdown],
        tables: &ProtectedTables,
    ) -> Vec<ParticipationTable> {
        let table = |by: &Breakdown| {
            let table = tables.participation().iter().find(|t| t.breakdown() == breakdown(*by))?;
            let rows =
                table.rows().iter().map(|row| (self.categories(row.categories()), row.count()));
            Some(ParticipationTable { by: *by, complete: table.complete(), rows: rows.collect() })
        };
        shown.iter().filter_map(table).collect()
    }

    fn categories(&self, categories: &[(disclosure::Facet, String)]) -> Vec<Category> {
        let category = |(facet, code): &(disclosure::Facet, String)| {
            let facet = match facet {
                disclosure::Facet::Region => Facet::Region,
                disclosure::Facet::AgeBand => Facet::AgeBand,
                disclosure::Facet::Gender => Facet::Gender,
            };
            let region = |code: &str| self.portal.region(code, self.language);
            let label = words::category(locale_of(self.language), facet, code, region);
            Category { facet, code: code.clone(), label }
        };
        categories.iter().map(category).collect()
    }
}

/// Whether a poll asked everybody who lives in its regions. Of how many there are of an age or a gender the
/// portal knows nothing.
fn asks_all_residents(poll: &Poll) -> bool {
    !poll.audience.asks_age() && !poll.audience.asks_gender()
}

/// Interim totals in the words of their questions.
pub(super) fn live(
    questionnaire: &Questionnaire,
    results: &vault::LiveResults,
    language: Language,
) -> Vec<LiveQuestion> {
    let question = |totals: &vault::LiveQuestion| {
        let question = questionnaire.question(&totals.code)?;
        let option = |option: &vault::LiveOption| {
            (
                words::option_by_itself(locale_of(language), &question.kind, &option.code),
                option.count,
            )
        };
        Some(LiveQuestion {
            code: totals.code.clone(),
            title: question.title.get(language).to_owned(),
            language: foreign(&question.title, language),
            options: totals.options.iter().map(option).collect(),
        })
    };
    results.questions.iter().filter_map(question).collect()
}

/// The language in which a reader of `language` gets a text that was not written in it.
pub(super) fn foreign(text: &Text, language: Language) -> Option<Language> {
    if text.exact(language).is_some() {
        return None;
    }
    Language::ALL.into_iter().find(|language| text.exact(*language).is_some())
}

const fn withheld(withheld: disclosure::Withheld) -> Withheld {
    match withheld {
        disclosure::Withheld::TooFew => Withheld::TooFew,
        disclosure::Withheld::SpecialCategory => Withheld::SpecialCategory,
    }
}

const fn percent(percent: disclosure::Percent) -> Percent {
    match percent {
        disclosure::Percent::AtMost(bound) => Percent::AtMost(bound),
        disclosure::Percent::Exactly(percent) => Percent::Exactly(percent),
        disclosure::Percent::AtLeast(bound) => Percent::AtLeast(bound),
    }
}
