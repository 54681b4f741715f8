//! Polls for me, open polls, closed polls with results.

use super::{
    api,
    view::{Need, PollCard, PollList, Standing, Tab},
    words::needs,
};
use leptos::prelude::*;
use ports::{address::query, routes, states::State, views::ZonedMoment};
use ui::{
    NewsLink, Pages, StateTag, Title, lang_of, load, page_title, t,
    words::{date, deadline},
    words_of,
};

fn tab_name(tab: Tab) -> String {
    match tab {
        Tab::Mine => t!(polls.tab_mine),
        Tab::Open => t!(polls.tab_open),
        Tab::Results => t!(polls.tab_results),
    }
}

/// What the reader can do with a poll, in a link: where to, and the visible words. Among their own
/// polls (`own`) they look for their answers; the results are a link away from there.
fn action(card: &PollCard, own: bool) -> (String, String) {
    match (card.state, card.standing) {
        (_, Standing::Answered | Standing::Changing) if own => {
            (routes::own_answers(card.id), t!(polls.action_answers))
        }
        (State::Published, _) if card.withheld => (routes::results(card.id), t!(results.title)),
        (State::Published, _) => (routes::results(card.id), t!(polls.action_results)),
        (State::Open, Standing::Draft) if card.asked => {
            (routes::poll(card.id), t!(polls.action_continue))
        }
        (State::Open, Standing::Answered | Standing::Changing) => {
            (routes::own_answers(card.id), t!(polls.action_answers))
        }
        _ => (routes::poll(card.id), t!(polls.action_read)),
    }
}

/// How far the reader is, in words.
#[must_use]
pub fn standing(card: &PollCard) -> Option<String> {
    match (card.standing, card.state == State::Open) {
        (Standing::NotBegun, _) => None,
        (Standing::Draft, true) => Some(t!(polls.standing_draft)),
        (Standing::Draft, false) => Some(t!(polls.standing_unsent)),
        (Standing::Answered, true) => Some(match (card.closes_at.map(deadline), card.asked) {
            (None, _) => t!(polls.standing_answered),
            (Some(at), true) => t!(polls.standing_answered_until, at = at),
            (Some(at), false) => t!(polls.standing_answered_withdraw, at = at),
        }),
        (Standing::Changing, true) => Some(t!(polls.standing_changing)),
        (Standing::Answered | Standing::Changing, false) => Some(t!(polls.standing_answered)),
    }
}

/// One poll in a list, its title a heading of the second level.
#[component]
pub fn Card(
    /// The poll.
    card: PollCard,
    /// Whether the list is that of the polls that the reader answered or began.
    #[prop(optional)]
    own: bool,
) -> impl IntoView {
    let (to, act) = action(&card, own);
    let title = words_of(&card.title);
    let lang = lang_of(&card.title);
    let open = card.state == State::Open;
    let closes = if open { t!(polls.closes) } else { t!(polls.closed) };
    // Whoever has to be in time for it needs to know the hour: a day can end at its first minute.
    let closing = |at: ZonedMoment| if open { deadline(at) } else { date(at.date_naive()) };
    view! {
        <li class="veche-poll-card">
            <h2 class="veche-poll-card__title">
                <a class="veche-poll-card__link" href=routes::poll(card.id) lang=lang>{title.clone()}</a>
            </h2>
            <p class="veche-poll-card__status"><StateTag state=card.state withheld=card.withheld/></p>
            {standing(&card).map(|words| view! { <p class="veche-poll-card__text">{words}</p> })}
            <dl class="veche-poll-card__facts">
                <div><dt>{t!(polls.asked_by)}</dt><dd lang=lang_of(&card.department)>{words_of(&card.department)}</dd></div>
                {card.closes_at.map(|at| view! {
                    <div>
                        <dt>{closes}</dt>
                        <dd><time datetime=at.format("%Y-%m-%dT%H:%M%:z").to_string()>{closing(at)}</time></dd>
                    </div>
                })}
                <div>
                    <dt>{t!(polls.length)}</dt>
                    <dd>{length(&card)}</dd>
                </div>
            </dl>
            <p class="veche-poll-card__actions">
                <a class="govuk-link" href=to>{act}<span class="govuk-visually-hidden">": " <span lang=lang>{title}</span></span></a>
            </p>
        </li>
    }
}

/// "5 questions, about 2 minutes".
#[must_use]
pub fn length(card: &PollCard) -> String {
    let questions = t!(polls.questions, count = card.questions);
    let minutes = t!(polls.minutes, count = card.minutes);
    format!("{questions}, {minutes}")
}

fn nothing(list: &PollList) -> AnyView {
    match list.tab {
        Tab::Mine if !list.signed_in => view! {
            <p class="govuk-body">{t!(polls.mine_signed_out)}</p>
            <p class="govuk-body">
                <a class="govuk-button" href=routes::sign_in_for(&routes::polls(Tab::Mine.code()))>{t!(polls.sign_in)}</a>
            </p>
        }
        .into_any(),
        Tab::Mine => view! {
            {list.lacking.is_empty().then(|| view! { <p class="govuk-body">{t!(polls.mine_none)}</p> })}
            <p class="govuk-body">
                <a class="govuk-link" href=routes::polls(Tab::Open.code())>{t!(polls.mine_none_open)}</a>
            </p>
        }
        .into_any(),
        Tab::Open => view! { <p class="govuk-body">{t!(polls.open_none)}</p> }.into_any(),
        Tab::Results => view! { <p class="govuk-body">{t!(polls.results_none)}</p> }.into_any(),
    }
}

/// What the portal would have to know of the reader to tell whether further polls ask them, and the ways to let
/// it know.
fn lacking(list: &PollList) -> Option<impl IntoView + use<>> {
    let stated: Vec<Need> = list.lacking.iter().copied().filter(|it| it.can_be_stated()).collect();
    let neither = |need: &Need| !need.can_be_stated() && !list.releasable.contains(need);
    let neither: Vec<Need> = list.lacking.iter().copied().filter(neither).collect();
    let release = (!list.releasable.is_empty()).then(|| {
        let codes: Vec<&str> = list.releasable.iter().map(|need| need.code()).collect();
        let to = routes::sign_in_releasing(&routes::polls(Tab::Mine.code()), &codes.join(","));
        let words = t!(polls.release, facts = needs(&list.releasable));
        view! { <p class="govuk-body"><a class="govuk-link" href=to>{words}</a></p> }
    });
    let state = (!stated.is_empty()).then(|| {
        let words = t!(polls.state, facts = needs(&stated));
        view! { <p class="govuk-body"><a class="govuk-link" href=routes::ACCOUNT_DATA>{words}</a></p> }
    });
    let none = (!neither.is_empty()).then(|| t!(polls.not_releasable, facts = needs(&neither)));
    (!list.lacking.is_empty()).then(|| {
        view! {
            <div class="govuk-inset-text">
                <p class="govuk-body">{t!(polls.mine_lacking, facts = needs(&list.lacking))}</p>
                {none.map(|none| view! { <p class="govuk-body">{none}</p> })}
                {release}
                {state}
            </div>
        }
    })
}

/// The lists of polls.
#[component]
pub fn Page() -> impl IntoView {
    load(api::list(query("tab"), query("page")), |list| {
        let PollList { tab: current, page, pages, .. } = list;
        let address = |page| routes::page_of_polls(current.code(), page);
        let addresses = [address(page.saturating_sub(1)), address(page + 1)];
        let heading = t!(polls.title);
        let empty = list.polls.is_empty().then(|| nothing(&list));
        let lacking = lacking(&list);
        view! {
            <Title text=page_title(page, pages, format!("{} – {heading} – {}", tab_name(current), t!(common.brand)))/>
            <NewsLink/>
            <h1 class="govuk-heading-xl">{heading.clone()}</h1>
            <p class="veche-lede">{t!(polls.lede)}</p>
            <nav class="veche-tabs" aria-label=t!(polls.tabs)>
                <ul class="veche-tabs__list">
                    {Tab::ALL.into_iter().map(|tab| view! {
                        <li>
                            <a class="veche-tabs__link" href=routes::polls(tab.code())
                                aria-current=(tab == current).then_some("page")>{tab_name(tab)}</a>
                        </li>
                    }).collect_view()}
                </ul>
            </nav>
            {lacking}
            {empty}
            {(!list.polls.is_empty()).then(|| view! {
                <ul class="veche-polls">
                    {list.polls.into_iter().map(|card| view! { <Card card/> }).collect_view()}
                </ul>
            })}
            <Pages page pages label=t!(common.list_pages) before=t!(polls.page_previous) after=t!(polls.page_next) addresses/>
        }
    })
}
