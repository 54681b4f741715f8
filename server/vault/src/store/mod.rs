//! The vault's tables as this crate sees them: one file a table, and how rows of many people are
//! found ([`lookup`]) and stored ([`keep`], [`take`]) at once. Private: nothing outside the
//! crate can name a row of them. The rows have `Debug` only because the mapper asks for it.

use sea_orm::Value;

pub mod draft;
pub mod keep;
pub mod live_batch;
pub mod lookup;
pub mod poll_key;
pub mod released;
pub mod response;
pub mod take;

/// A column of rows as one list of PostgreSQL.
fn list<R, T>(rows: &[R], column: impl Fn(&R) -> T) -> Value
where
    Vec<T>: Into<Value>,
{
    rows.iter().map(column).collect::<Vec<T>>().into()
}
