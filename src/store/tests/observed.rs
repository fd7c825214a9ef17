use super::at;
use crate::flow::SystemClock;
use crate::random::SystemRandom;
use crate::store::{Bucket, Hashed, Logins as _, SessionId, Sessions as _, Sqlite};
use std::sync::{Arc, Mutex};

#[test]
fn a_question_is_told_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let asked = Arc::clone(&told);
    let store = Sqlite::open(&folder.path().join("s.db"), SystemClock).unwrap();
    let store = store.observed(move |question, _| asked.lock().unwrap().push(question));
    store
        .session(&SessionId::new(Bucket::of(None), &mut SystemRandom), at(0))
        .unwrap();
    store.take_login(&Hashed::of("x"), at(0)).unwrap();
    assert_eq!(*told.lock().unwrap(), ["session", "take_login"]);
}
