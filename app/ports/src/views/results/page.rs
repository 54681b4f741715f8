//! One published poll as its page shows it: headlines, or one breakdown of the plan.

use super::{Asked, Comparable, Results};
use chrono::NaiveDate;
use questionnaire::Breakdown;
use serde::{Deserialize, Serialize};

/// The page of a published poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultsPage {
    /// What was published; of the breakdowns the chosen one, and no question where there is no such
    /// breakdown.
    #[serde(flatten)]
    pub results: Results,
    /// The breakdown that the page shows.
    pub chosen: Choice,
    /// Published polls that asked one of the questions, too, newest first. None that has no results, and
    /// none beside a poll that has none.
    pub comparable: Vec<Comparable>,
    /// When it was written what was decided, where that is shown and known.
    pub decided: Option<Decided>,
}

/// The days on which a department said what it had decided because of a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The day on which it was written for the first time.
    pub first: NaiveDate,
    /// The day on which it was written last, where that was not the only time.
    pub changed: Option<NaiveDate>,
}

/// Which breakdown a reader asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// None: the headlines.
    #[default]
    Headlines,
    /// One of the plan.
    By(Breakdown),
    /// One that the plan does not have, or a filter, which no plan has.
    NotPlanned,
}

impl Choice {
    /// What is chosen of a plan.
    #[must_use]
    pub fn of(asked: Asked, planned: &[Breakdown]) -> Self {
        match asked {
            Asked::Headlines => Self::Headlines,
            Asked::By(by) if planned.contains(&by) => Self::By(by),
            Asked::By(_) | Asked::Refused => Self::NotPlanned,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Breakdown, Choice};

    #[test]
    fn only_a_planned_breakdown_can_be_chosen() {
        let plan = [Breakdown::Region];
        let of = |code| Choice::of(Asked::of(code), &plan);
        assert_eq!(of(""), Choice::Headlines);
        assert_eq!(of("region"), Choice::By(Breakdown::Region));
        for code in ["gender", "region_by_age_band", "region,gender", "01", "REGION"] {
            assert_eq!(of(code), Choice::NotPlanned, "{code}");
        }
    }

    #[test]
    fn what_is_refused_is_in_no_plan() {
        assert_eq!(Choice::of(Asked::Refused, &Breakdown::ALL), Choice::NotPlanned);
    }
}
