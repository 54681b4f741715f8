//! The page that each path opens. The paths themselves, typed, are in `ports::routes`.

use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

/// The page that each path opens.
#[component]
pub fn App() -> impl IntoView {
    leptos_meta::provide_meta_context();
    let async_mode = SsrMode::Async;
    view! {
        <Router>
            <ui::frame::Frame>
                <FlatRoutes fallback=ui::problem::NotFound>
                    <Route path=path!("/") view=citizen_pages::home::Page ssr=async_mode.clone()/>
                    <Route path=path!("/services") view=citizen_pages::home::ServicesPage ssr=async_mode.clone()/>
                    <Route path=path!("/protection") view=citizen_pages::home::ProtectionPage ssr=async_mode.clone()/>
                    <Route path=path!("/accessibility") view=citizen_pages::home::AccessibilityPage ssr=async_mode.clone()/>
                    <Route path=path!("/display") view=citizen_pages::home::DisplayPage ssr=async_mode.clone()/>
                    <Route path=path!("/sign-in") view=citizen_pages::sign_in::Page ssr=async_mode.clone()/>
                    <Route path=path!("/account") view=account_pages::OverviewPage ssr=async_mode.clone()/>
                    <Route path=path!("/account/data") view=account_pages::DataPage ssr=async_mode.clone()/>
                    <Route path=path!("/account/consents") view=account_pages::ConsentsPage ssr=async_mode.clone()/>
                    <Route path=path!("/account/access") view=account_pages::AccessPage ssr=async_mode.clone()/>
                    <Route path=path!("/account/sign-ins") view=account_pages::SignInsPage ssr=async_mode.clone()/>
                    <Route path=path!("/account/settings") view=account_pages::SettingsPage ssr=async_mode.clone()/>
                    <Route path=path!("/account/delete") view=account_pages::DeletionPage ssr=async_mode.clone()/>
                    <Route path=path!("/notices") view=account_pages::InboxPage ssr=async_mode.clone()/>
                    <Route path=path!("/staff") view=staff_pages::staff::DeskPage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/admin") view=staff_pages::staff::AdminPage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/admin/:department") view=staff_pages::staff::DepartmentPage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/audit") view=staff_pages::staff::AuditPage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/departments/:department") view=staff_pages::editor::DepartmentPage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/departments/:department/new") view=staff_pages::editor::NewPollPage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/departments/:department/import") view=staff_pages::editor::FilePage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/polls/:poll") view=staff_pages::editor::PollPage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/polls/:poll/basics") view=staff_pages::editor::BasicsPage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/polls/:poll/questions") view=staff_pages::editor::QuestionsPage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/polls/:poll/questions/:question") view=staff_pages::editor::QuestionPage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/polls/:poll/audience") view=staff_pages::editor::AudiencePage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/polls/:poll/schedule") view=staff_pages::editor::SchedulePage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/polls/:poll/plan") view=staff_pages::editor::PlanPage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/polls/:poll/special") view=staff_pages::editor::SpecialPage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/polls/:poll/notice") view=staff_pages::editor::NoticePage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/polls/:poll/preview/:number") view=staff_pages::editor::PreviewPage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/polls/:poll/citizen") view=staff_pages::editor::InventedPage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/polls/:poll/open") view=staff_pages::editor::OpenPage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/polls/:poll/close") view=staff_pages::editor::ClosePage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/polls/:poll/delete") view=staff_pages::editor::DeletePage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/polls/:poll/outcome") view=staff_pages::editor::OutcomePage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/reviews") view=staff_pages::editor::ReviewsPage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/reviews/:poll") view=staff_pages::editor::ReviewPage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/reviews/:poll/citizen") view=staff_pages::editor::ReviewerInventedPage ssr=async_mode.clone()/>
                    <Route path=path!("/polls") view=citizen_pages::polls::ListPage ssr=async_mode.clone()/>
                    <Route path=path!("/polls/:poll") view=citizen_pages::polls::PollPage ssr=async_mode.clone()/>
                    <Route path=path!("/polls/:poll/take/:number") view=citizen_pages::take::QuestionPage ssr=async_mode.clone()/>
                    <Route path=path!("/polls/:poll/results") view=results_pages::Page ssr=async_mode.clone()/>
                    <Route path=path!("/polls/:poll/compare") view=results_pages::ComparisonPage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/polls/:poll/results") view=results_pages::StaffPage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/departments/:department/statistics") view=results_pages::DepartmentPage ssr=async_mode.clone()/>
                    <Route path=path!("/staff/departments/:department/tokens") view=results_pages::TokensPage ssr=async_mode.clone()/>
                    <Route path=path!("/polls/:poll/check") view=citizen_pages::take::CheckPage ssr=async_mode.clone()/>
                    <Route path=path!("/polls/:poll/receipt") view=citizen_pages::take::ReceiptPage ssr=async_mode.clone()/>
                    <Route path=path!("/answers") view=citizen_pages::answers::ListPage ssr=async_mode.clone()/>
                    <Route path=path!("/answers/:poll") view=citizen_pages::answers::OwnPage ssr=async_mode.clone()/>
                    <Route path=path!("/answers/:poll/withdraw") view=citizen_pages::answers::WithdrawPage ssr=async_mode.clone()/>
                </FlatRoutes>
            </ui::frame::Frame>
        </Router>
    }
}
