//! What a portal holds while it runs: memory, files, threads, connections; and whether it grows.

use crate::{portal::Running, report::Report, world::World};
use std::time::Duration;

/// How much more memory it may hold at the end. A portal that forgot to free eight bytes a request
/// would hold more than that after an hour; an allocator that gives pages back late moves by a few
/// hundredths.
const MEMORY: f64 = 1.1;
/// As long as memory has to be flat, says the goal.
const TEN_MINUTES: Duration = Duration::from_mins(10);
/// What is compared at both ends of ten minutes.
const MINUTE: Duration = Duration::from_mins(1);

/// One of the figures of a moment.
type Figure = fn(&Sample) -> f64;

/// What was there at one moment.
#[derive(Clone, Copy, Default)]
pub struct Sample {
    at: Duration,
    pub memory_mb: f64,
    pub files: usize,
    pub threads: u64,
    pub connections: u64,
}

/// Everything that was seen.
#[derive(Default)]
pub struct Watch {
    samples: Vec<Sample>,
}

impl Watch {
    /// Looks once more.
    pub async fn look(&mut self, at: Duration, world: &World, portal: &Running) {
        self.samples.push(Sample {
            at,
            memory_mb: portal.memory_mb(),
            files: portal.files(),
            threads: portal.threads(),
            connections: world.connections().await,
        });
    }

    pub fn last(&self) -> Sample {
        self.samples.last().copied().unwrap_or_default()
    }

    /// What was seen from one moment until another, in its order.
    fn sorted(&self, [from, to]: [Duration; 2], what: Figure) -> Vec<f64> {
        let within = self.samples.iter().filter(|sample| from <= sample.at && sample.at < to);
        let mut seen: Vec<f64> = within.map(what).collect();
        seen.sort_by(f64::total_cmp);
        assert!(!seen.is_empty(), "nothing was seen from {from:?} to {to:?}");
        seen
    }

    fn median(&self, during: [Duration; 2], what: Figure) -> f64 {
        let seen = self.sorted(during, what);
        seen[seen.len() / 2]
    }

    /// The line of each thing that must not grow. The first tenth warms it up; the last tenth is
    /// held against the second. Files and connections come and go, as pools need them: what is
    /// there mostly at the end must not be more than was there at some time in the second tenth.
    pub fn judge(&self, whole: Duration, name: &str, report: &mut Report) {
        let tenth = whole / 10;
        let (second, last) = ([tenth, tenth * 2], [tenth * 9, whole]);
        let memory = |sample: &Sample| sample.memory_mb;
        report.line_within(
            &format!("memory at the end against after the warm-up, {name}"),
            self.median(last, memory),
            self.median(second, memory),
            MEMORY,
            "MB",
        );
        if let Some([before, after]) = self.worst_ten_minutes(tenth, whole) {
            let line = format!("memory over ten minutes, the worst, {name}");
            report.line_within(&line, after, before, MEMORY, "MB");
        }
        #[expect(clippy::cast_precision_loss, reason = "a few dozen")]
        let counted: [(&str, Figure); 3] = [
            ("open files", |sample| sample.files as f64),
            ("connections to the database", |sample| sample.connections as f64),
            ("threads", |sample| sample.threads as f64),
        ];
        for (what, count) in counted {
            let most = self.sorted(second, count).pop().unwrap_or_default();
            if most > 0.0 {
                let line = format!("{what} at the end against after the warm-up, {name}");
                report.line_within(&line, self.median(last, count), most, 1.0, "");
            }
        }
    }

    /// Memory at the beginning and the end of those ten minutes in which it grew most.
    fn worst_ten_minutes(&self, warm: Duration, whole: Duration) -> Option<[f64; 2]> {
        let memory = |sample: &Sample| sample.memory_mb;
        let starts = (0..).map(|minute| warm + MINUTE * minute);
        let windows = starts.take_while(|start| *start + TEN_MINUTES <= whole).map(|start| {
            let last = start + TEN_MINUTES.saturating_sub(MINUTE);
            [start, last].map(|from| [from, from + MINUTE]).map(|part| self.median(part, memory))
        });
        windows.max_by(|one, other| (one[1] / one[0]).total_cmp(&(other[1] / other[0])))
    }
}
