//! Whoever reads the files of a store can present nothing of what they find.

use super::{SqliteForTest, at, cookie, family, keys, session, with_users};
use crate::random::{Random as _, SystemRandom};
use crate::store::{
    Bound, Codes as _, Generation, Hashed, KeyNumber, Logins as _, NewCode, NewLogin, Redemption,
    RefreshFamilies as _, RefreshToken, Sessions as _,
};
use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fs;

fn drawn() -> String {
    SystemRandom.text(
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        43,
    )
}

#[test]
fn nothing_in_the_files_of_a_store_can_be_presented() {
    let SqliteForTest { store, folder } = SqliteForTest::new();
    with_users(&store);
    let mut presentable = Vec::new();
    for _ in 0..20 {
        let (presented, value) = cookie();
        store
            .begin_session(session("auth0|ada", &presented), None, at(0))
            .unwrap();
        presentable.push(value.reveal().clone());

        let born = family();
        let code = drawn();
        store
            .add_code(NewCode {
                hash: Hashed::of(&code),
                client_id: "web".to_owned(),
                user_id: "auth0|ada".to_owned(),
                session: None,
                content: keys().hide(b"code", code.as_bytes(), &mut SystemRandom),
                expires_at: at(60),
            })
            .unwrap();
        let redemption = Redemption {
            family: Some(born.clone()),
            token: None,
        };
        store.redeem(&Hashed::of(&code), redemption, at(1)).unwrap();
        presentable.push(code);
        for generation in 0..3 {
            let token = RefreshToken {
                family: born.id,
                generation: Generation(generation),
                key: KeyNumber(1),
            };
            let token = token.issue(&keys()).unwrap();
            // All of it but the seal is public.
            presentable.push(token.reveal()[35..].to_owned());
        }
        super::families::exchange(&store, born.id, 0, at(2));

        let (state, browser) = (drawn(), drawn());
        store
            .add_login(NewLogin {
                id: Hashed::of(&state),
                bound_to: Bound::Browser(Hashed::of(&browser)),
                content: keys().hide(
                    b"login",
                    format!("{{\"token\":\"{state}\"}}").as_bytes(),
                    &mut SystemRandom,
                ),
                expires_at: at(3600),
            })
            .unwrap();
        presentable.extend([state, browser]);
    }
    assert!(store.families_of("auth0|ada", at(3)).unwrap().len() == 20);
    let raw = presentable
        .iter()
        .map(|text| URL_SAFE_NO_PAD.decode(text).unwrap_or_default());
    let patterns = raw
        .chain(presentable.iter().map(|text| text.as_bytes().to_vec()))
        .filter(|pattern| pattern.len() > 8);
    let search = AhoCorasick::new(patterns).unwrap();
    let mut files = 0;
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let found = search
            .find(&fs::read(&path).unwrap())
            .map(|found| found.pattern());
        assert_eq!(found, None, "in {}", path.display());
        files += 1;
    }
    assert!(files >= 2, "the file and its log were looked at");
}
