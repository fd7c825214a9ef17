//! The steps to the store's form of today, each made once and never changed.

use super::wrong::wrong;
use crate::secret::hex_sha256;
use crate::store::error::{StoreError, Stored};
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use std::path::Path;

/// A step: its number is its place, beginning with 1.
struct Step {
    name: &'static str,
    sql: &'static str,
}

const STEPS: &[Step] = &[
    Step {
        name: "0001_begin",
        sql: include_str!("migrations/0001_begin.sql"),
    },
    Step {
        name: "0002_moments",
        sql: include_str!("migrations/0002_moments.sql"),
    },
    Step {
        name: "0003_codes_of_session",
        sql: include_str!("migrations/0003_codes_of_session.sql"),
    },
    Step {
        name: "0004_set_backs",
        sql: include_str!("migrations/0004_set_backs.sql"),
    },
    Step {
        name: "0005_endings",
        sql: include_str!("migrations/0005_endings.sql"),
    },
];

/// Says that a file is a store of ours (`PRAGMA application_id`): "post".
const APPLICATION_ID: i32 = 0x706f_7374;

/// Brings an empty or older store to the form of today. Of several processes that come at once, one does it while the
/// others wait.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Stored<()> {
    migrate_to(connection, path, STEPS)
}

fn migrate_to(connection: &mut Connection, path: &Path, steps: &[Step]) -> Stored<()> {
    let failed = |error: rusqlite::Error| wrong(&error, path);
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed)?;
    let application: i32 = transaction
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(failed)?;
    let tables: u32 = transaction
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(failed)?;
    match (application, tables) {
        (APPLICATION_ID, _) => {}
        (0, 0) => {
            transaction
                .pragma_update(None, "application_id", APPLICATION_ID)
                .map_err(failed)?;
            transaction
                .execute_batch(
                    "CREATE TABLE steps (step INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL) \
                     STRICT",
                )
                .map_err(failed)?;
        }
        _ => {
            return Err(StoreError::Corrupt {
                path: path.to_owned(),
                why: "it is a database of another program".to_owned(),
            });
        }
    }
    let known = u32::try_from(steps.len()).unwrap_or(u32::MAX);
    let found: u32 = transaction
        .query_row("SELECT coalesce(max(step), 0) FROM steps", [], |row| row.get(0))
        .map_err(failed)?;
    if found > known {
        return Err(StoreError::NewerForm {
            path: path.to_owned(),
            found,
            known,
        });
    }
    for (number, step) in (1..).zip(steps) {
        let sha256 = hex_sha256(step.sql.as_bytes());
        let made: Option<String> = transaction
            .query_row("SELECT sha256 FROM steps WHERE step = ?1", [number], |row| {
                row.get(0)
            })
            .optional()
            .map_err(failed)?;
        match made {
            Some(made) if made == sha256 => {}
            Some(_) => {
                return Err(StoreError::OtherForm {
                    path: path.to_owned(),
                    step: number,
                });
            }
            None => {
                transaction.execute_batch(step.sql).map_err(failed)?;
                transaction
                    .execute(
                        "INSERT INTO steps (step, name, sha256) VALUES (?1, ?2, ?3)",
                        params![number, step.name, sha256],
                    )
                    .map_err(failed)?;
            }
        }
    }
    transaction.commit().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::endings::REMEMBERED;

    fn store() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, Path::new("store.db")).unwrap();
        connection
    }

    #[test]
    fn a_store_is_migrated_once() {
        let mut connection = store();
        migrate(&mut connection, Path::new("store.db")).unwrap();
        let steps: u32 = connection
            .query_row("SELECT count(*) FROM steps", [], |row| row.get(0))
            .unwrap();
        assert_eq!(usize::try_from(steps), Ok(STEPS.len()));
    }

    #[test]
    fn a_newer_form_is_refused() {
        let mut connection = store();
        connection
            .execute(
                "INSERT INTO steps (step, name, sha256) VALUES (99, 'later', '')",
                [],
            )
            .unwrap();
        let refused = migrate(&mut connection, Path::new("store.db")).unwrap_err();
        assert_eq!(refused.code(), "storage_newer_form");
        assert_eq!(
            refused.to_string(),
            "the store store.db has form 99, which a newer postlogin wrote; this one knows the forms up to 5"
        );
    }

    #[test]
    fn a_step_that_was_changed_is_refused() {
        let mut connection = store();
        connection.execute("UPDATE steps SET sha256 = 'x'", []).unwrap();
        let refused = migrate(&mut connection, Path::new("store.db")).unwrap_err();
        assert_eq!(refused.code(), "storage_other_form");
    }

    #[test]
    fn a_database_of_another_program_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE theirs (a)").unwrap();
        let refused = migrate(&mut connection, Path::new("store.db")).unwrap_err();
        assert_eq!(refused.code(), "storage_corrupt");
        let tables: u32 = connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 1);
    }

    /// A store of the first form becomes one of today, with what it holds.
    #[test]
    fn an_older_form_is_brought_to_that_of_today() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate_to(&mut connection, Path::new("store.db"), &STEPS[..1]).unwrap();
        connection
            .execute(
                "INSERT INTO used_ids (hash, remember_until) VALUES (x'00', 1)",
                [],
            )
            .unwrap();
        migrate(&mut connection, Path::new("store.db")).unwrap();
        let kept: u32 = connection
            .query_row("SELECT count(*) FROM used_ids", [], |row| row.get(0))
            .unwrap();
        assert_eq!(kept, 1);
        connection
            .execute("INSERT INTO moments VALUES ('latest', 1)", [])
            .unwrap();
    }

    /// What had ended before stays ended, and so do the access tokens of families that had.
    #[test]
    fn what_had_ended_is_remembered_by_a_store_of_today() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate_to(&mut connection, Path::new("store.db"), &STEPS[..4]).unwrap();
        for (id, ended) in [("x'01'", "'revoked'"), ("x'02'", "NULL")] {
            connection
                .execute(
                    &format!(
                        "INSERT INTO families VALUES ({id}, 1, 0, 1000, 0, NULL, NULL, {ended}, 1, 'web', 'ada', NULL, 0, \
                         '{{}}', '{{}}', '{{}}')"
                    ),
                    [],
                )
                .unwrap();
        }
        connection
            .execute("INSERT INTO ended_tokens VALUES (x'03', 7)", [])
            .unwrap();
        migrate(&mut connection, Path::new("store.db")).unwrap();
        let mut statement = connection
            .prepare("SELECT id, remember_until FROM endings ORDER BY id")
            .unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        let kept: Vec<(Vec<u8>, i64)> = rows.unwrap().map(Result::unwrap).collect();
        let until = 1000 + REMEMBERED.num_milliseconds();
        assert_eq!(kept, [(vec![1], until), (vec![3], 7)]);
    }

    /// A step that ends half-way leaves the store as it was, and is made again at the next start.
    #[test]
    fn a_step_is_made_whole_or_not_at_all() {
        let mut connection = store();
        let known = STEPS.iter().map(|Step { name, sql }| Step { name, sql });
        let broken = Step {
            name: "broken",
            sql: "CREATE TABLE more (a) STRICT; this is no SQL",
        };
        let steps: Vec<_> = known.chain([broken]).collect();
        migrate_to(&mut connection, Path::new("store.db"), &steps).unwrap_err();
        let more: u32 = connection
            .query_row(
                "SELECT count(*) FROM sqlite_schema WHERE name = 'more'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(more, 0);
        migrate(&mut connection, Path::new("store.db")).unwrap();
    }
}
