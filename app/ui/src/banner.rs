//! What the previous form achieved, said once on top of the page.

use crate::{t, words};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use ports::{failure::Failure, forms::Flash};

#[server(prefix = "/api", endpoint = "flash", input = GetUrl)]
async fn pending() -> Result<Option<Flash>, Failure> {
    Ok(ports::forms::take_flash().await)
}

/// The banner, if there is something to say.
#[component]
pub fn Banner() -> impl IntoView {
    Suspend::new(async move {
        pending().await.ok().flatten().map(|flash| {
            let (success, title, text) = match flash {
                Flash::Done(done) => (true, t!(common.banner_success), words::done(done)),
                Flash::Problem(failure) => {
                    let (heading, explanation) = words::failure(&failure);
                    (false, t!(common.banner_problem), format!("{heading}. {explanation}"))
                }
            };
            let class = if success {
                "govuk-notification-banner govuk-notification-banner--success"
            } else {
                "govuk-notification-banner"
            };
            view! {
                <div class=class role="alert" aria-labelledby="banner-title">
                    <div class="govuk-notification-banner__header">
                        <h2 class="govuk-notification-banner__title" id="banner-title">{title}</h2>
                    </div>
                    <div class="govuk-notification-banner__content">
                        <p class="govuk-notification-banner__heading">{text}</p>
                    </div>
                </div>
            }
        })
    })
}
