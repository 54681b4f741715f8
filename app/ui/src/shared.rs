//! Parts of pages that are the same for many readers, drawn once.
//!
//! Of a poll's page only a button or two are about the reader. What it says of the poll is a pure
//! function of the poll and the language, so the HTML is kept under all that it was made of, and
//! given to whoever is to be shown the same. Nothing has to be told that something changed: other
//! data are another key.
//!
//! What it must never do: keep anything that tells whose it is. A part is drawn from its data alone, in
//! a room of its own, where there is no request and nobody who makes it, so it cannot show what it was
//! not given; and it must be given nothing that a reader typed or released. How many notices wait for
//! a reader is the most that any of them is given.

use leptos::{prelude::*, tachys::html::InertElement};
use moka::sync::Cache;
use ports::look::{Look, language};
use questionnaire::Language;
use serde::Serialize;
use std::{
    any::TypeId,
    sync::{Arc, LazyLock},
    time::Duration,
};

/// How many bytes of parts are kept.
const BYTES: u64 = 8 << 20;
/// How long a part is kept that nobody asks for.
const IDLE: Duration = Duration::from_mins(1);

/// All that a part is made of: which one it is, its language, its data.
type Key = (TypeId, Language, Vec<u8>);

static DRAWN: LazyLock<Cache<Key, Arc<str>>> = LazyLock::new(|| {
    let weight = |(_, _, of): &Key, html: &Arc<str>| {
        u32::try_from(of.len() + html.len()).unwrap_or(u32::MAX)
    };
    Cache::builder().max_capacity(BYTES).weigher(weight).time_to_idle(IDLE).build()
});

/// The data of a part that is the same for everybody who is to be shown them.
///
/// The part is kept under their JSON: data that are drawn in another way must be written in another
/// way, so no field is skipped.
pub trait Shared: Serialize + 'static {
    /// The part: whole elements without islands, titles of the document or anything that waits.
    /// There is no context but the language.
    fn draw(&self) -> AnyView;
}

/// The part that is made of `of` and of the page's language.
pub fn shared<P: Shared>(of: &P) -> InertElement {
    // What has no such form, a map whose keys are no texts for instance, is drawn each time.
    let key = serde_json::to_vec(of).ok().map(|data| (TypeId::of::<P>(), language(), data));
    let kept = key.as_ref().and_then(|key| DRAWN.get(key));
    let html = kept.unwrap_or_else(|| {
        let html = Arc::from(drawn_alone(|| of.draw()));
        if let Some(key) = key {
            DRAWN.insert(key, Arc::clone(&html));
        }
        html
    });
    InertElement::new(html.to_string())
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
    use super::{Shared, shared};
    use leptos::prelude::*;
    use ports::look::{Look, language};
    use questionnaire::Language;
    use serde::Serialize;
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

    #[derive(Serialize)]
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

    #[derive(Serialize)]
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
}
