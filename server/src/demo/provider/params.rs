//! The parameters of a request, each of which may be there once.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, FromRequest, Request};

/// The parameters of a query (`GET`) or a form (`POST`).
#[derive(Debug, Default)]
pub(super) struct Params(Vec<(String, String)>);

/// A parameter that is there more than once, which RFC 6749, 3.1 forbids.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Repeated;

impl Params {
    /// The parameter `name`; one without a value counts as absent (RFC 6749, 3.1).
    pub(super) fn one(&self, name: &str) -> Result<Option<&str>, Repeated> {
        let mut values = self.all(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(Repeated);
        }
        Ok(first.filter(|value| !value.is_empty()))
    }

    /// Every value of the parameter `name`, for the provider's own forms.
    pub(super) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl<S: Send + Sync> FromRequest<S> for Params {
    type Rejection = FormRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let Form(pairs) = Form::from_request(request, state).await?;
        Ok(Self(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_parameter_is_noticed_and_an_empty_one_is_absent() {
        let pairs = [("a", "1"), ("b", ""), ("c", "1"), ("c", "1")];
        let params = Params(pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
        assert_eq!(params.one("a"), Ok(Some("1")));
        assert_eq!(params.one("b"), Ok(None));
        assert_eq!(params.one("c"), Err(Repeated));
        assert_eq!(params.one("d"), Ok(None));
        assert_eq!(params.all("c").count(), 2);
    }
}
