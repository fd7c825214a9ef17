//! Hashes that other programs made (Python's hashlib, passlib, argon2-cffi, bcrypt, PyCryptodome), and texts that are none.

use super::{PasswordFault, PasswordHash};
use crate::tenant::Credentials;
use serde_json::{Map, Value, json};

/// What `vectors.json` was made of.
#[cfg(feature = "server")]
const PASSWORD: &str = "Grüße 42!";

fn credentials(value: Value) -> Credentials {
    match value {
        Value::Object(members) => Credentials(members),
        _ => Credentials::default(),
    }
}

fn fault(value: Value) -> PasswordFault {
    match PasswordHash::of(&credentials(value)) {
        Err(fault) => fault,
        Ok(_) => panic!("it was read"),
    }
}

fn custom(value: Value) -> Value {
    Value::Object(Map::from_iter([("custom_password_hash".to_owned(), value)]))
}

#[cfg(feature = "server")]
#[test]
fn the_hashes_of_other_programs_are_checked() {
    let vectors: Vec<(String, Value)> = serde_json::from_str(include_str!("vectors.json")).unwrap();
    assert!(vectors.len() > 50);
    for (name, value) in vectors {
        let hash = PasswordHash::of(&credentials(value)).unwrap().unwrap();
        assert!(hash.is_of(PASSWORD), "{name}");
        for wrong in ["", "grüße 42!", "Grüße 42", "Grüße 42! "] {
            assert!(!hash.is_of(wrong), "{name}: {wrong:?}");
        }
    }
}

#[cfg(feature = "server")]
#[test]
fn what_is_made_is_read_and_as_strong_as_was_asked_for() {
    use crate::random::SystemRandom;
    use crate::tenant::PasswordKind;
    let argon2id = |memory| PasswordKind::Argon2id {
        memory,
        passes: 1,
        lanes: 1,
    };
    let bcrypt = |cost| PasswordKind::Bcrypt { cost };
    let made = |kind| {
        let credentials = PasswordHash::make(PASSWORD, kind, &mut SystemRandom).unwrap();
        PasswordHash::of(&credentials).unwrap().unwrap()
    };
    for kind in [argon2id(64), bcrypt(4)] {
        let hash = made(kind);
        assert!(hash.is_of(PASSWORD) && !hash.is_of("other"));
        assert!(hash.is_as_strong_as(kind));
    }
    assert!(!made(argon2id(64)).is_as_strong_as(argon2id(65)));
    assert!(!made(bcrypt(4)).is_as_strong_as(bcrypt(5)));
    assert!(!made(bcrypt(5)).is_as_strong_as(argon2id(64)));
    assert!(made(argon2id(64)).is_as_strong_as(bcrypt(10)));
}

#[test]
fn a_user_without_a_hash_has_no_password() {
    for value in [
        json!({}),
        json!({"password_hash": null}),
        json!({"mfa_factors": []}),
    ] {
        assert!(PasswordHash::of(&credentials(value)).unwrap().is_none());
    }
}

#[test]
fn what_cannot_be_read_is_told_by_its_member_and_never_by_its_text() {
    let hex = |algorithm: &str, value: &str| {
        custom(json!({"algorithm": algorithm, "hash": {"value": value, "encoding": "hex"}}))
    };
    for (value, words) in [
        (
            json!({"password_hash": "$2b$10$SECRET"}),
            "password_hash is not a bcrypt hash",
        ),
        (json!({"password_hash": 7}), "password_hash is not"),
        (
            json!({"password_hash": "$2x$04$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"}),
            "password_hash is not",
        ),
        (json!({"password": "SECRET"}), "clear text"),
        (
            json!({"password_hash": "$2b$SECRET", "custom_password_hash": {}}),
            "both given",
        ),
        (custom(json!({})), "algorithm is missing"),
        (custom(json!({"algorithm": "md5"})), "hash.value is missing"),
        (
            hex("rot13", "SECRET"),
            "custom_password_hash.algorithm names none of",
        ),
        (hex("sha256", "SECRET"), "not hexadecimal"),
        (hex("sha256", "00ff"), "not as long as the digest"),
        (hex("sha256", "00f"), "not hexadecimal"),
        (hex("hmac", "00"), "hash.digest is missing"),
        (
            custom(
                json!({"algorithm": "hmac", "hash": {"value": "00", "digest": "whirlpool", "key": {"value": "SECRET"}}}),
            ),
            "hash.digest names none of",
        ),
        (hex("ldap", "{CRYPT}SECRET"), "{SSHA}"),
        (hex("ldap", "{SHA}SECRET"), "base64"),
        (
            hex("argon2", "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$c2FsdHNhbHQ"),
            "PHC string",
        ),
        (
            hex("argon2", "$argon2id$v=19$m=64,t=1,p=9$c2FsdHNhbHQ$c2FsdHNhbHQ"),
            "PHC string",
        ),
        (
            hex("argon2", "$argon2id$v=19$m=64,t=1$c2FsdHNhbHQ$c2FsdHNhbHQ"),
            "PHC string",
        ),
        (
            hex("pbkdf2", "$pbkdf2-sha256$i=1,l=9$c2FsdHNhbHQ$c2FsdHNhbHQ"),
            "PHC string",
        ),
        (
            hex("pbkdf2", "$pbkdf2-sha256$i=x$c2FsdHNhbHQ$c2FsdHNhbHQ"),
            "PHC string",
        ),
        (hex("scrypt", "00000000"), "keylen is missing"),
        (
            custom(
                json!({"algorithm": "scrypt", "keylen": 4, "cost": 1000, "hash": {"value": "00000000", "encoding": "hex"}}),
            ),
            "a power of two",
        ),
        (
            custom(
                json!({"algorithm": "md5", "hash": {"value": "d41d8cd98f00b204e9800998ecf8427e", "encoding": "rot13"}}),
            ),
            "hash.encoding names none of",
        ),
        (
            custom(
                json!({"algorithm": "md5", "hash": {"value": "d41d8cd98f00b204e9800998ecf8427e"}, "salt": {"value": "x", "position": "middle"}}),
            ),
            "salt.position names none of",
        ),
        (
            custom(
                json!({"algorithm": "md5", "hash": {"value": "d41d8cd98f00b204e9800998ecf8427e"}, "password": {"encoding": "ebcdic"}}),
            ),
            "password.encoding names none of",
        ),
    ] {
        let told = fault(value).to_string();
        assert!(told.contains(words) && !told.contains("SECRET"), "{told}");
    }
}

#[test]
fn more_than_a_login_should_take_is_refused_when_it_is_read() {
    let phc =
        |algorithm: &str, value: &str| custom(json!({"algorithm": algorithm, "hash": {"value": value}}));
    let scrypt = |cost: u64, block: u64, lanes: u64| {
        custom(json!({
            "algorithm": "scrypt", "keylen": 4, "cost": cost, "blockSize": block, "parallelization": lanes,
            "hash": {"value": "00000000", "encoding": "hex"},
        }))
    };
    for value in [
        json!({"password_hash": "$2b$16$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"}),
        json!({"password_hash": "$2b$31$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"}),
        phc(
            "argon2",
            "$argon2id$v=19$m=524288,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHQ",
        ),
        phc(
            "argon2",
            "$argon2id$v=19$m=65536,t=4000000000,p=1$c2FsdHNhbHQ$c2FsdHNhbHQ",
        ),
        phc("pbkdf2", "$pbkdf2-sha256$i=4000000000$c2FsdHNhbHQ$c2FsdHNhbHQ"),
        scrypt(1 << 20, 8, 1),
        scrypt(1 << 63, 4_000_000_000, 4_000_000_000),
        scrypt(16384, 8, 1000),
    ] {
        let fault = fault(value.clone());
        assert!(
            matches!(fault, PasswordFault::TooCostly { .. }),
            "{value}: {fault}"
        );
    }
    let most = json!({"password_hash": "$2b$15$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"});
    assert!(PasswordHash::of(&credentials(most)).is_ok());
}
