//! Questions to start from. They are data, written in every language, and stand beside this file.

use questionnaire::Questionnaire;
use serde::{Deserialize, Serialize};

/// A template that the portal offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// No questions.
    Blank,
    /// Satisfaction with a service.
    Satisfaction,
    /// Priorities of a region or a town.
    Priorities,
}

impl Template {
    /// Every template, in the order in which forms show them.
    pub const ALL: [Self; 3] = [Self::Blank, Self::Satisfaction, Self::Priorities];

    /// The code as sent.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Blank => "blank",
            Self::Satisfaction => "satisfaction",
            Self::Priorities => "priorities",
        }
    }

    /// The template with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|template| template.code() == code)
    }

    /// Its questions.
    ///
    /// # Panics
    /// Never: a test reads every template.
    #[must_use]
    pub fn questionnaire(self) -> Questionnaire {
        let json = match self {
            Self::Blank => "[]",
            Self::Satisfaction => include_str!("satisfaction.json"),
            Self::Priorities => include_str!("priorities.json"),
        };
        serde_json::from_str(json).expect("a test reads every template")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use questionnaire::Language;

    #[test]
    fn every_template_can_be_asked_in_every_language() {
        for template in Template::ALL {
            let questionnaire = template.questionnaire();
            let problems = questionnaire.problems(&Language::ALL.into());
            assert!(problems.is_empty() || template == Template::Blank, "{problems:?}");
        }
    }

    #[test]
    fn nobody_has_to_rate_a_service_that_they_have_not_used() {
        let questions = Template::Satisfaction.questionnaire();
        let rated = questions.question("satisfaction").unwrap();
        assert!(!rated.required);
        for language in Language::ALL {
            assert!(rated.hint.exact(language).is_some(), "it is said in {language}");
        }
    }
}
