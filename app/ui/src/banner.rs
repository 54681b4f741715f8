//! What the previous form achieved, said once on top of the page; and that the session has ended.

use crate::{ended, problem::ErrorId, t, title, words};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use ports::{address::in_query, failure::Failure, forms::Flash};

#[server(prefix = "/api", endpoint = "flash", input = GetUrl)]
async fn pending() -> Result<Option<Flash>, Failure> {
    Ok(ports::forms::take_flash().await)
}

/// The banner, if there is something to say. A page that has just been opened is no change of it, which would be read
/// out as an alert: so the page opens with the focus on the banner, without scripts, unless its address leads to a
/// place in it. Of what did not work the document's title says so, too.
#[component]
pub fn Banner() -> impl IntoView {
    let idle = use_context::<ports::Ports>().map_or(0, |ports| ports.portal.lasting.idle);
    let ended = ended::is_to_be_said().then_some(Flash::Problem(Failure::SignedOut));
    Suspend::new(async move {
        pending().await.ok().flatten().or(ended).map(|flash| {
            let (success, title, text, id) = match flash {
                Flash::Done(done) => (true, t!(common.banner_success), words::done(done), None),
                Flash::Late { kept: true } => {
                    let text = t!(common.typed_kept, time = words::span(idle));
                    (false, t!(common.banner_problem), text, None)
                }
                Flash::Late { kept: false } => {
                    (false, t!(common.banner_problem), t!(common.typed_lost), None)
                }
                Flash::Problem(failure) => {
                    let (heading, explanation) = words::failure(&failure);
                    // By which whoever runs the portal finds it in the log.
                    let id = if let Failure::Internal { id } = failure { Some(id) } else { None };
                    let text = format!("{heading}. {explanation}");
                    (false, t!(common.banner_problem), text, id)
                }
                Flash::NotKept => {
                    (false, t!(common.banner_problem), t!(common.typed_not_kept), None)
                }
                Flash::SignedOutHere => {
                    (false, t!(common.banner_problem), t!(common.signed_out_here), None)
                }
            };
            if !success {
                title::begins_with(title.clone());
            }
            // Of what an earlier page achieved nothing has to be done; of what is wrong with a form, it has.
            let focused = !(success && in_query("again"));
            let class = if success {
                "govuk-notification-banner govuk-notification-banner--success"
            } else {
                "govuk-notification-banner"
            };
            view! {
                <div class=class role="alert" aria-labelledby="banner-title" tabindex="-1" autofocus=focused>
                    <div class="govuk-notification-banner__header">
                        <h2 class="govuk-notification-banner__title" id="banner-title">{title}</h2>
                    </div>
                    <div class="govuk-notification-banner__content">
                        <p class="govuk-notification-banner__heading">{text}</p>
                        {id.map(|id| view! { <ErrorId id/> })}
                    </div>
                </div>
            }
        })
    })
}
