//! A look through the whole store.

use super::columns::Ms;
use super::moments::LATEST;
use super::open;
use super::wrong::wrong;
use super::{Asked, Sqlite};
use crate::store::checked::{Checked, Fault};
use crate::store::error::{StoreError, Stored};
use crate::store::moments::Moments as _;
use crate::store::whole::Store;
use crate::time::Moment;
use rusqlite::{Connection, params};

impl Store for Sqlite {
    fn check(&self, now: Moment) -> Stored<Checked> {
        self.read(|connection| {
            let snapshot = connection.unchecked_transaction()?;
            let mut checked = Checked::default();
            for (name, sql) in COUNTS {
                let count = snapshot.query_row(sql, [], |row| row.get(0))?;
                checked.counts.insert(name, count);
            }
            checked.faults = damages(&snapshot)?;
            for rule in RULES {
                broken(&snapshot, rule, now, &mut checked.faults)?;
            }
            Ok(checked)
        })
    }

    fn is_ready(&self, now: Moment) -> Stored<()> {
        // A file that is gone or was replaced is still there for whoever has it open, and so are pages that were read before.
        let fresh = open::reading(self.path())?;
        self.note_moment(now)?;
        let found = || {
            for table in NEEDED {
                fresh.query_row(
                    &format!("SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT 1)"),
                    [],
                    |_| Ok(()),
                )?;
            }
            fresh.query_row("SELECT at FROM moments WHERE name = ?1", [LATEST], |row| {
                row.get(0)
            })
        };
        let Ms(latest) = found().map_err(|error| wrong(&error, self.path()))?;
        if latest.timestamp_millis() < now.timestamp_millis() {
            return Err(StoreError::Corrupt {
                path: self.path().to_owned(),
                why: "the file was replaced while it was open; start the server again".to_owned(),
            });
        }
        Ok(())
    }
}

/// What every login asks.
const NEEDED: [&str; 5] = ["users", "identifiers", "sessions", "codes", "families"];

const COUNTS: [(&str, &str); 12] = [
    ("users", "SELECT count(*) FROM users WHERE profile IS NOT NULL"),
    (
        "deleted_users",
        "SELECT count(*) FROM users WHERE profile IS NULL",
    ),
    ("sessions", "SELECT count(*) FROM sessions"),
    ("participants", "SELECT count(*) FROM participants"),
    ("refresh_families", "SELECT count(*) FROM families"),
    ("codes", "SELECT count(*) FROM codes"),
    ("endings", "SELECT count(*) FROM endings"),
    ("logins", "SELECT count(*) FROM logins"),
    ("consents", "SELECT count(*) FROM consents"),
    ("used_ids", "SELECT count(*) FROM used_ids"),
    ("failures", "SELECT count(*) FROM failures"),
    ("cache_records", "SELECT count(*) FROM action_cache"),
];

/// Something that has to hold: the query finds the rows for which it does not, each named by a text.
struct Rule {
    code: &'static str,
    /// What the row that was found is, and what is wrong with it.
    what: &'static str,
    sql: &'static str,
}

const RULES: &[Rule] = &[
    Rule {
        code: "family_without_session",
        what: "a refresh family names a session that is not there, and does not say that it outlived it",
        sql: "SELECT hex(id) FROM families WHERE session IS NOT NULL AND outlived = 0 AND ended IS NULL \
              AND NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.id = families.session)",
    },
    Rule {
        code: "family_without_user",
        what: "a refresh family that has not ended is of a user who is not there",
        sql: "SELECT hex(id) FROM families WHERE ended IS NULL AND NOT EXISTS \
              (SELECT 1 FROM users WHERE users.user_id = families.user_id AND profile IS NOT NULL)",
    },
    Rule {
        code: "family_end_forgotten",
        what: "a refresh family was ended, and that is not remembered though its access tokens may still live",
        // 30 days: the longest that an access token lives.
        sql: "SELECT hex(id) FROM families WHERE ended IS NOT NULL AND turned_at > ?1 - 2592000000 \
              AND NOT EXISTS (SELECT 1 FROM endings WHERE endings.id = families.id)",
    },
    Rule {
        code: "code_used_in_vain",
        what: "a code was used for a refresh family that is not there, though that family's time is not over",
        sql: "SELECT hex(family) FROM codes WHERE family IS NOT NULL AND token_until > ?1 \
              AND NOT EXISTS (SELECT 1 FROM families WHERE families.id = codes.family)",
    },
    Rule {
        code: "code_unused_but_spent",
        what: "a code gave something though it was never used",
        sql: "SELECT hex(hash) FROM codes WHERE used_at IS NULL AND (family IS NOT NULL OR token IS NOT NULL)",
    },
    Rule {
        code: "session_without_user",
        what: "a session is of a user who is not there",
        sql: "SELECT hex(id) FROM sessions WHERE NOT EXISTS \
              (SELECT 1 FROM users WHERE users.user_id = sessions.user_id AND profile IS NOT NULL)",
    },
    Rule {
        code: "session_of_nobody",
        what: "a session has neither a cookie nor a machine client, or both",
        sql: "SELECT hex(id) FROM sessions WHERE (cookie IS NULL) = (machine IS NULL)",
    },
    Rule {
        code: "participant_without_session",
        what: "an application takes part in a session that is not there",
        sql: "SELECT client_id FROM participants WHERE NOT EXISTS \
              (SELECT 1 FROM sessions WHERE sessions.id = participants.session)",
    },
    Rule {
        code: "name_of_nobody",
        what: "a name to log in with leads to a user who is not there",
        sql: "SELECT user_id FROM identifiers WHERE NOT EXISTS \
              (SELECT 1 FROM users WHERE users.user_id = identifiers.user_id AND profile IS NOT NULL)",
    },
];

fn broken(connection: &Connection, rule: &Rule, now: Moment, faults: &mut Vec<Fault>) -> Asked<()> {
    // Every rule may ask for the moment; only some do.
    let sql = format!("{} AND ?1 IS NOT NULL LIMIT {MOST}", rule.sql);
    let mut statement = connection.prepare(&sql)?;
    let names = statement.query_map(params![now.timestamp_millis()], |row| row.get::<_, String>(0))?;
    for name in names {
        faults.push(Fault {
            code: rule.code,
            what: format!("{}: {}", rule.what, name?),
        });
    }
    Ok(())
}

/// What SQLite itself finds damaged.
fn damages(connection: &Connection) -> Asked<Vec<Fault>> {
    let mut statement = connection.prepare("PRAGMA integrity_check")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut faults = Vec::new();
    for line in lines {
        let what = line?;
        if what != "ok" {
            faults.push(Fault {
                code: "storage_corrupt",
                what,
            });
        }
    }
    Ok(faults)
}

/// As many faults of one kind are named.
const MOST: usize = 20;
