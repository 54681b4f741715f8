//! An invented release with everything that is hard: withheld rows, ends of percentages, words
//! that look like formulas, negative steps and bins, a written answer, a special character in each
//! text.

use ports::views::results::Percent::{AtLeast, AtMost, Exactly};
use ports::{
    look::locale_of,
    views::{
        polls::AudienceView,
        results::{
            BreakdownTable, Category, Facet, Figure, Headline, Method, Note, ParticipationTable,
            Percent, QuestionResults, Rate, Results, Row, Turnout, Withheld, words,
        },
    },
};
use questionnaire::{Breakdown, Kind, Language, Text};
use uuid::Uuid;

fn day(month: u32, day: u32) -> chrono::NaiveDate {
    chrono::NaiveDate::from_ymd_opt(2026, month, day).unwrap()
}

/// As a release has it: beside a bound there is no count.
fn figure(code: &str, label: &str, count: u64, percent: Percent) -> Figure {
    let count = matches!(percent, Exactly(_)).then_some(count);
    Figure { code: code.to_owned(), label: label.to_owned(), count, percent }
}

/// The release in a language.
#[expect(clippy::too_many_lines, reason = "a table of figures")]
pub fn results(language: Language) -> Results {
    let locale = locale_of(language);
    let say = |en: &str, ru: &str| match language {
        Language::En => en.to_owned(),
        Language::Ru => ru.to_owned(),
    };
    let category = |facet, code: &str| Category {
        facet,
        code: code.to_owned(),
        label: words::category(locale, facet, code, |code| match code {
            "north" => say("The North & <Isles>", "Север и «Острова»"),
            _ => say("The South", "Юг"),
        }),
    };
    let region = |code| category(Facet::Region, code);
    let age = |code| category(Facet::AgeBand, code);
    let visits = |count: [u64; 3], percent: [Percent; 3]| {
        vec![
            figure("daily", &say("Every day", "Каждый день"), count[0], percent[0]),
            figure(
                "weekly",
                &say("=1+1, \"weekly\"", "=1+1, «раз в неделю»"),
                count[1],
                percent[1],
            ),
            figure(
                "never",
                &say("Never; or <seldom>", "Никогда или <редко>"),
                count[2],
                percent[2],
            ),
        ]
    };
    let kind = Kind::YesNo;
    let step = |code: &str, count, percent| {
        figure(code, &words::option(locale, &kind, code), count, percent)
    };
    let numbers = Kind::Number { min: -40, max: 40, bins: vec![0] };
    let bin = |code: &str, count, percent| {
        figure(code, &words::option(locale, &numbers, code), count, percent)
    };
    Results {
        poll: Uuid::from_u128(7),
        address: format!("https://polls.example/polls/{}/results", Uuid::from_u128(7)),
        title: say("Parks & playgrounds", "Парки и детские площадки"),
        language: None,
        department: Uuid::from_u128(8),
        department_name: say("Department of Parks", "Департамент парков"),
        purpose: say("To decide <which> parks come first.", "Чтобы решить, «какие» парки первые."),
        audience: words::audience(
            locale,
            &AudienceView {
                regions: vec![Text::both("The North & <Isles>", "Север и «Острова»")],
                age_from: Some(18),
                ..AudienceView::default()
            },
        ),
        open: Some((day(10, 1), day(10, 31))),
        published: day(11, 3),
        outcome: Some(say(
            "Two parks are renewed.\nThen three more.",
            "Обновят два парка.\nЗатем ещё три.",
        )),
        outcome_language: None,
        responses: Some(1250),
        residents: Some((384_100, Rate::of(1250, 384_100).unwrap())),
        // Of the South it is not known.
        turnout: vec![Turnout {
            region: "north".to_owned(),
            residents: 212_400,
            rate: Rate::of(733, 212_400).unwrap(),
        }],
        withheld: None,
        planned: vec![Breakdown::Region, Breakdown::RegionByAgeBand],
        participation: vec![
            ParticipationTable {
                by: Breakdown::Region,
                complete: true,
                rows: vec![(vec![region("north")], 733), (vec![region("south")], 519)],
            },
            ParticipationTable {
                by: Breakdown::RegionByAgeBand,
                complete: false,
                rows: vec![
                    (vec![region("north"), age("18-24")], 120),
                    (vec![region("south"), age("65+")], 88),
                ],
            },
        ],
        questions: vec![
            QuestionResults {
                code: "visits".to_owned(),
                title: say("How often do you go?", "Как часто вы там бываете?"),
                hint: None,
                language: None,
                required: true,
                stacked: false,
                note: Note::None,
                withheld: None,
                headline: Some(Headline {
                    base: 1250,
                    exact: true,
                    figures: visits([1000, 240, 10], [Exactly(80), Exactly(19), Exactly(1)]),
                }),
                breakdowns_withheld: None,
                breakdowns: vec![
                    BreakdownTable {
                        by: Breakdown::Region,
                        complete: true,
                        rows: vec![
                            Row {
                                categories: vec![region("north")],
                                base: 733,
                                figures: visits([700, 30, 3], [AtLeast(95), AtMost(5), AtMost(5)]),
                            },
                            Row {
                                categories: vec![region("south")],
                                base: 519,
                                figures: visits(
                                    [302, 210, 7],
                                    [Exactly(58), Exactly(40), AtMost(5)],
                                ),
                            },
                        ],
                    },
                    BreakdownTable {
                        by: Breakdown::RegionByAgeBand,
                        complete: false,
                        rows: vec![
                            Row {
                                categories: vec![region("north"), age("18-24")],
                                base: 119,
                                figures: visits([60, 59, 0], [Exactly(50), Exactly(50), AtMost(6)]),
                            },
                            Row {
                                categories: vec![region("south"), age("65+")],
                                base: 87,
                                figures: visits([81, 6, 0], [AtLeast(91), AtMost(9), AtMost(9)]),
                            },
                        ],
                    },
                ],
            },
            QuestionResults {
                code: "content".to_owned(),
                title: say("How content are you?", "Насколько вы довольны?"),
                hint: None,
                language: None,
                required: true,
                stacked: true,
                note: Note::Scale {
                    from: -1,
                    low: say("not at all", "совсем нет"),
                    to: 1,
                    high: say("fully", "полностью"),
                },
                withheld: None,
                headline: Some(Headline {
                    base: 48,
                    exact: false,
                    figures: vec![
                        step("-1", 4, Exactly(8)),
                        step("0", 0, Exactly(0)),
                        step("1", 44, Exactly(92)),
                    ],
                }),
                breakdowns_withheld: Some(Withheld::TooFew),
                breakdowns: vec![],
            },
            QuestionResults {
                code: "wish".to_owned(),
                title: say("What do you wish for?", "Чего бы вы хотели?"),
                hint: None,
                language: None,
                required: true,
                stacked: false,
                note: Note::Written,
                withheld: None,
                headline: Some(Headline { base: 411, exact: true, figures: vec![] }),
                breakdowns_withheld: None,
                breakdowns: vec![],
            },
            QuestionResults {
                code: "rare".to_owned(),
                title: say("Something rare?", "Что-нибудь редкое?"),
                hint: None,
                language: None,
                required: true,
                stacked: false,
                note: Note::None,
                withheld: Some(Withheld::TooFew),
                headline: None,
                breakdowns_withheld: None,
                breakdowns: vec![],
            },
            QuestionResults {
                code: "cold".to_owned(),
                title: say("How many degrees are too few?", "Сколько градусов – уже мало?"),
                hint: None,
                language: None,
                required: true,
                stacked: true,
                note: Note::None,
                withheld: None,
                headline: Some(Headline {
                    base: 1200,
                    exact: true,
                    figures: vec![bin("-40..-1", 900, Exactly(75)), bin("0..40", 300, Exactly(25))],
                }),
                breakdowns_withheld: None,
                breakdowns: vec![],
            },
        ],
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

/// The same poll where too few people responded.
pub fn nothing(language: Language) -> Results {
    Results {
        responses: None,
        residents: None,
        turnout: vec![],
        withheld: Some(Withheld::TooFew),
        participation: vec![],
        questions: vec![],
        ..results(language)
    }
}
