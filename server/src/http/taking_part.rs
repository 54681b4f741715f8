//! What lies on the way of taking part, told by the route.
//!
//! A log line that somebody was there, with the time beside it, would be a list of who answered. So the
//! log, the metrics and the traces ask here first, and say as good as nothing of such a request. What this
//! must never do: miss a page or a server function of that way, which would then be told of like any other.
//! A test of the whole (`server/veche/tests/it/house.rs`) knows every area of server functions.

use ports::routes::{self, BelowPoll};

/// Whether a route, as the router has it and not the address, lies on the way of taking part: a
/// poll's page, its questions, checking, sending, withdrawing, one's own answers.
#[must_use]
pub fn is_taking_part(route: &str) -> bool {
    let below = routes::below_poll(route).map(|(_, below)| below);
    matches!(below, Some(BelowPoll::Page | BelowPoll::Step))
        || route.starts_with(routes::ANSWERS)
        || routes::FUNCTIONS_OF_TAKING_PART.iter().any(|start| route.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::is_taking_part;

    #[test]
    fn every_step_of_taking_part_is_known() {
        for route in [
            "/polls/{poll}",
            "/polls/{poll}/take/{number}",
            "/polls/{poll}/check",
            "/polls/{poll}/receipt",
            "/answers",
            "/answers/{poll}/withdraw",
            "/api/take/send",
            "/api/take/answer",
            "/api/answers/withdraw",
            "/api/polls/poll",
        ] {
            assert!(is_taking_part(route), "{route}");
        }
        for route in [
            "/",
            "/polls",
            "/polls/{poll}/results",
            "/polls/{poll}/results.csv",
            "/polls/{poll}/results/{picture}",
            "/polls/{poll}/compare",
            "/staff",
            "/staff/polls/{poll}",
        ] {
            assert!(!is_taking_part(route), "{route}");
        }
    }
}
