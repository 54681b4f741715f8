//! My answers: see, change, withdraw.

pub mod api;
mod list;
mod own;
mod withdraw;

pub use list::Page as ListPage;
pub use own::Page as OwnPage;
pub use ports::views::answers as view;
pub use withdraw::Page as WithdrawPage;
