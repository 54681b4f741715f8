//! The page that each path opens. The paths themselves, typed, are in `ports::routes`.
//!
//! The server's router chooses the page, and the page is drawn alone: a router of the framework's
//! own would put all of these together once more for every request, to choose the same one.

use leptos::prelude::{AnyView, IntoAny as _};

/// A page.
#[derive(Clone, Copy)]
pub struct Page {
    /// Its path, as the server's router takes it.
    pub path: &'static str,
    /// Draws what stands between header and footer.
    pub draw: fn() -> AnyView,
}

macro_rules! pages {
    ($($path:literal => $page:path,)*) => {
        &[$(Page { path: $path, draw: || $page().into_any() },)*]
    };
}

/// Every page.
pub const PAGES: &[Page] = pages! {
    "/" => citizen_pages::home::Page,
    "/services" => citizen_pages::home::ServicesPage,
    "/protection" => citizen_pages::home::ProtectionPage,
    "/accessibility" => citizen_pages::home::AccessibilityPage,
    "/display" => citizen_pages::home::DisplayPage,
    "/sign-in" => citizen_pages::sign_in::Page,
    "/account" => account_pages::OverviewPage,
    "/account/data" => account_pages::DataPage,
    "/account/consents" => account_pages::ConsentsPage,
    "/account/consents/{consent}" => account_pages::RevocationPage,
    "/account/access" => account_pages::AccessPage,
    "/account/sign-ins" => account_pages::SignInsPage,
    "/account/settings" => account_pages::SettingsPage,
    "/account/delete" => account_pages::DeletionPage,
    "/notices" => account_pages::InboxPage,
    "/staff" => staff_pages::staff::DeskPage,
    "/staff/admin" => staff_pages::staff::AdminPage,
    "/staff/admin/{department}" => staff_pages::staff::DepartmentPage,
    "/staff/admin/roles/{grant}" => staff_pages::staff::RemovalPage,
    "/staff/audit" => staff_pages::staff::AuditPage,
    "/staff/not-saved" => staff_pages::editor::LostPage,
    "/staff/departments/{department}" => staff_pages::editor::DepartmentPage,
    "/staff/departments/{department}/new" => staff_pages::editor::NewPollPage,
    "/staff/departments/{department}/import" => staff_pages::editor::FilePage,
    "/staff/polls/{poll}" => staff_pages::editor::PollPage,
    "/staff/polls/{poll}/basics" => staff_pages::editor::BasicsPage,
    "/staff/polls/{poll}/questions" => staff_pages::editor::QuestionsPage,
    "/staff/polls/{poll}/questions/{question}" => staff_pages::editor::QuestionPage,
    "/staff/polls/{poll}/questions/{question}/delete" => staff_pages::editor::DeleteQuestionPage,
    "/staff/polls/{poll}/audience" => staff_pages::editor::AudiencePage,
    "/staff/polls/{poll}/schedule" => staff_pages::editor::SchedulePage,
    "/staff/polls/{poll}/plan" => staff_pages::editor::PlanPage,
    "/staff/polls/{poll}/special" => staff_pages::editor::SpecialPage,
    "/staff/polls/{poll}/notice" => staff_pages::editor::NoticePage,
    "/staff/polls/{poll}/preview/{number}" => staff_pages::editor::PreviewPage,
    "/staff/polls/{poll}/citizen" => staff_pages::editor::InventedPage,
    "/staff/polls/{poll}/open" => staff_pages::editor::OpenPage,
    "/staff/polls/{poll}/take-back" => staff_pages::editor::TakeBackPage,
    "/staff/polls/{poll}/close" => staff_pages::editor::ClosePage,
    "/staff/polls/{poll}/delete" => staff_pages::editor::DeletePage,
    "/staff/polls/{poll}/outcome" => staff_pages::editor::OutcomePage,
    "/staff/polls/{poll}/outcome/delete" => staff_pages::editor::DeleteOutcomePage,
    "/staff/reviews" => staff_pages::editor::ReviewsPage,
    "/staff/reviews/{poll}" => staff_pages::editor::ReviewPage,
    "/staff/reviews/{poll}/citizen" => staff_pages::editor::ReviewerInventedPage,
    "/staff/reviews/{poll}/preview/{number}" => staff_pages::editor::ReviewerPreviewPage,
    "/polls" => citizen_pages::polls::ListPage,
    "/polls/{poll}" => citizen_pages::polls::PollPage,
    "/polls/{poll}/take/{number}" => citizen_pages::take::QuestionPage,
    "/polls/{poll}/results" => results_pages::Page,
    "/polls/{poll}/compare" => results_pages::ComparisonPage,
    "/staff/polls/{poll}/results" => results_pages::StaffPage,
    "/staff/departments/{department}/statistics" => results_pages::DepartmentPage,
    "/staff/departments/{department}/tokens" => results_pages::TokensPage,
    "/staff/departments/{department}/tokens/{token}" => results_pages::RevocationPage,
    "/polls/{poll}/check" => citizen_pages::take::CheckPage,
    "/polls/{poll}/receipt" => citizen_pages::take::ReceiptPage,
    "/answers" => citizen_pages::answers::ListPage,
    "/answers/{poll}" => citizen_pages::answers::OwnPage,
    "/answers/{poll}/withdraw" => citizen_pages::answers::WithdrawPage,
    "/answers/{poll}/discard" => citizen_pages::answers::DiscardPage,
};
