//! Tables that go on over pages, with their head on each.

use crate::pdf::{
    letters::Style,
    look,
    paper::{LEFT, Node, Paper, Shape, WIDTH},
};
use krilla::tagging::{TableHeaderScope, Tag};
use questionnaire::Language;

/// A table. Cells are stacks of texts; the last columns hold numbers, aligned to the right.
pub struct Table {
    /// Width of each column, in points; together at most [`WIDTH`].
    pub widths: Vec<f32>,
    /// How many of the first columns name the row.
    pub heads: usize,
    /// The names of the columns.
    pub head: Vec<String>,
    /// The rows, as long as the head.
    pub rows: Vec<Vec<Vec<String>>>,
    /// The options' names, where they are in another language than the report.
    pub foreign: Option<Foreign>,
}

/// Where names in another language stand in a table.
#[derive(Clone, Copy)]
pub enum Foreign {
    /// At the beginning of each row but the last, which is about everybody.
    Rows(Language),
    /// In the head from this column on.
    Columns(usize, Language),
}

/// Between the words of two columns.
pub const GAP: f32 = 6.0;
/// Above and below the words of a row.
const AIR: f32 = 2.5;

impl Table {
    /// Puts it on paper.
    pub fn put(&self, paper: &mut Paper, caption: &str) -> Vec<Node> {
        let mut nodes = Vec::new();
        if !caption.is_empty() {
            paper.need(look::SMALL_STRONG.line() * 4.0 + 30.0);
            nodes.push(paper.paragraph(caption, look::SMALL_STRONG));
        }
        let head: Vec<Vec<String>> = self.head.iter().map(|name| vec![name.clone()]).collect();
        let top = self.row(paper, &head, look::TABLE_HEAD, true).into_iter().enumerate();
        let top =
            top.map(|(column, name)| name.in_language(self.language_of(None, column))).collect();
        let mut body = Vec::new();
        for (number, row) in self.rows.iter().enumerate() {
            if paper.need(self.height(paper, row, look::TABLE)) {
                self.row(paper, &head, look::TABLE_HEAD, false);
            }
            let cells = self.row(paper, row, look::TABLE, true).into_iter().enumerate();
            let cells = cells
                .map(|(column, cell)| cell.in_language(self.language_of(Some(number), column)));
            body.push(Node::Group(Tag::TR.into(), cells.collect()));
        }
        paper.skip(look::TABLE.size);
        let top = Node::Group(Tag::TR.into(), top);
        nodes.push(Node::Group(
            Tag::Table.into(),
            vec![Node::Group(Tag::THead.into(), vec![top]), Node::Group(Tag::TBody.into(), body)],
        ));
        nodes
    }

    /// The lines of a cell.
    fn lines(paper: &Paper, cell: &[String], style: Style, width: f32) -> Vec<String> {
        let lines: Vec<String> =
            cell.iter().flat_map(|text| paper.letters.lines(text, style, width - GAP)).collect();
        // An empty cell is read as one; without a mark it would be missing.
        if lines.is_empty() { vec![" ".to_owned()] } else { lines }
    }

    /// The language of a name, where it is not the report's: in a row, or in the head.
    fn language_of(&self, row: Option<usize>, column: usize) -> Option<Language> {
        match (self.foreign?, row) {
            (Foreign::Columns(first, language), None) if column >= first => Some(language),
            (Foreign::Rows(language), Some(row)) if column == 0 && row + 1 < self.rows.len() => {
                Some(language)
            }
            _ => None,
        }
    }

    fn height(&self, paper: &Paper, row: &[Vec<String>], style: Style) -> f32 {
        let lines = self.widths.iter().zip(row).map(|(width, cell)| {
            u16::try_from(Self::lines(paper, cell, style, *width).len()).unwrap_or(u16::MAX)
        });
        f32::from(lines.max().unwrap_or(1)) * style.line() + 2.0 * AIR
    }

    /// Puts a row; `read` is false where the head is repeated, which is told once only.
    fn row(&self, paper: &mut Paper, row: &[Vec<String>], style: Style, read: bool) -> Vec<Node> {
        let head = style == look::TABLE_HEAD;
        let height = self.height(paper, row, style);
        let y = paper.y + AIR;
        let mut nodes = Vec::new();
        let mut x = LEFT;
        for (column, (cell, width)) in row.iter().zip(&self.widths).enumerate() {
            let names = column < self.heads;
            let leaf = read.then(|| paper.leaf());
            let lines = Self::lines(paper, cell, style, *width);
            let right = (!names).then_some(x + width);
            paper.lines(leaf, (x, y), right, &lines, style);
            let tag = match (head, names) {
                (true, _) => Tag::TH(TableHeaderScope::Column).into(),
                (false, true) => Tag::TH(TableHeaderScope::Row).into(),
                (false, false) => Tag::TD.into(),
            };
            nodes.extend(leaf.map(|leaf| Node::Group(tag, vec![Node::Leaf(leaf)])));
            x += width;
        }
        paper.skip(height);
        let thickness = if head { 1.0 } else { 0.4 };
        let (y, width) = (paper.y - thickness, WIDTH.min(x - LEFT));
        let (height, colour) = (thickness, look::RULE);
        paper.mark(None, Shape::Block { x: LEFT, y, width, height, colour, outline: None });
        nodes
    }
}
