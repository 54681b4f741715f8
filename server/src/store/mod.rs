//! The portal's tables as the server sees them: one file a table.
//!
//! No table of answers is named here; only the crate `vault` can.

pub mod account;
pub mod api_token;
pub mod attribute;
pub mod consent;
pub mod data_access;
pub mod department;
pub mod lease;
pub mod logout_token;
pub mod notice;
pub mod poll;
pub mod poll_event;
pub mod portal_key;
pub mod release;
pub mod session;
pub mod staff_log;
pub mod staff_role;

use sea_orm::{
    DatabaseConnection, DbErr, EntityTrait, FromQueryResult, PaginatorTrait as _, Select,
};

/// A page of what is found.
pub struct Page<M> {
    /// What is on it.
    pub rows: Vec<M>,
    /// Which one it is, from 1.
    pub page: u64,
    /// How many there are, one at least.
    pub pages: u64,
}

/// The page (from 1) of what a query finds, with at most so many `rows`; the nearest where there is none of that
/// number.
///
/// # Errors
/// When the store cannot be read.
pub async fn page<E, M>(
    db: &DatabaseConnection,
    query: Select<E>,
    rows: u64,
    page: u64,
) -> Result<Page<M>, DbErr>
where
    E: EntityTrait<Model = M>,
    M: FromQueryResult + Send + Sync + 'static,
{
    let paginator = query.paginate(db, rows);
    let pages = paginator.num_pages().await?.max(1);
    let page = page.clamp(1, pages);
    let rows = paginator.fetch_page(page - 1).await?;
    Ok(Page { rows, page, pages })
}
