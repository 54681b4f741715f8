//! A department's statistics: what is published or withheld, and how far participation has come.

use super::{
    api,
    page::{NoFilter, participation},
    view::{DepartmentStatistics, Waiting},
    words,
};
use leptos::prelude::*;
use ports::{address::parameter, look::locale, routes};
use questionnaire::Language;
use ui::{Listing, Title, load, t, words as common};

/// The department's statistics.
#[component]
pub fn Page() -> impl IntoView {
    let department = parameter("department");
    load(api::read_department(department), |page: DepartmentStatistics| {
        let name = page.name;
        let nothing = page.published.is_empty() && !page.refused;
        view! {
            <Title text=format!("{}: {name} – {}", t!(results.statistics), t!(common.brand))/>
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
            view! {
                <tr class="govuk-table__row">
                    <th scope="row" class="govuk-table__header">
                        <a class="govuk-link" href=routes::staff_results(poll.poll) lang=poll.language.map(Language::tag)>{poll.title}</a>
                    </th>
                    <td class="govuk-table__cell">{common::state(poll.state)}</td>
                    <td class="govuk-table__cell">{poll.closes.map(common::deadline)}</td>
                    <td class="govuk-table__cell">{participation(poll.at_least)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <h2 class="govuk-heading-m">{t!(results.running)}</h2>
        <Listing id="running" caption=t!(results.running_caption) columns=vec![
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
