//! A department's statistics: what is published or withheld, and how far participation has come.

use super::{
    api,
    page::{NoFilter, participation},
    view::{DepartmentStatistics, Waiting},
    words,
};
use leptos::prelude::*;
use ports::{
    address::{parameter, query},
    look::locale,
    routes,
};
use questionnaire::Language;
use ui::{Listing, Pages, Title, load, page_title, t, words as common};

/// The department's statistics.
#[component]
pub fn Page() -> impl IntoView {
    let department = parameter("department");
    load(api::read_department(department, query("page")), |page: DepartmentStatistics| {
        let name = page.name;
        let title = format!("{}: {name} – {}", t!(results.statistics), t!(common.brand));
        let address = |number: u64| routes::page_of_statistics(page.department, number);
        let addresses = [address(page.page.saturating_sub(1)), address(page.page + 1)];
        let nothing = page.published.is_empty() && !page.refused;
        view! {
            <Title text=page_title(page.page, page.pages, title)/>
            <a class="govuk-back-link" href=routes::STAFF>{t!(results.to_desk)}</a>
            <h1 class="govuk-heading-l"><span class="govuk-caption-l">{t!(results.statistics)}</span>{name}</h1>
            {page.refused.then(|| view! { <NoFilter/> })}
            <h2 class="govuk-heading-m">{t!(results.title)}</h2>
            {nothing.then(|| view! { <p class="govuk-body">{t!(results.none_published)}</p> })}
            <ul class="govuk-list">
                {page.published.into_iter().map(|line| {
                    let date = common::date(line.published);
                    let outcome = line.responses.map_or_else(
                        || t!(results.withheld_on, date = &date),
                        |responses| {
                            let published = t!(results.published_on, date = &date);
                            let count = words::count(locale(), responses);
                            format!("{published}. {}", t!(results.responses_of, count = count))
                        },
                    );
                    view! {
                        <li>
                            <a class="govuk-link" href=routes::staff_results(line.poll) lang=line.language.map(Language::tag)>{line.title}</a>
                            <span class="veche-line">{outcome}</span>
                        </li>
                    }
                }).collect_view()}
            </ul>
            <Pages page=page.page pages=page.pages label=t!(common.list_pages) before=t!(common.newer)
                after=t!(common.older) addresses/>
            {(!page.waiting.is_empty()).then(|| view! { <Running waiting=page.waiting/> })}
            {page.may_manage_tokens.then(|| view! {
                <p class="govuk-body"><a class="govuk-link" href=routes::tokens(page.department)>{t!(results.tokens)}</a></p>
            })}
        }
    })
}

#[component]
fn Running(waiting: Vec<Waiting>) -> impl IntoView {
    let rows = waiting
        .into_iter()
        .map(|poll| {
            // Beside nothing a label would stand alone.
            let closes = poll.closes.map(|_| t!(results.closes));
            view! {
                <tr class="govuk-table__row">
                    <th scope="row" class="govuk-table__header">
                        <a class="govuk-link" href=routes::staff_results(poll.poll) lang=poll.language.map(Language::tag)>{poll.title}</a>
                    </th>
                    <td class="govuk-table__cell">{common::state(poll.state)}</td>
                    <td class="govuk-table__cell" data-label=closes>{poll.closes.map(common::deadline)}</td>
                    <td class="govuk-table__cell" data-label=t!(results.participation)>{participation(poll.at_least)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <h2 class="govuk-heading-m">{t!(results.running)}</h2>
        <Listing stacks=true id="running" caption=t!(results.running_caption) columns=vec![
            t!(results.poll),
            t!(results.state),
            t!(results.closes),
            t!(results.participation),
        ]>
            {rows}
        </Listing>
        <p class="govuk-body">{t!(results.running_text)}</p>
    }
}
