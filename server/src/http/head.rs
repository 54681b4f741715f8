//! The heads of requests: bounded in size and in their number of fields.
//!
//! A head of more than twice the bound, and of more than 64 KiB in any case, never gets here: the connection itself
//! refuses it, without a page ([`super::listener`]).

use super::{
    chain::Next,
    refused::{Limit, Refused},
};
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};

/// How large a head may be.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Most bytes of the address and the fields.
    pub bytes: usize,
    /// Most fields.
    pub fields: usize,
}

/// Bytes between a field's name, its value and the next field.
const BETWEEN: usize = 4;

/// Refuses a head that is too large.
pub async fn layer(State(bounds): State<Bounds>, request: Request, next: Next) -> Response {
    let fields = request.headers().iter();
    let bytes: usize =
        fields.map(|(name, value)| name.as_str().len() + value.len() + BETWEEN).sum();
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if request.headers().len() > bounds.fields || bytes + target > bounds.bytes {
        return Refused(Limit::HeadSize).with(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    next.run(request).await
}
