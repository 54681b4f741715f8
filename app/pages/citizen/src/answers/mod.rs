//! My answers: see, change, withdraw, take a consent back; and a draft thrown away.

pub mod api;
mod discard;
pub(crate) mod facts;
mod list;
mod own;
mod withdraw;

pub use discard::Page as DiscardPage;
pub use list::Page as ListPage;
pub use own::Page as OwnPage;
pub use ports::views::answers as view;
pub use withdraw::Page as WithdrawPage;
