//! Where a member of the staff begins.

use super::{api, forms::role_hint, view::Desk};
use leptos::prelude::*;
use ports::{look::language, roles::Role, routes};
use ui::{Tile, Tiles, Title, load, t, words};

/// The staff's start page.
#[component]
pub fn Page() -> impl IntoView {
    load(api::read_desk(), |desk: Desk| {
        let departments = desk
            .departments
            .into_iter()
            .map(|department| {
                let id = department.id;
                let tiles = department
                    .roles
                    .into_iter()
                    .map(|role| {
                        if role == Role::Statistician {
                            let title = t!(staff.tile_statistics);
                            return Tile::new(routes::statistics(id), title, role_hint(role));
                        }
                        let title = if department.returned > 0 {
                            t!(staff.tile_polls_returned, number = department.returned)
                        } else {
                            t!(staff.tile_polls)
                        };
                        Tile::new(routes::department(id), title, role_hint(role))
                    })
                    .collect();
                view! {
                    <h2 class="govuk-heading-m">{department.name.get(language()).to_owned()}</h2>
                    <Tiles tiles nested=true wide=true/>
                }
            })
            .collect_view();
        let portal: Vec<_> = desk
            .roles
            .into_iter()
            .filter_map(|role| {
                let (href, title) = match role {
                    Role::Reviewer if desk.in_review > 0 => {
                        let number = desk.in_review;
                        (routes::STAFF_REVIEWS, t!(staff.tile_reviews_number, number = number))
                    }
                    Role::Reviewer => (routes::STAFF_REVIEWS, t!(staff.tile_reviews)),
                    Role::Administrator => (routes::STAFF_ADMIN, t!(staff.tile_admin)),
                    Role::Auditor => (routes::STAFF_AUDIT, t!(staff.tile_audit)),
                    Role::Initiator | Role::Statistician => return None,
                };
                let text = words::named(&words::role(role), &role_hint(role));
                Some(Tile::new(href, title, text))
            })
            .collect();
        view! {
            <Title text=format!("{} – {}", t!(staff.desk), t!(common.brand))/>
            <h1 class="govuk-heading-l">{t!(staff.desk)}</h1>
            <p class="govuk-body veche-lede">{t!(staff.desk_lede)}</p>
            {departments}
            {(!portal.is_empty()).then(|| view! {
                <h2 class="govuk-heading-m">{t!(staff.whole_portal)}</h2>
                <Tiles tiles=portal nested=true wide=true/>
            })}
        }
    })
}
