//! What a file takes in memory while it is written, in a process of its own: the kernel counts the
//! peak of the whole process.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use exports::{Format, Writer};
use ports::views::results::{
    BreakdownTable, Category, Facet, Figure, Headline, Method, Note, Percent, QuestionResults,
    Results, Row,
};
use questionnaire::{AgeBand, Breakdown, Language};
use std::{fs, io};
use uuid::Uuid;

const REGIONS: usize = 80;
const OPTIONS: usize = 12;

fn category(facet: Facet, code: String) -> Category {
    Category { facet, label: format!("The {code} of the country"), code }
}

fn figures() -> Vec<Figure> {
    let figure = |number| Figure {
        code: format!("option-{number}"),
        label: format!("What one may think, number {number}"),
        count: Some(1000),
        percent: Percent::Exactly(8),
    };
    (0..OPTIONS).map(figure).collect()
}

fn question(number: usize) -> QuestionResults {
    let ages = AgeBand::ALL.map(AgeBand::code);
    let row = |region: usize, age: &str| Row {
        categories: vec![
            category(Facet::Region, format!("region-{region}")),
            category(Facet::AgeBand, age.to_owned()),
        ],
        base: 12000,
        figures: figures(),
    };
    let rows = (0..REGIONS).flat_map(|region| ages.iter().map(move |age| row(region, age)));
    QuestionResults {
        code: format!("question-{number}"),
        title: format!("What do you think of number {number}?"),
        hint: None,
        language: None,
        required: true,
        stacked: false,
        note: Note::None,
        withheld: None,
        headline: Some(Headline { base: 12000, exact: true, figures: figures() }),
        breakdowns_withheld: None,
        breakdowns: vec![BreakdownTable {
            by: Breakdown::RegionByAgeBand,
            complete: true,
            rows: rows.collect(),
        }],
    }
}

fn release(questions: usize) -> Results {
    let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 3).unwrap();
    Results {
        poll: Uuid::from_u128(7),
        address: "https://polls.example/polls/7/results".to_owned(),
        title: "A long poll".to_owned(),
        language: None,
        department: Uuid::from_u128(8),
        department_name: "Department".to_owned(),
        purpose: "To know".to_owned(),
        audience: vec!["Everybody".to_owned()],
        open: None,
        published: day,
        outcome: None,
        outcome_language: None,
        responses: Some(1_000_000),
        residents: None,
        turnout: vec![],
        withheld: None,
        planned: vec![Breakdown::RegionByAgeBand],
        participation: vec![],
        questions: (0..questions).map(question).collect(),
        method: Method {
            table: "B".to_owned(),
            most_noise: 5,
            variance: "3".to_owned(),
            never_up_to: 2,
            least_release: 10,
            least_breakdowns: 50,
            least_row: 10,
            least_told: Some(8),
            by_facts: false,
            several_accounts_at: None,
        },
        digest: "c0ffee".repeat(10),
    }
}

/// A figure of this process in KB, as the kernel counts it.
fn memory(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Counts what it is given and forgets it.
#[derive(Default)]
struct Sink(u64);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How long the file is, and by how many KB the process grows at most while it is written.
fn written(format: Format, results: &Results) -> (u64, u64) {
    // The peak counts from here on.
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = memory("VmRSS:");
    let length = match format.writer() {
        Writer::Flow(write) => {
            let mut sink = Sink::default();
            write(results, Language::En, &mut sink).unwrap();
            sink.0
        }
        Writer::Whole(write) => {
            let mut file = tempfile::tempfile().unwrap();
            write(results, Language::En, &mut file).unwrap();
            file.metadata().unwrap().len()
        }
    };
    (length, memory("VmHWM:").saturating_sub(before))
}

#[test]
fn writing_takes_no_more_memory_for_more_figures() {
    const MOST: u64 = 2048;
    let (few, many) = (release(2), release(40));
    for format in [Format::Csv, Format::JsonStat, Format::Xlsx] {
        // What a library sets up once is there now.
        written(format, &few);
        let (short, little) = written(format, &few);
        let (long, much) = written(format, &many);
        assert!(long > 10 * short, "{format:?}: {short} and {long} bytes");
        assert!(
            much <= little + MOST,
            "{format:?}: {little} KB for few figures, {much} KB for many"
        );
        assert!(long / 1024 > 2 * MOST || format == Format::Xlsx, "{format:?}: {long} bytes");
    }
}
