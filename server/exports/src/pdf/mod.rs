//! A release as a report to read and to print: A4, tagged for screen readers (PDF/UA-1).
//!
//! It begins with the title and the facts; then come each question with its chart, its table and its
//! breakdowns, who took part, and the method. Charts are those of the page, have their figures as an
//! alternative text and stand beside a table with the same figures.

mod chart;
mod letters;
mod look;
mod paper;
mod print;
mod table;

use crate::{Unwritten, about, table::of_participation};
use charts::{Chart, legal, published};
use chrono::Datelike as _;
use krilla::metadata::{DateTime, Metadata};
use krilla::tagging::{ListNumbering, Tag};
use letters::Letters;
use locales::{i18n::Locale, td_string};
use paper::{Node, Paper, WIDTH};
use ports::{
    look::locale_of,
    views::results::{
        BreakdownTable, Facet, Figure, Headline, QuestionResults, Rate, Results, words,
    },
};
use print::Frame;
use questionnaire::{Breakdown, Language};
use std::{io::Write, num::NonZeroU16};
use table::{Foreign, Table};

/// The file.
///
/// # Errors
/// When it would not be PDF/UA, which tests exclude; when `out` takes no more.
pub fn write(results: &Results, language: Language, mut out: impl Write) -> Result<(), Unwritten> {
    let failed = Unwritten::as_("PDF");
    let letters = Letters::new().ok_or_else(|| failed(&"no type"))?;
    let report = Report::of(results, language, &letters);
    let frame = Frame { metadata: report.metadata(), language, foot: report.foot(), number };
    let file = print::print(&report.paper, &report.tree, frame).map_err(|error| failed(&error))?;
    out.write_all(&file).map_err(|error| failed(&error))
}

fn number(language: Language, page: usize, pages: usize) -> String {
    td_string!(locale_of(language), exports.page_of, page = page, pages = pages)
}

const FIRST: NonZeroU16 = NonZeroU16::MIN;
const SECOND: NonZeroU16 = FIRST.saturating_add(1);

/// The most columns of answers side by side.
const MOST_COLUMNS: u8 = 7;

struct Report<'a> {
    results: &'a Results,
    language: Language,
    locale: Locale,
    paper: Paper<'a>,
    tree: Vec<Node>,
}

impl<'a> Report<'a> {
    /// All of it on paper.
    fn of(results: &'a Results, language: Language, letters: &'a Letters) -> Self {
        let (locale, paper) = (locale_of(language), Paper::new(letters));
        let mut report = Self { results, language, locale, paper, tree: Vec::new() };
        report.title();
        for (number, question) in results.questions.iter().enumerate() {
            report.question(number + 1, question);
        }
        report.participation();
        report.method();
        report
    }

    /// At the left of each page's foot: who asked, and below it where the page of results is. A part of an address
    /// leads nowhere, so one that is longer than a line stands only among the facts.
    fn foot(&self) -> [String; 2] {
        let brand = td_string!(self.locale, common.brand);
        let asked = format!("{brand} – {}", self.results.department_name);
        let letters = self.paper.letters;
        // More than one line, or a longer one, would meet the page's number.
        let asked = letters.lines(&asked, look::SMALL, WIDTH * 0.7).into_iter().next();
        let address = letters.lines(&self.results.address, look::SMALL, WIDTH);
        let address = if address.len() == 1 { address.concat() } else { String::new() };
        [asked.unwrap_or_default(), address]
    }

    fn metadata(&self) -> Metadata {
        let day = self.results.published;
        let part = |number: u32| u8::try_from(number).unwrap_or(1);
        let made = DateTime::new(u16::try_from(day.year()).unwrap_or_default())
            .month(part(day.month()))
            .day(part(day.day()));
        Metadata::new()
            .title(legal(&self.results.title))
            .authors(vec![legal(&self.results.department_name)])
            .description(legal(&about::description(self.results, self.language)))
            .creator(td_string!(self.locale, common.brand).to_owned())
            .language(self.language.tag().to_owned())
            .creation_date(made)
            .document_id(format!("{}-{}", self.results.digest, self.language))
    }

    fn paragraph(&mut self, text: &str) {
        let node = self.paper.paragraph(text, look::BODY);
        self.tree.push(node);
    }

    fn note(&mut self, text: &str) {
        let node = self.paper.paragraph(text, look::SMALL);
        self.tree.push(node);
    }

    fn heading(&mut self, text: &str, language: Option<Language>) {
        self.paper.skip(14.0);
        let node = self.paper.heading(SECOND, text, look::HEADING);
        self.tree.push(node.in_language(language));
    }

    fn title(&mut self) {
        let kicker = self.paper.paragraph(td_string!(self.locale, results.title), look::KICKER);
        let title = self.paper.heading(FIRST, &self.results.title, look::TITLE);
        self.tree.extend([kicker, title.in_language(self.results.language)]);
        let address = about::Fact {
            name: td_string!(self.locale, exports.address),
            words: self.results.address.clone(),
            language: None,
        };
        for fact in about::facts(self.results, self.language).into_iter().chain([address]) {
            self.paper.need(look::STRONG.line() + look::BODY.line());
            let name = self.paper.text(fact.name, look::STRONG, 0.0);
            let words = self.paper.text(&fact.words, look::BODY, 0.0);
            self.paper.skip(5.0);
            let parts = vec![name, words.in_language(fact.language)];
            self.tree.push(Node::Group(Tag::P.into(), parts));
        }
        if let Some(reason) = about::withheld(self.results, self.language) {
            self.paragraph(&reason);
        }
        if let Some(note) = about::turnout(self.results, self.language) {
            self.note(&note);
        }
    }

    fn question(&mut self, number: usize, question: &QuestionResults) {
        let locale = self.locale;
        let title = question.title.clone();
        let title = td_string!(locale, results.question, number = number, title = title);
        self.heading(&title, question.language);
        for (words, language) in about::beside(question, self.language) {
            let node = self.paper.paragraph(&words, look::BODY);
            self.tree.push(node.in_language(language));
        }
        let method = &self.results.method;
        if let Some(reason) = question.withheld {
            self.paragraph(&words::question_withheld(locale, reason, method));
        }
        let Some(headline) = &question.headline else { return };
        if headline.figures.is_empty() {
            let base = words::count(locale, headline.base);
            self.paragraph(&td_string!(locale, results.answered, base = base));
            self.exactness(headline);
            return;
        }
        self.headline(number, question, headline);
        if question.breakdowns_withheld.is_some() {
            self.note(&words::breakdowns_withheld(locale, method));
        }
        for table in &question.breakdowns {
            self.breakdown(number, question, table, headline);
        }
    }

    /// A chart, where there is one.
    fn chart(&mut self, chart: Option<Chart>) {
        if let Some(chart) = chart {
            let figure = chart::put(&mut self.paper, &chart);
            self.tree.push(figure);
        }
    }

    fn headline(&mut self, number: usize, question: &QuestionResults, headline: &Headline) {
        let locale = self.locale;
        self.chart(published::headline(locale, question));
        let base = words::count(locale, headline.base);
        let mut rows: Vec<Vec<Vec<String>>> = headline
            .figures
            .iter()
            .map(|figure| {
                vec![
                    vec![words::label(locale, &question.note, figure)],
                    vec![words::people(locale, figure.count)],
                    vec![words::percent(locale, figure.percent)],
                ]
            })
            .collect();
        let all = td_string!(locale, results.all_who_answered).to_owned();
        rows.push(vec![vec![all], vec![base], vec![]]);
        let table = Table {
            widths: vec![WIDTH - 160.0, 80.0, 80.0],
            heads: 1,
            head: [
                td_string!(locale, results.option),
                td_string!(locale, results.people),
                td_string!(locale, results.share),
            ]
            .map(str::to_owned)
            .into(),
            rows,
            foreign: question.labels_language().map(Foreign::Rows),
        };
        let caption = td_string!(locale, results.same_figures, number = number);
        self.tree.extend(table.put(&mut self.paper, &caption));
        self.exactness(headline);
    }

    /// Whether figures are exact or changed.
    fn exactness(&mut self, headline: &Headline) {
        self.note(&words::exactness(self.locale, headline));
    }

    /// A breakdown: its chart, and as many tables as its answers need columns.
    fn breakdown(
        &mut self,
        number: usize,
        question: &QuestionResults,
        table: &BreakdownTable,
        all: &Headline,
    ) {
        let locale = self.locale;
        let by = words::breakdown(locale, table.by);
        if table.rows.is_empty() {
            self.nothing(&td_string!(locale, results.figures_by, number = number, by = by));
            return;
        }
        self.chart(published::breakdown(locale, question, table.by));
        let labels = all.figures.iter().map(|figure| words::label(locale, &question.note, figure));
        let labels: Vec<String> = labels.collect();
        let blocks = labels.len().div_ceil(self.columns(table.by, &labels).into());
        let size = labels.len().div_ceil(blocks);
        for (block, shown) in labels.chunks(size).enumerate() {
            let mut columns = Columns::of(table.by, shown.len(), locale);
            columns.head.push(td_string!(locale, results.answers).to_owned());
            columns.head.extend_from_slice(shown);
            let cells = |base: u64, figures: &[Figure]| {
                let figures = figures.iter().skip(block * size).take(size).map(|figure| {
                    let count = figure.count.map(|count| words::count(locale, count));
                    [words::percent(locale, figure.percent)]
                        .into_iter()
                        .chain(count)
                        .collect::<Vec<_>>()
                });
                [vec![words::count(locale, base)]].into_iter().chain(figures).collect::<Vec<_>>()
            };
            let mut rows: Vec<Vec<Vec<String>>> = table
                .rows
                .iter()
                .map(|row| {
                    let names = row.categories.iter().map(|category| vec![category.label.clone()]);
                    names.chain(cells(row.base, &row.figures)).collect()
                })
                .collect();
            rows.push(columns.everybody(locale, cells(all.base, &all.figures)));
            let caption = if blocks == 1 {
                td_string!(locale, results.figures_by, number = number, by = by.clone())
            } else {
                td_string!(
                    locale,
                    exports.by_question,
                    number = number,
                    by = by.clone(),
                    from = block * size + 1,
                    to = block * size + shown.len(),
                    all = labels.len()
                )
            };
            let Columns { widths, heads, head } = columns;
            let foreign = question.labels_language();
            let foreign = foreign.map(|language| Foreign::Columns(heads + 1, language));
            let table = Table { widths, heads, head, rows, foreign };
            self.tree.extend(table.put(&mut self.paper, &caption));
        }
        self.note(td_string!(locale, exports.share_and_people));
        self.missing(table.complete);
    }

    /// How many answers stand side by side: as many as leave every word of theirs whole that can be.
    fn columns(&self, by: Breakdown, labels: &[String]) -> u8 {
        let words = labels.iter().flat_map(|label| label.split_whitespace());
        let parts = words.flat_map(letters::pieces);
        let widths =
            parts.map(|part| self.paper.letters.width(part, look::TABLE_HEAD) + table::GAP);
        // A word that fits into no column is broken however few there are, and decides nothing for the others.
        let widest = Columns::each(by, 1);
        let longest = widths.filter(|width| *width <= widest).fold(0.0, f32::max);
        (1..=MOST_COLUMNS)
            .rev()
            .find(|columns| Columns::each(by, (*columns).into()) >= longest)
            .unwrap_or(MOST_COLUMNS)
    }

    /// That a breakdown has no row that can be shown, under its name: where all of them are withheld, no
    /// table says which it is.
    fn nothing(&mut self, name: &str) {
        self.paper.need(look::SMALL_STRONG.line() + look::SMALL.line() * 3.0);
        let name = self.paper.paragraph(name, look::SMALL_STRONG);
        self.tree.push(name);
        self.note(&words::rows_none(self.locale, &self.results.method));
    }

    /// Why rows are missing, if some are.
    fn missing(&mut self, complete: bool) {
        if !complete {
            self.note(&words::rows_missing(self.locale, &self.results.method));
        }
    }

    fn participation(&mut self) {
        let locale = self.locale;
        let all = self.results;
        let Some(responses) = all.responses else { return };
        if !all.participation.is_empty() {
            self.heading(td_string!(locale, results.participation), None);
        }
        for table in of_participation(all) {
            let Some(by) = table.by else { continue };
            let caption = words::breakdown(locale, by);
            if table.rows.is_empty() {
                self.nothing(&caption);
                continue;
            }
            let mut columns = Columns::of(by, 0, locale);
            columns.head.push(td_string!(locale, results.responses).to_owned());
            let residents = table.tells_residents();
            if residents {
                columns.with_residents(locale);
            }
            let cells = |people, known: Option<(u64, Rate)>| {
                let count = vec![words::count(locale, people)];
                let further = residents.then(|| of_residents(known, locale));
                [count].into_iter().chain(further.into_iter().flatten()).collect::<Vec<_>>()
            };
            let rows = table.rows.iter().map(|row| {
                let names = row.categories.iter().map(|category| vec![category.label.clone()]);
                names.chain(cells(row.base, row.residents)).collect()
            });
            let mut rows: Vec<Vec<Vec<String>>> = rows.collect();
            rows.push(columns.everybody(locale, cells(responses, all.residents)));
            let Columns { widths, heads, head } = columns;
            let complete = table.complete;
            let table = Table { widths, heads, head, rows, foreign: None };
            self.tree.extend(table.put(&mut self.paper, &caption));
            self.missing(complete);
        }
    }

    fn method(&mut self) {
        let locale = self.locale;
        self.heading(td_string!(locale, results.method), None);
        let sentences = words::method(locale, &self.results.method).into_iter();
        let items = sentences.map(|sentence| {
            self.paper.need(look::BODY.line());
            let leaf = self.paper.leaf();
            let place = (paper::LEFT, self.paper.y);
            self.paper.lines(Some(leaf), place, None, &["– ".to_owned()], look::BODY);
            let body = self.paper.text(&sentence, look::BODY, 12.0);
            self.paper.skip(4.0);
            let label = Node::Group(Tag::Lbl.into(), vec![Node::Leaf(leaf)]);
            Node::Group(Tag::LI.into(), vec![label, Node::Group(Tag::LBody.into(), vec![body])])
        });
        let items: Vec<Node> = items.collect();
        self.tree.push(Node::Group(Tag::L(ListNumbering::None).into(), items));
        self.note(&words::parameters(locale, &self.results.method));
        if self.paper.letters.lacked() {
            self.note(td_string!(locale, exports.signs));
        }
        let digest = td_string!(locale, results.digest);
        self.note(&format!("{digest} {}", self.results.digest));
    }
}

/// How many people live there, and how many of each thousand responded; blank where it is not known.
fn of_residents(known: Option<(u64, Rate)>, locale: Locale) -> [Vec<String>; 2] {
    let residents = known.map(|(residents, _)| words::count(locale, residents));
    let rate = known.map(|(_, rate)| words::rate(locale, rate));
    [residents, rate].map(|words| words.into_iter().collect())
}

/// The columns of a breakdown.
struct Columns {
    widths: Vec<f32>,
    heads: usize,
    head: Vec<String>,
}

impl Columns {
    /// Columns for the facets, for a number of people, and for so many options.
    fn of(by: Breakdown, options: usize, locale: Locale) -> Self {
        let facets = Facet::of(by);
        let mut widths = Self::first(by);
        widths.extend(vec![Self::each(by, options); options]);
        let head = facets.iter().map(|facet| words::facet(locale, *facet)).collect();
        Self { widths, heads: facets.len(), head }
    }

    /// Widths of the columns of facets and of the number of people.
    fn first(by: Breakdown) -> Vec<f32> {
        let facets = Facet::of(by).len();
        let mut widths = vec![if facets == 1 { 104.0 } else { 76.0 }; facets];
        widths.push(56.0);
        widths
    }

    /// The width of each of so many columns of answers.
    fn each(by: Breakdown, options: usize) -> f32 {
        let rest = WIDTH - Self::first(by).iter().sum::<f32>();
        // No question has more options than fit into a byte.
        (rest / f32::from(u8::try_from(options.max(1)).unwrap_or(u8::MAX))).min(90.0)
    }

    /// Two more for those who live there.
    fn with_residents(&mut self, locale: Locale) {
        self.widths.extend([72.0, 90.0]);
        let names =
            [td_string!(locale, results.residents_column), td_string!(locale, results.turnout)];
        self.head.extend(names.map(str::to_owned));
    }

    /// The last row, about everybody.
    fn everybody(&self, locale: Locale, cells: Vec<Vec<String>>) -> Vec<Vec<String>> {
        let mut row = vec![Vec::new(); self.heads];
        row[0] = vec![td_string!(locale, results.everybody_row).to_owned()];
        row.extend(cells);
        row
    }
}

#[cfg(test)]
mod tests {
    use super::{Letters, Report, look, paper::Shape};
    use crate::sample;
    use ports::views::results::{Figure, Percent, Results};
    use questionnaire::Language;

    /// The words of a report, a line of a cell or of a paragraph each.
    fn words(results: &Results, language: Language) -> Vec<String> {
        let letters = Letters::new().unwrap();
        let report = Report::of(results, language, &letters);
        let marks = report.paper.pages.iter().flatten();
        let words = marks.filter_map(|mark| match &mark.shape {
            Shape::Words { words, .. } => Some(words.trim().to_owned()),
            Shape::Block { .. } => None,
        });
        words.collect()
    }

    #[test]
    fn a_word_that_fits_nowhere_does_not_break_the_others() {
        let mut results = sample::results(Language::Ru);
        let labels = [["Поликлинику"; 6].as_slice(), &["Общеобразовательную школу"]].concat();
        let figure = |(code, label): (usize, &&str)| Figure {
            code: code.to_string(),
            label: (*label).to_owned(),
            count: Some(90),
            percent: Percent::Exactly(14),
        };
        let figures: Vec<Figure> = labels.iter().enumerate().map(figure).collect();
        let question = &mut results.questions[0];
        question.headline.as_mut().unwrap().figures.clone_from(&figures);
        for row in question.breakdowns.iter_mut().flat_map(|table| &mut table.rows) {
            row.figures.clone_from(&figures);
        }
        let words = words(&results, Language::Ru);
        let begun = words.iter().filter(|words| words.starts_with("Полик"));
        let (whole, broken): (Vec<_>, Vec<_>) = begun.partition(|words| *words == "Поликлинику");
        assert!(whole.len() > 12 && broken.is_empty(), "{broken:?}");
    }

    #[test]
    fn options_that_differ_in_signs_that_the_type_lacks_are_told_apart() {
        let mut results = sample::results(Language::En);
        let note = "The typeface used here lacks some signs.";
        let said = |results: &Results| words(results, Language::En);
        assert!(!said(&results).concat().contains(note));
        let all = results.questions[0].headline.as_mut().unwrap();
        for (figure, sign) in all.figures.iter_mut().zip(["☂", "☀"]) {
            figure.label = format!("By bus {sign}");
        }
        let found = said(&results);
        for label in ["By bus [U+2602]", "By bus [U+2600]"] {
            assert!(found.iter().any(|words| words == label), "{label} in {found:?}");
        }
        assert!(found.join(" ").contains(note));
    }

    #[test]
    fn of_a_bound_a_bar_shows_what_is_possible() {
        let possible = |percent| {
            let mut results = sample::results(Language::En);
            let question = &mut results.questions[0];
            question.headline.as_mut().unwrap().figures[0].percent = percent;
            // Those have bounds, too.
            question.breakdowns.clear();
            let letters = Letters::new().unwrap();
            let report = Report::of(&results, Language::En, &letters);
            let marks = report.paper.pages.iter().flatten();
            let blocks = marks.filter_map(|mark| match mark.shape {
                Shape::Block { x, width, colour: look::PAPER, outline: Some(_), .. } => {
                    Some((x, width))
                }
                _ => None,
            });
            blocks.collect::<Vec<_>>()
        };
        assert!(possible(Percent::Exactly(75)).is_empty(), "it is known");
        let [(low, most)] = possible(Percent::AtMost(25))[..] else { panic!("one for a bound") };
        let [(high, least)] = possible(Percent::AtLeast(75))[..] else { panic!("one, too") };
        assert!((most - least).abs() < 0.01, "{most} {least}");
        assert!((high - low - 3.0 * most).abs() < 0.01, "{low} {high} {most}");
    }

    #[test]
    fn a_report_says_whom_the_answers_represent() {
        let mut results = sample::results(Language::En);
        let found = words(&results, Language::En);
        for number in ["384,100", "212,400", "3.5"] {
            assert!(found.iter().any(|words| words == number), "{number} in {found:?}");
        }
        assert!(found.iter().any(|words| words == "Residents"));
        results.turnout.clear();
        assert!(!words(&results, Language::En).iter().any(|words| words == "Residents"));
    }

    #[test]
    fn every_page_says_where_the_results_are() {
        for mut results in [sample::results(Language::En), sample::nothing(Language::En)] {
            let letters = Letters::new().unwrap();
            let [asked, address] = Report::of(&results, Language::En, &letters).foot();
            assert!(asked.ends_with("Department of Parks"), "{asked}");
            assert_eq!(address, results.address);
            let found = words(&results, Language::En);
            let facts = found.iter().position(|words| words == "How these figures were made");
            let (facts, method) = found.split_at(facts.unwrap());
            assert!(facts.concat().contains(&results.address), "{facts:?}");
            // After the last line it could take a page for itself.
            assert!(!method.concat().contains(&results.address), "{method:?}");
            // A part of it would lead nowhere.
            results.address = format!("https://{}.example/", "polls".repeat(40));
            let [_, address] = Report::of(&results, Language::En, &letters).foot();
            assert_eq!(address, "");
        }
    }
}
