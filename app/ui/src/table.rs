//! Tables, which scroll sideways where they are wider than the screen: of figures, and of whatever
//! a page lists.

use leptos::{either::Either, prelude::*};

/// A list of things with what is known of each, a row for each.
#[component]
pub fn Listing(
    /// Unique on the page.
    id: &'static str,
    /// What the table lists.
    caption: String,
    /// Whether a heading above the table says so already to who sees it.
    #[prop(optional)]
    quiet: bool,
    /// Whether on a phone each cell stands below the one before it, where columns would be too narrow to read or
    /// an action out of sight. Cells that do not say themselves what they are have their column's head as
    /// `data-label` then.
    #[prop(optional)]
    stacks: bool,
    /// The heads of its columns.
    columns: Vec<String>,
    /// The rows.
    children: Children,
) -> impl IntoView {
    let around = if stacks { "veche-scroll veche-stacks" } else { "veche-scroll" };
    let class = if quiet { "govuk-visually-hidden" } else { "govuk-table__caption--m" };
    view! {
        <div class=around role="region" tabindex="0" aria-labelledby=id>
            <table class="govuk-table">
                <caption class=format!("govuk-table__caption {class}") id=id>{caption}</caption>
                <thead class="govuk-table__head">
                    <tr class="govuk-table__row">
                        {columns.into_iter().map(|words| view! {
                            <th scope="col" class="govuk-table__header">{words}</th>
                        }).collect_view()}
                    </tr>
                </thead>
                <tbody class="govuk-table__body">{children()}</tbody>
            </table>
        </div>
    }
}

/// The head of a column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// Its words.
    pub words: String,
    /// Their language where it is not the page's.
    pub lang: Option<&'static str>,
}

impl From<String> for Column {
    fn from(words: String) -> Self {
        Self { words, lang: None }
    }
}

/// One row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableRow {
    /// What the row is about: a cell for each of the table's first columns.
    pub heads: Vec<String>,
    /// Language of the heads where it is not the page's.
    pub lang: Option<&'static str>,
    /// Its figures; several lines in a cell are several texts.
    pub cells: Vec<Vec<String>>,
    /// Whether it sums up the others.
    pub total: bool,
}

/// The table.
#[component]
pub fn Table(
    /// Unique on the page.
    id: String,
    /// What the table shows.
    caption: String,
    /// Language of the caption where it is not the page's.
    #[prop(optional_no_strip)]
    caption_lang: Option<&'static str>,
    /// The heads of all columns, those of the row's heads first.
    columns: Vec<Column>,
    /// How many columns the rows' heads take.
    #[prop(default = 1)]
    heads: usize,
    /// What the lines of a cell with several are, in their order, for whoever hears the table.
    #[prop(optional)]
    lines: Vec<String>,
    /// The rows.
    rows: Vec<TableRow>,
) -> impl IntoView {
    view! {
        <div class="veche-scroll" role="region" tabindex="0" aria-labelledby=id.clone()>
            <table class="govuk-table veche-results">
                <caption class="govuk-table__caption" id=id.clone() lang=caption_lang>{caption}</caption>
                <thead class="govuk-table__head">
                    <tr class="govuk-table__row">
                        {columns.into_iter().enumerate().map(|(number, column)| {
                            let class = if number < heads {
                                "govuk-table__header"
                            } else {
                                "govuk-table__header govuk-table__header--numeric"
                            };
                            view! { <th scope="col" class=class lang=column.lang>{column.words}</th> }
                        }).collect_view()}
                    </tr>
                </thead>
                <tbody class="govuk-table__body">
                    {rows.into_iter().map(|row| view! { <Line row heads names=lines.clone()/> }).collect_view()}
                </tbody>
            </table>
        </div>
    }
}

/// The lines of a cell, each after what it is where there are several.
fn several(lines: Vec<String>, names: &[String]) -> impl IntoView + use<> {
    let names: &[String] = if lines.len() > 1 { names } else { &[] };
    let lines = lines.into_iter().enumerate().map(|(place, line)| {
        let line = view! { <span class="veche-line">{line}</span> };
        let Some(name) = names.get(place) else { return Either::Left(line) };
        let name = format!("{name}: ");
        Either::Right(view! { <span class="govuk-visually-hidden">{name}</span> {line} })
    });
    lines.collect_view()
}

#[component]
fn Line(row: TableRow, heads: usize, names: Vec<String>) -> impl IntoView {
    let class =
        if row.total { "govuk-table__row veche-results__total" } else { "govuk-table__row" };
    // A head that stands for several columns, such as "all" above two facets.
    let last = row.heads.len().saturating_sub(1);
    let lang = row.lang;
    let rest = heads.saturating_sub(last).max(1).to_string();
    view! {
        <tr class=class>
            {row.heads.into_iter().enumerate().map(|(number, head)| {
                let span = (number == last && rest != "1").then(|| rest.clone());
                view! { <th scope="row" class="govuk-table__header" colspan=span lang=lang>{head}</th> }
            }).collect_view()}
            {row.cells.into_iter().map(|lines| view! {
                <td class="govuk-table__cell govuk-table__cell--numeric">
                    {several(lines, &names)}
                </td>
            }).collect_view()}
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::several;
    use leptos::prelude::*;

    #[test]
    fn the_lines_of_a_cell_say_what_they_are_where_there_are_several() {
        let names = ["First poll", "Second poll", "Difference"].map(str::to_owned);
        let drawn = |lines: &[&str], names: &[String]| {
            let lines = lines.iter().map(|line| (*line).to_owned()).collect();
            several(lines, names).to_html().replace("<!>", "")
        };
        assert_eq!(drawn(&["60%"], &names), r#"<span class="veche-line">60%</span>"#);
        let name = |name: &str| format!(r#"<span class="govuk-visually-hidden">{name}: </span>"#);
        let (one, other) =
            (r#"<span class="veche-line">60</span>"#, r#"<span class="veche-line">40</span>"#);
        let told = [&name("First poll"), one, &name("Second poll"), other].concat();
        assert_eq!(drawn(&["60", "40"], &names), told);
        assert_eq!(drawn(&["60", "40"], &[]), [one, other].concat());
    }
}
