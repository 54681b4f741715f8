//! What a document is called. Its page says so, once it knows, and by then the document's head is past: so the
//! words wait here for whoever puts the document together.
//!
//! What it must never do: write into the document by itself. What a poll is called has been typed by somebody;
//! it is escaped where it is put into the head, as everything is that fills a hole.

use leptos::{prelude::*, tachys::html::InertElement};

/// What has been said of this document so far.
#[derive(Default)]
struct Said {
    title: String,
    /// A word before the title.
    prefix: Option<String>,
}

/// The title of the document that is being drawn.
#[derive(Clone, Copy)]
pub struct DocumentTitle(StoredValue<Said>);

impl DocumentTitle {
    /// Makes room for what the document's page will say.
    #[must_use]
    pub fn listen() -> Self {
        let title = Self(StoredValue::new(Said::default()));
        provide_context(title);
        title
    }

    /// The words, when all is drawn: not escaped.
    #[must_use]
    pub fn words(self) -> String {
        let words = |said: &Said| match &said.prefix {
            Some(prefix) => format!("{prefix}: {}", said.title),
            None => said.title.clone(),
        };
        self.0.try_with_value(words).unwrap_or_default()
    }
}

fn say(what: impl FnOnce(&mut Said)) {
    if let Some(DocumentTitle(said)) = use_context() {
        said.update_value(what);
    }
}

/// Says what the document is called; the last one to say it is heard.
#[component]
pub fn Title(
    /// The whole of it.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    say(|said| said.title = text);
    InertElement::new(String::new())
}

/// Says a word before the title, whatever that is.
pub(crate) fn begins_with(word: String) {
    say(|said| said.prefix = Some(word));
}

#[cfg(test)]
mod tests {
    use super::{DocumentTitle, Title, begins_with};
    use leptos::prelude::*;

    #[test]
    fn a_document_is_called_what_its_page_said_last_after_what_goes_before_it() {
        let owner = Owner::new_root(None);
        owner.with(|| {
            let title = DocumentTitle::listen();
            assert_eq!(title.words(), "");
            // Before the page knows what it is called, and from within other rooms than where it is heard.
            Owner::new().with(|| begins_with("Error".to_owned()));
            let drawn = Owner::new()
                .with(|| view! { <Title text="Trams"/><Title text="Trams & buses"/> }.to_html());
            assert_eq!(drawn.replace("<!>", ""), "", "nothing is drawn where it is said");
            assert_eq!(title.words(), "Error: Trams & buses");
        });
    }
}
