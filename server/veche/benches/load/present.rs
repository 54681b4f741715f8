//! Responses that are there already, so that it shows whether their number makes a difference.

use crate::world::World;
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

/// Puts so many responses of a poll into the vault by the database alone, on PostgreSQL: as the
/// vault stores them, of people of every sort, under pseudonyms of nobody.
pub async fn fill(world: &World, poll: Uuid, responses: u64) {
    let id = poll.simple();
    // One of some words, by a byte of the row's hash.
    let pick = |words: &[&str], byte: u32| {
        let words = words.join("','");
        let byte = format!("get_byte(decode(md5(i::text), 'hex'), {byte})");
        format!("(ARRAY['{words}'])[1 + {byte} % array_length(ARRAY['{words}'], 1)]")
    };
    let region = pick(&["01", "02", "03", "04", "05", "06", "07", "08"], 0);
    let bands = questionnaire::AgeBand::ALL.map(questionnaire::AgeBand::code);
    let genders = questionnaire::Gender::ALL.map(questionnaire::Gender::code);
    let (band, gender) = (pick(&bands, 1), pick(&genders, 2));
    let marks = (3..).zip(["one", "two", "three"]).map(|(byte, question)| {
        let option = pick(&["a", "b", "c", "d", "e"], byte);
        format!("\"{question}=\",\"{question}=' || {option} || '\"")
    });
    let marks = marks.collect::<Vec<_>>().join(",");
    let fill = format!(
        "INSERT INTO response (id, poll_id, pseudonym, record_key, region, age_band, gender, \
         special_consent, content, received_on, batch, counted) \
         SELECT md5('{id}' || i)::uuid, '{poll}', sha256(('{id}' || i)::bytea), \
         ('x' || substr(md5('k' || i), 1, 8))::bit(32)::bigint & 4294967295, \
         {region}, {band}, {gender}, false, decode(repeat(md5(i::text), 18), 'hex'), \
         '2026-03-01', 1, '[\"\",{marks}]' FROM generate_series(1, {responses}) i"
    );
    world.vault.execute_unprepared(&fill).await.unwrap();
    world.vault.execute_unprepared("VACUUM ANALYZE response").await.unwrap();
}
