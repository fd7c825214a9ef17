//! The command parser on open input: any method with any arguments.

use super::*;
use crate::random::{Random as _, SystemRandom};
use crate::time::at_ms;
use crate::trace::Origin;
use proptest::prelude::*;
use serde_json::{Value, json};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        prop_oneof![
            Just("https://x.example/"),
            Just("openid"),
            Just("otp"),
            Just("persistent"),
            Just("rsa-sha256"),
            Just("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
            Just("\u{0}\u{1}"),
        ]
        .prop_map(Value::from),
        Just(json!({"$number": "NaN"})),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        let name = prop_oneof![
            "[a-z]{1,5}",
            Just("type".to_owned()),
            Just("query".to_owned()),
            Just("secret".to_owned())
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((name, inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn any_call() -> impl Strategy<Value = Call> {
    let method = prop_oneof![
        9 => prop::sample::select(METHODS).prop_map(|method| method.path.to_owned()),
        1 => "[a-z]{1,8}\\.[a-zA-Z]{1,8}",
    ];
    (method, prop::collection::vec(any_json(), 0..4)).prop_map(|(method, args)| Call {
        origin: Origin::default(),
        method,
        args,
        index: None,
        handler: None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Nothing panics; a refusal names its method; a refused call changes nothing.
    #[test]
    fn any_call_is_answered_recorded_or_refused_by_name(calls in prop::collection::vec(any_call(), 1..8)) {
        let preconditions = Preconditions { session: true, refresh_exchange: true };
        let mut recorder = Recorder::new(preconditions, Cache::default());
        let facts = Facts { state: Some("s".to_owned()), ..Facts::default() };
        for call in &calls {
            let before = recorder.clone();
            match recorder.call(call, Handler::Continue, &facts, at_ms(1_768_478_400_000)) {
                Err(error) => {
                    prop_assert_eq!(&recorder, &before);
                    let text = error.to_string();
                    let documented = text.starts_with("Failed to set refresh token metadata: Invalid metadata: ");
                    prop_assert!(documented || text.starts_with(&format!("api.{}: ", call.method)), "{}", text);
                    let nul = text.contains('\0');
                    prop_assert!(!nul);
                }
                Ok(Outcome::Answered(_)) => {}
                Ok(Outcome::Recorded(command, _)) => {
                    prop_assert!(!command.target().is_empty());
                    let kept = serde_json::to_string(&call).unwrap();
                    let read: Call = serde_json::from_str(&kept).unwrap();
                    prop_assert_eq!(Command::parse(&read).unwrap().target(), command.target());
                }
            }
        }
    }
}

#[test]
fn a_call_that_carries_a_key_shows_its_fingerprint_only() {
    let key = openssl::rsa::Rsa::generate(2048)
        .and_then(openssl::pkey::PKey::from_rsa)
        .unwrap();
    let pem = String::from_utf8(key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    let call = |args: Value| Call {
        origin: Origin::default(),
        method: "samlResponse.setKey".to_owned(),
        args: args.as_array().cloned().unwrap(),
        index: None,
        handler: None,
    };
    let shown = serde_json::to_string(&call(json!([pem])).redacted()).unwrap();
    assert!(shown.contains("$secret") && !shown.contains("BEGIN") && !shown.contains(&pem[40..80]));
    let parsed = format!("{:?}", Command::parse(&call(json!([pem]))).unwrap());
    assert!(!parsed.contains(&pem[40..80]));
}

#[test]
fn a_secret_of_a_provider_is_shown_as_a_handle() {
    let secret = SystemRandom.text(b"abcdef", 40);
    let call = Call {
        origin: Origin::default(),
        method: "multifactor.enable".to_owned(),
        args: vec![
            json!("duo"),
            json!({"providerOptions": {"host": "h", "ikey": "i", "skey": secret}}),
        ],
        index: None,
        handler: None,
    };
    assert!(!serde_json::to_string(&call.redacted()).unwrap().contains(&secret));
    assert!(!format!("{:?}", Command::parse(&call).unwrap()).contains(&secret));
}

#[test]
fn factors_of_exports_and_imports_have_the_api_s_names() {
    let spelled = ["duo", "push", "sms", "totp", "otp", "smoke"].map(super::factor_spelling);
    assert_eq!(
        spelled,
        [
            "push-notification",
            "push-notification",
            "phone",
            "otp",
            "otp",
            "smoke"
        ]
    );
}
