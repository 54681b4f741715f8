//! The staff's own pages: where to begin, departments and roles, the log.
//!
//! Nothing here shows a citizen, an answer or who took part: people appear only where they hold
//! a role.

pub mod api;

mod admin;
mod audit;
mod department;
mod desk;
mod forms;
mod removal;

pub use admin::Page as AdminPage;
pub use audit::Page as AuditPage;
pub use department::Page as DepartmentPage;
pub use desk::Page as DeskPage;
pub use ports::views::staff as view;
pub use removal::Page as RemovalPage;
