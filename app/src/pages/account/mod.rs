//! A person's own account: data, consents, uses, sign-ins, settings, deletion, inbox.

pub mod api;
pub mod view;

mod access;
mod consents;
mod data;
mod deletion;
mod facts;
mod frame;
mod inbox;
mod overview;
mod settings;
mod sign_ins;

pub use access::Page as AccessPage;
pub use consents::Page as ConsentsPage;
pub use data::Page as DataPage;
pub use deletion::Page as DeletionPage;
pub use inbox::Page as InboxPage;
pub use overview::Page as OverviewPage;
pub use settings::Page as SettingsPage;
pub use sign_ins::Page as SignInsPage;
