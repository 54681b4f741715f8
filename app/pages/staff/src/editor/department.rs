//! A department's polls.

use super::{
    api::creation::read_department,
    parts::{Crumb, Crumbs, param},
    view::DepartmentPolls,
    words::title,
};
use leptos::prelude::*;
use ports::routes;
use ui::{ByTheClock, Listing, StateTag, Title, lang_of, load, t, words};

/// The list.
#[component]
pub fn Page() -> impl IntoView {
    let ahead = ports::ports().accounts.ahead();
    load(read_department(param("department")), move |page: DepartmentPolls| {
        let name = title(&page.department.name);
        let new = routes::new_poll(page.department.id);
        let empty = page.polls.is_empty();
        let when = |at: Option<chrono::NaiveDateTime>| at.map(words::date_time).unwrap_or_default();
        view! {
            <Title text=format!("{} – {}", t!(editor.polls_of, department = &name), t!(common.brand))/>
            <Crumbs trail=vec![Crumb::desk()]/>
            <span class="govuk-caption-l">{name}</span>
            <div class="veche-toolbar">
                <h1 class="govuk-heading-l">{t!(editor.polls)}</h1>
                <a class="govuk-button" href=new>{t!(editor.new_poll)}</a>
            </div>
            {empty.then(|| view! { <p class="govuk-body">{t!(editor.no_polls)}</p> })}
            {(!empty).then(|| view! {
                <ByTheClock ahead/>
                <Listing stacks=true id="polls" caption=t!(editor.polls) quiet=true columns=vec![
                    t!(editor.column_title),
                    t!(editor.column_state),
                    t!(editor.column_opens),
                    t!(editor.column_closes),
                ]>
                    {page.polls.into_iter().map(|poll| view! {
                        <tr class="govuk-table__row">
                            <th scope="row" class="govuk-table__header">
                                <a class="govuk-link" href=routes::staff_poll(poll.id) lang=lang_of(&poll.title)>{title(&poll.title)}</a>
                            </th>
                            <td class="govuk-table__cell">
                                <StateTag state=poll.state withheld=poll.withheld/>
                                {poll.returned.then(|| view! {
                                    " " <strong class="govuk-tag govuk-tag--yellow">{t!(editor.returned_tag)}</strong>
                                })}
                            </td>
                            <td class="govuk-table__cell" data-label=poll.opens.map(|_| t!(editor.column_opens))>
                                {when(poll.opens)}
                            </td>
                            <td class="govuk-table__cell" data-label=poll.closes.map(|_| t!(editor.column_closes))>
                                {when(poll.closes)}
                            </td>
                        </tr>
                    }).collect_view()}
                </Listing>
            })}
        }
    })
}
