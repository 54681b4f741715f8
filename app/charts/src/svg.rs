//! The picture of a chart that stands alone: one SVG with its words as text.
//!
//! Everything is said by presentation attributes, nothing by a style sheet or a script: a picture
//! looks the same in a page with a strict policy, in a document and as the source of a PNG.

use crate::{
    model::{Bar, Body, Chart, Group, Stack, Stacks, Tone, WHOLE, shade},
    text::{legal, width, wrap},
};
use maud::{Markup, html};

/// How a picture is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image<'a> {
    /// Width in pixels, at least 320; the height follows from what is drawn.
    pub width: usize,
    /// The fonts in the order of preference, as in CSS.
    pub fonts: &'a str,
    /// Where the figures come from: the portal, the poll, the day. A picture travels alone.
    pub source: &'a str,
}

impl Default for Image<'_> {
    fn default() -> Self {
        Self { width: 720, fonts: "Golos Text, Arial, sans-serif", source: "" }
    }
}

const INK: &str = "#12242a";
const MUTED: &str = "#45575d";
const BAR: &str = "#0b5563";
const TRACK: &str = "#e2ecee";
const PAPER: &str = "#ffffff";

/// Space around everything, in pixels.
const MARGIN: usize = 16;
/// Height of a bar.
const HEIGHT: usize = 18;
/// Sizes of the fonts.
const LARGE: usize = 20;
const PLAIN: usize = 16;
const SMALL: usize = 13;

impl Chart {
    /// The picture, as a document of its own.
    #[must_use]
    pub fn svg(&self, image: &Image) -> String {
        let width = image.width.max(320);
        let language = self.heading_language;
        let mut drawing =
            Drawing { right: width - MARGIN, at: MARGIN, language, marks: Vec::new() };
        drawing.text(&self.heading, MARGIN, Font { size: LARGE, bold: true, fill: INK });
        drawing.language = None;
        drawing.text(&self.title, MARGIN, LABEL);
        drawing.at += 8;
        match &self.body {
            Body::Bars(bars) => {
                for bar in bars {
                    drawing.bar(bar, self.language);
                }
            }
            Body::Groups(groups) => {
                for group in groups {
                    drawing.group(group, self.language);
                }
            }
            Body::Stacks(stacks) => drawing.stacks(stacks, self.language),
        }
        let notes = self.notes.iter().map(String::as_str);
        let below = [Some(&*self.axis), self.bounds.as_deref()].into_iter().flatten();
        for line in below.chain(notes).chain([image.source]) {
            drawing.text(line, MARGIN, Font { size: SMALL, bold: false, fill: MUTED });
        }
        let height = drawing.at + MARGIN;
        html! {
            svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(height)
                viewBox={ "0 0 " (width) " " (height) } font-family=(image.fonts) font-size=(PLAIN)
                role="img" aria-labelledby="title description" xml:lang=(self.reader) {
                title id="title" { (legal(&self.heading)) " " (legal(&self.title)) }
                desc id="description" { (legal(&self.description)) }
                rect width="100%" height="100%" fill=(PAPER) {}
                @for mark in &drawing.marks { (mark) }
            }
        }
        .into_string()
    }
}

#[derive(Clone, Copy)]
struct Font {
    size: usize,
    bold: bool,
    fill: &'static str,
}

const LABEL: Font = Font { size: PLAIN, bold: false, fill: INK };
const HEAD: Font = Font { size: PLAIN, bold: true, fill: INK };

/// A picture being drawn from its top down.
struct Drawing {
    right: usize,
    at: usize,
    /// That of the words that come next, where it is not the reader's.
    language: Option<&'static str>,
    marks: Vec<Markup>,
}

impl Drawing {
    /// Lines from `left` on that end `keep` pixels before the right edge.
    fn lines(&mut self, text: &str, left: usize, keep: usize, font: Font) {
        let most = (self.right - left).saturating_sub(keep).max(font.size * 2);
        for line in wrap(&legal(text), most * 100 / font.size) {
            self.at += font.size + 4;
            self.line(&line, left, font, None);
        }
    }

    fn text(&mut self, text: &str, left: usize, font: Font) {
        self.lines(text, left, 0, font);
        self.at += 4;
    }

    fn line(&mut self, text: &str, x: usize, font: Font, anchor: Option<&str>) {
        let y = self.at;
        self.marks.push(html! {
            text x=(x) y=(y) font-size=(font.size) font-weight=[font.bold.then_some("600")]
                fill=(font.fill) text-anchor=[anchor] xml:lang=[self.language] { (text) }
        });
    }

    /// A label, in its language where that is not the reader's, with a value at the right edge of its last
    /// line.
    fn labelled(&mut self, label: &str, language: Option<&'static str>, value: &str, left: usize) {
        let value = legal(value);
        self.language = language;
        let room = (self.right - left) / 2;
        let wide = width(&value) * PLAIN / 100;
        if wide > room {
            // A line of its own.
            self.lines(label, left, 0, LABEL);
            self.language = None;
            self.lines(&value, left, 0, HEAD);
        } else {
            let before = self.at;
            self.lines(label, left, wide + PLAIN, LABEL);
            if self.at == before {
                self.at += PLAIN + 4;
            }
            self.language = None;
            self.line(&value, self.right, HEAD, Some("end"));
        }
        self.at += 6;
    }

    fn rectangle(&mut self, x: usize, length: usize, fill: &str, shade: usize) {
        if length == 0 {
            // Its outline alone would look like something.
            return;
        }
        let y = self.at;
        self.marks.push(html! {
            rect x=(x) y=(y) width=(length) height=(HEIGHT) fill=(fill)
                fill-opacity=[(shade < 100).then(|| format!("0.{shade:02}"))]
                stroke=[(fill != TRACK).then_some(BAR)]
                stroke-dasharray=[(fill == PAPER).then_some("5")] {}
        });
    }

    fn plot(&mut self, left: usize, bar: &Bar) {
        let whole = self.right - left;
        self.rectangle(left, whole, TRACK, 100);
        let place = |percent: u8| left + whole * usize::from(percent) / 100;
        let [sure, possible] = bar.ends().map(|(from, to)| (place(from), place(to) - place(from)));
        self.rectangle(possible.0, possible.1, PAPER, 100);
        self.rectangle(sure.0, sure.1, BAR, if bar.tone == Tone::First { 100 } else { 35 });
        self.at += HEIGHT + 10;
    }

    fn bar(&mut self, bar: &Bar, language: Option<&'static str>) {
        self.labelled(&bar.label, language, &bar.value, MARGIN);
        self.plot(MARGIN, bar);
    }

    fn group(&mut self, group: &Group, language: Option<&'static str>) {
        self.language = language;
        self.text(&group.label, MARGIN, HEAD);
        self.language = None;
        for bar in &group.bars {
            let base = bar.base.as_ref().map_or_else(String::new, |base| format!(" ({base})"));
            let label = format!("{}{base}", bar.label);
            self.labelled(&label, None, &bar.value, MARGIN + PLAIN);
            self.plot(MARGIN + PLAIN, bar);
        }
        self.at += 8;
    }

    fn stacks(&mut self, stacks: &Stacks, language: Option<&'static str>) {
        self.language = language;
        for (part, label) in stacks.legend.iter().enumerate() {
            let begin = self.at;
            self.at += 4;
            self.rectangle(MARGIN, HEIGHT, BAR, shade(part, stacks.legend.len()));
            self.at = begin;
            self.lines(label, MARGIN + HEIGHT + 8, 0, LABEL);
            self.at = self.at.max(begin + HEIGHT) + 6;
        }
        self.language = None;
        self.at += 8;
        // Which part is which is not told by its shade alone: a single bar has its values in the legend, and
        // below each of several all its parts stand by their names.
        let names = stacks.rows.len() > 1;
        for row in &stacks.rows {
            self.stack(row);
            if names {
                self.lines(&row.sentence, MARGIN, 0, Font { size: SMALL, bold: false, fill: INK });
            }
            self.at += 12;
        }
    }

    fn stack(&mut self, stack: &Stack) {
        self.labelled(&stack.label, None, &stack.value, MARGIN);
        let whole = self.right - MARGIN;
        let place =
            |at: u64| MARGIN + usize::try_from(at.min(WHOLE)).unwrap_or_default() * whole / 1000;
        let lengths = stack.lengths();
        for (part, (from, length)) in lengths.iter().enumerate() {
            let (left, right) = (place(*from), place(from + length));
            self.rectangle(left, right - left, BAR, shade(part, lengths.len()));
        }
        self.at += HEIGHT + SMALL + 1;
        for (part, (from, length)) in stack.parts.iter().zip(lengths) {
            let (left, right) = (place(from), place(from + length));
            let value = legal(&part.value);
            // What does not fit under its part stands in the line below, or in the legend.
            if width(&value) * SMALL / 100 <= right - left {
                let font = Font { size: SMALL, bold: false, fill: INK };
                self.line(&value, usize::midpoint(left, right), font, Some("middle"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Part;
    use proptest::prelude::*;

    fn chart(body: Body) -> Chart {
        Chart {
            heading: "Would you take a night bus? <1>".into(),
            heading_language: None,
            reader: "en",
            title: "Everybody who answered: 1,204".into(),
            description: "Yes: 67%; no: 33%.".into(),
            axis: "Share of those who answered".into(),
            bounds: None,
            notes: Vec::new(),
            language: None,
            body,
        }
    }

    fn bar(label: &str, value: &str, percent: u8, tone: Tone) -> Bar {
        Bar {
            label: label.into(),
            base: None,
            value: value.into(),
            percent,
            possible: percent,
            tone,
        }
    }

    fn stack(label: &str, counts: &[u64]) -> Stack {
        let part = |count: &u64| Part { value: format!("{count}%"), length: *count };
        let named = |(part, count): (usize, &u64)| format!("{}: {count}%", part + 1);
        let named: Vec<_> = counts.iter().enumerate().map(named).collect();
        Stack {
            label: label.into(),
            value: "100".into(),
            sentence: named.join("; "),
            parts: counts.iter().map(part).collect(),
        }
    }

    #[test]
    fn bars() {
        let bars =
            vec![bar("Yes", "67%", 67, Tone::First), bar("No & never", "33%", 33, Tone::Second)];
        insta::assert_snapshot!(lines(&chart(Body::Bars(bars)).svg(&Image::default())), @r##"
        <svg xmlns="http://www.w3.org/2000/svg" width="720" height="225" viewBox="0 0 720 225" font-family="Golos Text, Arial, sans-serif" font-size="16" role="img" aria-labelledby="title description" xml:lang="en">
        <title id="title">Would you take a night bus? &lt;1&gt; Everybody who answered: 1,204</title>
        <desc id="description">Yes: 67%; no: 33%.</desc>
        <rect width="100%" height="100%" fill="#ffffff"></rect>
        <text x="16" y="40" font-size="20" font-weight="600" fill="#12242a">Would you take a night bus? &lt;1&gt;</text>
        <text x="16" y="64" font-size="16" fill="#12242a">Everybody who answered: 1,204</text>
        <text x="16" y="96" font-size="16" fill="#12242a">Yes</text>
        <text x="704" y="96" font-size="16" font-weight="600" fill="#12242a" text-anchor="end">67%</text>
        <rect x="16" y="102" width="688" height="18" fill="#e2ecee"></rect>
        <rect x="16" y="102" width="460" height="18" fill="#0b5563" stroke="#0b5563"></rect>
        <text x="16" y="150" font-size="16" fill="#12242a">No &amp; never</text>
        <text x="704" y="150" font-size="16" font-weight="600" fill="#12242a" text-anchor="end">33%</text>
        <rect x="16" y="156" width="688" height="18" fill="#e2ecee"></rect>
        <rect x="16" y="156" width="227" height="18" fill="#0b5563" fill-opacity="0.35" stroke="#0b5563"></rect>
        <text x="16" y="201" font-size="13" fill="#45575d">Share of those who answered</text></svg>
        "##);
    }

    #[test]
    fn groups() {
        let group = Group {
            label: "Parks".into(),
            bars: vec![
                Bar {
                    base: Some("answered: 120".into()), ..bar("18–24", "40%", 40, Tone::First)
                },
                Bar { possible: 5, ..bar("Everybody", "5% or less", 0, Tone::Second) },
            ],
        };
        insta::assert_snapshot!(lines(
            &chart(Body::Groups(vec![group])).svg(&Image { width: 320, ..Image::default() })
        ), @r##"
        <svg xmlns="http://www.w3.org/2000/svg" width="320" height="301" viewBox="0 0 320 301" font-family="Golos Text, Arial, sans-serif" font-size="16" role="img" aria-labelledby="title description" xml:lang="en">
        <title id="title">Would you take a night bus? &lt;1&gt; Everybody who answered: 1,204</title>
        <desc id="description">Yes: 67%; no: 33%.</desc>
        <rect width="100%" height="100%" fill="#ffffff"></rect>
        <text x="16" y="40" font-size="20" font-weight="600" fill="#12242a">Would you take a night</text>
        <text x="16" y="64" font-size="20" font-weight="600" fill="#12242a">bus? &lt;1&gt;</text>
        <text x="16" y="88" font-size="16" fill="#12242a">Everybody who answered:</text>
        <text x="16" y="108" font-size="16" fill="#12242a">1,204</text>
        <text x="16" y="140" font-size="16" font-weight="600" fill="#12242a">Parks</text>
        <text x="32" y="164" font-size="16" fill="#12242a">18–24 (answered: 120)</text>
        <text x="304" y="164" font-size="16" font-weight="600" fill="#12242a" text-anchor="end">40%</text>
        <rect x="32" y="170" width="272" height="18" fill="#e2ecee"></rect>
        <rect x="32" y="170" width="108" height="18" fill="#0b5563" stroke="#0b5563"></rect>
        <text x="32" y="218" font-size="16" fill="#12242a">Everybody</text>
        <text x="304" y="218" font-size="16" font-weight="600" fill="#12242a" text-anchor="end">5% or less</text>
        <rect x="32" y="224" width="272" height="18" fill="#e2ecee"></rect>
        <rect x="32" y="224" width="13" height="18" fill="#ffffff" stroke="#0b5563" stroke-dasharray="5"></rect>
        <text x="16" y="277" font-size="13" fill="#45575d">Share of those who answered</text></svg>
        "##);
    }

    #[test]
    fn stacks() {
        let stacks = Stacks {
            legend: ["1", "2", "3"].map(String::from).into(),
            rows: vec![stack("North", &[50, 48, 2]), stack("South", &[0, 0, 0])],
        };
        let image = Image { source: "Veche, 24 November 2026", ..Image::default() };
        insta::assert_snapshot!(lines(&chart(Body::Stacks(stacks)).svg(&image)), @r##"
        <svg xmlns="http://www.w3.org/2000/svg" width="720" height="394" viewBox="0 0 720 394" font-family="Golos Text, Arial, sans-serif" font-size="16" role="img" aria-labelledby="title description" xml:lang="en">
        <title id="title">Would you take a night bus? &lt;1&gt; Everybody who answered: 1,204</title>
        <desc id="description">Yes: 67%; no: 33%.</desc>
        <rect width="100%" height="100%" fill="#ffffff"></rect>
        <text x="16" y="40" font-size="20" font-weight="600" fill="#12242a">Would you take a night bus? &lt;1&gt;</text>
        <text x="16" y="64" font-size="16" fill="#12242a">Everybody who answered: 1,204</text>
        <rect x="16" y="80" width="18" height="18" fill="#0b5563" stroke="#0b5563"></rect>
        <text x="42" y="96" font-size="16" fill="#12242a">1</text>
        <rect x="16" y="106" width="18" height="18" fill="#0b5563" fill-opacity="0.56" stroke="#0b5563"></rect>
        <text x="42" y="122" font-size="16" fill="#12242a">2</text>
        <rect x="16" y="132" width="18" height="18" fill="#0b5563" fill-opacity="0.12" stroke="#0b5563"></rect>
        <text x="42" y="148" font-size="16" fill="#12242a">3</text>
        <text x="16" y="182" font-size="16" fill="#12242a">North</text>
        <text x="704" y="182" font-size="16" font-weight="600" fill="#12242a" text-anchor="end">100</text>
        <rect x="16" y="188" width="344" height="18" fill="#0b5563" stroke="#0b5563"></rect>
        <rect x="360" y="188" width="330" height="18" fill="#0b5563" fill-opacity="0.56" stroke="#0b5563"></rect>
        <rect x="690" y="188" width="14" height="18" fill="#0b5563" fill-opacity="0.12" stroke="#0b5563"></rect>
        <text x="188" y="220" font-size="13" fill="#12242a" text-anchor="middle">50%</text>
        <text x="525" y="220" font-size="13" fill="#12242a" text-anchor="middle">48%</text>
        <text x="16" y="237" font-size="13" fill="#12242a">1: 50%; 2: 48%; 3: 2%</text>
        <text x="16" y="269" font-size="16" fill="#12242a">South</text>
        <text x="704" y="269" font-size="16" font-weight="600" fill="#12242a" text-anchor="end">100</text>
        <text x="16" y="324" font-size="13" fill="#12242a">1: 0%; 2: 0%; 3: 0%</text>
        <text x="16" y="353" font-size="13" fill="#45575d">Share of those who answered</text>
        <text x="16" y="374" font-size="13" fill="#45575d">Veche, 24 November 2026</text></svg>
        "##);
    }

    /// An element a line, so that a difference can be read.
    fn lines(svg: &str) -> String {
        svg.replace("><", ">\n<").replace(">\n</", "></")
    }

    fn number(node: roxmltree::Node, name: &str) -> usize {
        node.attribute(name).and_then(|value| value.parse().ok()).unwrap_or_default()
    }

    fn words() -> impl Strategy<Value = String> {
        ".{0,60}"
    }

    fn bars_of() -> impl Strategy<Value = Vec<Bar>> {
        let bar = (words(), words(), any::<u8>(), any::<bool>()).prop_map(
            |(label, value, percent, first)| Bar {
                base: first.then(|| value.clone()),
                label,
                value,
                percent,
                possible: 100 - percent.min(100),
                tone: if first { Tone::First } else { Tone::Second },
            },
        );
        prop::collection::vec(bar, 0..6)
    }

    fn body() -> impl Strategy<Value = Body> {
        let group = (words(), bars_of()).prop_map(|(label, bars)| Group { label, bars });
        let part = (words(), any::<u64>()).prop_map(|(value, length)| Part { value, length });
        let row = (words(), words(), prop::collection::vec(part, 0..12)).prop_map(
            |(label, value, parts)| Stack { sentence: label.clone(), label, value, parts },
        );
        let stacks = (prop::collection::vec(words(), 0..12), prop::collection::vec(row, 0..5))
            .prop_map(|(legend, rows)| Body::Stacks(Stacks { legend, rows }));
        prop_oneof![
            bars_of().prop_map(Body::Bars),
            prop::collection::vec(group, 0..4).prop_map(Body::Groups),
            stacks,
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn everything_is_inside_and_is_xml(
            title in words(), description in words(), source in words(), body in body(), width in 0_usize..1500,
        ) {
            let (heading, notes) = (title.clone(), vec![description.clone()]);
            let (axis, heading_language, language) = (String::new(), Some("ru"), Some("en"));
            let chart = Chart {
                heading, heading_language, reader: "en", title, description, axis, notes, language, body,
                bounds: Some(source.clone()),
            };
            let svg = chart.svg(&Image { width, source: &source, ..Image::default() });
            let document = roxmltree::Document::parse(&svg).expect("XML");
            let root = document.root_element();
            let (width, height) = (number(root, "width"), number(root, "height"));
            prop_assert!(width >= 320);
            for node in document.descendants() {
                prop_assert!(node.attribute("style").is_none());
                if node.has_tag_name("rect") && node.attribute("y").is_some() {
                    prop_assert!(number(node, "x") + number(node, "width") <= width - MARGIN);
                    prop_assert!(number(node, "y") + number(node, "height") <= height);
                }
                if node.has_tag_name("text") {
                    let size = number(node, "font-size");
                    let long = super::width(node.text().unwrap_or_default()) * size / 100;
                    let x = number(node, "x");
                    prop_assert!(number(node, "y") <= height);
                    match node.attribute("text-anchor") {
                        Some("end") => prop_assert!(x <= width - MARGIN && x >= MARGIN + long),
                        Some("middle") => prop_assert!(x + long / 2 <= width),
                        _ => prop_assert!(x + long <= width),
                    }
                }
            }
        }
    }
}
