//! A form that was refused for lack of room, that failed, or that was not answered in time. The page that says
//! so shows it once more: what was typed stands behind a button that sends it again.
//!
//! What it must never do: show the form to anybody but the browser that sent it (no cache keeps the page,
//! and nothing of it is stored), or make of a body that no page of ours sends a page many times as large:
//! no bound of memory counts what is written back.

use axum::{
    body::Bytes,
    http::{HeaderMap, Method, header, request::Parts},
};
use locales::{i18n::Locale, td_string};
use maud::{Markup, html};
use ports::routes;
use url::form_urlencoded;

/// Most fields. The largest form of a page, a question with as many options as there may be, has about
/// half as many.
const FIELDS: usize = 400;

/// What a browser's form held, in the response's extensions.
#[derive(Clone)]
pub struct Form {
    action: String,
    fields: Bytes,
}

impl Form {
    /// The form of a request, if it is one of a page.
    #[must_use]
    pub fn of(parts: &Parts, body: &Bytes) -> Option<Self> {
        let posted = parts.method == Method::POST && is_form(&parts.headers);
        let action = parts.uri.path_and_query()?.as_str().to_owned();
        // A page's forms go there. Signing in leads on to the provider, which this page forbids.
        (posted && action.starts_with(routes::FUNCTIONS) && is_written_by_a_browser(body))
            .then(|| Self { action, fields: body.clone() })
    }

    /// The form, to be sent again as it was.
    #[must_use]
    pub fn markup(&self, locale: Locale) -> Markup {
        html! {
            form method="post" action=(self.action) {
                @for (name, value) in form_urlencoded::parse(&self.fields) {
                    input type="hidden" name=(name) value=(value);
                }
                button class="govuk-button" type="submit" { (td_string!(locale, common.send_again)) }
            }
        }
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

/// Whether these may be the fields of a page's form as a browser writes them. Then the page has at most twice
/// as many bytes of them, and a few for each field. A browser encodes what would take more.
fn is_written_by_a_browser(body: &[u8]) -> bool {
    let few = body.split(|byte| *byte == b'&').nth(FIELDS).is_none();
    few && body.iter().all(|byte| byte.is_ascii() && !matches!(byte, b'"' | b'<' | b'>'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn form(body: impl Into<Bytes>) -> Option<Form> {
        let request = Request::post("/api/editor/save-question")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(())
            .unwrap();
        Form::of(&request.into_parts().0, &body.into())
    }

    #[test]
    fn what_no_browser_writes_does_not_come_back_many_times_as_large() {
        for body in ["a&", "%FF&", "\"", "<", ">", "\u{fffd}"] {
            assert!(form(body.repeat(1000)).is_none(), "{body}");
        }
        for body in ["a=%26&", "%22=%3C&"] {
            assert!(form(body.repeat(FIELDS)).is_none(), "{body}");
            let body = body.repeat(FIELDS - 1);
            let markup = form(body.clone()).unwrap().markup(Locale::en).into_string();
            assert!(markup.len() < 2 * body.len() + (64 << 10), "{}", markup.len());
        }
        let body = format!("a={}", "%22".repeat(100_000));
        let markup = form(body.clone()).unwrap().markup(Locale::en).into_string();
        assert!(markup.len() < 2 * body.len() + (64 << 10), "{}", markup.len());
    }

    #[test]
    fn what_was_typed_comes_back_as_it_was_and_as_text() {
        let request = Request::post("/api/take/send?x=1")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(())
            .unwrap();
        let body = Bytes::from_static(b"poll=7&text=a%22%3E%3Cb%3E%0D%0Anext&c%5B%5D=1&c%5B%5D=2");
        let form = Form::of(&request.into_parts().0, &body).unwrap();
        let markup = form.markup(Locale::en).into_string();
        assert!(markup.contains("action=\"/api/take/send?x=1\""), "{markup}");
        assert!(markup.contains("value=\"a&quot;&gt;&lt;b&gt;\r\nnext\""), "{markup}");
        assert_eq!(markup.matches("name=\"c[]\"").count(), 2, "{markup}");
        let elsewhere = Request::post("//evil.example/")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(())
            .unwrap();
        assert!(Form::of(&elsewhere.into_parts().0, &body).is_none());
        let json = Request::post("/api/take/send").body(()).unwrap();
        assert!(Form::of(&json.into_parts().0, &body).is_none());
    }
}
