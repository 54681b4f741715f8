//! Where the person is signed in.

use super::{api, frame::Heading, view::Device};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ui::{ByTheClock, Hidden, Listing, Submit, load, t, words};

fn row(sign_in: Device) -> impl IntoView {
    let device = sign_in.device.unwrap_or_else(|| t!(account.device_unknown));
    let action = if sign_in.this {
        view! { <strong class="govuk-tag">{t!(account.this_device)}</strong> }.into_any()
    } else {
        // Two browsers may look alike; when each sign-in was made tells them apart.
        let of = format!("{device}, {}", words::date_time(sign_in.since.naive_local()));
        view! {
            <form method="post" action=api::EndSignIn::PATH class="veche-inline-form">
                <Hidden name="handle" value=sign_in.handle/>
                <button class="veche-link-button">
                    {t!(account.end)} <span class="govuk-visually-hidden">": " {of}</span>
                </button>
            </form>
        }
        .into_any()
    };
    view! {
        <tr class="govuk-table__row">
            <th scope="row" class="govuk-table__header">{device}</th>
            <td class="govuk-table__cell" data-label=t!(account.device_since)>{words::date_time(sign_in.since.naive_local())}</td>
            <td class="govuk-table__cell" data-label=t!(account.device_seen)>{words::date_time(sign_in.seen.naive_local())}</td>
            <td class="govuk-table__cell">{action}</td>
        </tr>
    }
}

/// The page of sign-ins.
#[component]
pub fn Page() -> impl IntoView {
    let ahead = ports::ports().accounts.ahead();
    load(api::read_sign_ins(), move |sign_ins: Vec<Device>| {
        let others = sign_ins.iter().any(|sign_in| !sign_in.this);
        let rows = sign_ins.into_iter().map(row).collect_view();
        view! {
            <Heading text=t!(account.sign_ins)/>
            <p class="govuk-body veche-lede">{t!(account.sign_ins_lede)}</p>
            <ByTheClock ahead/>
            <Listing stacks=true id="sign-ins" caption=t!(account.sign_ins_caption) columns=vec![
                t!(account.device),
                t!(account.device_since),
                t!(account.device_seen),
                t!(account.device_action),
            ]>
                {rows}
            </Listing>
            <p class="govuk-body">{t!(account.sign_ins_ended)}</p>
            {others.then(|| view! {
                <form method="post" action=api::EndOtherSignIns::PATH>
                    <Submit words=t!(account.end_others) class="govuk-button--secondary"/>
                </form>
            })}
        }
    })
}
