//! What programs that gather pages are told of a page of results: its address, the files with the same figures, and
//! that it is a data set.

use super::view::{
    Choice, Results,
    dataset::{FILES, MEANING, json_ld},
};
use leptos::{nonce::use_nonce, prelude::*};
use ports::{
    look::{as_said, language},
    routes,
};
use ui::HeadLink;

/// What they are told; nothing where the page has nothing to show.
pub fn found(results: &Results, chosen: Choice) -> AnyView {
    let by = match chosen {
        Choice::NotPlanned => return ().into_any(),
        Choice::Headlines => String::new(),
        Choice::By(by) => format!("?by={}", by.code()),
    };
    // In a language that the address says it is a page of its own.
    let address = as_said(&format!("{}{by}", results.address));
    let published = results.withheld.is_none().then(|| {
        let link = |rel: &'static str, (ending, kind): (&str, &'static str)| {
            let href = routes::results_file(results.poll, ending, language());
            view! { <HeadLink rel href kind/> }
        };
        let files = FILES.map(|file| link("alternate", file));
        // A breakdown is a page of its own, and the same data.
        let set = json_ld(results, &as_said(&results.address), language());
        // No browser runs it; the mark is for the rule that no script is without one.
        view! {
            {files.collect_view()}
            {link("describedby", MEANING)}
            <script type="application/ld+json" nonce=use_nonce() inner_html=set></script>
        }
    });
    view! {
        <HeadLink rel="canonical" href=address/>
        {published}
    }
    .into_any()
}
