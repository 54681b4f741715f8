//! What the sign-in page asks of the server.

use super::view::SignIn;
use axum::http::request::Parts;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use ports::{
    address::in_query,
    caller::caller,
    failure::Failure,
    forms::{Post, chosen, see_other},
    look::{FETCH_SITE, language},
    ports, routes,
    views::sign_in::Errand,
};

/// What will be asked of the identity provider, for anybody. `need` and `offer` are names of attributes with
/// commas between them; the latter are offered and not ticked.
///
/// Anybody may have written an address. So `need` counts where one of our own pages led here, and otherwise
/// is an offer. The page is then opened under an address that says so, or it would count after all when
/// another page of ours leads back to it, as the switch of the language does.
///
/// Where a sign-in came to nothing, what is needed is what was to be released then. Its page leads here with
/// `again`, and what the person left ticked counts for more: what they refused is not ticked anew.
///
/// # Errors
/// When the store cannot be read.
#[server(prefix = "/api", endpoint = "sign-in", input = GetUrl)]
pub async fn read_sign_in(
    #[server(default)] return_to: String,
    #[server(default)] need: String,
    #[server(default)] offer: String,
) -> Result<SignIn, Failure> {
    let (ports, post) = (ports(), Post::current());
    let person = caller().0;
    let language = language();
    let return_to = afterwards(&return_to);
    let (mut need, mut offered) = (names(&need), names(&offer));
    let again = in_query("again");
    // Who has no session gets a page that is kept for all of them, wherever they come from
    // (`server/src/http/public_pages.rs`).
    let known = person.is_some() || post.session.id().is_some();
    let by_us = known && is_led_by_us(&post.parts);
    if !need.is_empty() && !by_us {
        offered.append(&mut need);
        if known && post.parts.uri.path() == routes::SIGN_IN {
            open_as_offer(&post, &return_to, &offered);
        }
    }
    // Whoever comes for something else now did not choose it then, and whoever tries again did.
    let is_chosen = need.is_empty() || again;
    let chosen = if is_chosen { chosen(&post.session, &return_to).await } else { None };
    let errand = Errand { return_to, need, offered, chosen };
    ports.accounts.sign_in(person.as_ref(), &errand, language).await
}

/// Where to go afterwards. Not to this page once more: it links there, and so a page of ours would lead to what
/// anybody may have written.
fn afterwards(to: &str) -> routes::Path {
    let to = routes::local(to);
    let path = to.split(['?', '#']).next().unwrap_or_default();
    if path.ends_with(routes::SIGN_IN) { routes::HOME.to_owned() } else { to }
}

/// Whether the browser says that one of our own pages led it here.
fn is_led_by_us(parts: &Parts) -> bool {
    parts.headers.get(FETCH_SITE).is_some_and(|site| site == "same-origin")
}

/// Bytes of the longest list of names: it stands in the address that the page is opened under anew. All that
/// there are to ask for take a few hundred.
const LONGEST: usize = 1000;

/// The names of attributes out of an address; none where it has more than there can be.
fn names(list: &str) -> Vec<String> {
    if list.len() > LONGEST {
        return Vec::new();
    }
    let is_name = |name: &&str| {
        let of_a_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        !name.is_empty() && name.bytes().all(of_a_name)
    };
    list.split(',').map(str::trim).filter(is_name).map(ToOwned::to_owned).collect()
}

/// Opens the page once more, with these attributes as an offer.
fn open_as_offer(post: &Post, return_to: &str, offered: &[String]) {
    let refused = if in_query("refused") { "&refused" } else { "" };
    let offer = offered.join(",");
    let to = format!("{}&offer={offer}{refused}", routes::sign_in_for(return_to));
    see_other(&post.response, &to);
}

#[cfg(test)]
mod tests {
    use super::{afterwards, names};
    use ports::routes;

    #[test]
    fn the_way_does_not_lead_to_the_same_page() {
        for here in ["/sign-in", "/sign-in?need=documents", "/x/../sign-in?need=documents", "//x"] {
            assert_eq!(afterwards(here), routes::HOME, "{here}");
        }
        for there in ["/account/sign-ins", "/polls?tab=open", "/polls?from=/sign-in"] {
            assert_eq!(afterwards(there), there);
        }
    }

    #[test]
    fn only_what_can_be_a_name_is_taken_out_of_an_address() {
        assert_eq!(names("birth_date, gender,,"), ["birth_date", "gender"]);
        assert!(names("a&refused,<b>,\r\n,дети").is_empty());
        assert!(names(&"a".repeat(4000)).is_empty() && names(&"a,".repeat(2000)).is_empty());
    }
}
