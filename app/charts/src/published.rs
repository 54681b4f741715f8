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
    let options = figures.iter().zip(options(locale, &question.note, figures));
    let body = if is_stacked(question.stacked, figures) {
        let label = say!(locale, results.everybody_row);
        let legend = options.map(|(figure, label)| named(locale, label, figure.percent));
        stacks(legend.collect(), vec![stack(locale, label, headline.base, figures)])
    } else {
        Body::Bars(options.map(|(f, label)| bar(locale, label, f, Tone::First, None)).collect())
    };
    let mut chart = chart(locale, &question.into(), title, sentence(locale, figures), body);
    chart.bounds = bounds(locale, &chart.body, figures);
    // Where it is exact, nothing has to be known.
    chart.notes.extend((!headline.exact).then(|| words::exactness(locale, headline)));
    Some(chart)
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
    let options = options(locale, &question.note, &headline.figures);
    let body = if is_stacked(question.stacked, &headline.figures) {
        let rows =
            rows.iter().map(|(label, base, figures)| stack(locale, label.clone(), *base, figures));
        stacks(options, rows.collect())
    } else {
        let group = |(place, option): (usize, String)| {
            let bar = |(row, (label, base, figures)): (usize, &(String, u64, &[Figure]))| {
                let tone = if row == 0 { Tone::Second } else { Tone::First };
                Some(bar(locale, label.clone(), figures.get(place)?, tone, Some(*base)))
            };
            let bars = rows.iter().enumerate().filter_map(bar).collect();
            Group { label: option, bars }
        };
        Body::Groups(options.into_iter().enumerate().map(group).collect())
    };
    let description = rows.iter().map(|(label, _, figures)| row_sentence(locale, label, figures));
    let description = description.collect::<Vec<_>>().join(" ");
    let title = words::breakdown(locale, by);
    let mut chart = chart(locale, &question.into(), title, description, body);
    let drawn = rows.iter().flat_map(|(_, _, figures)| *figures);
    chart.bounds = bounds(locale, &chart.body, drawn);
    chart.notes.push(say!(locale, results.changed));
    chart.notes.extend(words::everybody_changed(locale, headline.exact));
    fits(chart)
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
    let options = options(locale, &question.note, &figures);
    let body = if is_stacked(question.stacked, &figures) {
        let bars = each()
            .map(|(row, poll)| stack(locale, label(row, poll), row.bases[poll], &side(row, poll)));
        stacks(options, bars.collect())
    } else {
        let group = |(place, option): (usize, String)| {
            let bars = each().filter_map(|(row, poll)| {
                let tone = if poll == 0 { Tone::Second } else { Tone::First };
                let figure = &row.options.get(place)?.figures[poll];
                Some(bar(locale, label(row, poll), figure, tone, Some(row.bases[poll])))
            });
            Group { label: option, bars: bars.collect() }
        };
        Body::Groups(options.into_iter().enumerate().map(group).collect())
    };
    let description =
        each().map(|(row, poll)| row_sentence(locale, &label(row, poll), &side(row, poll)));
    let description = description.collect::<Vec<_>>().join(" ");
    let title = say!(locale, results.compared_title);
    let mut chart = chart(locale, &question.into(), title, description, body);
    let drawn = rows.iter().flat_map(|row| &row.options).flat_map(|pair| &pair.figures);
    chart.bounds = bounds(locale, &chart.body, drawn);
    fits(chart)
}

/// What was asked.
struct Question<'a> {
    title: &'a str,
    language: Option<Language>,
    labels_language: Option<Language>,
    note: &'a Note,
}

impl<'a> From<&'a QuestionResults> for Question<'a> {
    fn from(question: &'a QuestionResults) -> Self {
        let QuestionResults { title, language, note, .. } = question;
        Self { title, language: *language, labels_language: question.labels_language(), note }
    }
}

impl<'a> From<&'a Compared> for Question<'a> {
    fn from(question: &'a Compared) -> Self {
        let Compared { title, language, note, .. } = question;
        Self { title, language: *language, labels_language: question.labels_language(), note }
    }
}

fn chart(
    locale: Locale,
    question: &Question,
    title: String,
    description: String,
    body: Body,
) -> Chart {
    // What the ends of a scale mean stands in their names ([`options`]).
    let note = Some(question.note).filter(|note| !matches!(note, Note::Scale { .. }));
    Chart {
        heading: question.title.to_owned(),
        heading_language: question.language.map(Language::tag),
        reader: words::language_of(locale).tag(),
        title,
        description,
        axis: say!(locale, results.axis),
        bounds: None,
        notes: note.and_then(|note| words::note(locale, note)).into_iter().collect(),
        language: question.labels_language.map(Language::tag),
        body,
    }
}

/// How those of the figures are drawn of which only a bound is known, where there are such: a bar shows what is
/// possible; parts of a whole have to have some length ([`lengths`]).
fn bounds<'a>(
    locale: Locale,
    body: &Body,
    figures: impl IntoIterator<Item = &'a Figure>,
) -> Option<String> {
    let mut figures = figures.into_iter();
    let bound = figures.any(|figure| !matches!(figure.percent, Percent::Exactly(_)));
    bound.then(|| match body {
        Body::Bars(_) | Body::Groups(_) => say!(locale, results.bound_bar),
        Body::Stacks(_) => say!(locale, results.bound_part),
    })
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

fn bar(locale: Locale, label: String, figure: &Figure, tone: Tone, base: Option<u64>) -> Bar {
    let value = words::percent(locale, figure.percent);
    let base = base.map(|base| say!(locale, results.bar_base, base = words::count(locale, base)));
    let (percent, possible) = match figure.percent {
        Percent::AtMost(percent) => (0, percent),
        Percent::Exactly(percent) => (percent, percent),
        Percent::AtLeast(percent) => (percent, 100),
    };
    Bar { label, base, value, percent, possible, tone }
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
/// Where a count is not published, its bound says what there is to draw: "95% or more" is half way
/// from there to all, and those of "5% or less" have alike what the others leave, though no more
/// than that.
fn lengths(base: u64, figures: &[Figure]) -> Vec<u64> {
    let base = base.saturating_mul(1000);
    let share = |percent: u64| base / 100 * percent;
    let drawn = |figure: &Figure| match (figure.count, figure.percent) {
        (Some(count), _) => Some(count.saturating_mul(1000)),
        (None, Percent::AtMost(_)) => None,
        (None, Percent::Exactly(percent)) => Some(share(percent.into())),
        (None, Percent::AtLeast(percent)) => Some(share(u8::midpoint(percent, 100).into())),
    };
    let told = figures.iter().filter_map(drawn).fold(0, u64::saturating_add);
    let ends = figures.iter().filter(|figure| drawn(figure).is_none()).count();
    let left = base.saturating_sub(told) / u64::try_from(ends.max(1)).unwrap_or(u64::MAX);
    let length = |figure: &Figure| {
        drawn(figure).unwrap_or_else(|| left.min(share(figure.percent.number().into())))
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
    format!("{sign}{}", words::percent(locale, Percent::Exactly(percent.number())))
}

/// The options' names; the ends of a scale with what they mean, which stands nowhere else in a picture.
fn options(locale: Locale, note: &Note, figures: &[Figure]) -> Vec<String> {
    figures.iter().map(|figure| words::label(locale, note, figure)).collect()
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
    use super::{
        Body, Breakdown, BreakdownTable, Category, Compared, ComparedRow, Figure, Language, Locale,
        Note, Percent, QuestionResults, breakdown, comparison, headline, lengths, named, sentence,
        words,
    };
    use crate::Image;
    use ports::views::results::{Difference, Facet, Headline, Pair, Row};

    fn drawn(base: u64, figures: &[(Option<u64>, Percent)]) -> Vec<u64> {
        let figure = |(count, percent): &(Option<u64>, Percent)| Figure {
            code: String::new(),
            label: String::new(),
            count: *count,
            percent: *percent,
        };
        lengths(base, &figures.iter().map(figure).collect::<Vec<_>>())
    }

    /// A scale of so many steps from 1, everybody's answers and those of one region.
    fn scale(steps: i32) -> QuestionResults {
        let figure = |step: i32| Figure {
            code: step.to_string(),
            label: step.to_string(),
            count: Some(10),
            percent: Percent::Exactly(10),
        };
        let figures: Vec<_> = (1..=steps).map(figure).collect();
        let region =
            Category { facet: Facet::Region, code: "north".into(), label: "The North".into() };
        let row = Row { categories: vec![region], base: 100, figures: figures.clone() };
        QuestionResults {
            code: "content".into(),
            title: "How content are you?".into(),
            hint: None,
            language: None,
            required: true,
            stacked: true,
            note: Note::Scale {
                from: 1,
                low: "not at all".into(),
                to: steps,
                high: "fully".into(),
            },
            withheld: None,
            headline: Some(Headline { base: 100, exact: true, figures }),
            breakdowns_withheld: None,
            breakdowns: vec![BreakdownTable {
                by: Breakdown::Region,
                complete: true,
                rows: vec![row],
            }],
        }
    }

    /// As two polls of the same answers.
    fn compared(question: &QuestionResults) -> Compared {
        let pair = |figure: &Figure| Pair {
            figures: [figure.clone(), figure.clone()],
            difference: Difference { from: 0, to: 0 },
        };
        let headline = question.headline.as_ref();
        Compared {
            code: question.code.clone(),
            title: question.title.clone(),
            language: None,
            note: question.note.clone(),
            stacked: question.stacked,
            required: [question.required; 2],
            exact: [true; 2],
            rows: headline
                .map(|all| ComparedRow {
                    categories: vec![],
                    bases: [all.base; 2],
                    options: all.figures.iter().map(pair).collect(),
                })
                .into_iter()
                .collect(),
        }
    }

    #[test]
    fn the_ends_of_a_scale_say_what_they_mean_in_every_chart() {
        // As parts of one bar, and of more steps than one can have.
        for (steps, stacked) in [(10, true), (12, false)] {
            let question = scale(steps);
            let names = ["Then", "Now"].map(str::to_owned);
            for chart in [
                headline(Locale::en, &question),
                breakdown(Locale::en, &question, Breakdown::Region),
                comparison(Locale::en, &compared(&question), &names),
            ] {
                let mut notes = chart.iter().flat_map(|chart| &chart.notes);
                assert!(!notes.any(|note| note.contains("not at all")), "said twice");
                let body = chart.map(|chart| chart.body);
                assert_eq!(matches!(body, Some(Body::Stacks(_))), stacked);
                let names: Vec<String> = match body {
                    Some(Body::Stacks(stacks)) => stacks.legend,
                    Some(Body::Groups(groups)) => groups.into_iter().map(|it| it.label).collect(),
                    Some(Body::Bars(bars)) => bars.into_iter().map(|it| it.label).collect(),
                    None => vec![],
                };
                let [first, second, .., last] = &names[..] else { panic!("{names:?}") };
                assert!(first.starts_with("1 – not at all"), "{first}");
                assert!(second.starts_with('2') && !second.contains('–'), "{second}");
                assert!(last.starts_with(&format!("{steps} – fully")), "{last}");
            }
        }
    }

    /// Shares of which each stands once, the blurred ones among them, of everybody and of one region.
    fn different(stacked: bool, note: Note) -> QuestionResults {
        let mut question = scale(5);
        (question.stacked, question.note) = (stacked, note);
        let row = &mut question.breakdowns[0].rows[0];
        row.base = 61;
        let percents = [
            Percent::AtMost(5),
            Percent::AtLeast(95),
            Percent::Exactly(11),
            Percent::Exactly(12),
            Percent::Exactly(1),
        ];
        for (figure, percent) in row.figures.iter_mut().zip(percents) {
            let blurred = !matches!(percent, Percent::Exactly(_));
            (figure.percent, figure.count) = (percent, (!blurred).then_some(3));
        }
        let headline = question.headline.as_mut().unwrap();
        (headline.base, headline.exact) = (1204, false);
        for (figure, percent) in headline.figures.iter_mut().zip([41, 42, 2, 7, 8]) {
            figure.percent = Percent::Exactly(percent);
        }
        question
    }

    /// The description of a picture, and the words that are seen, an element each.
    fn words_of(svg: &str) -> [Vec<String>; 2] {
        let document = roxmltree::Document::parse(svg).unwrap();
        ["desc", "text"].map(|name| {
            let nodes = document.descendants().filter(|node| node.has_tag_name(name));
            nodes.filter_map(|node| node.text()).map(str::to_owned).collect()
        })
    }

    /// Whether these words are all of an element, or of some that follow each other, as lines do.
    fn stand(words: &str, seen: &[String]) -> bool {
        let ends = |from: usize| (from..seen.len()).map(move |to| from..=to);
        (0..seen.len()).flat_map(ends).any(|lines| seen[lines].join(" ") == words)
    }

    #[test]
    fn a_picture_says_all_that_one_needs_to_read_it() {
        let several = Note::Several { most: 3 };
        for question in [different(true, Note::None), different(false, several)] {
            let all = headline(Locale::en, &question).unwrap();
            let by_region = breakdown(Locale::en, &question, Breakdown::Region).unwrap();
            let everybody = question.headline.as_ref().unwrap();
            let region = &question.breakdowns[0].rows[0];
            let both = vec![&everybody.figures, &region.figures];
            for (chart, rows) in [(all, vec![&everybody.figures]), (by_region, both)] {
                for width in [320, 720] {
                    let svg = chart.svg(&Image { width, ..Image::default() });
                    assert!(svg.contains("description\" xml:lang=\"en\""), "{svg}");
                    let [description, seen] = words_of(&svg);
                    let description = description.concat();
                    for figures in &rows {
                        let all = sentence(Locale::en, figures);
                        assert!(description.contains(&all), "{all} is not in {description}");
                        for figure in *figures {
                            let (label, percent) = (figure.label.clone(), figure.percent);
                            let words = match (question.stacked, rows.len()) {
                                (false, _) => words::percent(Locale::en, percent),
                                (true, 1) => named(Locale::en, label, percent),
                                (true, _) => all.clone(),
                            };
                            assert!(stand(&words, &seen), "{words} is not in {seen:?}");
                        }
                    }
                    // The base of each group, and that the numbers are changed.
                    let together = seen.join(" ");
                    let groups = rows.len() == 2;
                    assert!(together.contains("1,204"), "{together}");
                    let base = ["answered: 61", "Answered this question: 61"];
                    let told = base.iter().any(|words| together.contains(words));
                    assert_eq!(told, groups, "{together}");
                    let alone = words::exactness(Locale::en, everybody);
                    assert_eq!(stand(&alone, &seen), !groups, "{together}");
                    let beside = words::everybody_changed(Locale::en, false).unwrap();
                    assert_eq!(stand(&beside, &seen), groups, "{together}");
                    let changed = "numbers of groups are changed";
                    assert_eq!(together.contains(changed), groups, "{together}");
                    let several = together.contains("several options, at most 3");
                    assert_eq!(several, !question.stacked, "{together}");
                }
            }
        }
    }

    #[test]
    fn a_chart_says_how_a_bound_is_drawn_where_it_has_one() {
        let names = ["Then", "Now"].map(str::to_owned);
        for (stacked, way) in [(true, "the length of the part"), (false, "a broken outline")] {
            let question = different(stacked, Note::None);
            let by_region = breakdown(Locale::en, &question, Breakdown::Region).unwrap();
            let seen = words_of(&by_region.svg(&Image::default()))[1].join(" ");
            assert!(seen.contains(way), "{seen}");
            assert!(by_region.bounds.unwrap().contains(way));
            assert_eq!(headline(Locale::en, &question).unwrap().bounds, None, "all are known");
            let both = compared(&question);
            assert_eq!(comparison(Locale::en, &both, &names).unwrap().bounds, None);
            let mut bound = question;
            bound.headline.as_mut().unwrap().figures[0].percent = Percent::AtMost(5);
            for chart in [
                headline(Locale::en, &bound).unwrap(),
                comparison(Locale::en, &compared(&bound), &names).unwrap(),
            ] {
                assert!(chart.bounds.unwrap().contains(way));
            }
        }
    }

    #[test]
    fn of_a_bound_a_bar_shows_what_is_certain_and_what_is_possible() {
        let mut question = different(false, Note::None);
        let figures = &mut question.headline.as_mut().unwrap().figures;
        for (figure, percent) in
            figures.iter_mut().zip([Percent::AtMost(34), Percent::AtLeast(66), Percent::Exactly(7)])
        {
            figure.percent = percent;
        }
        let Some(Body::Bars(bars)) = headline(Locale::en, &question).map(|chart| chart.body) else {
            panic!("bars");
        };
        let ends: Vec<_> = bars.iter().take(3).map(crate::Bar::ends).collect();
        assert_eq!(ends, [[(0, 0), (0, 34)], [(0, 66), (66, 100)], [(0, 7), (7, 7)]]);
    }

    #[test]
    fn words_in_another_language_say_which_in_a_picture() {
        let mut question = different(false, Note::None);
        question.language = Some(Language::Ru);
        question.title = "Довольны ли Вы?".into();
        question.headline.as_mut().unwrap().figures[0].label = "Да".into();
        for chart in [
            headline(Locale::en, &question).unwrap(),
            breakdown(Locale::en, &question, Breakdown::Region).unwrap(),
        ] {
            let svg = chart.svg(&Image::default());
            let document = roxmltree::Document::parse(&svg).unwrap();
            for word in ["Довольны ли Вы?", "Да"] {
                let mut texts = document.descendants().filter(|node| node.has_tag_name("text"));
                let text = texts.find(|node| node.text() == Some(word)).unwrap();
                let lang = text.attribute(("http://www.w3.org/XML/1998/namespace", "lang"));
                assert_eq!(lang, Some("ru"), "{word}");
            }
            assert_eq!(svg.matches("\"end\">41%<").count(), 1, "the reader's own words");
        }
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
        // Of a small row the bounds are wide.
        let (few, most) = ((None, Percent::AtMost(18)), (None, Percent::AtLeast(82)));
        assert_eq!(drawn(40, &[most, few]), [36_400, 3_600]);
        let all = drawn(u64::MAX, &[half, most, few]);
        assert!(all.iter().all(|length| *length <= u64::MAX / 100 * 97), "no number is too large");
    }
}
