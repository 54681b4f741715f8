//! A person's own account: data, consents, uses, sign-ins, settings, deletion, inbox.

#![expect(
    missing_docs,
    reason = "`#[server]` makes public fields of the arguments that it documents elsewhere"
)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "`#[component]` hands the properties of a view over by value"
)]
#![allow(
    clippy::unused_async,
    reason = "a server function is called over the network, also one that waits for nothing"
)]
// Views are deep types.
#![recursion_limit = "256"]

pub mod api;

mod access;
mod consents;
mod data;
mod deletion;
mod facts;
mod frame;
mod inbox;
mod overview;
mod revocation;
mod settings;
mod sign_ins;

pub use access::Page as AccessPage;
pub use consents::Page as ConsentsPage;
pub use data::Page as DataPage;
pub use deletion::Page as DeletionPage;
pub use inbox::Page as InboxPage;
pub use overview::Page as OverviewPage;
pub use ports::views::account as view;
pub use revocation::Page as RevocationPage;
pub use settings::Page as SettingsPage;
pub use sign_ins::Page as SignInsPage;
