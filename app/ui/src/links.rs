//! What a document's head links to, for programs: files with the same figures, news, the page's own address. A page
//! says it, once it knows, and by then the head is past: as with the [title](crate::title), the links wait here.

use crate::t;
use leptos::{prelude::*, tachys::html::InertElement};
use ports::{
    Ports,
    address::{here, parts_of, without},
    look::language,
    routes,
};
use questionnaire::Language;

/// One link.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Link {
    rel: &'static str,
    href: String,
    kind: Option<&'static str>,
    title: Option<String>,
}

/// The links of the document that is being drawn.
#[derive(Clone, Copy)]
pub struct DocumentLinks(StoredValue<Vec<Link>>);

impl DocumentLinks {
    /// Makes room for what the document's page will link to.
    #[must_use]
    pub fn listen() -> Self {
        let links = Self(StoredValue::new(Vec::new()));
        provide_context(links);
        links
    }

    /// The links, when all is drawn.
    #[must_use]
    pub fn view(self) -> AnyView {
        let links = self.0.try_with_value(Clone::clone).unwrap_or_default();
        let drawn = links.into_iter().map(|Link { rel, href, kind, title }| {
            view! { <link rel=rel type=kind href=href title=title/> }
        });
        drawn.collect_view().into_any()
    }
}

/// Says what the document's head is to link to.
#[component]
pub fn HeadLink(
    /// What that is to the page.
    rel: &'static str,
    /// Where it is.
    #[prop(into)]
    href: String,
    /// Its media type.
    #[prop(optional)]
    kind: Option<&'static str>,
    /// What it is called.
    #[prop(optional)]
    title: Option<String>,
) -> impl IntoView {
    if let Some(DocumentLinks(links)) = use_context() {
        links.update_value(|links| links.push(Link { rel, href, kind, title }));
    }
    InertElement::new(String::new())
}

/// Says that there is a feed of new polls and results.
#[component]
pub fn NewsLink() -> impl IntoView {
    let href = routes::feed(language());
    view! { <HeadLink rel="alternate" href kind=routes::FEED_TYPE title=t!(polls.feed)/> }
}

/// The page in each language, and in the one that its reader asks for, of a page that is everybody's. What else stands
/// in its address is not repeated: an address that says more has no such links.
#[must_use]
pub fn in_each_language() -> AnyView {
    let here = without(&here(), routes::LANGUAGE);
    let (path, query) = parts_of(&here);
    if !(query.is_empty() && routes::may_say_language(path)) {
        return ().into_any();
    }
    let origin = use_context::<Ports>().map(|ports| ports.portal.origin.clone());
    let address = format!("{}{path}", origin.unwrap_or_default());
    let links = Language::ALL.map(|language| {
        let href = routes::in_language(&address, language);
        view! { <link rel="alternate" hreflang=language.tag() href=href/> }
    });
    view! {
        {links.collect_view()}
        <link rel="alternate" hreflang="x-default" href=address/>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::{DocumentLinks, HeadLink};
    use leptos::prelude::*;

    #[test]
    fn a_document_links_to_what_its_page_has_said() {
        let owner = Owner::new_root(None);
        owner.with(|| {
            let links = DocumentLinks::listen();
            let drawn = Owner::new().with(|| {
                view! {
                    <HeadLink rel="canonical" href="https://polls.example/?a&b"/>
                    <HeadLink rel="alternate" href="/x" kind="text/csv" title="\"<x>\"".to_owned()/>
                }
                .to_html()
            });
            assert_eq!(drawn.replace("<!>", ""), "", "nothing is drawn where it is said");
            let head = links.view().to_html();
            assert_eq!(head.matches("<link").count(), 2, "{head}");
            assert!(head.contains("rel=\"canonical\""), "{head}");
            assert!(head.contains("href=\"https://polls.example/?a&amp;b\""), "{head}");
            assert!(head.contains("type=\"text/csv\"") && !head.contains("title=\"\"\""), "{head}");
        });
    }
}
