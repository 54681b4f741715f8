//! What a file must hold, as codes and numbers, in a form to compare.

use ports::views::results::{Category, Figure, Percent, Results};
use questionnaire::Breakdown;
use std::collections::BTreeSet;

/// One published number with its share: whom and what it is about, by codes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Figures {
    pub question: String,
    pub by: String,
    pub categories: Vec<String>,
    pub option: String,
    /// Nothing beside a bound.
    pub count: Option<u64>,
    /// `37`, `<=9`, `>=91`; blank where people are only counted.
    pub percent: String,
    pub base: u64,
}

/// All that a release has. Written without the walk that the formats share.
pub fn of(results: &Results) -> BTreeSet<Figures> {
    let mut all = BTreeSet::new();
    let mut put =
        |question: &str, by: Option<Breakdown>, who: &[Category], option: Option<&Figure>, base| {
            all.insert(Figures {
                question: question.to_owned(),
                by: by.map_or("", Breakdown::code).to_owned(),
                categories: who.iter().map(|category| category.code.clone()).collect(),
                option: option.map(|option| option.code.clone()).unwrap_or_default(),
                count: option.map_or(Some(base), |option| option.count),
                percent: option.map(|option| percent(option.percent)).unwrap_or_default(),
                base,
            });
        };
    if let Some(responses) = results.responses {
        put("", None, &[], None, responses);
    }
    for table in &results.participation {
        for (who, people) in &table.rows {
            put("", Some(table.by), who, None, *people);
        }
    }
    for question in &results.questions {
        if let Some(headline) = &question.headline {
            if headline.figures.is_empty() {
                put(&question.code, None, &[], None, headline.base);
            }
            for option in &headline.figures {
                put(&question.code, None, &[], Some(option), headline.base);
            }
        }
        for table in &question.breakdowns {
            for row in &table.rows {
                for option in &row.figures {
                    put(&question.code, Some(table.by), &row.categories, Some(option), row.base);
                }
            }
        }
    }
    all
}

fn percent(percent: Percent) -> String {
    match percent {
        Percent::AtMost(percent) => format!("<={percent}"),
        Percent::Exactly(percent) => percent.to_string(),
        Percent::AtLeast(percent) => format!(">={percent}"),
    }
}
