//! The rows of a plan: which there are, who is in them, and which survive suppression.
//!
//! Translates between the poll's categories and the plain groups of base cells that
//! `suppression` reasons about.

use std::collections::BTreeMap;

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

/// The columns of the linear algebra: the people of each base cell that the plan can tell apart.
fn base_cells(denominators: &Tallies, plan: &Plan) -> Vec<(Position, u64)> {
    let mut cells = BTreeMap::new();
    for (position, tally) in denominators {
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

/// Rules 3 and 4: the rows of each declared breakdown that survive suppression.
pub(crate) fn published_rows(
    schema: &Schema,
    denominators: &Tallies,
    plan: &Plan,
    min_row: u64,
) -> Vec<(Breakdown, Vec<Key>)> {
    let cells = base_cells(denominators, plan);
    let member =
        |key: Key| Member((0..cells.len()).filter(|cell| matches(key, cells[*cell].0)).collect());
    let tables: Vec<(Breakdown, Vec<Key>)> =
        plan.breakdowns.iter().map(|breakdown| (*breakdown, keys(schema, *breakdown))).collect();

    let mut rows: Vec<Member> = Vec::new();
    let mut families: Vec<Family> = Vec::new();
    for (breakdown, keys) in &tables {
        let first = rows.len();
        rows.extend(keys.iter().map(|key| member(*key)));
        // The table divides everybody, and the people of each category of its facets.
        let mut parents = vec![[None; 3]];
        if let [_, _] = breakdown.facets() {
            for facet in breakdown.facets() {
                parents.extend((0..schema.categories(*facet).len()).map(|category| {
                    let mut parent = [None; 3];
                    parent[facet.index()] = Some(category);
                    parent
                }));
            }
        }
        families.extend(parents.into_iter().map(|parent| {
            Family {
                whole: member(parent),
                parts: (0..keys.len())
                    .filter(|row| matches(parent, keys[*row]))
                    .map(|row| first + row)
                    .collect(),
            }
        }));
    }
    let mut published = publishable(
        &Structure { people: cells.iter().map(|(_, people)| *people).collect(), rows, families },
        min_row,
    )
    .into_iter();
    tables
        .into_iter()
        .map(|(breakdown, mut keys)| {
            keys.retain(|_| published.next().expect("one verdict a row"));
            (breakdown, keys)
        })
        .collect()
}
