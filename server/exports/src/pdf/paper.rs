//! Sheets of paper that fill from top to bottom, and the order in which they are to be read.
//!
//! Marks are collected first and printed later, because only the whole report knows its number of
//! pages, and a reader's tree of headings and tables cuts across them. Lengths are in points, from
//! the upper left corner.

use crate::pdf::{
    letters::{Letters, Style},
    look::Colour,
};
use krilla::tagging::{Tag, TagKind};
use questionnaire::Language;
use std::num::NonZeroU16;

/// Width and height of A4.
pub const SHEET: (f32, f32) = (595.28, 841.89);
/// Where marks begin.
pub const LEFT: f32 = 56.7;
/// How wide they may be.
pub const WIDTH: f32 = SHEET.0 - 2.0 * LEFT;
const TOP: f32 = 56.7;
const BOTTOM: f32 = SHEET.1 - 64.0;

/// What is on paper.
pub struct Mark {
    /// Which leaf of the tree it is; none for what only decorates.
    pub leaf: Option<usize>,
    /// What it looks like.
    pub shape: Shape,
}

/// What a mark looks like.
pub enum Shape {
    /// Words from a point on their base line.
    Words {
        /// From the left.
        x: f32,
        /// From the top.
        y: f32,
        /// One line.
        words: String,
        /// How they are set.
        style: Style,
    },
    /// A filled rectangle.
    Block {
        /// From the left.
        x: f32,
        /// From the top.
        y: f32,
        /// Its width.
        width: f32,
        /// Its height.
        height: f32,
        /// Its colour.
        colour: Colour,
        /// The colour of its outline, if it has one.
        outline: Option<Colour>,
    },
}

/// The tree in which a screen reader reads.
pub enum Node {
    /// A heading, table, cell, … with its parts.
    Group(TagKind, Vec<Node>),
    /// Marks.
    Leaf(usize),
}

impl Node {
    /// The part, said to be in a language where that is not the report's (ISO 14289-1, 7.2).
    #[must_use]
    pub fn in_language(self, language: Option<Language>) -> Self {
        let Some(language) = language else { return self };
        let tag = Some(language.tag().to_owned());
        match self {
            Self::Group(kind, parts) => Self::Group(kind.with_lang(tag), parts),
            leaf @ Self::Leaf(_) => Self::Group(Tag::Span.with_lang(tag).into(), vec![leaf]),
        }
    }
}

/// A heading, for the list of contents beside the pages.
pub struct Heading {
    /// Its words.
    pub words: String,
    /// The page, from 0.
    pub page: usize,
    /// From the top.
    pub y: f32,
}

/// The paper.
pub struct Paper<'a> {
    /// How much room words take.
    pub letters: &'a Letters,
    /// The marks of each page.
    pub pages: Vec<Vec<Mark>>,
    /// The headings.
    pub headings: Vec<Heading>,
    /// How far the page is full.
    pub y: f32,
    leaves: usize,
}

impl<'a> Paper<'a> {
    /// One empty page.
    pub fn new(letters: &'a Letters) -> Self {
        Self { letters, pages: vec![Vec::new()], headings: Vec::new(), y: TOP, leaves: 0 }
    }

    /// A new leaf of the tree, on which marks can be put.
    pub fn leaf(&mut self) -> usize {
        self.leaves += 1;
        self.leaves - 1
    }

    /// Turns the page if `height` does not fit on it any more; says whether it did. What is higher
    /// than a page begins on a new one.
    pub fn need(&mut self, height: f32) -> bool {
        let turn = self.y > TOP && self.y + height > BOTTOM;
        if turn {
            self.pages.push(Vec::new());
            self.y = TOP;
        }
        turn
    }

    /// Leaves room.
    pub fn skip(&mut self, height: f32) {
        self.y += height;
    }

    /// Puts a mark.
    pub fn mark(&mut self, leaf: Option<usize>, shape: Shape) {
        if let Some(page) = self.pages.last_mut() {
            page.push(Mark { leaf, shape });
        }
    }

    /// Puts lines below each other from the upper edge `y`; what has been filled is the caller's to
    /// say. `right` is the edge to which they are aligned, if not to the left.
    pub fn lines(
        &mut self,
        leaf: Option<usize>,
        (x, y): (f32, f32),
        right: Option<f32>,
        lines: &[String],
        style: Style,
    ) {
        for (number, line) in (0_u16..).zip(lines) {
            let x = right.map_or(x, |right| right - self.letters.width(line, style));
            let y = y + f32::from(number) * style.line() + style.size;
            let last = usize::from(number) + 1 == lines.len();
            // A line's end is a space to whoever listens.
            let words = if last { line.clone() } else { format!("{line} ") };
            self.mark(leaf, Shape::Words { x, y, words, style });
        }
    }

    /// Puts a text over the whole width, line by line over as many pages as it takes.
    pub fn text(&mut self, text: &str, style: Style, indent: f32) -> Node {
        let leaf = self.leaf();
        for line in self.letters.lines(text, style, WIDTH - indent) {
            self.need(style.line());
            let place = (LEFT + indent, self.y);
            self.lines(Some(leaf), place, None, &[format!("{line} ")], style);
            self.skip(style.line());
        }
        Node::Leaf(leaf)
    }

    /// Puts a paragraph.
    pub fn paragraph(&mut self, text: &str, style: Style) -> Node {
        let words = self.text(text, style, 0.0);
        self.skip(style.size * 0.6);
        Node::Group(Tag::P.into(), vec![words])
    }

    /// Puts a heading, together with the first lines of what follows.
    pub fn heading(&mut self, level: NonZeroU16, text: &str, style: Style) -> Node {
        self.need(style.line() * 2.0 + 60.0);
        let (page, y) = (self.pages.len() - 1, self.y);
        self.headings.push(Heading { words: text.to_owned(), page, y });
        let words = self.text(text, style, 0.0);
        self.skip(style.size * 0.4);
        Node::Group(Tag::Hn(level, Some(text.to_owned())).into(), vec![words])
    }
}
