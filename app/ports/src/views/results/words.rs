//! Codes of published tables in words, and what is said where a figure is missing. The exports use
//! the same words as the pages, so they take the locale as a parameter.

use super::{Difference, Facet, Figure, Headline, Method, Note, Percent, Rate, Withheld};
use crate::{look::date, views::polls::AudienceView};
use chrono::NaiveDate;
use locales::i18n::Locale;
use questionnaire::{AgeBand, Breakdown, Gender, Kind, Language, Unknown, audience::NOT_STATED};

macro_rules! say {
    ($locale:expr, $($key:tt)*) => {
        ::std::string::String::from(::locales::td_string!($locale, $($key)*))
    };
}

/// The language whose sentences are in `locale`.
#[must_use]
pub const fn language_of(locale: Locale) -> Language {
    match locale {
        Locale::en => Language::En,
        Locale::ru => Language::Ru,
    }
}

/// The days on which a poll was open: from the first to the last one, or the only one.
#[must_use]
pub fn days(locale: Locale, (first, last): (NaiveDate, NaiveDate)) -> String {
    let from = date(locale, first);
    if first == last {
        return from;
    }
    say!(locale, results.first_to_last, first = from, last = date(locale, last))
}

/// An option of a question: written words, or what a code stands for.
#[must_use]
pub fn option(locale: Locale, kind: &Kind, code: &str) -> String {
    match kind {
        Kind::SingleChoice { options, .. } | Kind::MultipleChoice { options, .. } => options
            .iter()
            .find(|option| option.code == code)
            .map_or(code, |option| option.text.get(language_of(locale)))
            .to_owned(),
        Kind::YesNo if code == "yes" => say!(locale, common.yes),
        Kind::YesNo if code == "no" => say!(locale, common.no),
        Kind::Number { .. } => bin(locale, code),
        _ => code.replace('-', "\u{2212}"),
    }
}

/// As [`option`], and the ends of a scale with what they mean: for where no [`Note`] says it.
#[must_use]
pub fn option_by_itself(locale: Locale, kind: &Kind, code: &str) -> String {
    let step = option(locale, kind, code);
    let Kind::Scale { from, to, low, high } = kind else { return step };
    let [low, high] = [low, high].map(|end| end.get(language_of(locale)));
    with_end(locale, step, code, [(*from, low), (*to, high)])
}

/// The option of a figure by itself: as it stands there, and the ends of a scale with what they mean.
#[must_use]
pub fn label(locale: Locale, note: &Note, figure: &Figure) -> String {
    let step = figure.label.clone();
    let Note::Scale { from, low, to, high } = note else { return step };
    with_end(locale, step, &figure.code, [(*from, low.as_str()), (*to, high.as_str())])
}

/// A step of a scale, with what it means where it is one of the ends.
fn with_end(locale: Locale, step: String, code: &str, ends: [(i32, &str); 2]) -> String {
    let at = code.parse::<i32>();
    match ends.into_iter().find(|(end, _)| at == Ok(*end)) {
        Some((_, words)) => say!(locale, results.step, step = step, words = words),
        None => step,
    }
}

/// A bin of numbers, `18..29`.
fn bin(locale: Locale, code: &str) -> String {
    let ends = code
        .split_once("..")
        .and_then(|(low, high)| Some((low.parse::<i64>().ok()?, high.parse::<i64>().ok()?)));
    match ends {
        Some((low, high)) if low == high => whole(locale, low),
        Some((low, high)) if low >= 0 => format!("{}–{}", whole(locale, low), whole(locale, high)),
        Some((low, high)) => {
            say!(locale, results.from_to, from = whole(locale, low), to = whole(locale, high))
        }
        None => code.to_owned(),
    }
}

/// A whole number with its thousands apart.
#[must_use]
pub fn whole(locale: Locale, number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    // Russian sets four digits together.
    let (mark, from) = match locale {
        Locale::en => (',', 4),
        Locale::ru => ('\u{a0}', 5),
    };
    let mut words = String::new();
    if number < 0 {
        words.push('\u{2212}');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && digits.len() >= from && (digits.len() - place).is_multiple_of(3) {
            words.push(mark);
        }
        words.push(digit);
    }
    words
}

/// A count of people.
#[must_use]
pub fn count(locale: Locale, count: u64) -> String {
    whole(locale, i64::try_from(count).unwrap_or(i64::MAX))
}

/// The count of an option, or that it is not published.
#[must_use]
pub fn people(locale: Locale, people: Option<u64>) -> String {
    people.map_or_else(|| say!(locale, results.count_not_published), |people| count(locale, people))
}

/// A share.
#[must_use]
pub fn percent(locale: Locale, percent: Percent) -> String {
    match percent {
        Percent::AtMost(percent) => say!(locale, results.percent_at_most, percent = percent),
        Percent::Exactly(percent) => say!(locale, results.percent, percent = percent),
        Percent::AtLeast(percent) => say!(locale, results.percent_at_least, percent = percent),
    }
}

/// A difference in percentage points, with its sign.
#[must_use]
pub fn difference(locale: Locale, difference: Difference) -> String {
    let signed = |points: i16| {
        let plus = if points > 0 { "+" } else { "" };
        format!("{plus}{}", whole(locale, i64::from(points)))
    };
    let Difference { from, to } = difference;
    if from == to {
        say!(locale, results.points, points = signed(from))
    } else {
        say!(locale, results.points_range, from = signed(from), to = signed(to))
    }
}

/// People for each thousand residents.
#[must_use]
pub fn rate(locale: Locale, rate: Rate) -> String {
    let mark = match locale {
        Locale::en => '.',
        Locale::ru => ',',
    };
    match rate.digits() {
        None => say!(locale, results.rate_under, rate = format!("0{mark}1")),
        Some((whole, Some(tenth))) => format!("{whole}{mark}{tenth}"),
        Some((thousandths, None)) => count(locale, thousandths),
    }
}

/// A category of a facet; the region's name is the caller's to know.
#[must_use]
pub fn category(
    locale: Locale,
    facet: Facet,
    code: &str,
    region: impl FnOnce(&str) -> String,
) -> String {
    if code == NOT_STATED {
        return say!(locale, common.not_stated);
    }
    match facet {
        Facet::Region => region(code),
        Facet::AgeBand if code == AgeBand::Under18.code() => say!(locale, results.under_18),
        Facet::AgeBand => code.strip_suffix('+').map_or_else(
            || code.replace('-', "–"),
            |age| say!(locale, results.age_from, age = age),
        ),
        Facet::Gender => match Gender::from_code(code) {
            Some(Gender::Female) => say!(locale, results.women),
            Some(Gender::Male) => say!(locale, results.men),
            None => code.to_owned(),
        },
    }
}

/// A facet as the head of a column.
#[must_use]
pub fn facet(locale: Locale, facet: Facet) -> String {
    match facet {
        Facet::Region => say!(locale, results.region),
        Facet::AgeBand => say!(locale, results.age),
        Facet::Gender => say!(locale, results.gender),
    }
}

/// A breakdown's name.
#[must_use]
pub fn breakdown(locale: Locale, breakdown: Breakdown) -> String {
    match breakdown {
        Breakdown::Region => say!(locale, results.by_region),
        Breakdown::AgeBand => say!(locale, results.by_age_band),
        Breakdown::Gender => say!(locale, results.by_gender),
        Breakdown::RegionByAgeBand => say!(locale, results.by_region_by_age_band),
        Breakdown::RegionByGender => say!(locale, results.by_region_by_gender),
        Breakdown::AgeBandByGender => say!(locale, results.by_age_band_by_gender),
    }
}

/// What an audience asks for, a line for each condition; nothing where it is everybody.
#[must_use]
pub fn conditions(locale: Locale, audience: &AudienceView) -> Vec<String> {
    let mut lines = Vec::new();
    if !audience.regions.is_empty() {
        let regions = audience.regions.iter().map(|name| name.get(language_of(locale)));
        let regions = regions.collect::<Vec<_>>().join(", ");
        lines.push(say!(locale, polls.audience_regions, regions = regions));
    }
    match (audience.age_from, audience.age_to) {
        (Some(from), Some(to)) if from == to => {
            lines.push(say!(locale, polls.audience_age, count = from));
        }
        (Some(from), Some(to)) => {
            lines.push(say!(locale, polls.audience_ages, from = from, count = to));
        }
        (Some(from), None) => lines.push(say!(locale, polls.audience_age_from, count = from)),
        (None, Some(to)) => lines.push(say!(locale, polls.audience_age_to, count = to)),
        (None, None) => {}
    }
    if !audience.genders.is_empty() && audience.genders.len() < Gender::ALL.len() {
        let gender = |gender: &Gender| match gender {
            Gender::Female => say!(locale, polls.gender_female),
            Gender::Male => say!(locale, polls.gender_male),
        };
        let genders = audience.genders.iter().map(gender).collect::<Vec<_>>().join(", ");
        lines.push(say!(locale, polls.audience_genders, genders = genders));
    }
    lines
}

/// Whom a poll asked that is over, a line for each condition.
#[must_use]
pub fn audience(locale: Locale, audience: &AudienceView) -> Vec<String> {
    let mut lines = conditions(locale, audience);
    if lines.is_empty() {
        return vec![say!(locale, polls.audience_everybody)];
    }
    lines.push(match audience.unknown {
        Unknown::Admit => say!(locale, results.audience_unknown_admitted),
        Unknown::Refuse => say!(locale, results.audience_unknown_refused),
    });
    lines
}

/// The lines of [`audience`] in one.
#[must_use]
pub fn in_one_line(audience: &[String]) -> String {
    audience.join(". ")
}

/// That a question could be left out, where it could.
#[must_use]
pub fn optional(locale: Locale, required: bool) -> Option<String> {
    (!required).then(|| say!(locale, results.optional))
}

/// What one has to know to read a question's figures.
#[must_use]
pub fn note(locale: Locale, note: &Note) -> Option<String> {
    Some(match note {
        Note::None => return None,
        Note::Several { most } => say!(locale, results.several, most = most),
        Note::Scale { from, low, to, high } => {
            say!(
                locale,
                results.scale,
                from = from,
                low = low.clone(),
                to = to,
                high = high.clone()
            )
        }
        Note::Written => say!(locale, results.written),
    })
}

/// Why a whole poll is not published.
#[must_use]
pub fn poll_withheld(locale: Locale, withheld: Withheld, method: &Method) -> String {
    match withheld {
        Withheld::TooFew => say!(locale, results.poll_too_few, least = method.least_release),
        Withheld::SpecialCategory => {
            say!(locale, results.poll_special, least = method.least_breakdowns)
        }
    }
}

/// Why a question is not published.
#[must_use]
pub fn question_withheld(locale: Locale, withheld: Withheld, method: &Method) -> String {
    match withheld {
        Withheld::TooFew => say!(locale, results.question_too_few, least = method.least_release),
        Withheld::SpecialCategory => {
            say!(locale, results.question_special, least = method.least_breakdowns)
        }
    }
}

/// Why a question that is published has no breakdowns.
#[must_use]
pub fn breakdowns_withheld(locale: Locale, method: &Method) -> String {
    say!(locale, results.breakdowns_too_few, least = method.least_breakdowns)
}

/// Why a table lacks rows, in the same words whether a row is withheld or nobody is in it.
#[must_use]
pub fn rows_missing(locale: Locale, method: &Method) -> String {
    say!(locale, results.rows_missing, least = method.least_row)
}

/// Why a breakdown has no row at all.
#[must_use]
pub fn rows_none(locale: Locale, method: &Method) -> String {
    say!(locale, results.rows_none, least = method.least_row)
}

/// Whether everybody's answers to a question are exact. Shares never are: they are rounded.
#[must_use]
pub fn exactness(locale: Locale, headline: &Headline) -> String {
    if headline.exact && headline.figures.is_empty() {
        say!(locale, results.exact_number)
    } else {
        figures_exactness(locale, headline.exact)
    }
}

/// As [`exactness`], of a question with options.
#[must_use]
pub fn figures_exactness(locale: Locale, exact: bool) -> String {
    if exact { say!(locale, results.exact) } else { say!(locale, results.perturbed) }
}

/// By how much everybody's answers to a question with this note are changed where they are not exact, and what that
/// does to their shares. Where several answers can be given, those need not add up to all in any case.
#[must_use]
pub fn changed_by(locale: Locale, method: &Method, note: &Note) -> String {
    let by = say!(locale, results.perturbed_by, most = method.most_noise);
    if matches!(note, Note::Several { .. }) {
        return by;
    }
    let shares = say!(locale, results.perturbed_shares);
    format!("{by} {shares}")
}

/// Beside a breakdown, that the row of everybody is changed, where it is. That it is exact is not said
/// there: the numbers of groups beside it never are.
#[must_use]
pub fn everybody_changed(locale: Locale, exact: bool) -> Option<String> {
    (!exact).then(|| say!(locale, results.perturbed_everybody))
}

/// How the figures were made, a sentence each, with the parameters.
#[must_use]
pub fn method(locale: Locale, method: &Method) -> Vec<String> {
    let Method {
        least_release,
        least_breakdowns,
        least_row,
        least_told,
        most_noise,
        never_up_to,
        ..
    } = *method;
    let mut sentences = vec![
        say!(locale, results.method_plan),
        say!(
            locale,
            results.method_thresholds,
            release = least_release,
            breakdowns = least_breakdowns
        ),
        say!(locale, results.method_rows, row = least_row),
        say!(locale, results.method_noise, most = most_noise, never = never_up_to),
        say!(locale, results.method_exact, row = least_row, most = most_noise),
        say!(locale, results.method_percent),
        least_told.map_or_else(
            || say!(locale, results.method_ends),
            |least| say!(locale, results.method_bounds, least = least, twice = 2 * least),
        ),
    ];
    if method.by_facts {
        sentences.push(say!(locale, results.method_facts));
    }
    if let Some(provider) = &method.several_accounts_at {
        sentences.push(say!(locale, results.method_accounts, provider = provider.clone()));
    }
    sentences
}

/// The parameters alone, for whoever knows the method.
#[must_use]
pub fn parameters(locale: Locale, method: &Method) -> String {
    say!(
        locale,
        results.method_parameters,
        table = method.table.clone(),
        most = method.most_noise,
        variance = method.variance.clone(),
        never = method.never_up_to
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use questionnaire::Text;

    #[test]
    fn a_poll_of_one_day_has_one_date() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 12, day).unwrap();
        for locale in [Locale::en, Locale::ru] {
            let [first, last] = [1, 2].map(|number| date(locale, day(number)));
            assert_eq!(days(locale, (day(1), day(1))), first);
            let several = days(locale, (day(1), day(2)));
            assert!(several.contains(&first) && several.contains(&last), "{several}");
        }
    }

    #[test]
    fn thousands_stand_apart_as_the_language_has_it() {
        let en: Vec<_> = [0, 999, 1000, 1_234_567, -4321].map(|n| whole(Locale::en, n)).into();
        assert_eq!(en, ["0", "999", "1,000", "1,234,567", "\u{2212}4,321"]);
        let ru: Vec<_> = [9999, 10_000].map(|n| whole(Locale::ru, n)).into();
        assert_eq!(ru, ["9999", "10\u{a0}000"]);
    }

    #[test]
    fn who_answered_a_poll_and_who_answered_a_question_are_named_differently() {
        for locale in [Locale::en, Locale::ru] {
            let poll = say!(locale, results.responses);
            let question = [
                say!(locale, results.answers),
                say!(locale, results.all_who_answered),
                say!(locale, exports.column_base),
                say!(locale, results.answered, base = whole(locale, 7)).replace(": 7", ""),
            ];
            assert!(!question.contains(&poll), "{poll}: {question:?}");
        }
    }

    #[test]
    fn bins_read_like_ranges() {
        let kind = Kind::Number { min: -10, max: 120, bins: vec![0, 18, 19] };
        let bins: Vec<_> =
            kind.categories().iter().map(|code| option(Locale::en, &kind, code)).collect();
        assert_eq!(bins, ["from \u{2212}10 to \u{2212}1", "0–17", "18", "19–120"]);
    }

    #[test]
    fn the_ends_of_a_scale_say_what_they_mean_where_nothing_beside_does() {
        let (low, high) = (Text::both("Bad", "Плохо"), Text::both("Good", "Хорошо"));
        let kind = Kind::Scale { from: -1, to: 1, low, high };
        let steps = |locale| {
            let codes = kind.categories();
            codes.iter().map(|code| option_by_itself(locale, &kind, code)).collect::<Vec<_>>()
        };
        assert_eq!(steps(Locale::en), ["\u{2212}1 – Bad", "0", "1 – Good"]);
        assert_eq!(steps(Locale::ru), ["\u{2212}1\u{a0}— Плохо", "0", "1\u{a0}— Хорошо"]);
        let yes_no = Kind::YesNo;
        assert_eq!(option_by_itself(Locale::en, &yes_no, "no"), option(Locale::en, &yes_no, "no"));

        let note = Note::Scale { from: -1, low: "Bad".into(), to: 1, high: "Good".into() };
        let figure = |code: &str| Figure {
            code: code.to_owned(),
            label: option(Locale::en, &kind, code),
            count: None,
            percent: Percent::AtMost(5),
        };
        let labels = |note: &Note| {
            let codes = kind.categories();
            codes.iter().map(|code| label(Locale::en, note, &figure(code))).collect::<Vec<_>>()
        };
        assert_eq!(labels(&note), steps(Locale::en));
        assert_eq!(labels(&Note::None), ["\u{2212}1", "0", "1"]);
    }

    #[test]
    fn of_a_poll_that_is_over_it_is_said_whom_it_asked() {
        let everybody = AudienceView { unknown: Unknown::Refuse, ..AudienceView::default() };
        assert_eq!(audience(Locale::en, &everybody), ["Everybody"]);
        let north = AudienceView {
            regions: vec![Text::both("The North", "Север"), Text::both("The South", "Юг")],
            age_from: Some(18),
            age_to: Some(21),
            genders: vec![Gender::Female],
            unknown: Unknown::Admit,
        };
        assert_eq!(
            audience(Locale::en, &north),
            [
                "Region: The North, The South",
                "People aged 18 to 21",
                "Gender: female",
                "People who had not shared this with the portal could take part, too",
            ]
        );
        let said = in_one_line(&audience(Locale::ru, &AudienceView { genders: vec![], ..north }));
        assert!(
            said.starts_with("Регион: Север, Юг. Люди в возрасте от 18 до 21 года. "),
            "{said}"
        );
        let both = AudienceView { genders: Gender::ALL.to_vec(), ..everybody };
        assert_eq!(conditions(Locale::en, &both), [""; 0]);
        let old = AudienceView { age_from: Some(65), ..both };
        assert_eq!(
            audience(Locale::en, &old),
            ["People aged 65 or over", "Only people of whom the portal knew this could take part"]
        );
    }

    #[test]
    fn shares_are_not_called_exact() {
        let of = |exact, figures| Headline { base: 41, exact, figures };
        let red = Figure {
            code: "red".into(),
            label: "Red".into(),
            count: Some(20),
            percent: Percent::Exactly(49),
        };
        let said = exactness(Locale::en, &of(true, vec![red.clone()]));
        assert!(said.starts_with("The numbers of people are exact. Shares are rounded"), "{said}");
        assert_eq!(exactness(Locale::en, &of(true, vec![])), "This number is exact.");
        let said = exactness(Locale::en, &of(false, vec![red]));
        assert!(!said.contains("exact"), "{said}");
        for locale in [Locale::en, Locale::ru] {
            let said = note(locale, &Note::Several { most: 3 });
            assert!(said.is_some_and(|said| said.contains(" 3,")), "how many at most");
        }
    }

    #[test]
    fn a_release_says_the_rule_that_it_was_made_by() {
        let of = |least_told| Method {
            table: "B".into(),
            most_noise: 5,
            variance: "3".into(),
            never_up_to: 2,
            least_release: 10,
            least_breakdowns: 50,
            least_row: 10,
            least_told,
            by_facts: false,
            several_accounts_at: None,
        };
        for locale in [Locale::en, Locale::ru] {
            let [before, now] = [None, Some(8)].map(|least| method(locale, &of(least)));
            let ends = say!(locale, results.method_ends);
            let bounds = say!(locale, results.method_bounds, least = 8, twice = 16);
            assert!(before.contains(&ends) && !before.contains(&bounds), "{before:?}");
            let changed = |note: &Note| changed_by(locale, &of(None), note);
            let (one, several) = (changed(&Note::None), changed(&Note::Several { most: 3 }));
            assert!(one.contains(" 5") && one.contains("100"), "{one}");
            assert!(several.contains(" 5") && !several.contains("100"), "{several}");
            assert!(now.contains(&bounds) && !now.contains(&ends), "{now:?}");
        }
    }

    #[test]
    fn it_is_the_published_number_that_decides_what_is_told() {
        for (locale, published) in [(Locale::en, "published"), (Locale::ru, "опубликован")]
        {
            for rule in [
                say!(locale, results.method_bounds, least = 8, twice = 16),
                say!(locale, home.published_percent),
            ] {
                let mut clauses = rule.split(['.', ',']);
                let of_few = clauses.find(|clause| clause.contains(" 8"));
                assert!(of_few.is_some_and(|clause| clause.contains(published)), "{rule}");
            }
        }
    }

    #[test]
    fn what_is_nearly_all_is_said() {
        for (locale, less) in [(Locale::en, "fewer than 8"), (Locale::ru, "менее 8")] {
            for rule in [
                say!(locale, results.method_bounds, least = 8, twice = 16),
                say!(locale, home.published_noise),
                say!(locale, exports.base_meaning),
            ] {
                assert!(rule.contains(less) && rule.contains("95"), "{rule}");
            }
            let before = say!(locale, results.method_ends);
            assert!(!before.contains(less) && before.contains("95"), "{before}");
        }
    }

    #[test]
    fn every_age_band_has_words() {
        let words = AgeBand::ALL
            .map(|band| category(Locale::en, Facet::AgeBand, band.code(), str::to_owned));
        assert_eq!(words, ["under 18", "18–24", "25–34", "35–44", "45–54", "55–64", "65 and over"]);
        assert_eq!(category(Locale::ru, Facet::Region, NOT_STATED, str::to_owned), "Не указано");
    }
}
