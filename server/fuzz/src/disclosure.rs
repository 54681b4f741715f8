//! Raw counts and plans: what [`protect`] lets out.

use arbitrary::{Arbitrary, Unstructured};
use disclosure::{
    Breakdown, BreakdownTable, Cell, Facet, Parameters, ParticipationTable, Percent, Plan,
    ProtectedTables, QuestionSchema, RawTables, Schema, Tally, protect,
};
use std::collections::{BTreeMap, BTreeSet};

/// D, js and the thresholds of the method, written down once more.
const MOST_NOISE: u64 = 5;
const FEW: u64 = 8;
const NEVER: std::ops::RangeInclusive<u64> = 1..=2;
const SMALL: std::ops::Range<u64> = 1..10;
const LEAST_RELEASE: u64 = 10;
const LEAST_BREAKDOWNS: u64 = 50;

/// A poll as small as one that is hard.
#[derive(Arbitrary, Debug)]
struct Poll {
    /// Number of regions, age bands and genders.
    categories: [u8; 3],
    /// A bit for each breakdown.
    plan: u8,
    questions: Vec<Question>,
    people: Vec<Group>,
    /// Counts that no poll gives: more people choose than answer, numbers without end.
    nonsense: Vec<Nonsense>,
}

#[derive(Arbitrary, Debug)]
struct Question {
    options: u8,
    special: bool,
    multiple: bool,
}

/// People of one cell with the same answers.
#[derive(Arbitrary, Debug)]
struct Group {
    cell: [u8; 3],
    people: u8,
    keys: u32,
    /// For each question a bit for each option; none chosen and the highest bit: not answered.
    answers: [u8; 2],
}

#[derive(Arbitrary, Debug)]
struct Nonsense {
    cell: [u8; 3],
    place: (u8, u8),
    count: u64,
    keys: u32,
}

/// A base cell, by the categories' numbers; absent where a facet is not known.
type Place = [Option<usize>; 3];

/// Who is where, and who of them chose what; from the input, not from what is tried.
#[derive(Default)]
struct Truth {
    people: BTreeMap<Place, u64>,
    chosen: Vec<BTreeMap<Place, u64>>,
}

/// Makes tables of the bytes, protects them, and attacks what comes out.
pub fn run(bytes: &[u8]) {
    let Ok(poll) = Poll::arbitrary_take_rest(Unstructured::new(bytes)) else { return };
    let schema = schema(&poll);
    let chosen = Breakdown::ALL.into_iter().enumerate();
    let plan: Plan =
        chosen.filter(|(bit, _)| poll.plan & (1 << bit) != 0).map(|(_, one)| one).collect();
    let (raw, everybody, truths) = count(&poll, &schema, poll.people.iter());
    let (again, ..) = count(&poll, &schema, poll.people.iter().rev());
    let release = protect(raw, &plan, &Parameters::default());
    let again = protect(again, &plan, &Parameters::default());
    assert_eq!(release, again, "the order of rows makes a difference");
    published(&release);
    if poll.nonsense.is_empty() {
        truthful(&release, &schema, &plan, &everybody, &truths);
    }
}

fn schema(poll: &Poll) -> Schema {
    let names = |letter: char, number: u8, most: u8| -> Vec<String> {
        (0..number % (most + 1)).map(|place| format!("{letter}{place}")).collect()
    };
    let [regions, ages, genders] = poll.categories;
    let question = |(number, question): (usize, &Question)| QuestionSchema {
        code: format!("q{number}"),
        options: names('o', question.options, 5),
        special: question.special,
        multiple: question.multiple,
        exclusive: names('o', question.options, 5)
            .pop()
            .filter(|_| question.options & 0x40 != 0)
            .into_iter()
            .collect(),
        required: question.options & 0x80 != 0,
    };
    Schema {
        questions: poll.questions.iter().take(2).enumerate().map(question).collect(),
        regions: names('r', regions, 4),
        age_bands: names('a', ages, 3),
        genders: names('g', genders, 2),
    }
}

fn place(schema: &Schema, cell: [u8; 3]) -> Place {
    let mut place = [None; 3];
    for (facet, wanted) in Facet::ALL.into_iter().zip(cell) {
        let known = schema.categories(facet).len();
        let wanted = usize::from(wanted) % (known + 1);
        place[facet as usize] = (wanted < known).then_some(wanted);
    }
    place
}

fn cell(schema: &Schema, place: Place) -> Cell {
    let code = |facet: Facet| Some(schema.categories(facet)[place[facet as usize]?].clone());
    Cell {
        region: code(Facet::Region),
        age_band: code(Facet::AgeBand),
        gender: code(Facet::Gender),
    }
}

fn count<'a>(
    poll: &Poll,
    schema: &Schema,
    people: impl Iterator<Item = &'a Group>,
) -> (RawTables, BTreeMap<Place, u64>, Vec<Truth>) {
    let mut raw = RawTables::new(schema.clone());
    let mut everybody: BTreeMap<Place, u64> = BTreeMap::new();
    let mut truths: Vec<Truth> = schema
        .questions
        .iter()
        .map(|question| Truth {
            chosen: question.options.iter().map(|_| BTreeMap::new()).collect(),
            ..Truth::default()
        })
        .collect();
    for group in people {
        let place = place(schema, group.cell);
        let cell = cell(schema, place);
        let tally = Tally { count: group.people.into(), key_sum: group.keys };
        raw.respondents(&cell, tally).unwrap();
        *everybody.entry(place).or_default() += tally.count;
        let questions = schema.questions.iter().zip(&mut truths).zip(group.answers);
        for ((question, truth), answer) in questions {
            if answer & 0x80 != 0 {
                continue;
            }
            raw.answered(&question.code, &cell, tally).unwrap();
            *truth.people.entry(place).or_default() += tally.count;
            for (bit, option) in question.options.iter().enumerate() {
                let first = !question.multiple && answer.trailing_zeros() as usize != bit;
                if answer & (1 << bit) == 0 || first {
                    continue;
                }
                raw.chosen(&question.code, option, &cell, tally).unwrap();
                *truth.chosen[bit].entry(place).or_default() += tally.count;
            }
        }
    }
    for nonsense in &poll.nonsense {
        let cell = cell(schema, place(schema, nonsense.cell));
        let tally = Tally { count: nonsense.count, key_sum: nonsense.keys };
        let (question, option) = nonsense.place;
        let known = schema.questions.get(usize::from(question % 4));
        let code = known.map_or("no question", |question| &question.code);
        let options = known.map_or(&[][..], |question| &question.options);
        let option = options.get(usize::from(option % 8)).map_or("no option", |code| code);
        match question >> 6 {
            0 => raw.respondents(&cell, tally).unwrap(),
            1 => assert_eq!(raw.answered(code, &cell, tally).is_ok(), known.is_some()),
            _ => {
                let exists = options.iter().any(|known| known == option);
                assert_eq!(raw.chosen(code, option, &cell, tally).is_ok(), exists);
            }
        }
    }
    (raw, everybody, truths)
}

/// What holds of every release, whatever was counted.
fn published(release: &ProtectedTables) {
    if release.withheld().is_some() {
        assert!(release.responses().is_none() && release.participation().is_empty());
        assert!(release.questions().is_empty());
    }
    let few = release.responses().unwrap_or(0) < LEAST_BREAKDOWNS;
    assert!(!few || release.participation().is_empty());
    let never = |count: u64| assert!(!NEVER.contains(&count), "{count} is published");
    for row in release.participation().iter().flat_map(ParticipationTable::rows) {
        never(row.count());
    }
    for question in release.questions() {
        assert!(question.withheld().is_none() || question.headline().is_none());
        assert!(question.headline().is_some() || question.breakdowns().is_empty());
        assert!(!few || question.breakdowns().is_empty());
        if let Some(headline) = question.headline() {
            never(headline.base());
            for option in headline.options() {
                never(option.count());
                assert!(matches!(option.percent(), Percent::Exactly(0..=100)));
            }
        }
        for row in question.breakdowns().iter().flat_map(BreakdownTable::rows) {
            never(row.base());
            let least = u8::try_from(700_u64.div_ceil(row.base().max(1)).clamp(5, 50)).unwrap();
            for option in row.options() {
                option.count().into_iter().for_each(never);
                match option.percent() {
                    Percent::Exactly(percent) => {
                        let most = row.base().saturating_sub(FEW);
                        assert!((6..=94).contains(&percent));
                        assert!(option.count().is_some_and(|count| (FEW..=most).contains(&count)));
                    }
                    Percent::AtMost(bound) => {
                        assert!(bound == least && option.count().is_none());
                    }
                    Percent::AtLeast(bound) => {
                        assert!(bound == 100 - least && option.count().is_none());
                    }
                }
            }
        }
    }
    let stored = serde_json::to_vec(release).unwrap();
    assert_eq!(serde_json::from_slice::<ProtectedTables>(&stored).unwrap(), *release);
}

/// What holds of a release of people who were counted rightly.
fn truthful(
    release: &ProtectedTables,
    schema: &Schema,
    plan: &Plan,
    everybody: &BTreeMap<Place, u64>,
    truths: &[Truth],
) {
    let responses: u64 = everybody.values().sum();
    assert_eq!(release.responses().is_none(), release.withheld().is_some());
    assert!(release.responses().is_none_or(|said| said == responses && said >= LEAST_RELEASE));
    let space = Space::new(schema, plan, everybody, everybody);
    for table in release.participation() {
        assert!(plan.breakdowns.contains(&table.breakdown()));
    }
    let rows = release.participation().iter().flat_map(|table| {
        table.rows().iter().map(move |row| (table.breakdown(), row.categories(), row.count()))
    });
    space.attack(rows.map(|(breakdown, categories, count)| {
        let row = key(schema, categories);
        close(count, within(everybody, row), false);
        (breakdown, row)
    }));
    let shown = shown(release, schema);
    for (question, truth) in release.questions().iter().zip(truths) {
        let Some(headline) = question.headline() else { continue };
        let base = within(&truth.people, [None; 3]);
        let asked = schema.questions.iter().find(|asked| asked.code == question.code());
        assert!(base >= LEAST_RELEASE);
        assert!(asked.is_none_or(|asked| !asked.special || base >= LEAST_BREAKDOWNS));
        let said_by_all = asked.is_some_and(|asked| asked.required) && base == responses;
        close(headline.base(), base, headline.exact() || said_by_all);
        let alone = headline.options().iter().zip(&truth.chosen).filter(|(option, _)| {
            asked
                .is_some_and(|question| question.exclusive.iter().any(|code| code == option.code()))
        });
        let alone: u64 = alone.map(|(_, chosen)| within(chosen, [None; 3])).sum();
        for (option, chosen) in headline.options().iter().zip(&truth.chosen) {
            let count = within(chosen, [None; 3]);
            assert!(!headline.exact() || !SMALL.contains(&count), "{count} is published exactly");
            close(option.count(), count, headline.exact());
            let others = base.saturating_sub(count);
            let told = headline.exact() && asked.is_some_and(|question| question.multiple);
            assert!(!told || !SMALL.contains(&others), "{others} can be told from {base}");
            let excluded = asked
                .is_some_and(|question| question.exclusive.iter().any(|it| it == option.code()));
            let others = others.saturating_sub(if excluded { 0 } else { alone });
            assert!(!told || !SMALL.contains(&others), "{others} of those who can choose several");
        }
        let silent = responses.saturating_sub(base);
        assert!(!headline.exact() || !SMALL.contains(&silent), "{silent} did not answer");
        let rows = question.breakdowns().iter().flat_map(|table| {
            assert!(plan.breakdowns.contains(&table.breakdown()));
            table.rows().iter().map(move |row| (table.breakdown(), row))
        });
        let published = rows.map(|(breakdown, row)| {
            let place = key(schema, row.categories());
            let people = within(&truth.people, place);
            let others = [everybody].into_iter().chain(truths.iter().map(|truth| &truth.people));
            let others = others.zip(&shown);
            let others = others.map(|(others, shown)| (within(others, place), shown.get(&place)));
            denominator(row.base(), people, others);
            assert!(people != base || row.base() == headline.base(), "everybody, said twice");
            let options = row.options().iter().zip(headline.options()).zip(&truth.chosen);
            for ((option, of_all), chosen) in options {
                // Beside a bound no count is told.
                let Some(count) = option.count() else { continue };
                close(count, within(chosen, place), false);
                assert!(people != base || count == of_all.count(), "said twice");
            }
            (breakdown, place)
        });
        let published: Vec<(Breakdown, Place)> = published.collect();
        // Who of those who responded answered is not known, and whoever knows it learns no more.
        Space::new(schema, plan, &truth.people, everybody).attack(published.iter().copied());
        Space::new(schema, plan, &truth.people, &truth.people).attack(published.into_iter());
    }
}

/// What is published of each row: of those who responded, and then of those who answered each question.
fn shown(release: &ProtectedTables, schema: &Schema) -> Vec<BTreeMap<Place, u64>> {
    let of_all = release.participation().iter().flat_map(ParticipationTable::rows);
    let of_all = of_all.map(|row| (key(schema, row.categories()), row.count())).collect();
    let of_each = release.questions().iter().map(|question| {
        let rows = question.breakdowns().iter().flat_map(BreakdownTable::rows);
        rows.map(|row| (key(schema, row.categories()), row.base())).collect()
    });
    [of_all].into_iter().chain(of_each).collect()
}

/// A published number and the truth.
fn close(said: u64, count: u64, exact: bool) {
    assert!(said.abs_diff(count) <= if exact { 0 } else { MOST_NOISE }, "{said} of {count}");
    assert!(count > 0 || said == 0, "nobody became {said}");
}

/// A published denominator and the truth, which may be nearly all of another denominator that is published
/// of the row: then that one is told. `others` are these people, and what is published of them.
fn denominator<'a>(
    said: u64,
    people: u64,
    mut others: impl Iterator<Item = (u64, Option<&'a u64>)>,
) {
    let near = |people: u64| said.abs_diff(people) <= MOST_NOISE;
    let nearly_all = |of: u64| {
        let (most, least) = (people + MOST_NOISE, of.saturating_sub(MOST_NOISE));
        of >= people && (200 * most >= 189 * least || least.saturating_sub(most) < FEW)
    };
    let stands = near(people)
        || others.any(|(other, shown)| shown == Some(&said) && near(other) && nearly_all(other));
    assert!(stands, "{said} of {people}");
    assert!(people > 0 || said == 0, "nobody became {said}");
}

fn key(schema: &Schema, categories: &[(Facet, String)]) -> Place {
    let mut key = [None; 3];
    for (facet, code) in categories {
        key[*facet as usize] = schema.categories(*facet).iter().position(|known| known == code);
        assert!(key[*facet as usize].is_some(), "{code} is no category");
    }
    key
}

fn matches(row: Place, place: Place) -> bool {
    row.into_iter().zip(place).all(|(wanted, actual)| wanted.is_none() || wanted == actual)
}

fn within(people: &BTreeMap<Place, u64>, row: Place) -> u64 {
    people.iter().filter(|(place, _)| matches(row, **place)).map(|(_, count)| count).sum()
}

/// The attacker's algebra: groups of people as vectors over the base cells.
struct Space<'a> {
    schema: &'a Schema,
    plan: &'a Plan,
    /// Base cells as far as the plan tells them apart.
    cells: Vec<(Place, u64)>,
}

impl<'a> Space<'a> {
    /// Of these people, in the base cells that somebody of `inside` is in, who are these or more.
    fn new(
        schema: &'a Schema,
        plan: &'a Plan,
        people: &BTreeMap<Place, u64>,
        inside: &BTreeMap<Place, u64>,
    ) -> Self {
        let mut cells: BTreeMap<Place, u64> = BTreeMap::new();
        for (place, _) in inside.iter().filter(|(_, count)| **count > 0) {
            let mut seen = *place;
            for facet in Facet::ALL.into_iter().filter(|facet| !plan.needs(*facet)) {
                seen[facet as usize] = None;
            }
            *cells.entry(seen).or_default() += people.get(place).copied().unwrap_or(0);
        }
        Self { schema, plan, cells: cells.into_iter().collect() }
    }

    fn group(&self, row: Place) -> Vec<usize> {
        let cells = self.cells.iter().enumerate();
        cells.filter(|(_, (place, _))| matches(row, *place)).map(|(cell, _)| cell).collect()
    }

    fn size(&self, group: &[usize]) -> u64 {
        group.iter().map(|cell| self.cells[*cell].1).sum()
    }

    /// Whether these are somebody whom nothing may tell.
    fn is_small(&self, group: &[usize]) -> bool {
        !group.is_empty() && self.size(group) < SMALL.end
    }

    /// Every row that the plan could have.
    fn rows(&self) -> Vec<Place> {
        let mut rows = Vec::new();
        for breakdown in &self.plan.breakdowns {
            let mut keys = vec![[None; 3]];
            for facet in breakdown.facets() {
                let categories = 0..self.schema.categories(*facet).len();
                keys = keys
                    .iter()
                    .flat_map(|key| {
                        categories.clone().map(|category| {
                            let mut key: Place = *key;
                            key[*facet as usize] = Some(category);
                            key
                        })
                    })
                    .collect();
            }
            rows.extend(keys);
        }
        rows
    }

    /// No group of under ten people is published, or a combination of what is.
    fn attack(&self, published: impl Iterator<Item = (Breakdown, Place)>) {
        let mut tables: BTreeMap<Breakdown, BTreeSet<Vec<usize>>> = BTreeMap::new();
        let everybody: Vec<usize> = (0..self.cells.len()).collect();
        let mut known = BTreeSet::from([everybody]);
        for (breakdown, row) in published {
            let group = self.group(row);
            assert!(self.size(&group) >= SMALL.end, "a row of {} people", self.size(&group));
            tables.entry(breakdown).or_default().insert(group.clone());
            known.insert(group);
        }
        if tables.is_empty() {
            return;
        }
        let basis = Basis::of(&known, self.cells.len());
        let single = (0..self.cells.len()).map(|cell| vec![cell]);
        for group in self.rows().into_iter().map(|row| self.group(row)).chain(single) {
            if self.is_small(&group) {
                assert!(!basis.spans(&group), "{} people are determined", self.size(&group));
            }
        }
        for outer in &known {
            let inside = |inner: &&Vec<usize>| {
                *inner != outer && inner.iter().all(|cell| outer.binary_search(cell).is_ok())
            };
            for inner in known.iter().filter(inside) {
                let left = self.size(outer) - self.size(inner);
                assert!(left >= SMALL.end, "a difference of {left} people");
            }
            for parts in tables.values() {
                let parts: BTreeSet<usize> =
                    parts.iter().filter(inside).flatten().copied().collect();
                let left: Vec<usize> =
                    outer.iter().copied().filter(|cell| !parts.contains(cell)).collect();
                assert!(!self.is_small(&left), "{} people are left", self.size(&left));
            }
        }
    }
}

/// A prime that the protection does not use.
const P: u64 = (1 << 31) - 1;

/// A row space modulo the prime, in echelon form.
struct Basis {
    rows: Vec<(usize, Vec<u64>)>,
    columns: usize,
}

impl Basis {
    fn of(groups: &BTreeSet<Vec<usize>>, columns: usize) -> Self {
        let mut basis = Self { rows: Vec::new(), columns };
        for group in groups {
            let mut rest = basis.reduce(group);
            let Some(pivot) = rest.iter().position(|value| *value != 0) else { continue };
            let inverse = power(rest[pivot], P - 2);
            for value in &mut rest {
                *value = *value * inverse % P;
            }
            basis.rows.push((pivot, rest));
        }
        basis
    }

    fn reduce(&self, group: &[usize]) -> Vec<u64> {
        let mut rest = vec![0; self.columns];
        for cell in group {
            rest[*cell] = 1;
        }
        for (pivot, row) in &self.rows {
            let factor = P - rest[*pivot];
            for (value, other) in rest.iter_mut().zip(row) {
                *value = (*value + factor * other) % P;
            }
        }
        rest
    }

    fn spans(&self, group: &[usize]) -> bool {
        self.reduce(group).iter().all(|value| *value == 0)
    }
}

fn power(base: u64, exponent: u64) -> u64 {
    let (mut result, mut square, mut left) = (1, base, exponent);
    while left > 0 {
        if left & 1 == 1 {
            result = result * square % P;
        }
        square = square * square % P;
        left >>= 1;
    }
    result
}
