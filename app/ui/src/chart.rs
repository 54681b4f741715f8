//! A chart on a page, drawn by the server.
//!
//! SVG text does not wrap, so labels and values are lines of the page, which wrap at any width and
//! size of text; each bar is a picture of its own, as wide as there is room. What is drawn is the
//! same [`Chart`] that becomes a picture to take along.

use crate::around;
use charts::{Bar, Body, Chart, Group, Part, Stack, Stacks, Tone, shade};
use leptos::prelude::*;

/// From this length on, in thousandths of a bar, a part has room for its value on a phone.
const ROOM: u64 = 130;

/// What something is called in words of the page around a title that may be in another language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// All of it.
    pub words: String,
    /// The title, which stands first in it.
    pub title: String,
    /// The title's language where it is not the page's.
    pub lang: Option<&'static str>,
}

impl Named {
    /// The name, with its title marked where that is in another language.
    pub fn view(&self) -> AnyView {
        let title = (self.title.clone(), self.lang);
        around([title], |[place]| self.words.replacen(&self.title, &place, 1))
    }
}

/// The chart. What it shows stands in a table, too.
#[component]
pub fn Figure(
    /// What to draw.
    chart: Chart,
    /// Names at the end of labels of bars and rows: all of them.
    #[prop(optional)]
    names: Vec<Named>,
) -> impl IntoView {
    let lang = chart.language;
    let body = match chart.body {
        Body::Bars(bars) => lines(bars, lang, &names).into_any(),
        Body::Groups(groups) => view! {
            <ul class="veche-chart__rows">
                {groups.into_iter().map(|Group { label, bars }| view! {
                    <li class="veche-chart__group">
                        <span class="veche-chart__value" lang=lang>{label}</span>
                        {lines(bars, None, &names)}
                    </li>
                }).collect_view()}
            </ul>
        }
        .into_any(),
        Body::Stacks(stacks) => view! { <Stacked stacks lang names/> }.into_any(),
    };
    view! {
        <figure class="veche-chart">
            <figcaption class="veche-chart__title">{chart.title}</figcaption>
            {body}
            <p class="veche-chart__axis">{chart.axis}</p>
            {chart.bounds.map(|bounds| view! { <p class="veche-chart__axis">{bounds}</p> })}
        </figure>
    }
}

/// What stands in a label before the name at its end, and that name; nothing where it has no words in another
/// language. One name can end with another: the longest that fits is the one that is meant.
fn foreign_end<'a>(label: &'a str, names: &'a [Named]) -> Option<(&'a str, &'a Named)> {
    let fits = names.iter().filter_map(|name| Some((label.strip_suffix(&*name.words)?, name)));
    fits.min_by_key(|(before, _)| before.len()).filter(|(_, name)| name.lang.is_some())
}

/// A label, with the title in the name at its end marked where that is in another language.
fn labelled(label: String, names: &[Named]) -> AnyView {
    let Some((before, name)) = foreign_end(&label, names) else {
        return label.into_any();
    };
    let before = (!before.is_empty()).then(|| before.to_owned());
    view! { {before} {name.view()} }.into_any()
}

fn lines(bars: Vec<Bar>, lang: Option<&'static str>, names: &[Named]) -> impl IntoView + use<> {
    view! {
        <ul class="veche-chart__rows">
            {bars.into_iter().map(|bar| {
                let class = match bar.tone {
                    Tone::First => "veche-chart__bar",
                    Tone::Second => "veche-chart__bar veche-chart__bar--light",
                };
                let [(_, sure), (from, to)] = bar.ends();
                // Over the other one: an outline is drawn on both sides of its line.
                let possible = (from < to).then(|| view! {
                    <rect class="veche-chart__bar veche-chart__bar--possible" x=format!("{from}%") width=format!("{}%", to - from) height="100%"></rect>
                });
                view! {
                    <li class="veche-chart__row">
                        <span class="veche-chart__label" lang=lang>{labelled(bar.label, names)}</span>
                        <span class="veche-chart__value">{bar.value}</span>
                        <svg class="veche-chart__plot" aria-hidden="true" focusable="false">
                            <rect class=class width=format!("{sure}%") height="100%"></rect>
                            {possible}
                        </svg>
                    </li>
                }
            }).collect_view()}
        </ul>
    }
}

#[component]
fn Stacked(stacks: Stacks, lang: Option<&'static str>, names: Vec<Named>) -> impl IntoView {
    let parts = stacks.legend.len();
    view! {
        <ul class="veche-chart__legend">
            {stacks.legend.into_iter().enumerate().map(|(part, label)| view! {
                <li>
                    <svg class="veche-chart__key" aria-hidden="true" focusable="false">
                        <rect class="veche-chart__part" width="100%" height="100%" fill-opacity=opacity(part, parts)></rect>
                    </svg>
                    <span lang=lang>{label}</span>
                </li>
            }).collect_view()}
        </ul>
        <ul class="veche-chart__rows">
            {stacks.rows.into_iter().map(|row| view! { <Whole row names=names.clone()/> }).collect_view()}
        </ul>
    }
}

#[component]
fn Whole(row: Stack, names: Vec<Named>) -> impl IntoView {
    let lengths = row.lengths();
    let parts = lengths.len();
    let per_cent = |thousandths: u64| format!("{}.{}%", thousandths / 10, thousandths % 10);
    let rectangles = lengths.iter().enumerate().filter(|(_, (_, length))| *length > 0);
    let rectangles = rectangles.map(|(part, (from, length))| view! {
        <rect class="veche-chart__part" x=per_cent(*from) width=per_cent(*length) height="1.25rem" fill-opacity=opacity(part, parts)></rect>
    });
    let values = row.parts.into_iter().zip(&lengths).filter(|(_, (_, length))| *length >= ROOM);
    // Heard in the picture's name, with what each of them is; a picture that shows its parts would say them twice.
    let values = values.map(|(Part { value, .. }, (from, length))| view! {
        <text class="veche-chart__label" x=per_cent(from + length / 2) y="2.4rem" text-anchor="middle" aria-hidden="true">{value}</text>
    });
    view! {
        <li class="veche-chart__row">
            <span class="veche-chart__value">{labelled(row.label, &names)}</span>
            <span class="veche-chart__label">{row.value}</span>
            <svg class="veche-chart__stack" role="img" aria-label=row.sentence focusable="false">
                {rectangles.collect_view()}
                {values.collect_view()}
            </svg>
        </li>
    }
}

fn opacity(part: usize, parts: usize) -> String {
    let shade = shade(part, parts);
    format!("{}.{:02}", shade / 100, shade % 100)
}

#[cfg(test)]
mod tests {
    use super::{Named, Whole, foreign_end, labelled, lines};
    use charts::{Bar, Part, Stack, Tone};
    use leptos::prelude::*;

    fn named(title: &str, lang: Option<&'static str>) -> Named {
        Named { words: format!("{title} (1 May 2026)"), title: title.to_owned(), lang }
    }

    #[test]
    fn the_longest_name_at_the_end_of_a_label_says_the_language() {
        let names = |short: Option<&'static str>, long: Option<&'static str>| {
            [named("Transport", short), named("Public Transport", long)]
        };
        let foreign = names(Some("en"), None);
        assert_eq!(foreign_end("Women · Public Transport (1 May 2026)", &foreign), None);
        let marked = Some(("Women · ", &foreign[0]));
        assert_eq!(foreign_end("Women · Transport (1 May 2026)", &foreign), marked);
        assert_eq!(foreign_end("Women", &foreign), None);
        for names in [names(None, Some("ru")), names(Some("en"), Some("ru"))] {
            let marked = Some(("", &names[1]));
            assert_eq!(foreign_end("Public Transport (1 May 2026)", &names), marked);
        }
    }

    #[test]
    fn of_a_name_the_title_is_in_its_language_and_the_day_in_the_page_s() {
        let label = || "Women · Парки (1 May 2026)".to_owned();
        let drawn = |lang| labelled(label(), &[named("Парки", lang)]).to_html().replace("<!>", "");
        assert_eq!(drawn(None), label());
        assert_eq!(drawn(Some("ru")), "Women · <span lang=\"ru\">Парки</span> (1 May 2026)");
    }

    #[test]
    fn what_is_only_possible_is_drawn_by_itself() {
        let bar = |percent, possible| Bar {
            label: "Men".to_owned(),
            base: None,
            value: String::new(),
            percent,
            possible,
            tone: Tone::First,
        };
        let drawn = |bar| lines(vec![bar], None, &[]).into_any().to_html();
        let bound = drawn(bar(66, 100));
        let possible = "x=\"66%\" width=\"34%\" height=\"100%\" class=\"veche-chart__bar veche-chart__bar--possible";
        assert!(bound.contains(possible), "{bound}");
        assert!(!drawn(bar(66, 66)).contains("possible"), "it is known");
    }

    #[test]
    fn a_figure_below_a_bar_is_heard_once() {
        let row = Stack {
            label: "Everybody".to_owned(),
            value: "Answered: 100".to_owned(),
            sentence: "1: 40%; 2: 60%".to_owned(),
            parts: [("40%", 40), ("60%", 60)]
                .map(|(value, length)| Part { value: value.to_owned(), length })
                .into(),
        };
        let drawn = view! { <Whole row names=vec![]/> }.to_html();
        assert_eq!(drawn.matches("aria-hidden=\"true\"").count(), 2, "{drawn}");
        assert_eq!(drawn.matches("<text").count(), 2, "{drawn}");
    }
}
