//! From published figures to charts: which figures have one, and what it shows.
//!
//! Pages, pictures and reports take theirs from here, so that all of them show the same.

use crate::model::{Bar, Body, Chart, Group, Part, Stack, Stacks, Tone};
use locales::i18n::Locale;
use ports::views::results::{
    BreakdownTable, Category, Compared, ComparedRow, Figure, Note, Percent, QuestionResults, words,
};
use questionnaire::{Breakdown, Language};

/// The most bars of a chart that a person can still compare. Beyond them the table says it better.
const MOST_BARS: usize = 100;
/// The most parts of a stacked bar: as many as a scale from 0 to 10 has.
const MOST_PARTS: usize = 11;

macro_rules! say {
    ($locale:expr, $($key:tt)*) => {
        ::std::string::String::from(::locales::td_string!($locale, $($key)*))
    };
}

/// Everybody's answers to a question; nothing where no figures are published.
#[must_use]
pub fn headline(locale: Locale, question: &QuestionResults) -> Option<Chart> {
    let headline = question.headline.as_ref().filter(|headline| !headline.figures.is_empty())?;
    let base = words::count(locale, headline.base);
    let title = say!(locale, results.everybody, base = base.clone());
    let figures = &headline.figures;
    let body = if is_stacked(question.stacked, figures) {
        let label = say!(locale, results.everybody_row);
        let legend = figures.iter().zip(options(locale, &question.note, figures));
        let legend = legend.map(|(figure, label)| named(locale, label, figure.percent));
        stacks(legend.collect(), vec![stack(locale, label, headline.base, figures)])
    } else {
        Body::Bars(figures.iter().map(|f| bar(locale, f.label.clone(), f, Tone::First)).collect())
    };
    Some(chart(
        locale,
        question.title.clone(),
        title,
        sentence(locale, figures),
        names_language(&question.note, question.language, question.options_language()),
        body,
    ))
}

/// One breakdown of a question, with everybody first; nothing where it is not published, or has
/// more bars than can be compared.
#[must_use]
pub fn breakdown(locale: Locale, question: &QuestionResults, by: Breakdown) -> Option<Chart> {
    let table = question.breakdowns.iter().find(|table| table.by == by)?;
    let headline = question.headline.as_ref().filter(|headline| !headline.figures.is_empty())?;
    let everybody = (say!(locale, results.everybody_row), headline.base, &headline.figures[..]);
    let rows: Vec<_> = [everybody].into_iter().chain(rows(table)).collect();
    if rows.len() == 1 {
        return None;
    }
    let body = if is_stacked(question.stacked, &headline.figures) {
        let legend = options(locale, &question.note, &headline.figures);
        let rows =
            rows.iter().map(|(label, base, figures)| stack(locale, label.clone(), *base, figures));
        stacks(legend, rows.collect())
    } else {
        let group = |(place, figure): (usize, &Figure)| {
            let bar = |(row, (label, _, figures)): (usize, &(String, u64, &[Figure]))| {
                let tone = if row == 0 { Tone::Second } else { Tone::First };
                Some(bar(locale, label.clone(), figures.get(place)?, tone))
            };
            let bars = rows.iter().enumerate().filter_map(bar).collect();
            Group { label: figure.label.clone(), bars }
        };
        Body::Groups(headline.figures.iter().enumerate().map(group).collect())
    };
    let description = rows.iter().map(|(label, _, figures)| row_sentence(locale, label, figures));
    let description = description.collect::<Vec<_>>().join(" ");
    let title = words::breakdown(locale, by);
    let language = names_language(&question.note, question.language, question.options_language());
    fits(chart(locale, question.title.clone(), title, description, language, body))
}

/// A question of two polls, which are called `names`; nothing where there are no figures, or more
/// bars than can be compared.
#[must_use]
pub fn comparison(locale: Locale, question: &Compared, names: &[String; 2]) -> Option<Chart> {
    let everybody = question.rows.first().filter(|row| !row.options.is_empty())?;
    // With a breakdown everybody stands in the table.
    let rows = if question.rows.len() > 1 { &question.rows[1..] } else { &question.rows[..] };
    let side = |row: &ComparedRow, poll: usize| -> Vec<Figure> {
        row.options.iter().map(|pair| pair.figures[poll].clone()).collect()
    };
    let label = |row: &ComparedRow, poll: usize| {
        [&*category(&row.categories), &*names[poll]]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" · ")
    };
    let each = || rows.iter().flat_map(|row| [(row, 0), (row, 1)]);
    let figures = side(everybody, 0);
    let body = if is_stacked(question.stacked, &figures) {
        let legend = options(locale, &question.note, &figures);
        let bars = each()
            .map(|(row, poll)| stack(locale, label(row, poll), row.bases[poll], &side(row, poll)));
        stacks(legend, bars.collect())
    } else {
        let group = |(place, figure): (usize, &Figure)| {
            let bars = each().filter_map(|(row, poll)| {
                let tone = if poll == 0 { Tone::Second } else { Tone::First };
                let figure = &row.options.get(place)?.figures[poll];
                Some(bar(locale, label(row, poll), figure, tone))
            });
            Group { label: figure.label.clone(), bars: bars.collect() }
        };
        Body::Groups(figures.iter().enumerate().map(group).collect())
    };
    let description =
        each().map(|(row, poll)| row_sentence(locale, &label(row, poll), &side(row, poll)));
    let description = description.collect::<Vec<_>>().join(" ");
    let title = say!(locale, results.compared_title);
    let language = names_language(&question.note, question.language, question.options_language());
    fits(chart(locale, question.title.clone(), title, description, language, body))
}

fn chart(
    locale: Locale,
    heading: String,
    title: String,
    description: String,
    language: Option<Language>,
    body: Body,
) -> Chart {
    let axis = say!(locale, results.axis);
    Chart { heading, title, description, axis, language: language.map(Language::tag), body }
}

/// The language of the names in a chart: the ends of a scale stand there with the department's words.
const fn names_language(
    note: &Note,
    written: Option<Language>,
    options: Option<Language>,
) -> Option<Language> {
    if matches!(note, Note::Scale { .. }) { written } else { options }
}

fn fits(chart: Chart) -> Option<Chart> {
    let bars = match &chart.body {
        Body::Bars(bars) => bars.len(),
        Body::Groups(groups) => groups.iter().map(|group| group.bars.len()).sum(),
        Body::Stacks(stacks) => stacks.rows.len(),
    };
    (bars <= MOST_BARS).then_some(chart)
}

fn is_stacked(stacked: bool, figures: &[Figure]) -> bool {
    stacked && figures.len() <= MOST_PARTS
}

fn stacks(legend: Vec<String>, rows: Vec<Stack>) -> Body {
    Body::Stacks(Stacks { legend, rows })
}

fn bar(locale: Locale, label: String, figure: &Figure, tone: Tone) -> Bar {
    let value = words::percent(locale, figure.percent);
    Bar { label, value, percent: figure.percent.length(), tone }
}

fn stack(locale: Locale, label: String, base: u64, figures: &[Figure]) -> Stack {
    let part =
        |(figure, length): (&Figure, u64)| Part { value: short(locale, figure.percent), length };
    Stack {
        label,
        value: say!(locale, results.answered, base = words::count(locale, base)),
        sentence: sentence(locale, figures),
        parts: figures.iter().zip(lengths(base, figures)).map(part).collect(),
    }
}

/// How long the parts of a stacked bar are, in thousandths of a person.
///
/// Where a count is not published, its share says what there is to draw: "95% or more" is half way
/// from there to all, and those of "5% or less" have alike what the others leave, though no more
/// than that.
fn lengths(base: u64, figures: &[Figure]) -> Vec<u64> {
    let base = base.saturating_mul(1000);
    let share = |percent: u64| base / 100 * percent;
    let drawn = |figure: &Figure| match (figure.count, figure.percent) {
        (Some(count), _) => Some(count.saturating_mul(1000)),
        (None, Percent::AtMost(_)) => None,
        (None, Percent::Exactly(percent)) => Some(share(percent.into())),
        (None, Percent::AtLeast(percent)) => Some(share(u64::midpoint(percent.into(), 100))),
    };
    let told = figures.iter().filter_map(drawn).fold(0, u64::saturating_add);
    let ends = figures.iter().filter(|figure| drawn(figure).is_none()).count();
    let left = base.saturating_sub(told) / u64::try_from(ends.max(1)).unwrap_or(u64::MAX);
    let length = |figure: &Figure| {
        drawn(figure).unwrap_or_else(|| left.min(share(figure.percent.length().into())))
    };
    figures.iter().map(length).collect()
}

/// A share in few characters.
fn short(locale: Locale, percent: Percent) -> String {
    let sign = match percent {
        Percent::AtMost(_) => "≤\u{2009}",
        Percent::Exactly(_) => "",
        Percent::AtLeast(_) => "≥\u{2009}",
    };
    format!("{sign}{}", words::percent(locale, Percent::Exactly(percent.length())))
}

/// The options' names; the ends of a scale with what they mean.
fn options(locale: Locale, note: &Note, figures: &[Figure]) -> Vec<String> {
    let mut names: Vec<_> = figures.iter().map(|figure| figure.label.clone()).collect();
    if let Note::Scale { low, high, .. } = note {
        let end = |step: &str, words: &str| say!(locale, results.step, step = step, words = words);
        if let Some(first) = names.first_mut() {
            *first = end(first, low);
        }
        if let Some(last) = names.last_mut() {
            *last = end(last, high);
        }
    }
    names
}

fn named(locale: Locale, label: String, percent: Percent) -> String {
    say!(locale, results.figure, label = label, percent = words::percent(locale, percent))
}

/// The options and their shares in one sentence.
fn sentence(locale: Locale, figures: &[Figure]) -> String {
    let parts = figures.iter().map(|figure| named(locale, figure.label.clone(), figure.percent));
    parts.collect::<Vec<_>>().join("; ")
}

fn row_sentence(locale: Locale, label: &str, figures: &[Figure]) -> String {
    format!("{label} — {}.", sentence(locale, figures))
}

fn rows(table: &BreakdownTable) -> impl Iterator<Item = (String, u64, &[Figure])> {
    table.rows.iter().map(|row| (category(&row.categories), row.base, &row.figures[..]))
}

fn category(categories: &[Category]) -> String {
    categories.iter().map(|category| &*category.label).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{Figure, Percent, lengths};

    fn drawn(base: u64, figures: &[(Option<u64>, Percent)]) -> Vec<u64> {
        let figure = |(count, percent): &(Option<u64>, Percent)| Figure {
            code: String::new(),
            label: String::new(),
            count: *count,
            percent: *percent,
        };
        lengths(base, &figures.iter().map(figure).collect::<Vec<_>>())
    }

    #[test]
    fn what_has_no_count_is_drawn_by_its_share() {
        let (few, most) = ((None, Percent::AtMost(5)), (None, Percent::AtLeast(95)));
        let half = (Some(50), Percent::Exactly(50));
        assert_eq!(drawn(100, &[half, (Some(48), Percent::Exactly(48))]), [50_000, 48_000]);
        assert_eq!(drawn(100, &[most, few]), [97_000, 3_000]);
        assert_eq!(drawn(100, &[few, most, few, few]), [1_000, 97_000, 1_000, 1_000]);
        assert_eq!(drawn(100, &[(Some(60), Percent::Exactly(60)), few]), [60_000, 5_000]);
        assert_eq!(drawn(100, &[half, half, few]), [50_000, 50_000, 0]);
        assert_eq!(drawn(0, &[few, few]), [0, 0]);
        let all = drawn(u64::MAX, &[half, most, few]);
        assert!(all.iter().all(|length| *length <= u64::MAX / 100 * 97), "no number is too large");
    }
}
