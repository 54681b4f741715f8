//! My answers: see, change, withdraw.

pub mod api;
mod list;
mod own;
pub mod view;
mod withdraw;

pub use list::Page as ListPage;
pub use own::Page as OwnPage;
pub use withdraw::Page as WithdrawPage;
