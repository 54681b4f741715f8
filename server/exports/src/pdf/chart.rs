//! The charts of the page on paper: bars, groups and stacks of [`charts::Chart`], the same that
//! `charts` draws as a picture. Nothing is computed here but places.

use crate::pdf::{
    letters::Style,
    look::{self, Colour},
    paper::{LEFT, Node, Paper, Shape, WIDTH},
};
use charts::{Bar, Body, Chart, Group, Stack, Stacks, Tone, WHOLE, shade};
use krilla::tagging::Tag;

/// Room for a bar's name, left of it.
const LABEL: f32 = 170.0;
/// Room for its value, right of it.
const VALUE: f32 = 72.0;
const LONGEST: f32 = WIDTH - LABEL - VALUE;
const BAR: f32 = 11.0;
const GAP: f32 = 5.0;
/// The bars of a group stand to the right of its name.
const INDENT: f32 = 10.0;
/// Charts up to this height stay on one page.
const TOGETHER: f32 = 600.0;

/// Puts a chart. Whoever does not see it hears the figures in sentences.
pub fn put(paper: &mut Paper, chart: &Chart) -> Node {
    let leaf = paper.leaf();
    let mut easel = Easel { paper, leaf };
    let head = look::SMALL_STRONG.line() + GAP;
    let left = match chart.body {
        Body::Bars(_) | Body::Groups(_) => LABEL,
        Body::Stacks(_) => 0.0,
    };
    let below = [Some(&chart.axis), chart.bounds.as_ref()];
    let below: Vec<&str> = below.into_iter().flatten().map(String::as_str).collect();
    let foot = below.iter().map(|words| easel.tall(words, look::SMALL, WIDTH - left));
    let foot = foot.sum::<f32>() + 8.0;
    let height = head + easel.height(&chart.body) + foot;
    let least = head + easel.beginning(&chart.body);
    easel.paper.need(if height <= TOGETHER { height } else { least });
    easel.words(&chart.title, look::SMALL_STRONG, 0.0, WIDTH);
    easel.paper.skip(GAP);
    match &chart.body {
        Body::Bars(bars) => bars.iter().for_each(|bar| easel.bar(bar, 0.0)),
        Body::Groups(groups) => groups.iter().for_each(|group| easel.group(group)),
        Body::Stacks(stacks) => easel.stacks(stacks),
    }
    for words in below {
        easel.words(words, look::SMALL, left, WIDTH - left);
    }
    easel.paper.skip(8.0);
    let alternative = format!("{}. {}", chart.title, chart.description);
    Node::Group(Tag::Figure(Some(alternative)).into(), vec![Node::Leaf(leaf)])
}

/// Paper on which one chart is drawn, from its top down.
struct Easel<'p, 'a> {
    paper: &'p mut Paper<'a>,
    leaf: usize,
}

impl Easel<'_, '_> {
    /// How many lines it takes, at least one.
    fn lines(&self, words: &str, style: Style, width: f32) -> Vec<String> {
        let lines = self.paper.letters.lines(words, style, width);
        if lines.is_empty() { vec![String::new()] } else { lines }
    }

    fn tall(&self, words: &str, style: Style, width: f32) -> f32 {
        let lines = self.lines(words, style, width).len();
        f32::from(u16::try_from(lines).unwrap_or(u16::MAX)) * style.line()
    }

    /// Puts words where the paper is full up to, and fills it up to their end.
    fn words(&mut self, words: &str, style: Style, indent: f32, width: f32) {
        for line in self.lines(words, style, width) {
            self.paper.need(style.line());
            let place = (LEFT + indent, self.paper.y);
            self.paper.lines(Some(self.leaf), place, None, &[format!("{line} ")], style);
            self.paper.skip(style.line());
        }
    }

    fn block(&mut self, (x, width): (f32, f32), colour: Colour, outline: Option<Colour>) {
        if width > 0.0 {
            let (y, height) = (self.paper.y, BAR);
            let shape = Shape::Block { x, y, width, height, colour, outline };
            self.paper.mark(Some(self.leaf), shape);
        }
    }

    /// What must not be parted from the title: it is not left alone at the end of a page.
    fn beginning(&self, body: &Body) -> f32 {
        match body {
            Body::Groups(groups) => groups.first().map_or(0.0, |group| self.together(group)),
            Body::Bars(_) | Body::Stacks(_) => 100.0,
        }
    }

    fn height(&self, body: &Body) -> f32 {
        match body {
            Body::Bars(bars) => bars.iter().map(|bar| self.bar_height(bar, 0.0)).sum(),
            Body::Groups(groups) => groups.iter().map(|group| self.group_height(group)).sum(),
            Body::Stacks(stacks) => {
                let legend = stacks.legend.iter().map(|name| self.name_height(name));
                let rows = stacks.rows.iter().map(|stack| self.stack_height(stack));
                legend.chain(rows).sum::<f32>() + GAP
            }
        }
    }

    fn bar_height(&self, bar: &Bar, indent: f32) -> f32 {
        self.tall(&bar.label, look::TABLE, LABEL - 10.0 - indent).max(BAR) + GAP
    }

    /// A name, a bar and its value beside each other.
    fn bar(&mut self, bar: &Bar, indent: f32) {
        let height = self.bar_height(bar, indent);
        self.paper.need(height);
        let y = self.paper.y;
        let lines = self.lines(&bar.label, look::TABLE, LABEL - 10.0 - indent);
        self.paper.lines(Some(self.leaf), (LEFT + indent, y), None, &lines, look::TABLE);
        let x = LEFT + LABEL;
        let along = |percent: u8| LONGEST * f32::from(percent) / 100.0;
        let [sure, possible] =
            bar.ends().map(|(from, to)| (x + along(from), along(to) - along(from)));
        self.block((x, LONGEST), look::TRACK, None);
        self.block(possible, look::PAPER, Some(look::BAR));
        let shade = if bar.tone == Tone::First { 100 } else { 35 };
        self.block(sure, look::shaded(shade), Some(look::BAR));
        let (right, value) = (LEFT + WIDTH, format!(" {} ", bar.value));
        self.paper.lines(Some(self.leaf), (x, y), Some(right), &[value], look::TABLE);
        self.paper.skip(height);
    }

    fn group_height(&self, group: &Group) -> f32 {
        let bars = group.bars.iter().map(|bar| self.bar_height(bar, INDENT)).sum::<f32>();
        self.tall(&group.label, look::TABLE_HEAD, WIDTH) + 2.0 + bars + GAP
    }

    /// How much of a group stays on one page: all of it, or its name with the first bar.
    fn together(&self, group: &Group) -> f32 {
        let first = group.bars.first().map_or(0.0, |bar| self.bar_height(bar, INDENT));
        let height = self.group_height(group);
        let alone = self.tall(&group.label, look::TABLE_HEAD, WIDTH) + 2.0 + first;
        if height <= TOGETHER / 2.0 { height } else { alone }
    }

    fn group(&mut self, group: &Group) {
        self.paper.need(self.together(group));
        self.words(&group.label, look::TABLE_HEAD, 0.0, WIDTH);
        self.paper.skip(2.0);
        group.bars.iter().for_each(|bar| self.bar(bar, INDENT));
        self.paper.skip(GAP);
    }

    fn name_height(&self, name: &str) -> f32 {
        self.tall(name, look::TABLE, WIDTH - BAR - 8.0).max(BAR) + 2.0
    }

    fn stacks(&mut self, stacks: &Stacks) {
        for (part, name) in stacks.legend.iter().enumerate() {
            let height = self.name_height(name);
            self.paper.need(height);
            let colour = look::shaded(shade(part, stacks.legend.len()));
            self.block((LEFT, BAR), colour, Some(look::BAR));
            let lines = self.lines(name, look::TABLE, WIDTH - BAR - 8.0);
            let place = (LEFT + BAR + 8.0, self.paper.y);
            self.paper.lines(Some(self.leaf), place, None, &lines, look::TABLE);
            self.paper.skip(height);
        }
        self.paper.skip(GAP);
        stacks.rows.iter().for_each(|stack| self.stack(stack));
    }

    /// The room of a stack's name; the number of people stands beside it.
    fn named(&self, stack: &Stack) -> f32 {
        WIDTH - self.paper.letters.width(&stack.value, look::TABLE) - 12.0
    }

    fn stack_height(&self, stack: &Stack) -> f32 {
        let name = self.tall(&stack.label, look::TABLE_HEAD, self.named(stack));
        name + 2.0 + BAR + look::TABLE.line() + GAP
    }

    fn stack(&mut self, stack: &Stack) {
        self.paper.need(self.stack_height(stack));
        let (y, right) = (self.paper.y, LEFT + WIDTH);
        self.words(&stack.label, look::TABLE_HEAD, 0.0, self.named(stack));
        let value = format!("{} ", stack.value);
        self.paper.lines(Some(self.leaf), (LEFT, y), Some(right), &[value], look::TABLE);
        self.paper.skip(2.0);
        let parts: Vec<_> = stack.lengths().into_iter().map(place).collect();
        for (part, ends) in parts.iter().enumerate() {
            let colour = look::shaded(shade(part, parts.len()));
            self.block(*ends, colour, Some(look::BAR));
        }
        self.paper.skip(BAR + 1.0);
        for (part, (x, width)) in stack.parts.iter().zip(parts) {
            let wide = self.paper.letters.width(&part.value, look::TABLE);
            // What does not fit under its part stands in the table.
            if wide <= width {
                let place = (x + (width - wide) / 2.0, self.paper.y);
                let value = [format!("{} ", part.value)];
                self.paper.lines(Some(self.leaf), place, None, &value, look::TABLE);
            }
        }
        self.paper.skip(look::TABLE.line() + GAP - 1.0);
    }
}

/// Where a part of a stack begins on paper, and how long it is.
fn place((from, length): (u64, u64)) -> (f32, f32) {
    let points = |thousandths: u64| {
        let thousandths = u16::try_from(thousandths.min(WHOLE)).unwrap_or_default();
        WIDTH * f32::from(thousandths) / 1000.0
    };
    (LEFT + points(from), points(length))
}
