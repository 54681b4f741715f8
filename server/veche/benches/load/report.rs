//! The lines, and whether one is short.

use std::process::ExitCode;

/// What was measured so far.
#[derive(Default)]
pub struct Report {
    short: bool,
}

impl Report {
    fn verdict_of(&mut self, ok: bool) -> &'static str {
        self.short |= !ok;
        if ok { "ok" } else { "short" }
    }

    /// A figure beside its reference, with its goal and whether it is met.
    fn compared(
        &mut self,
        name: &str,
        measured: f64,
        reference: f64,
        (goal, met): (String, bool),
        unit: &str,
    ) {
        // Beside nothing every figure is as good as one likes.
        assert!(reference > 0.0, "{name}: the reference is {reference}");
        let verdict = self.verdict_of(met);
        let ratio = measured / reference;
        let [measured, reference] =
            [measured, reference].map(|figure| format!("{figure:.0} {unit}").trim_end().to_owned());
        println!("{name} | {measured} | {reference} | {ratio:.3} | {goal} | {verdict}");
    }

    /// A figure that should be at least `goal` times the reference.
    pub fn line_at_least(
        &mut self,
        name: &str,
        measured: f64,
        reference: f64,
        goal: f64,
        unit: &str,
    ) {
        let goal = (format!("at least {goal}"), measured / reference >= goal);
        self.compared(name, measured, reference, goal, unit);
    }

    /// A figure that should be at most `goal` times the reference.
    pub fn line_within(
        &mut self,
        name: &str,
        measured: f64,
        reference: f64,
        goal: f64,
        unit: &str,
    ) {
        let goal = (format!("at most {goal}"), measured / reference <= goal);
        self.compared(name, measured, reference, goal, unit);
    }

    /// A figure with a bound of its own.
    pub fn line_at_most(&mut self, name: &str, measured: f64, most: f64, unit: &str) {
        let verdict = self.verdict_of(measured <= most);
        println!("{name} | {measured:.1} {unit} | | | at most {most} {unit} | {verdict}");
    }

    /// What must not be.
    pub fn line_none(&mut self, name: &str, measured: usize) {
        let verdict = self.verdict_of(measured == 0);
        println!("{name} | {measured} | | | at most 0 | {verdict}");
    }

    /// Figures without a goal.
    #[expect(clippy::unused_self, reason = "it stands among the lines")]
    pub fn note(&self, name: &str, (median, p99): (f64, f64)) {
        println!("{name} | p50 {median:.2} ms, p99 {p99:.2} ms | | | |");
    }

    /// A rate beside a reference that is no goal.
    #[expect(clippy::unused_self, reason = "it stands among the lines")]
    pub fn beside(&self, name: &str, rate: f64, reference: f64) {
        println!("{name} | {rate:.0} /s | {reference:.0} /s | {:.3} | |", rate / reference);
    }

    /// A rate without a goal.
    #[expect(clippy::unused_self, reason = "it stands among the lines")]
    pub fn rate(&self, name: &str, rate: f64) {
        println!("{name} | {rate:.0} /s | | | |");
    }

    /// The exit status.
    pub fn verdict(self) -> ExitCode {
        if self.short { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}
