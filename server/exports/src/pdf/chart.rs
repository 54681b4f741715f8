//! Bars for everybody's answers, beside a table with the same figures.

use crate::pdf::{
    look,
    paper::{LEFT, Node, Paper, Shape, WIDTH},
};
use krilla::tagging::Tag;
use locales::{i18n::Locale, td_string};
use ports::views::results::{Figure, words};

const LABEL: f32 = 170.0;
const VALUE: f32 = 56.0;
const LONGEST: f32 = WIDTH - LABEL - VALUE;
const BAR: f32 = 11.0;
const GAP: f32 = 5.0;

/// Puts a chart. Whoever does not see it hears the figures in a sentence.
pub fn put(paper: &mut Paper, title: &str, figures: &[Figure], locale: Locale) -> Node {
    let label = |paper: &Paper, figure: &Figure| {
        paper.letters.lines(&figure.label, look::TABLE, LABEL - 10.0)
    };
    let height = |lines: &[String]| {
        let lines = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        (f32::from(lines) * look::TABLE.line()).max(BAR) + GAP
    };
    let heights: f32 = figures.iter().map(|figure| height(&label(paper, figure))).sum();
    // Together on one page, if it fits on one.
    paper.need((heights + 3.0 * look::SMALL_STRONG.line()).min(600.0));
    let leaf = paper.leaf();
    let place = (LEFT, paper.y);
    paper.lines(Some(leaf), place, None, &[format!("{title} ")], look::SMALL_STRONG);
    paper.skip(look::SMALL_STRONG.line() + GAP);
    for figure in figures {
        let lines = label(paper, figure);
        paper.need(height(&lines));
        let y = paper.y;
        paper.lines(Some(leaf), (LEFT, y), None, &lines, look::TABLE);
        let width = LONGEST * f32::from(figure.percent.length()) / 100.0;
        let (x, colour) = (LEFT + LABEL, look::BAR);
        paper.mark(Some(leaf), Shape::Block { x, y, width: width.max(0.6), height: BAR, colour });
        let value = format!(" {} ", words::percent(locale, figure.percent));
        paper.lines(Some(leaf), (x + width + 2.0, y), None, &[value], look::TABLE);
        paper.skip(height(&lines));
    }
    let axis = td_string!(locale, results.axis).to_owned();
    let place = (LEFT + LABEL, paper.y);
    paper.lines(Some(leaf), place, None, &[axis], look::SMALL);
    paper.skip(look::SMALL.line() + 8.0);
    let sentence: Vec<String> = figures
        .iter()
        .map(|figure| {
            let (label, percent) = (figure.label.clone(), words::percent(locale, figure.percent));
            td_string!(locale, results.figure, label = label, percent = percent)
        })
        .collect();
    let alternative = format!("{title}. {}", sentence.join("; "));
    Node::Group(Tag::Figure(Some(alternative)).into(), vec![Node::Leaf(leaf)])
}
