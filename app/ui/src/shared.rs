//! Parts of pages that are the same for many readers, drawn once.
//!
//! Of a poll's page only a button or two are about the reader. What it says of the poll is a pure
//! function of the poll and the language, so the HTML is kept under all that it was made of, and
//! given to whoever is to be shown the same. Nothing has to be told that something changed: other
//! data are another key.
//!
//! A part may have [`hole`]s for what is the reader's own, as the header has one for their name: they are
//! filled each time the part is given to somebody ([`shared_around`]), and kept empty.
//!
//! What it must never do: keep anything that tells whose it is. A part is drawn from its data alone, in
//! a room of its own, where there is no request and nobody who makes it, so it cannot show what it was
//! not given; and it must be given nothing that a reader typed or released. How many notices wait for
//! a reader is the most that any of them is given.

use foldhash::fast::RandomState;
use html_escape::encode_quoted_attribute_to_string;
use leptos::{prelude::*, tachys::html::InertElement};
use moka::{Equivalent, sync::Cache};
use ports::look::{Look, language};
use questionnaire::Language;
use std::{
    any::{Any, TypeId},
    hash::{Hash, Hasher},
    ops::Deref,
    sync::{Arc, LazyLock},
    time::Duration,
};

/// How many bytes of parts are kept.
const BYTES: u64 = 8 << 20;
/// How long a part is kept that nobody asks for.
const IDLE: Duration = Duration::from_mins(1);
/// The first of the characters that stand in a part in the place of a reader's own: of private use, and in
/// no words of the portal.
const HOLE: u32 = 0xe000;

/// The data of a part that is the same for everybody who is to be shown them.
///
/// The part is kept under them, so data that are drawn in another way must not be equal. Of moments this
/// holds while a portal has one time zone: they are equal at any offset.
pub trait Shared: Clone + Eq + Hash + Send + Sync + 'static {
    /// The part: whole elements without islands, titles of the document or anything that waits.
    /// There is no context but the language.
    fn draw(&self) -> AnyView;
}

/// Data of a part of whatever kind.
trait Data: Any + Send + Sync {
    fn add_to(&self, hash: &mut dyn Hasher);
    fn equals(&self, other: &dyn Any) -> bool;
}

impl<P: Shared> Data for P {
    fn add_to(&self, mut hash: &mut dyn Hasher) {
        TypeId::of::<P>().hash(&mut hash);
        self.hash(&mut hash);
    }

    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref() == Some(self)
    }
}

/// All that a part is made of.
struct Made<D> {
    language: Language,
    of: D,
}

/// What a part is kept under.
type Key = Made<Box<dyn Data>>;

impl<D: Deref<Target = dyn Data>> Hash for Made<D> {
    fn hash<H: Hasher>(&self, hash: &mut H) {
        self.language.hash(hash);
        self.of.add_to(hash);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        Made { language: self.language, of: &*self.of }.equivalent(other)
    }
}

impl Eq for Key {}

impl Equivalent<Key> for Made<&(dyn Data + 'static)> {
    fn equivalent(&self, kept: &Key) -> bool {
        let of: &dyn Any = &*kept.of;
        self.language == kept.language && self.of.equals(of)
    }
}

/// A part as it is kept.
struct Part {
    html: String,
    /// Where a hole is, and which, in the order of the HTML.
    holes: Vec<(usize, usize)>,
}

static DRAWN: LazyLock<Cache<Key, Arc<Part>, RandomState>> = LazyLock::new(|| {
    // Its data, which are in all languages, are no more than twice as long as what is drawn of them in one.
    let weight = |_: &Key, part: &Arc<Part>| u32::try_from(3 * part.html.len()).unwrap_or(u32::MAX);
    let parts = Cache::builder().max_capacity(BYTES).weigher(weight).time_to_idle(IDLE);
    parts.build_with_hasher(RandomState::default())
});

/// What stands in a part's text, or in a value of an attribute of it, in the place of the reader's own with
/// this number. No words that somebody wrote may stand in a part with holes: one could be among them.
#[must_use]
pub fn hole(number: u8) -> String {
    char::from_u32(HOLE + u32::from(number)).map(String::from).unwrap_or_default()
}

/// The part that is made of `of` and of the page's language.
pub fn shared<P: Shared>(of: &P) -> InertElement {
    shared_around(of, &[])
}

/// As [`shared`], with the reader's own in its holes, by their numbers: always as many for a part of this
/// kind, empty where there is nothing.
pub fn shared_around<P: Shared>(of: &P, own: &[&str]) -> InertElement {
    let language = language();
    let part = DRAWN.get(&Made { language, of: of as &dyn Data }).unwrap_or_else(|| {
        let part = Arc::new(Part::of(&drawn_alone(|| of.draw()), own.len()));
        DRAWN.insert(Made { language, of: Box::new(of.clone()) }, Arc::clone(&part));
        part
    });
    InertElement::new(part.filled(own))
}

impl Part {
    fn of(drawn: &str, holes: usize) -> Self {
        let mut part = Self { html: String::with_capacity(drawn.len()), holes: Vec::new() };
        for one in drawn.chars() {
            let number = u32::from(one).checked_sub(HOLE).map(|number| number as usize);
            match number.filter(|number| *number < holes) {
                Some(number) => part.holes.push((part.html.len(), number)),
                None => part.html.push(one),
            }
        }
        part
    }

    fn filled(&self, own: &[&str]) -> String {
        // Little is escaped as a rule.
        let more: usize =
            self.holes.iter().filter_map(|(_, which)| own.get(*which)).map(|it| it.len()).sum();
        let mut filled = String::with_capacity(self.html.len() + 2 * more);
        let mut from = 0;
        for (at, which) in &self.holes {
            filled.push_str(&self.html[from..*at]);
            if let Some(own) = own.get(*which) {
                // Fit for both, a text and a value in quotes.
                encode_quoted_attribute_to_string(own, &mut filled);
            }
            from = *at;
        }
        filled.push_str(&self.html[from..]);
        filled
    }
}

/// Draws where nothing is known but the language.
fn drawn_alone(draw: impl FnOnce() -> AnyView) -> String {
    let (look, outside) = (Look { language: language(), ..Look::default() }, Owner::current());
    let room = Owner::new_root(None);
    provide_context(look);
    // The marks are for a browser that takes pages over, which it does with islands alone. What
    // somebody wrote cannot hold one: its angle brackets are escaped.
    let html = draw().to_html().replace("<!>", "");
    drop(room);
    if let Some(outside) = outside {
        outside.set();
    }
    html
}

#[cfg(test)]
mod tests {
    use super::{Shared, hole, shared, shared_around};
    use leptos::prelude::*;
    use ports::look::{Look, language};
    use questionnaire::Language;
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    struct Person;

    /// In a request of somebody's, in a language.
    fn asked(language: Language, part: &impl Shared) -> String {
        let owner = Owner::new_root(None);
        provide_context(Look { language, ..Look::default() });
        provide_context(Arc::new(Person));
        let html = shared(part).to_html();
        assert!(Owner::current().as_ref() == Some(&owner), "whoever asks is back where they were");
        assert!(use_context::<Arc<Person>>().is_some());
        // What a request keeps lives there, too.
        assert_eq!(RwSignal::new(7).get_untracked(), 7);
        html
    }

    static DRAWN: AtomicUsize = AtomicUsize::new(0);

    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Lines(&'static [&'static str]);

    impl Shared for Lines {
        fn draw(&self) -> AnyView {
            DRAWN.fetch_add(1, Ordering::SeqCst);
            let lines = self.0.iter().map(|line| view! { <li>{*line}</li> }).collect_view();
            view! { <ul lang=language().tag()>{lines}</ul> }.into_any()
        }
    }

    #[test]
    fn a_part_is_drawn_once_for_the_same_data_and_language() {
        let first = asked(Language::En, &Lines(&["one", "<!>"]));
        assert_eq!(first, "<ul lang=\"en\"><li>one</li><li>&lt;!&gt;</li></ul>");
        assert_eq!(asked(Language::En, &Lines(&["one", "<!>"])), first);
        assert_eq!(DRAWN.load(Ordering::SeqCst), 1);
        assert_ne!(asked(Language::Ru, &Lines(&["one", "<!>"])), first);
        assert_ne!(asked(Language::En, &Lines(&["one"])), first);
        assert_eq!(DRAWN.load(Ordering::SeqCst), 3);
    }

    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Curious;

    impl Shared for Curious {
        fn draw(&self) -> AnyView {
            let somebody = use_context::<Arc<Person>>().is_some();
            view! { <p>{language().tag()}{somebody}</p> }.into_any()
        }
    }

    #[test]
    fn what_is_drawn_for_everybody_knows_nobody() {
        assert_eq!(asked(Language::Ru, &Curious), "<p>rufalse</p>");
    }

    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Greeting(&'static str);

    impl Shared for Greeting {
        fn draw(&self) -> AnyView {
            DRAWN_GREETINGS.fetch_add(1, Ordering::SeqCst);
            view! { <p title=hole(1)>{self.0} ", " {hole(0)} {hole(2)}</p> }.into_any()
        }
    }

    static DRAWN_GREETINGS: AtomicUsize = AtomicUsize::new(0);

    #[test]
    fn what_is_somebodys_own_is_put_into_what_is_drawn_for_everybody_and_not_kept() {
        let owner = Owner::new_root(None);
        provide_context(Look::default());
        let greeted = |own: &[&str]| shared_around(&Greeting("Good day"), own).to_html();
        assert_eq!(
            greeted(&["Anna", "/polls?a&b", ""]),
            "<p title=\"/polls?a&amp;b\">Good day, Anna</p>"
        );
        let hostile = "\"><script>'\u{e002}\u{e000}";
        let escaped = "&quot;&gt;&lt;script&gt;&#x27;\u{e002}\u{e000}";
        let all = greeted(&[hostile, hostile, "Boris"]);
        assert_eq!(all, format!("<p title=\"{escaped}\">Good day, {escaped}Boris</p>"));
        assert_eq!(
            greeted(&[""; 3]),
            "<p title=\"\">Good day, </p>",
            "nothing of anybody's stayed"
        );
        assert_eq!(DRAWN_GREETINGS.load(Ordering::SeqCst), 1);
        drop(owner);
    }
}
