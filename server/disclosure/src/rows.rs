//! The rows of a plan: which there are, who is in them, and which survive suppression.
//!
//! Translates between the poll's categories and the plain groups of base cells that
//! `suppression` reasons about.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{Breakdown, Facet, Plan};
use crate::raw::{Position, Tallies, Tally};
use crate::schema::Schema;
use crate::suppression::{Family, Member, Structure, publishable};

/// A row: the categories that it fixes, by position in the schema; `None` is any.
pub(crate) type Key = [Option<usize>; 3];

/// Whether a base cell belongs to a row. Not stored is no category.
fn matches(key: Key, position: Position) -> bool {
    key.into_iter().zip(position).all(|(wanted, actual)| wanted.is_none() || wanted == actual)
}

/// Everybody.
pub(crate) fn total(tallies: &Tallies) -> Tally {
    within(tallies, [None; 3])
}

/// The people of a row.
pub(crate) fn within(tallies: &Tallies, key: Key) -> Tally {
    tallies
        .iter()
        .filter(|(position, _)| matches(key, **position))
        .fold(Tally::default(), |sum, (_, tally)| sum + *tally)
}

/// The codes of a row's categories, in the order of the breakdown's facets.
pub(crate) fn categories(schema: &Schema, breakdown: Breakdown, key: Key) -> Vec<(Facet, String)> {
    breakdown
        .facets()
        .iter()
        .filter_map(|facet| {
            let category = key[facet.index()]?;
            Some((*facet, schema.categories(*facet)[category].clone()))
        })
        .collect()
}

/// How many rows a breakdown could have.
pub(crate) fn combinations(schema: &Schema, breakdown: Breakdown) -> usize {
    breakdown.facets().iter().map(|facet| schema.categories(*facet).len()).product()
}

/// Every row that a breakdown could have, in the order of the schema's categories.
fn keys(schema: &Schema, breakdown: Breakdown) -> Vec<Key> {
    let mut keys = vec![[None; 3]];
    for facet in breakdown.facets() {
        keys = keys
            .into_iter()
            .flat_map(|key: Key| {
                (0..schema.categories(*facet).len()).map(move |category| {
                    let mut finer = key;
                    finer[facet.index()] = Some(category);
                    finer
                })
            })
            .collect();
    }
    keys
}

/// The people of each base cell that the plan can tell apart and that somebody is in.
fn base_cells(people: &Tallies, plan: &Plan) -> BTreeMap<Position, u64> {
    let mut cells = BTreeMap::new();
    for (position, tally) in people {
        let mut seen = *position;
        for facet in Facet::ALL {
            if !plan.needs(facet) {
                seen[facet.index()] = None;
            }
        }
        *cells.entry(seen).or_insert_with(Tally::default) += *tally;
    }
    let people = cells.into_iter().map(|(position, tally)| (position, tally.count));
    people.filter(|(_, people)| *people > 0).collect()
}

/// Rules 3 and 4: the rows of each declared breakdown that survive suppression, of those who answered a
/// question among those who responded. Of the responses themselves both are the same people.
pub(crate) fn published_rows(
    schema: &Schema,
    answered: &Tallies,
    responded: &Tallies,
    plan: &Plan,
    min_row: u64,
) -> Vec<(Breakdown, Vec<Key>)> {
    let tables: Vec<(Breakdown, Vec<Key>)> =
        plan.breakdowns.iter().map(|breakdown| (*breakdown, keys(schema, *breakdown))).collect();
    // Whether anybody of a cell answered is an answer, too, if somebody of it responded.
    let answered = base_cells(answered, plan);
    let mut of_responses = answered.clone();
    for cell in base_cells(responded, plan).into_keys() {
        of_responses.entry(cell).or_insert(0);
    }
    let mut structures = Vec::new();
    if of_responses.len() > answered.len() {
        structures.push(structure(&tables, of_responses));
    }
    structures.push(structure(&tables, answered));

    let of_each: Vec<u64> = tables
        .iter()
        .flat_map(|(_, keys)| keys.iter().map(|key| within(responded, *key).count))
        .collect();
    let mut published = publishable(&structures, &of_each, min_row).into_iter();
    tables
        .into_iter()
        .map(|(breakdown, mut keys)| {
            keys.retain(|_| published.next().expect("one verdict a row"));
            (breakdown, keys)
        })
        .collect()
}

/// The rows of these tables, and the wholes that they divide, as groups of these base cells.
fn structure(tables: &[(Breakdown, Vec<Key>)], cells: BTreeMap<Position, u64>) -> Structure {
    let (positions, people): (Vec<Position>, Vec<u64>) = cells.into_iter().unzip();
    let member = |key: Key| {
        Member((0..people.len()).filter(|cell| matches(key, positions[*cell])).collect())
    };
    let all_keys = || tables.iter().flat_map(|(_, keys)| keys);
    let rows: Vec<Member> = all_keys().map(|key| member(*key)).collect();
    // A table may divide everybody, the people of each category, and each row of another table.
    let mut wholes: BTreeSet<Key> = all_keys().copied().collect();
    for key in all_keys() {
        wholes.extend((0..key.len()).map(|facet| {
            let mut category = [None; 3];
            category[facet] = key[facet];
            category
        }));
    }
    let mut ranges = Vec::new();
    let mut first = 0;
    for (_, keys) in tables {
        ranges.push(first..first + keys.len());
        first += keys.len();
    }
    let mut families: Vec<Family> = Vec::new();
    for whole in wholes {
        let whole = member(whole).0;
        let inside = |row: &usize| {
            let part = &rows[*row].0;
            !part.is_empty() && part.iter().all(|cell| whole.binary_search(cell).is_ok())
        };
        for table in &ranges {
            let parts = table.clone().filter(inside).collect();
            families.push(Family { whole: Member(whole.clone()), parts });
        }
    }
    Structure { people, rows, families, tables: ranges }
}
