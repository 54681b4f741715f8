//! The pages for anyone: start, services, how answers are protected, accessibility, display.

pub mod api;

mod accessibility;
mod display;
mod protection;
mod services;
mod start;

pub use accessibility::Page as AccessibilityPage;
pub use display::Page as DisplayPage;
pub use ports::views::home as view;
pub use protection::Page as ProtectionPage;
pub use services::Page as ServicesPage;
pub use start::Page;
