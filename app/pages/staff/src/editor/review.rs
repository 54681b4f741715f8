//! The reviewer's pages: what waits, and one poll as the citizen will read it.

use super::{
    api::reviews::{Approve, Return, read_review, read_reviews},
    contents::{Contents, History, NoticeOf},
    form::ReturnForm,
    parts::{Crumb, Crumbs, Seen, told_or},
    view::{Ending, ReviewForm, ReviewLine, ReviewPage, Reviewed, Who},
    words::{self, title},
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::{forms::Form, routes};
use questionnaire::is_blank;
use ui::{Listing, Submit, TextArea, Title, lang_of, load, t, words::date_time};

/// The polls that wait for review.
#[component]
pub fn ListPage() -> impl IntoView {
    load(read_reviews(), |lines: Vec<ReviewLine>| {
        let empty = lines.is_empty();
        let rows = lines
            .into_iter()
            .map(|line| {
                // Beside nothing a label would stand alone.
                let opens = line.poll.opens.map(|_| t!(editor.column_opens));
                let closes = line.poll.closes.map(|_| t!(editor.column_closes));
                view! {
                    <tr class="govuk-table__row">
                        <th scope="row" class="govuk-table__header">
                            <a class="govuk-link" href=routes::review(line.poll.id) lang=lang_of(&line.poll.title)>{title(&line.poll.title)}</a>
                            {line.own.then(|| view! {
                                " " <strong class="govuk-tag govuk-tag--grey">{t!(editor.own)}</strong>
                            })}
                        </th>
                        <td class="govuk-table__cell">{title(&line.department)}</td>
                        <td class="govuk-table__cell" data-label=opens>{line.poll.opens.map(date_time)}</td>
                        <td class="govuk-table__cell" data-label=closes>{line.poll.closes.map(date_time)}</td>
                    </tr>
                }
            })
            .collect_view();
        view! {
            <Title text=format!("{} – {}", t!(editor.reviews), t!(common.brand))/>
            <Crumbs trail=vec![Crumb::desk()]/>
            <h1 class="govuk-heading-l">{t!(editor.reviews)}</h1>
            {if empty {
                view! { <p class="govuk-body">{t!(editor.no_reviews)}</p> }.into_any()
            } else {
                view! {
                    <Listing stacks=true id="reviews" caption=t!(editor.reviews) quiet=true columns=vec![
                        t!(editor.column_title),
                        t!(editor.column_department),
                        t!(editor.column_opens),
                        t!(editor.column_closes),
                    ]>
                        {rows}
                    </Listing>
                }.into_any()
            }}
        }
    })
}

/// The two buttons, or why there are none.
fn decision(page: &ReviewPage, form: &Form<ReturnForm>) -> AnyView {
    if page.own {
        return view! { <p class="govuk-inset-text">{t!(editor.own_text)}</p> }.into_any();
    }
    let settings = page.settings.clone();
    let approvable = page.missing.is_empty();
    let approve = if approvable {
        let then = if settings.overdue {
            t!(editor.approve_text_at_once)
        } else {
            t!(editor.approve_text)
        };
        view! {
            <p class="govuk-body">{then}</p>
            <Submit words=t!(editor.approve)/>
        }
        .into_any()
    } else {
        let missing = page.missing.iter().map(|missing| words::missing(missing, &settings));
        let missing = missing.map(|words| view! { <li>{words}</li> }).collect_view();
        view! {
            <p class="govuk-body">{t!(editor.cannot_approve)}</p>
            <ul class="govuk-list govuk-list--bullet">{missing}</ul>
        }
        .into_any()
    };
    // One form: a reason that was typed goes along with either button.
    let action = if approvable { Approve::PATH } else { Return::PATH };
    view! {
        <form method="post" action=action>
            <Seen settings/>
            <h2 class="govuk-heading-m">{t!(editor.approve)}</h2>
            {approve}
            <h2 class="govuk-heading-m">{t!(editor.return_title)}</h2>
            <TextArea name="reason" label=t!(editor.reason) hint=Some(t!(editor.reason_hint))
                value=form.typed.reason.clone() fault=form.fault("reason").cloned()/>
            <button type="submit" class="govuk-button govuk-button--secondary" formaction=Return::PATH>{t!(editor.return_)}</button>
        </form>
    }
    .into_any()
}

/// Where the page of one poll is.
fn crumbs() -> impl IntoView {
    view! { <Crumbs trail=vec![Crumb::desk(), Crumb::reviews()]/> }
}

/// How a review ended.
fn ended(reviewed: Reviewed) -> String {
    let at = date_time(reviewed.at);
    match (reviewed.ending, reviewed.who) {
        (Ending::Approved, Who::You) => t!(editor.left_approved_by_you, at = at),
        (Ending::Approved, _) => t!(editor.left_approved, at = at),
        (Ending::Returned, Who::You) => t!(editor.left_returned_by_you, at = at),
        (Ending::Returned, _) => t!(editor.left_returned, at = at),
        (Ending::TakenBack, _) => t!(editor.left_taken_back, at = at),
    }
}

/// What was typed about a poll that had left review by then; `told` is whether it is said how.
fn not_sent(reason: &str, told: bool) -> impl IntoView + use<> {
    // A parser drops one line break after the tag.
    let reason = format!("\n{reason}");
    view! {
        {(!told).then(|| view! { <p class="govuk-body">{t!(editor.left_review_why)}</p> })}
        <p class="govuk-body">{t!(editor.left_review_text)}</p>
        <div class="govuk-form-group">
            <label class="govuk-label govuk-label--s" for="reason">{t!(editor.left_review_reason)}</label>
            <textarea class="govuk-textarea" id="reason" rows="8" readonly>{reason}</textarea>
        </div>
    }
}

/// How the review of a poll ended that has left it, with the reason that came too late. Of the poll itself,
/// which is none of the reader's business any more, nothing is said.
fn left(reviewed: Option<Reviewed>, reason: &str) -> impl IntoView + use<> {
    let ended = reviewed.map(ended);
    let told = ended.is_some();
    view! {
        <Title text=format!("{} – {}", t!(editor.left_review), t!(common.brand))/>
        {crumbs()}
        <h1 class="govuk-heading-l">{t!(editor.left_review)}</h1>
        {ended.map(|words| view! { <p class="govuk-body">{words}</p> })}
        {(!is_blank(reason)).then(|| not_sent(reason, told))}
        <p class="govuk-body"><a class="govuk-link" href=routes::STAFF_REVIEWS>{t!(editor.reviews)}</a></p>
    }
}

/// One poll.
#[component]
pub fn Page() -> impl IntoView {
    load(read_review(super::parts::param("poll")), |page: ReviewForm| {
        let ReviewForm { page, reviewed, form } = page;
        let Some(page) = page else { return left(reviewed, &form.typed.reason).into_any() };
        let heading = title(&page.settings.title);
        // Who may not decide on it is told so, and not why nobody can.
        let stuck = !page.own && !page.missing.is_empty();
        let decision = decision(&page, &form);
        let settings = page.settings;
        let withheld = settings.withheld;
        view! {
            <Title text=format!("{heading} – {} – {}", t!(editor.reviews), t!(common.brand))/>
            {crumbs()}
            // Here nothing is saved: a decision is.
            {told_or(&form, t!(editor.overtaken_review))}
            <span class="govuk-caption-l">{title(&settings.department.name)}</span>
            <h1 class="govuk-heading-l" lang=lang_of(&settings.title)>{heading}</h1>
            <p class="govuk-body veche-lede">{t!(editor.review_text)}</p>
            // Why stands at the end, where one decides.
            {stuck.then(|| view! { <p class="govuk-inset-text">{t!(editor.stuck)}</p> })}
            <ul class="govuk-list">
                <li><a class="govuk-link" href=routes::review_part(settings.id, "citizen")>{t!(editor.invented)}</a></li>
                <li><a class="govuk-link" href=routes::review_part(settings.id, "preview/1")>{t!(editor.preview)}</a></li>
            </ul>
            <NoticeOf settings=settings.clone()/>
            <Contents settings/>
            <History history=page.history withheld/>
            {decision}
        }
        .into_any()
    })
}
