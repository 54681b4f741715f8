//! The editor's forms but for a question's: what was typed, and what it means.
//!
//! Typed values are texts, so that a form with any input can be shown again. Reading one gives
//! the value, or every fault with its field.

use super::{
    Settings,
    reader::{Reader, Words, words},
};
use crate::forms::{Fault, FieldFault};
use chrono::NaiveDateTime;
use questionnaire::{
    Audience, Breakdown, Gender, Language, Plan, Special, Text, Unknown, definition::MAX_TEXT,
    is_blank, printable,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Most characters of a purpose or an outcome.
pub const MAX_LONG_TEXT: usize = 4000;

/// The name under which a form of the editor waits in the session: which form, and of what.
#[must_use]
pub fn key(part: &str, of: &str) -> String {
    format!("editor-{part}:{of}")
}

/// A form, as far as somebody has written in it.
pub trait Written {
    /// The words that are in it, each text by itself, and none of its codes, numbers and times: what nobody wants to
    /// write again.
    #[must_use]
    fn written(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Those of these texts in which anything can be seen, in all their languages.
pub(super) fn seen<'a>(texts: impl IntoIterator<Item = &'a Words>) -> Vec<String> {
    let words = texts.into_iter().flat_map(BTreeMap::values);
    words.filter(|words| !is_blank(words)).cloned().collect()
}

/// A new poll.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewForm {
    /// The id that was drawn for it: sent twice, it makes one poll.
    pub new: String,
    /// Tags of the languages.
    pub languages: Vec<String>,
    /// Title.
    pub title: Words,
    /// Purpose.
    pub purpose: Words,
    /// Code of a template, or the id of a poll to copy.
    pub start: String,
}

impl Written for NewForm {
    fn written(&self) -> Vec<String> {
        seen([&self.title, &self.purpose])
    }
}

/// Languages, title and purpose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BasicsForm {
    /// Tags of the languages.
    pub languages: Vec<String>,
    /// Title.
    pub title: Words,
    /// Purpose.
    pub purpose: Words,
}

/// Reads languages, title and purpose.
///
/// # Errors
/// Everything that is wrong.
pub fn read_basics(
    languages: &[String],
    title: &Words,
    purpose: &Words,
) -> Result<(BTreeSet<Language>, Text, Text), Vec<FieldFault>> {
    let mut reader = Reader::default();
    let parsed: BTreeSet<Language> = languages.iter().filter_map(|tag| tag.parse().ok()).collect();
    if languages.is_empty() {
        reader.fault("languages", Fault::NoLanguage);
    } else if parsed.len() != languages.len() {
        reader.fault("languages", Fault::UnknownChoice);
    }
    let title = reader.line("title", title, &parsed, MAX_TEXT);
    let purpose = reader.text("purpose", purpose, &parsed, MAX_LONG_TEXT);
    reader.done((parsed, title, purpose))
}

impl BasicsForm {
    /// The form as stored.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self {
            languages: settings.languages.iter().map(ToString::to_string).collect(),
            title: words(&settings.title),
            purpose: words(&settings.purpose),
        }
    }
}

impl Written for BasicsForm {
    fn written(&self) -> Vec<String> {
        seen([&self.title, &self.purpose])
    }
}

/// Whom it asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AudienceForm {
    /// Region codes.
    pub regions: Vec<String>,
    /// Lowest age.
    pub age_from: String,
    /// Highest age.
    pub age_to: String,
    /// Codes of genders.
    pub genders: Vec<String>,
    /// `admit` or `refuse`.
    pub unknown: String,
}

impl AudienceForm {
    /// The form as stored.
    #[must_use]
    pub fn of(audience: &Audience) -> Self {
        let age = |age: Option<u32>| age.map(|age| age.to_string()).unwrap_or_default();
        Self {
            regions: audience.regions.iter().cloned().collect(),
            age_from: age(audience.age_from),
            age_to: age(audience.age_to),
            genders: audience.genders.iter().map(|gender| gender.code().to_owned()).collect(),
            unknown: match audience.unknown {
                Unknown::Admit => "admit",
                Unknown::Refuse => "refuse",
            }
            .to_owned(),
        }
    }

    /// The audience. Whether the regions exist is the server's to check.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn read(&self) -> Result<Audience, Vec<FieldFault>> {
        let mut reader = Reader::default();
        let mut age = |name, typed| {
            let age = reader.optional_number(name, typed, 0, 120)?;
            u32::try_from(age).ok()
        };
        let (age_from, age_to) = (age("age_from", &self.age_from), age("age_to", &self.age_to));
        if let (Some(from), Some(to)) = (age_from, age_to)
            && from > to
        {
            reader.fault("age_to", Fault::NotInRange { min: from.into(), max: 120 });
        }
        let genders: BTreeSet<Gender> =
            self.genders.iter().filter_map(|code| Gender::from_code(code)).collect();
        if genders.len() != self.genders.len() {
            reader.fault("genders", Fault::UnknownChoice);
        }
        let unknown = match self.unknown.as_str() {
            "admit" => Unknown::Admit,
            "refuse" => Unknown::Refuse,
            "" => {
                reader.fault("unknown", Fault::Required);
                Unknown::Admit
            }
            _ => {
                reader.fault("unknown", Fault::UnknownChoice);
                Unknown::Admit
            }
        };
        // Everybody is the same as nobody chosen.
        let genders = if genders.len() == Gender::ALL.len() { BTreeSet::new() } else { genders };
        let regions = self.regions.iter().cloned().collect();
        reader.done(Audience { regions, age_from, age_to, genders, unknown })
    }
}

impl Written for AudienceForm {}

/// When it opens and closes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScheduleForm {
    /// Day of the opening.
    pub opens_date: String,
    /// Time of the opening.
    pub opens_time: String,
    /// Day of the closing.
    pub closes_date: String,
    /// Time of the closing.
    pub closes_time: String,
    /// Days until the key is destroyed.
    pub retention_days: String,
}

impl ScheduleForm {
    /// The form as stored.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let show = |at: Option<NaiveDateTime>, format| {
            at.map(|at| at.format(format).to_string()).unwrap_or_default()
        };
        Self {
            opens_date: show(settings.opens, "%Y-%m-%d"),
            opens_time: show(settings.opens, "%H:%M"),
            closes_date: show(settings.closes, "%Y-%m-%d"),
            closes_time: show(settings.closes, "%H:%M"),
            retention_days: settings.retention_days.to_string(),
        }
    }

    /// Opening, closing and days until the key is destroyed. Whether the times are still to come
    /// is the server's to check.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn read(&self) -> Result<(NaiveDateTime, NaiveDateTime, u16), Vec<FieldFault>> {
        let mut reader = Reader::default();
        let opens = reader.moment("opens", &self.opens_date, &self.opens_time);
        let closes = reader.moment("closes", &self.closes_date, &self.closes_time);
        let days = reader.number("retention_days", &self.retention_days, 0, 365);
        reader.done((opens, closes, u16::try_from(days).unwrap_or_default()))
    }
}

impl Written for ScheduleForm {}

/// What will be published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanForm {
    /// Codes of breakdowns.
    pub breakdowns: Vec<String>,
}

impl PlanForm {
    /// The form as stored.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        Self {
            breakdowns: plan.breakdowns().map(|breakdown| breakdown.code().to_owned()).collect(),
        }
    }

    /// The plan.
    ///
    /// # Errors
    /// A breakdown that does not exist.
    pub fn read(&self) -> Result<Plan, Vec<FieldFault>> {
        let breakdowns: Option<_> =
            self.breakdowns.iter().map(|code| Breakdown::from_code(code)).collect();
        breakdowns
            .map(Plan)
            .ok_or_else(|| vec![FieldFault::new("breakdowns", Fault::UnknownChoice)])
    }
}

impl Written for PlanForm {}

/// Whether it asks about a special category.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SpecialForm {
    /// Code of a category, or `none`.
    pub special: String,
}

impl SpecialForm {
    /// What is sent for "none".
    pub const NONE: &'static str = "none";

    /// The form as stored.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let none = if settings.special_chosen { Self::NONE } else { "" };
        Self { special: settings.special.map_or(none, Special::code).to_owned() }
    }

    /// The category.
    ///
    /// # Errors
    /// Nothing chosen, or something that does not exist.
    pub fn read(&self) -> Result<Option<Special>, Vec<FieldFault>> {
        let fault = |fault| vec![FieldFault::new("special", fault)];
        match self.special.as_str() {
            "" => Err(fault(Fault::Required)),
            Self::NONE => Ok(None),
            code => Special::from_code(code).map(Some).ok_or_else(|| fault(Fault::UnknownChoice)),
        }
    }
}

impl Written for SpecialForm {}

/// What was decided because of the poll.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OutcomeForm {
    /// The outcome.
    pub outcome: Words,
}

impl Written for OutcomeForm {
    fn written(&self) -> Vec<String> {
        seen([&self.outcome])
    }
}

/// Why a poll is returned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReturnForm {
    /// The reason.
    pub reason: String,
}

impl Written for ReturnForm {
    fn written(&self) -> Vec<String> {
        let reason = Some(&self.reason).filter(|reason| !is_blank(reason));
        reason.into_iter().cloned().collect()
    }
}

impl ReturnForm {
    /// The reason.
    ///
    /// # Errors
    /// None, or a long one.
    pub fn read(&self) -> Result<String, Vec<FieldFault>> {
        let reason = printable(&self.reason);
        let reason = reason.trim();
        let mut reader = Reader::default();
        if is_blank(reason) {
            reader.fault("reason", Fault::Required);
        } else if reason.chars().count() > MAX_LONG_TEXT {
            let max = u32::try_from(MAX_LONG_TEXT).unwrap_or(u32::MAX);
            reader.fault("reason", Fault::TooLong { max });
        }
        reader.done(reason.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults<T: std::fmt::Debug>(result: Result<T, Vec<FieldFault>>) -> Vec<String> {
        result.unwrap_err().into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn every_chosen_language_needs_its_words_and_no_other() {
        let title = Words::from([("en".into(), "Night bus".into()), ("de".into(), "x".into())]);
        let purpose = Words::from([("en".into(), "To plan".into())]);
        let (languages, read, _) = read_basics(&["en".into()], &title, &purpose).unwrap();
        assert_eq!(languages, [Language::En].into());
        assert_eq!(read, Text::new([(Language::En, "Night bus")]));
        let both = read_basics(&["en".into(), "ru".into()], &title, &purpose);
        assert_eq!(faults(both), ["title[ru]", "purpose[ru]"]);
        let none = vec![FieldFault::new("languages", Fault::NoLanguage)];
        assert_eq!(read_basics(&[], &title, &purpose).unwrap_err(), none);
        assert_eq!(faults(read_basics(&["xx".into()], &title, &purpose)), ["languages"]);
    }

    #[test]
    fn what_nobody_sees_in_a_field_is_no_word() {
        let nothing = Words::from([("en".into(), "\0".into())]);
        let faults = faults(read_basics(&["en".into()], &nothing, &nothing));
        assert_eq!(faults, ["title[en]", "purpose[en]"]);
        let reason = |typed: &str| ReturnForm { reason: typed.to_owned() }.read();
        assert_eq!(reason("Ask\0again\n").unwrap(), "Ask again");
        // As browsers send lines; each break counts once.
        assert_eq!(reason("Ask\r\nagain").unwrap(), "Ask\nagain");
        assert!(reason(&"x\r\n".repeat(MAX_LONG_TEXT / 2)).is_ok());
        let missing = [FieldFault::new("reason", Fault::Required)];
        for nothing in ["", "\0 \u{b}", "\u{200b}", "\u{ad}\n\u{feff}"] {
            assert_eq!(reason(nothing).unwrap_err(), missing, "{nothing:?}");
        }
    }

    #[test]
    fn an_audience_survives_its_form() {
        let audience = Audience {
            regions: ["north".to_owned()].into(),
            age_from: Some(18),
            age_to: None,
            genders: [Gender::Female].into(),
            unknown: Unknown::Refuse,
        };
        assert_eq!(AudienceForm::of(&audience).read().unwrap(), audience);
    }

    #[test]
    fn a_wrong_audience_names_its_fields() {
        let form = AudienceForm {
            age_from: "forty".into(),
            age_to: "-3".into(),
            genders: vec!["x".into()],
            ..AudienceForm::default()
        };
        assert_eq!(faults(form.read()), ["age_from", "age_to", "genders", "unknown"]);
        let form = AudienceForm {
            age_from: "60".into(),
            age_to: "50".into(),
            unknown: "admit".into(),
            ..AudienceForm::default()
        };
        assert_eq!(faults(form.read()), ["age_to"]);
    }

    #[test]
    fn an_incomplete_schedule_names_its_fields() {
        let form = ScheduleForm { opens_date: "2026-03-27".into(), ..ScheduleForm::default() };
        let expected = ["opens_time", "closes_date", "closes_time", "retention_days"];
        assert_eq!(faults(form.read()), expected);
    }
}
