//! What a chart shows.

/// The length of a whole bar.
pub const WHOLE: u64 = 1000;

/// A chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// What was asked. A page has it above the chart already.
    pub heading: String,
    /// The language of the heading where it is not the reader's (BCP 47).
    pub heading_language: Option<&'static str>,
    /// The reader's language, in which everything else is (BCP 47).
    pub reader: &'static str,
    /// Whose answers are shown.
    pub title: String,
    /// The figures in sentences, for whoever does not see the picture.
    pub description: String,
    /// What the lengths mean.
    pub axis: String,
    /// How a figure is drawn of which only a bound is known, where there is one.
    pub bounds: Option<String>,
    /// What one has to know to read the figures, a paragraph each. Pages and reports have it beside the chart
    /// already; a picture travels alone.
    pub notes: Vec<String>,
    /// The language of the answers' names where it is not the reader's (BCP 47).
    pub language: Option<&'static str>,
    /// The bars.
    pub body: Body,
}

/// The bars of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// One under another.
    Bars(Vec<Bar>),
    /// In groups of the same options or categories.
    Groups(Vec<Group>),
    /// Each a whole in parts.
    Stacks(Stacks),
}

/// One bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// What it stands for.
    pub label: String,
    /// How many people it is a share of, in words, where the chart's title does not say it. Pages and reports
    /// have it in the table beside the chart.
    pub base: Option<String>,
    /// Its value in words.
    pub value: String,
    /// Its length in percent of the longest possible; more than 100 is drawn as 100.
    pub percent: u8,
    /// How long it may be in truth, where only a bound is known: what lies between has a broken outline.
    /// Otherwise no more than `percent`.
    pub possible: u8,
    /// How it is filled.
    pub tone: Tone,
}

/// How a bar is filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Full.
    #[default]
    First,
    /// Light, with an outline: what the others are compared with.
    Second,
}

/// Bars that are compared with each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What they have in common.
    pub label: String,
    /// The bars in their order.
    pub bars: Vec<Bar>,
}

/// Stacked bars with the same parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stacks {
    /// The parts' names in their order; of a single bar with their values.
    pub legend: Vec<String>,
    /// The bars in their order.
    pub rows: Vec<Stack>,
}

/// One stacked bar, as long as any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// What it stands for.
    pub label: String,
    /// How many people it is, in words.
    pub value: String,
    /// Its parts with their values in a sentence.
    pub sentence: String,
    /// The parts, in the order of the legend.
    pub parts: Vec<Part>,
}

/// One part of a stacked bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its value in few characters.
    pub value: String,
    /// How long it is beside the others: the published number of people, in any unit.
    pub length: u64,
}

impl Chart {
    /// The chart with other words: of each text, what `say` makes of it.
    #[must_use]
    pub fn in_words(mut self, say: impl Fn(&str) -> String) -> Self {
        let alter = |words: &mut String| *words = say(words.as_str());
        for words in [&mut self.heading, &mut self.title, &mut self.description, &mut self.axis] {
            alter(words);
        }
        for words in self.bounds.iter_mut().chain(&mut self.notes) {
            alter(words);
        }
        match &mut self.body {
            Body::Bars(bars) => bars.iter_mut().flat_map(Bar::texts).for_each(alter),
            Body::Groups(groups) => {
                for Group { label, bars } in groups {
                    alter(label);
                    bars.iter_mut().flat_map(Bar::texts).for_each(alter);
                }
            }
            Body::Stacks(stacks) => {
                stacks.legend.iter_mut().for_each(alter);
                for Stack { label, value, sentence, parts } in &mut stacks.rows {
                    [label, value, sentence].into_iter().for_each(alter);
                    for part in parts {
                        alter(&mut part.value);
                    }
                }
            }
        }
        self
    }
}

impl Bar {
    /// From where to where it is filled, and from where to where only possible, in percent of the longest.
    #[must_use]
    pub fn ends(&self) -> [(u8, u8); 2] {
        let sure = self.percent.min(100);
        [(0, sure), (sure, self.possible.clamp(sure, 100))]
    }

    fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let Self { label, base, value, .. } = self;
        [label, value].into_iter().chain(base)
    }
}

impl Stack {
    /// Begin and length of each part in thousandths of the bar.
    ///
    /// Published numbers are changed a little each, so they do not add up to the number of people;
    /// the bar is their sum. With nobody in any part there is nothing to draw.
    #[must_use]
    pub fn lengths(&self) -> Vec<(u64, u64)> {
        let total: u128 = self.parts.iter().map(|part| u128::from(part.length)).sum();
        let mut before = 0_u128;
        // Each end is rounded, so that the lengths add up.
        let end = |sum: u128| {
            let end = (sum * u128::from(WHOLE) + total / 2).checked_div(total).unwrap_or(0);
            u64::try_from(end).unwrap_or(WHOLE)
        };
        let part = |part: &Part| {
            let from = end(before);
            before += u128::from(part.length);
            (from, end(before) - from)
        };
        self.parts.iter().map(part).collect()
    }
}

/// How dark a part is, in percent: the first darkest, the last lightest, all of them different.
#[must_use]
pub fn shade(part: usize, parts: usize) -> usize {
    100 - 88 * part.min(parts) / parts.saturating_sub(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stack(counts: &[u64]) -> Stack {
        let part = |length: &u64| Part { value: String::new(), length: *length };
        Stack {
            label: String::new(),
            value: String::new(),
            sentence: String::new(),
            parts: counts.iter().map(part).collect(),
        }
    }

    #[test]
    fn parts_are_as_long_as_their_numbers() {
        assert_eq!(stack(&[1, 1, 2]).lengths(), [(0, 250), (250, 250), (500, 500)]);
        assert_eq!(stack(&[1, 1, 1]).lengths(), [(0, 333), (333, 334), (667, 333)]);
        assert_eq!(stack(&[0, 0]).lengths(), [(0, 0), (0, 0)]);
        assert_eq!(stack(&[]).lengths(), []);
    }

    #[test]
    fn every_text_can_be_said_in_other_words() {
        let text = || "a☂".to_owned();
        let bar = || Bar {
            label: text(),
            base: Some(text()),
            value: text(),
            percent: 5,
            possible: 5,
            tone: Tone::First,
        };
        let row = Stack {
            label: text(),
            value: text(),
            sentence: text(),
            parts: vec![Part { value: text(), length: 1 }],
        };
        for body in [
            Body::Bars(vec![bar()]),
            Body::Groups(vec![Group { label: text(), bars: vec![bar(), bar()] }]),
            Body::Stacks(Stacks { legend: vec![text()], rows: vec![row] }),
        ] {
            let chart = Chart {
                heading: text(),
                heading_language: None,
                reader: "en",
                title: text(),
                description: text(),
                axis: text(),
                bounds: Some(text()),
                notes: vec![text()],
                language: None,
                body,
            };
            let said = format!("{:?}", chart.clone().in_words(|words| words.replace('☂', "b")));
            assert_eq!(said, format!("{chart:?}").replace('☂', "b"));
        }
    }

    proptest! {
        #[test]
        fn the_parts_make_up_the_whole(counts in prop::collection::vec(any::<u64>(), 1..50)) {
            let lengths = stack(&counts).lengths();
            let total: u128 = counts.iter().map(|count| u128::from(*count)).sum();
            let sum: u64 = lengths.iter().map(|(_, length)| length).sum();
            prop_assert_eq!(sum, if total == 0 { 0 } else { WHOLE });
            for (pair, count) in lengths.windows(2).zip(&counts) {
                prop_assert_eq!(pair[0].0 + pair[0].1, pair[1].0);
                // No part is more than a thousandth away from its number.
                let exact = u128::from(*count) * u128::from(WHOLE);
                let drawn = u128::from(pair[0].1) * total;
                prop_assert!(exact.abs_diff(drawn) <= total);
            }
        }

        #[test]
        fn shades_differ_and_grow_lighter(parts in 1_usize..80) {
            let shades: Vec<_> = (0..parts).map(|part| shade(part, parts)).collect();
            prop_assert!(shades.is_sorted_by(|dark, light| dark > light));
            prop_assert!(shades.iter().all(|shade| (12..=100).contains(shade)));
        }
    }
}
