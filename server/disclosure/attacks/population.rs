//! The simulated poll: 8 regions × 6 age bands × 2 genders, one question, of 3 options if nothing else is said.
//!
//! Regions and age bands are of unequal size, as real ones are, so that every release has large
//! rows, small ones and empty ones.

use std::ops::RangeInclusive;

use disclosure::{
    Breakdown, Cell, Parameters, Plan, ProtectedTables, QuestionSchema, RawTables, Schema, Tally,
    protect, record_key,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::{counts, respond};

/// The numbers of respondents of the design, each with the number of seeds to try.
pub const SIZES: [(usize, u64); 4] = [(200, 12), (500, 12), (1_500, 8), (20_000, 3)];

pub const OPTIONS: usize = 3;
const REGIONS: [u32; 8] = [30, 20, 15, 12, 9, 7, 4, 3];
const AGE_BANDS: [u32; 6] = [11, 17, 20, 20, 18, 14];
const GENDERS: [u32; 2] = [54, 46];
/// How many of a hundred choose each option.
pub const SHARES: [u32; OPTIONS] = [40, 33, 27];

/// The number of base cells.
pub const CELLS: usize = 96;

/// One respondent.
#[derive(Clone, Copy)]
pub struct Person {
    /// The base cell, `(region · 6 + age band) · 2 + gender`.
    pub cell: usize,
    pub option: usize,
    pub key: u32,
}

/// A uniform number below `n`; the bias of 2^-57 is of no account here.
pub fn below(rng: &mut impl RngCore, n: u32) -> u32 {
    u32::try_from(rng.next_u64() % u64::from(n)).unwrap()
}

fn pick(rng: &mut impl RngCore, weights: &[u32]) -> usize {
    let mut left = below(rng, weights.iter().sum());
    for (index, weight) in weights.iter().enumerate() {
        if left < *weight {
            return index;
        }
        left -= weight;
    }
    unreachable!("the number was below the sum of the weights")
}

/// A seeded population.
pub fn people(n: usize, seed: u64) -> Vec<Person> {
    people_of(n, seed, &SHARES)
}

/// The same people, who choose as these shares say.
pub fn people_of(n: usize, seed: u64, shares: &[u32]) -> Vec<Person> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ (u64::try_from(n).unwrap() << 32));
    let mut poll_key = [0; 32];
    rng.fill_bytes(&mut poll_key);
    (0..n)
        .map(|i| {
            let region = pick(&mut rng, &REGIONS);
            let age_band = pick(&mut rng, &AGE_BANDS);
            let gender = pick(&mut rng, &GENDERS);
            Person {
                cell: (region * 6 + age_band) * 2 + gender,
                option: pick(&mut rng, shares),
                key: record_key(&poll_key, format!("person-{i}").as_bytes()),
            }
        })
        .collect()
}

fn codes(prefix: char, n: usize) -> Vec<String> {
    (0..n).map(|i| format!("{prefix}{i}")).collect()
}

/// The release of a poll with all six breakdowns, whose question has so many options.
fn release(people: &[Person], options: usize) -> ProtectedTables {
    let mut raw = RawTables::new(Schema {
        questions: vec![QuestionSchema {
            code: "q".into(),
            options: codes('o', options),
            ..QuestionSchema::default()
        }],
        regions: codes('r', 8),
        age_bands: codes('a', 6),
        genders: codes('g', 2),
    });
    for person in people {
        let cell = Cell {
            region: Some(format!("r{}", person.cell / 12)),
            age_band: Some(format!("a{}", person.cell / 2 % 6)),
            gender: Some(format!("g{}", person.cell % 2)),
        };
        let tally = Tally { count: 1, key_sum: person.key };
        let option = format!("o{}", person.option);
        respond(&mut raw, &cell, &option, tally);
    }
    let plan: Plan = Breakdown::ALL.into_iter().collect();
    protect(raw, &plan, &Parameters::default())
}

/// A group of people that somebody might ask about, and what was published about it.
#[derive(Clone)]
pub struct Group<const N: usize = OPTIONS> {
    /// The breakdown, or none for the headline.
    pub breakdown: Option<Breakdown>,
    /// The base cells, ascending, without those that nobody is in.
    pub cells: Vec<usize>,
    /// The true number of people: the attacker is assumed to know it.
    pub people: u64,
    /// The true count of each option, to judge the attacker by.
    pub truth: [u64; N],
    /// The published base, and what the published counts can be.
    pub published: Option<(u64, [RangeInclusive<u64>; N])>,
}

/// A release as an attacker lays it out.
pub struct View<const N: usize = OPTIONS> {
    /// The people of each base cell, by option.
    pub cells: Vec<[u64; N]>,
    /// The headline, then every row that a breakdown could have and anybody is in.
    pub groups: Vec<Group<N>>,
    /// Whether the headline is exact.
    pub exact: bool,
}

impl View {
    /// Lays out the release of a population.
    pub fn of(people: &[Person]) -> Self {
        Self::of_options(people)
    }
}

impl<const N: usize> View<N> {
    /// The same, where the question has so many options.
    pub fn of_options(people: &[Person]) -> Self {
        let release = release(people, N);
        let mut cells = vec![[0; N]; CELLS];
        for person in people {
            cells[person.cell][person.option] += 1;
        }
        let question = release.question("q").unwrap();
        let headline = question.headline().unwrap();
        let mut groups = vec![Group {
            published: Some((
                headline.base(),
                std::array::from_fn(|o| {
                    let count = headline.options()[o].count();
                    count..=count
                }),
            )),
            ..group(&cells, None, |_| true)
        }];
        for table in question.breakdowns() {
            let mut candidates = candidates(&cells, table.breakdown());
            for row in table.rows() {
                let codes: Vec<&str> =
                    row.categories().iter().map(|(_, code)| code.as_str()).collect();
                let (_, group) = candidates.iter_mut().find(|(names, _)| *names == codes).unwrap();
                let counts = std::array::from_fn(|o| counts(&row.options()[o], row.base()));
                group.published = Some((row.base(), counts));
            }
            groups.extend(candidates.into_iter().map(|(_, group)| group));
        }
        groups.retain(|group| group.people > 0);
        Self { cells, groups, exact: headline.exact() }
    }

    pub fn published(&self) -> impl Iterator<Item = &Group<N>> {
        self.groups.iter().filter(|group| group.published.is_some())
    }

    /// The number of people in a base cell.
    pub fn size(&self, cell: usize) -> u64 {
        self.cells[cell].iter().sum()
    }
}

fn group<const N: usize>(
    cells: &[[u64; N]],
    breakdown: Option<Breakdown>,
    contains: impl Fn(usize) -> bool,
) -> Group<N> {
    let filled = |cell: &usize| contains(*cell) && cells[*cell].iter().sum::<u64>() > 0;
    let inside: Vec<usize> = (0..CELLS).filter(filled).collect();
    let truth: [u64; N] = std::array::from_fn(|o| inside.iter().map(|cell| cells[*cell][o]).sum());
    Group { breakdown, cells: inside, people: truth.iter().sum(), truth, published: None }
}

/// Every row that a breakdown could have, by the codes of its categories.
fn candidates<const N: usize>(
    cells: &[[u64; N]],
    breakdown: Breakdown,
) -> Vec<(Vec<String>, Group<N>)> {
    let of = |names: Vec<String>| {
        let group = group(cells, Some(breakdown), |cell| {
            names.iter().all(|name| {
                let (facet, category) = name.split_at(1);
                let actual = match facet {
                    "r" => cell / 12,
                    "a" => cell / 2 % 6,
                    _ => cell % 2,
                };
                category == actual.to_string()
            })
        });
        (names, group)
    };
    let (regions, age_bands, genders) = (codes('r', 8), codes('a', 6), codes('g', 2));
    let pairs = |a: &[String], b: &[String]| -> Vec<Vec<String>> {
        a.iter().flat_map(|a| b.iter().map(move |b| vec![a.clone(), b.clone()])).collect()
    };
    let singles = |a: &[String]| a.iter().map(|a| vec![a.clone()]).collect();
    let names: Vec<Vec<String>> = match breakdown {
        Breakdown::Region => singles(&regions),
        Breakdown::AgeBand => singles(&age_bands),
        Breakdown::Gender => singles(&genders),
        Breakdown::RegionByAgeBand => pairs(&regions, &age_bands),
        Breakdown::RegionByGender => pairs(&regions, &genders),
        Breakdown::AgeBandByGender => pairs(&age_bands, &genders),
    };
    names.into_iter().map(of).collect()
}
