//! Shortly before a sign-in ends: says so, and lets the reader stay.
//!
//! The server is asked before anything is said: another tab may have used the session meanwhile. To ask is
//! no use of it; to press the button is. It is asked again whenever the reader comes back to the page: the
//! machine may have slept, which holds up every timer, and another tab may have gone on or signed in.
//!
//! The box stands above what the page says and stays in sight however far it is scrolled; it is low, and
//! what has the focus is not hidden by it (`style/components/_session-end.scss`). It takes the focus only
//! from its own button. Without a script a sign-in ends as it does, and what is sent too late is kept.

use js_sys::Date;
use leptos::{html::Div, prelude::*, task::spawn_local, wasm_bindgen::JsCast};
use std::time::Duration;
use web_sys::{RequestInit, Response};

/// The id of the element that has the sentences, each in an attribute `data-` with the name of its field in
/// [`Words`]. They are the same on all pages, and the server draws them once for all of them.
pub const WORDS: &str = "session-words";
/// Stands in a sentence where the time of the day is to be.
pub const TIME: &str = "--:--";
/// Seconds after which the server is asked again that could not be reached.
const AGAIN: u32 = 30;
/// Seconds after which the button is pressed again that did not reach it.
const PRESSED_AGAIN: u32 = 5;
/// Seconds for which who has pressed it is told that the sign-in goes on.
const TOLD: u32 = 30;
/// Seconds after which it is asked again whether what is typed is still kept.
const KEPT_AGAIN: u32 = 60 * 60;
/// Longer than so many milliseconds no timer waits: where the machine slept, the time has come sooner than
/// the timer knows. And who has been told nothing does not have it asked more often for coming back.
const MINUTE: f64 = 60_000.0;

/// The sentences that the island says: it has none of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Heading of the box.
    pub heading: String,
    /// At that [`TIME`] the sign-in ends unless it goes on.
    pub soon: String,
    /// At that [`TIME`] it ends in any case.
    pub last: String,
    /// It has ended, and what was typed is kept when it is sent.
    pub kept: String,
    /// It has ended, and what was typed is not kept.
    pub gone: String,
    /// The button.
    pub stay: String,
    /// It goes on.
    pub stays: String,
}

impl Words {
    /// As they stand in the document.
    fn read() -> Self {
        let all = document().get_element_by_id(WORDS);
        let of = |name| all.as_ref().and_then(|all| all.get_attribute(name)).unwrap_or_default();
        Self {
            heading: of("data-heading"),
            soon: of("data-soon"),
            last: of("data-last"),
            kept: of("data-kept"),
            gone: of("data-gone"),
            stay: of("data-stay"),
            stays: of("data-stays"),
        }
    }
}

/// What the box says, and whether it has the button.
type Said = (String, bool);

/// What the island knows.
#[derive(Clone, Copy)]
struct Watch {
    /// Where to ask.
    address: StoredValue<String>,
    /// How many seconds before the end it is said.
    before: u32,
    words: StoredValue<Words>,
    said: RwSignal<Option<Said>>,
    place: NodeRef<Div>,
    /// When to ask, in the milliseconds of the reader's clock, and by which method.
    due: StoredValue<(f64, &'static str)>,
    timer: StoredValue<Option<TimeoutHandle>>,
    /// When it was asked last.
    asked: StoredValue<f64>,
}

impl Watch {
    /// Asks after so many seconds, and not when it was to before.
    fn after(self, seconds: u32, method: &'static str) {
        self.due.set_value((Date::now() + f64::from(seconds) * 1000.0, method));
        self.wait();
    }

    fn wait(self) {
        if let Some(timer) = self.timer.get_value() {
            timer.clear();
        }
        let (due, method) = self.due.get_value();
        let left = (due - Date::now()).min(MINUTE);
        if left <= 0.0 {
            return self.ask(method);
        }
        let left = Duration::from_secs_f64(left / 1000.0);
        self.timer.set_value(set_timeout_with_handle(move || self.wait(), left).ok());
    }

    /// Asks at once where the reader comes back to the page. What was pressed and has not reached the server
    /// is pressed again.
    fn seen(self) {
        let lately = Date::now() - self.asked.get_value() < MINUTE;
        let said = self.said.with_untracked(Option::is_some);
        if !document().hidden() && (said || !lately) {
            self.ask(self.due.get_value().1);
        }
    }

    /// Asks, with a POST as a use of the session, and says what is to be said.
    fn ask(self, method: &'static str) {
        self.asked.set_value(Date::now());
        spawn_local(async move {
            let pressed = method == "POST";
            let Some((left, state)) = answer(&self.address.get_value(), method).await else {
                return self.after(if pressed { PRESSED_AGAIN } else { AGAIN }, method);
            };
            let lasts = state == "more" || state == "last";
            let stays = lasts && left > self.before;
            let words = self.words.get_value();
            let said = match state.as_str() {
                _ if stays => words.stays,
                "more" => words.soon,
                "last" => words.last,
                "kept" => words.kept,
                _ => words.gone,
            };
            let button = state == "more" && !stays;
            let place = self.place.get_untracked().filter(|place| {
                let had = place.contains(document().active_element().as_deref());
                pressed || had && !button
            });
            // Where nobody has pressed the button, another tab goes on: there is nothing to be said.
            let shown = !stays || pressed;
            let said = said.replace(TIME, &time_in(left));
            self.said.set(shown.then_some((said, button)));
            if lasts {
                let next = if stays { left - self.before } else { left + 1 };
                self.after(if pressed { next.min(TOLD) } else { next }, "GET");
            } else if state == "kept" {
                self.after(KEPT_AGAIN, "GET");
            } else {
                // Only when the reader comes back.
                self.due.set_value((0.0, "GET"));
            }
            // The button that had the focus may be gone.
            if let Some(place) = place {
                // A box that cannot have it is read all the same.
                let _ = place.focus();
            }
        });
    }
}

/// The time of the day in so many seconds, as the reader's own clock has it.
fn time_in(seconds: u32) -> String {
    let at = Date::new(&(Date::now() + f64::from(seconds) * 1000.0).into());
    format!("{:02}:{:02}", at.get_hours(), at.get_minutes())
}

/// How many seconds are left, and how it stands, as the server says it.
async fn answer(address: &str, method: &str) -> Option<(u32, String)> {
    let how = RequestInit::new();
    how.set_method(method);
    let response = window().fetch_with_str_and_init(address, &how).await.ok()?;
    let response: Response = response.dyn_into().ok()?;
    let words = response.text().ok()?.await.ok()?.as_string()?;
    let (left, state) = words.split_once(' ')?;
    Some((left.parse().ok()?, state.to_owned()))
}

/// Warns before the sign-in ends.
#[island]
pub fn SessionEnd(
    /// Where to ask how long it lasts.
    address: String,
    /// For how many seconds it lasts at least.
    lasts: u32,
    /// How many seconds before the end it is said.
    before: u32,
) -> impl IntoView {
    let words = StoredValue::new(Words::default());
    let said = RwSignal::new(None::<Said>);
    let place = NodeRef::<Div>::new();
    let watch = Watch {
        address: StoredValue::new(address),
        before,
        words,
        said,
        place,
        due: StoredValue::new((0.0, "GET")),
        timer: StoredValue::new(None),
        asked: StoredValue::new(0.0),
    };
    Effect::new(move || {
        words.set_value(Words::read());
        watch.asked.set_value(Date::now());
        watch.after(lasts.saturating_sub(before), "GET");
        // The page is there until it is left: so are these.
        for event in ["visibilitychange", "pageshow"] {
            window_event_listener_untyped(event, move |_| watch.seen());
        }
    });
    view! {
        <div class="veche-session-end" role="alert" tabindex="-1" node_ref=place>
            {move || said.get().map(|(said, button)| {
                let Words { heading, stay, .. } = words.get_value();
                view! {
                    <div class="veche-session-end__box">
                        <h2>{heading}</h2>
                        <p class="veche-session-end__words">{said}</p>
                        {button.then(|| view! {
                            <button type="button" class="govuk-button" on:click=move |_| watch.after(0, "POST")>{stay}</button>
                        })}
                    </div>
                }
            })}
        </div>
    }
}
