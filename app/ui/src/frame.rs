//! What surrounds every page: the way to skip, header, banner, footer.

use crate::{Shared, banner::Banner, hole, shared, shared_around, t};
use islands::{
    SessionEnd, Unsent,
    session_end::{TIME, WORDS},
};
use leptos::{prelude::*, server_fn::ServerFn as _};
use ports::{
    address::{self, path_of, with_field},
    failure::Failure,
    forms::{Post, finish},
    look::language,
    routes::{self, BelowPoll},
};
use questionnaire::Language;

/// What the frame says about the reader.
#[derive(Default)]
struct Reader {
    /// Whether somebody is signed in.
    signed_in: bool,
    /// How to address the person, where a name was released.
    name: Option<String>,
    /// Whether the person has any role of the staff.
    staff: bool,
    /// How many notices wait, as far as is known.
    unread: u32,
    /// For how many seconds the session lasts at least.
    lasts: u32,
    /// Path and query of this page, for the forms that come back to it.
    here: String,
    /// Where the display settings are, with the way back to this page.
    display: routes::Path,
    /// Where the sign-in is, with the way back to this page; empty where somebody is signed in.
    sign_in: routes::Path,
    /// Whether everything on the pages is invented.
    demo: bool,
}

/// Where the forms of the frame come back to; of the display settings, with the page that led there.
fn way_back(signed_in: bool) -> String {
    // What somebody chooses in the page is to hold, and not what the link to it said.
    let here = address::without(&address::here(), routes::LANGUAGE);
    if path_of(&here) == routes::DISPLAY {
        return came_from(signed_in).map_or_else(|| address::bare(&here), |to| display_for(&to));
    }
    kept(&here, signed_in)
}

/// What of an address of ours a page may repeat, to come back to it. Only lists keep their query, beside which
/// nothing of the reader stands that is not everybody's; of that of another page stays what it [`Keeps`].
fn kept(address: &str, signed_in: bool) -> String {
    let path = path_of(address);
    let list = [routes::POLLS, routes::SIGN_IN].contains(&path)
        || path.starts_with(routes::STAFF)
        || routes::below_poll(path)
            .is_some_and(|(_, it)| matches!(it, BelowPoll::Results | BelowPoll::Comparison));
    if signed_in && !list { address::bare(address) } else { address.to_owned() }
}

/// The page that led to the display settings, as its address says it and as far as it may be repeated.
fn came_from(signed_in: bool) -> Option<routes::Path> {
    let from = address::in_query(routes::RETURN).then(|| address::query(routes::RETURN))?;
    let from = kept(&routes::linked(&from), signed_in);
    (path_of(&from) != routes::DISPLAY).then_some(from)
}

/// The page that led the reader to the display settings, to come back to; none where nothing did.
#[must_use]
pub fn led_to_display_by() -> Option<routes::Path> {
    came_from(ports::caller::caller().0.is_some())
}

/// The display settings, with the way back to the page at `here`.
fn display_for(here: &str) -> routes::Path {
    if path_of(here) == routes::DISPLAY { here.to_owned() } else { routes::display_for(here) }
}

/// The sign-in, with the way back to the page at `here`.
fn sign_in(here: &str) -> routes::Path {
    match path_of(here) {
        // It leads somewhere itself.
        routes::SIGN_IN => routes::linked(here),
        // Where everybody comes who came from nowhere.
        routes::HOME => routes::SIGN_IN.to_owned(),
        routes::DISPLAY => {
            came_from(false).map_or_else(|| routes::SIGN_IN.to_owned(), |to| sign_in(&to))
        }
        _ => routes::sign_in_for(here),
    }
}

fn reader() -> Reader {
    let person = ports::caller::caller().0;
    let here = way_back(person.is_some());
    let display = display_for(&here);
    let demo = use_context::<ports::Ports>().is_some_and(|ports| ports.portal.demo);
    match person {
        None => Reader { sign_in: sign_in(&here), here, display, demo, ..Reader::default() },
        Some(person) => Reader {
            signed_in: true,
            staff: !person.grants.is_empty(),
            unread: person.unread.unwrap_or(0),
            lasts: person.lasts,
            name: person.name,
            here,
            display,
            sign_in: routes::Path::new(),
            demo,
        },
    }
}

/// Puts the page's language into a cookie and comes back, with what the page keeps of its query.
#[server(prefix = "/api", endpoint = "language")]
pub async fn set_language(
    language: String,
    back: String,
    #[server(default)] keeping: String,
) -> Result<(), Failure> {
    let post = Post::current();
    let language: Language = language.parse().map_err(|()| Failure::Invalid)?;
    post.remember_language(language);
    let back = with_field(&back, &keeping);
    finish(&post, &back, Ok((routes::local(&back), None))).await
}

/// The id of the form that switches the language, to which belongs what a page [`Keeps`].
const SWITCH: &str = "switch-language";

/// What a page of a person keeps of its query when the language is switched. The frame keeps nothing there
/// ([`address::bare`]); it is drawn before the page has looked up what its address names.
///
/// What it must never be given: anything as it stands in the address. The value is what the page has found by
/// it and shows in any case, as the id of a poll that there is.
#[component]
pub fn Keeps(
    /// The field's name.
    name: &'static str,
    /// What was found, in characters that an address can have.
    #[prop(into)]
    value: String,
) -> impl IntoView {
    view! { <input type="hidden" name="keeping" value=format!("{name}={value}") form=SWITCH/> }
}

/// The way around the portal, as many readers have it: nothing here tells which of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Navigation {
    /// The section that the page is in.
    current: Option<&'static str>,
    /// Whether the page is that section's own, and not one below it.
    exact: bool,
    signed_in: bool,
    staff: bool,
    /// How many notices wait.
    unread: u32,
}

/// The sections of the portal.
const SECTIONS: [&str; 6] = [
    routes::SERVICES,
    routes::POLLS,
    routes::ANSWERS,
    routes::NOTICES,
    routes::ACCOUNT,
    routes::STAFF,
];

impl Navigation {
    fn of(reader: &Reader) -> Self {
        let section = path_of(&reader.here);
        let within = |href: &&str| {
            section.strip_prefix(*href).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        // The page of the notices itself says which are new.
        let says_itself = reader.here.starts_with(routes::NOTICES);
        let current = SECTIONS.into_iter().find(within);
        Self {
            current,
            exact: current == Some(section),
            signed_in: reader.signed_in,
            staff: reader.staff,
            unread: if says_itself { 0 } else { reader.unread },
        }
    }

    fn item(self, href: &'static str, words: impl IntoView + 'static) -> impl IntoView {
        let current = if self.exact { "page" } else { "true" };
        let current = (self.current == Some(href)).then_some(current);
        view! { <li><a class="veche-header__item" href=href aria-current=current>{words}</a></li> }
    }

    /// How many notices wait, beside the word; nothing where none does or nobody is signed in.
    fn unread(self) -> impl IntoView {
        let count = self.unread;
        (count > 0).then(|| view! {
            " "
            <span class="veche-header__count">
                <span aria-hidden="true">{count}</span>
                <span class="govuk-visually-hidden">{t!(account.notices_count, count = count)}</span>
            </span>
        })
    }
}

/// The top of every page. In its holes are the address to come back to, the reader's name, and the addresses of
/// the display settings and of the sign-in, which have that to come back to, too.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Header {
    navigation: Navigation,
    /// Whether a name was released.
    named: bool,
}

/// Which hole of the header is for the address to come back to.
const HERE: u8 = 0;
/// Which is for the name.
const NAME: u8 = 1;
/// Which is for the address of the display settings. Programs that gather pages are to follow neither this nor the
/// next: they are others on each page, and lead to the same.
const DISPLAY: u8 = 2;
/// Which is for the address of the sign-in.
const SIGN_IN: u8 = 3;

impl Header {
    fn navigation(&self) -> impl IntoView + use<> {
        let it = self.navigation;
        view! {
            <nav class="veche-header__nav" aria-label=t!(common.main_navigation)>
                <ul class="govuk-width-container veche-header__list">
                    {it.item(routes::SERVICES, t!(common.nav_services))}
                    {it.item(routes::POLLS, t!(common.nav_polls))}
                    {it.signed_in.then(|| it.item(routes::ANSWERS, t!(common.nav_answers)))}
                    {it.item(routes::NOTICES, (t!(common.nav_notices), it.unread()))}
                    {it.item(routes::ACCOUNT, t!(common.nav_account))}
                    {it.staff.then(|| it.item(routes::STAFF, t!(common.nav_staff)))}
                </ul>
            </nav>
        }
    }

    /// Who is signed in and the way out, or the way in.
    fn person(&self) -> AnyView {
        if !self.navigation.signed_in {
            return view! {
                <a rel="nofollow" class="veche-header__sign-in" href=hole(SIGN_IN)>{t!(common.sign_in)}</a>
            }
            .into_any();
        }
        view! {
            {self.named.then(|| view! { <span class="veche-header__person">{hole(NAME)}</span> })}
            <form method="post" action=routes::POST_SIGN_OUT class="veche-inline-form">
                <button class="veche-header__link">{t!(common.sign_out)}</button>
            </form>
        }
        .into_any()
    }
}

/// The portal's name, which leads to its first page.
fn brand() -> impl IntoView {
    view! {
        <a class="veche-header__brand" href=routes::HOME>
            <svg class="veche-header__mark" viewBox="0 0 32 32" width="36" height="36" aria-hidden="true" focusable="false">
                <rect width="32" height="32" rx="7"></rect>
                <path d="M16 5c-5 0-7.5 3.6-7.5 8v5L6 22.5h20L23.5 18v-5c0-4.4-2.5-8-7.5-8z"></path>
                <circle cx="16" cy="25.5" r="2.5"></circle>
            </svg>
            <span class="veche-header__name">{t!(common.brand)}</span>
            <span class="veche-header__tagline">{t!(common.tagline)}</span>
        </a>
    }
}

impl Shared for Header {
    fn draw(&self) -> AnyView {
        let (other, other_name) = match language() {
            Language::En => (Language::Ru, t!(common.russian)),
            Language::Ru => (Language::En, t!(common.english)),
        };
        view! {
            <a href="#main" class="govuk-skip-link">{t!(common.skip)}</a>
            <header class="veche-header">
                <div class="govuk-width-container veche-header__bar">
                    {brand()}
                    <div class="veche-header__tools">
                        <a rel="nofollow" class="veche-header__link" href=hole(DISPLAY)>{t!(common.display)}</a>
                        <form method="post" action=SetLanguage::PATH class="veche-inline-form" id=SWITCH>
                            <input type="hidden" name="back" value=hole(HERE)/>
                            <button class="veche-header__link" name="language" value=other.tag() lang=other.tag()>{other_name}</button>
                        </form>
                        {self.person()}
                    </div>
                </div>
                {self.navigation()}
            </header>
        }
        .into_any()
    }
}

/// What is said before the session ends, for the island that says it.
#[derive(Clone, PartialEq, Eq, Hash)]
struct SessionWords;

impl Shared for SessionWords {
    fn draw(&self) -> AnyView {
        view! {
            <template id=WORDS data-heading=t!(common.banner_problem) data-soon=t!(common.session_soon, time = TIME)
                data-last=t!(common.session_last, time = TIME) data-kept=t!(common.session_kept)
                data-gone=t!(common.session_gone) data-stay=t!(common.session_stay) data-stays=t!(common.session_stays)>
            </template>
        }
        .into_any()
    }
}

/// What warns the reader before the session ends, or before what was typed is lost, above the page's banner; nothing
/// where nobody is signed in.
fn above(reader: &Reader) -> AnyView {
    if !reader.signed_in {
        return view! { <Banner/> }.into_any();
    }
    let lasting = use_context::<ports::Ports>().map(|ports| ports.portal.lasting);
    view! {
        {shared(&SessionWords)}
        <SessionEnd address=routes::SESSION.to_owned() lasts=reader.lasts
            before=lasting.unwrap_or_default().warned_before()/>
        <Unsent/>
        <Banner/>
    }
    .into_any()
}

/// The end of every page. In its hole is the address of the display settings.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Footer {
    demo: bool,
}

impl Footer {
    /// Which hole is for that address.
    const DISPLAY: u8 = 0;
}

impl Shared for Footer {
    fn draw(&self) -> AnyView {
        view! {
            <footer class="veche-footer">
                <div class="govuk-width-container veche-footer__inner">
                    <ul class="veche-footer__list">
                        <li><a class="veche-footer__link" href=routes::PROTECTION>{t!(common.footer_protection)}</a></li>
                        <li><a class="veche-footer__link" href=routes::ACCESSIBILITY>{t!(common.footer_accessibility)}</a></li>
                        <li><a rel="nofollow" class="veche-footer__link" href=hole(Self::DISPLAY)>{t!(common.display)}</a></li>
                    </ul>
                    <p class="veche-footer__note">{t!(common.footer_note)}</p>
                    {self.demo.then(|| view! { <p class="veche-footer__note">{t!(common.footer_demo)}</p> })}
                </div>
            </footer>
        }
        .into_any()
    }
}

/// Header, page, footer.
#[component]
pub fn Frame(children: Children) -> impl IntoView {
    crate::error_summary::listen();
    let reader = reader();
    let above = above(&reader);
    let header = Header { navigation: Navigation::of(&reader), named: reader.name.is_some() };
    let name = reader.name.unwrap_or_default();
    view! {
        {shared_around(&header, &[&reader.here, &name, &reader.display, &reader.sign_in])}
        <div class="govuk-width-container veche-page">
            <main class="govuk-main-wrapper" id="main">
                {above}
                {children()}
            </main>
        </div>
        {shared_around(&Footer { demo: reader.demo }, &[&reader.display])}
    }
}

#[cfg(test)]
mod tests {
    use super::{Navigation, Reader};

    #[test]
    fn a_section_s_own_page_is_told_from_those_below_it() {
        let at = |here: &str| {
            let it = Navigation::of(&Reader { here: here.to_owned(), ..Reader::default() });
            (it.current, it.exact)
        };
        assert_eq!(at("/polls?tab=results"), (Some("/polls"), true));
        assert_eq!(at("/polls/1/results"), (Some("/polls"), false));
        assert_eq!(at("/staff/admin"), (Some("/staff"), false));
        assert_eq!(at("/staffing"), (None, false));
        assert_eq!(at("/"), (None, false));
    }
}
