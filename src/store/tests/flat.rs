//! What an exchange of a refresh token costs, among a thousand families and among a million.

use super::families::exchange;
use super::{SqliteForTest, at, family, with_users};
use crate::store::{FamilyId, Generation, RefreshFamilies as _, Turned};
use rusqlite::{Connection, params};
use std::time::{Duration, Instant};

/// Exchanges of one round.
const EXCHANGES: u32 = 500;

#[test]
#[ignore = "a minute or two: part of ./test serve-long"]
fn an_exchange_costs_the_same_among_a_thousand_families_and_a_million() {
    let SqliteForTest { store, folder } = SqliteForTest::new();
    with_users(&store);
    store.add_family(family(), at(0)).unwrap();
    let file = folder.path().join("store.db");
    let mut costs = Vec::new();
    for families in [1_000, 10_000, 100_000, 1_000_000] {
        fill(&file, families);
        // The first round brings pages into memory.
        round(&store, &file);
        let cost = (0..3).map(|_| round(&store, &file)).min().unwrap();
        let bytes = std::fs::metadata(&file).unwrap().len();
        println!(
            "{families} families: {cost:?} an exchange, {} bytes a family",
            bytes / u64::from(families)
        );
        costs.push(cost);
    }
    assert!(
        costs[3] < costs[0] * 3 / 2 + Duration::from_micros(100),
        "{costs:?}: it grows with the number of families"
    );
}

/// Copies the one family until there are so many, each with an id and a user of its own.
fn fill(file: &std::path::Path, families: u32) {
    let connection = Connection::open(file).unwrap();
    connection
        .execute(
            "INSERT INTO families SELECT CAST(substr(id, 1, 4) || randomblob(16) AS BLOB), key_number, 0, turned_at, created_at, \
             idle_until, ends_at, ended, rotating, client_id, 'auth0|' || hex(randomblob(8)), session, outlived, granted, \
             metadata, device \
             FROM (SELECT * FROM families LIMIT 1), \
             (WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1) SELECT n FROM numbers) \
             LIMIT ?1 - (SELECT count(*) FROM families)",
            params![families],
        )
        .unwrap();
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
}

/// The mean time of an exchange of families from all over the store, one after the other.
fn round(store: &crate::store::Sqlite, file: &std::path::Path) -> Duration {
    let connection = Connection::open(file).unwrap();
    let mut statement = connection
        .prepare("SELECT id, generation FROM families WHERE id > CAST((SELECT substr(id, 1, 4) FROM families LIMIT 1) || ?1 AS BLOB) LIMIT 1")
        .unwrap();
    let chosen: Vec<(FamilyId, u32)> = (0..EXCHANGES)
        .map(|number| {
            let place = (u64::MAX / u64::from(EXCHANGES) * u64::from(number)).to_be_bytes();
            statement
                .query_row([&place[..]], |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap()
        })
        .collect();
    drop(statement);
    drop(connection);
    let began = Instant::now();
    for (id, generation) in &chosen {
        let turned = exchange(store, *id, *generation, at(i64::from(*generation) + 1));
        assert_eq!(turned, Turned::Now(Generation(generation + 1)));
    }
    began.elapsed() / EXCHANGES
}
