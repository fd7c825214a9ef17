use super::*;
use crate::command::{AnsweredBy, Exchange};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::time::{Duration, Instant};

fn search(secrets: &[(&str, &str)]) -> Search {
    let secrets = secrets
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned().into()));
    let secrets: BTreeMap<String, Secret<String>> = secrets.collect();
    Search::of(&secrets)
}

fn hidden_by(search: &Search, text: &str) -> String {
    let mut text = text.to_owned();
    search.hide_in(&mut text);
    text
}

fn hidden(text: &str) -> String {
    let search = search(&[
        ("LONG", "hunter2-hunter2-more"),
        ("PART", "hunter2-hunter2"),
        ("LINES", "first 'line'\nsecond\n"),
        ("SHORT", "abc"),
    ]);
    hidden_by(&search, text)
}

#[test]
fn secrets_are_named_and_short_ones_left_alone() {
    assert_eq!(
        hidden("a hunter2-hunter2-more, hunter2-hunter2; abc"),
        "a [secret LONG], [secret PART]; abc"
    );
}

#[test]
fn every_spelling_of_a_secret_is_found() {
    for text in [
        "first 'line'\nsecond\n",
        "first 'line'\nsecond",
        "first 'line'second",
        r"first 'line'\nsecond\n",
        r"first \'line\'\nsecond\n",
    ] {
        assert_eq!(hidden(text), "[secret LINES]", "{text}");
    }
}

#[test]
fn escaped_and_encoded_spellings_are_found() {
    const VALUE: &str = "Grüße & <p@ss>/'wörd'+=~ \"x\"";
    let search = search(&[("KEY", VALUE)]);
    let json = serde_json::Value::from(VALUE).to_string();
    let base64 = STANDARD.encode(VALUE);
    let hex = openssl::bn::BigNum::from_slice(VALUE.as_bytes()).unwrap();
    let hex = hex.to_hex_str().unwrap();
    let bytes = |between: &str| {
        VALUE
            .bytes()
            .map(|byte| byte.to_string())
            .collect::<Vec<_>>()
            .join(between)
    };
    for text in [
        VALUE,
        &VALUE.to_uppercase(),
        &VALUE.to_lowercase(),
        &json[1..json.len() - 1],
        r#"Gr\u00fc\u00DFe & <p@ss>/'w\u00f6rd'+=~ \"x\""#,
        "Grüße &amp; &lt;p@ss&gt;/&#39;wörd&#39;+=~ &quot;x&quot;",
        "Gr%C3%BC%C3%9Fe%20%26%20%3Cp%40ss%3E%2F'w%C3%B6rd'%2B%3D~%20%22x%22",
        "gr%c3%bc%c3%9fe%20%26%20%3cp%40ss%3e%2f'w%c3%b6rd'%2b%3d~%20%22x%22",
        "Gr%C3%BC%C3%9Fe+%26+%3Cp%40ss%3E%2F%27w%C3%B6rd%27%2B%3D%7E+%22x%22",
        "Gr%C3%BC%C3%9Fe%20&%20%3Cp@ss%3E/'w%C3%B6rd'+=~%20%22x%22",
        &base64,
        &URL_SAFE_NO_PAD.encode(VALUE),
        &hex.to_lowercase(),
        &hex.to_uppercase(),
        &bytes(","),
        &bytes(", "),
    ] {
        assert_eq!(
            hidden_by(&search, &format!("<{text}>")),
            "<[secret KEY]>",
            "{text}"
        );
    }
}

#[test]
fn escapes_within_escapes_and_parts_on_several_lines_are_found() {
    const VALUE: &str = "gate/7\n\"p@ss\" & <k\u{e9}y> %41+=\\n";
    let search = search(&[("KEY", VALUE)]);
    let json = |text: &str| serde_json::Value::from(text).to_string();
    let nested = json(&json(&json(VALUE)));
    let listed = VALUE
        .bytes()
        .enumerate()
        .map(|(at, byte)| format!("{byte:3},{}", if at % 12 == 11 { "\n  " } else { " " }));
    let base64 = STANDARD.encode(VALUE);
    let base64 = base64.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    for text in [
        nested.as_str(),
        &json(VALUE).replace('/', "\\/"),
        // `encodeURIComponent`, twice.
        "gate%252F7%250A%2522p%2540ss%2522%2520%2526%2520%253Ck%25C3%25A9y%253E%2520%252541%252B%253D%255Cn",
        // The hash of a URL, which escapes a few characters only.
        "https://h/#gate/7%0A%22p@ss%22%20&%20%3Ck%C3%A9y%3E%20%41+=\\n",
        "gate/7%0A%22p@ss%22%20%26%20%3Ck%E9y%3E%20%2541+%3D%5Cn",
        "gate&#x2F;7&#10;&#34;p@ss&quot; &amp; &lt;k&#233;y&gt; %41+=\\n",
        // As `util.inspect` shows a text of several lines, and with the indentation of a group.
        "'gate/7\\n' +\n    '\"p@ss\" & <k\u{e9}y> %41+=\\\\n'",
        "gate/7\n    \"p@ss\" & <k\u{e9}y> %41+=\\n",
        listed.collect::<String>().trim_end_matches([',', ' ']),
        &base64,
    ] {
        let shown = hidden_by(&search, text);
        assert!(shown.contains("[secret KEY]"), "{text}: {shown}");
        assert!(
            !shown.contains("p@ss") && !shown.contains("112"),
            "{text}: {shown}"
        );
        assert_eq!(hidden_by(&search, &shown), shown);
    }
}

#[test]
fn the_beginning_of_a_long_list_of_bytes_is_hidden() {
    let value = "0123456789-abcdefghij-".repeat(6);
    let search = search(&[("KEY", &value)]);
    let listed = |between: &str| {
        let bytes = value.bytes().take(100).map(|byte| byte.to_string());
        bytes.collect::<Vec<_>>().join(between)
    };
    for between in [", ", " ", ",\n   "] {
        let text = format!("Uint8Array(132) [ {}, ... 32 more items ]", listed(between));
        let shown = hidden_by(&search, &text);
        // The comma after the last one may go with it.
        let rest = shown.strip_prefix("Uint8Array(132) [ [secret KEY]").unwrap();
        let rest = rest.trim_start_matches([',', ' ']);
        assert_eq!(rest, "... 32 more items ]", "{shown}");
    }
}

#[test]
fn words_of_a_secret_that_was_read_as_code_are_hidden() {
    let search = search(&[("KEY", "hunter2hunter2+more.of-it")]);
    for text in [
        "unexpected token: 'hunter2hunter2'",
        "hunter2hunter2 is not defined",
    ] {
        let shown = hidden_by(&search, text);
        assert!(
            shown.contains("[secret KEY]") && !shown.contains("hunter"),
            "{shown}"
        );
    }
    assert_eq!(hidden_by(&search, "'hunter2hunter2'"), "'hunter2hunter2'");
}

#[test]
fn a_secret_within_what_is_encoded_is_found() {
    for value in ["s3cr3t-of-10", "s3cr3t-of-1", "s3cr3t-of-", "pässwörd-ÿ"] {
        let search = search(&[("KEY", value)]);
        for before in ["", "u", "us", "user", "user:", "userid:"] {
            for behind in ["", "x", "xy", "xyz"] {
                let text = format!("{before}{value}{behind}");
                for encoded in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                    let shown = hidden_by(&search, &format!("Basic {encoded}"));
                    assert!(shown.contains("[secret KEY]"), "{shown} of {text}");
                    assert!(!shown.ends_with("]="), "{shown} of {text}");
                    let rest = shown.trim_start_matches("Basic ").trim_end_matches('=');
                    let rest = rest.replace("[secret KEY]", "");
                    // Of what lies around the secret, and of nothing else.
                    assert!(
                        rest.len() <= (before.len() + behind.len()) * 4 / 3 + 1,
                        "{shown} of {text}"
                    );
                }
            }
        }
    }
}

#[test]
fn overlapping_secrets_are_hidden_whole() {
    let search = search(&[
        ("A", "abcdefgh1234"),
        ("B", "1234ijklmnop"),
        ("C", "ghosts-and-more"),
    ]);
    assert_eq!(
        hidden_by(&search, "<abcdefgh1234ijklmnop>"),
        "<[secret A][secret B]>"
    );
    assert_eq!(
        hidden_by(&search, "abcdefgh1234abcdefgh1234"),
        "[secret A][secret A]"
    );
}

#[test]
fn a_secret_that_repeats_itself_does_not_make_a_text_longer() {
    let search = search(&[("KEY", "abababab")]);
    assert_eq!(
        hidden_by(&search, &format!("<{}>", "ab".repeat(5_000))),
        "<[secret KEY]>"
    );
}

#[test]
fn names_in_the_place_of_secrets_are_left_alone() {
    let search = search(&[
        ("API_KEY", "hunter2-hunter2"),
        ("OTHER", "secret API_KEY"),
        ("secret", "[secret API"),
    ]);
    let once = hidden_by(&search, "hunter2-hunter2 secret API_KEY");
    assert_eq!(once, "[secret API_KEY] [secret OTHER]");
    assert_eq!(hidden_by(&search, &once), once);
}

#[test]
fn a_text_is_cut_after_secrets_are_hidden() {
    let search = search(&[
        ("KEY", "hunter2-hunter2-more"),
        ("LONG", &"0123456789".repeat(40)),
    ]);
    for before in 0..120 {
        let text = format!("{}hunter2-hunter2-more{}", "x".repeat(before), "y".repeat(2_000));
        let cut = search.cut(&text, 100);
        assert!(cut.len() <= 100 && !cut.contains("hun"), "{cut}");
        // As it is, and once more by who gets it.
        assert_eq!(hidden_by(&search, &cut), cut);
    }
    assert_eq!(search.cut("hunter2-hunter2-more", 100), "[secret KEY]");
    assert_eq!(search.cut(&"é".repeat(100), 99).len(), 98);
}

#[test]
fn what_the_engine_has_cut_is_hidden() {
    let value = "0123456789-abcdefghij-ABCDEFGHIJ-0123456789-abcdefghij-ABCDEFGHIJ";
    let search = search(&[("KEY", value)]);
    for text in [
        format!("cannot read property '{}' of null", &value[..63]),
        format!("cannot read property 'Bearer {}' of null", &value[..56]),
        format!(
            "cannot read property '{}{}' of null",
            "x".repeat(50),
            &value[..13]
        ),
        format!("{} {}", "x".repeat(240), &value[..14]),
        format!("url must be ..., got '{}{}'", "x".repeat(180), &value[..20]),
    ] {
        let shown = hidden_by(&search, &text);
        assert!(
            shown.contains("[secret KEY]") && !shown.contains("0123"),
            "{shown}"
        );
    }
    for text in ["'0123456789'", "0123456789", "got '0123456789-' of a and b"] {
        assert_eq!(hidden_by(&search, text), text);
    }
}

#[test]
fn private_keys_are_not_shown_and_certificates_are() {
    let begin = "-----BEGIN RSA PRIVATE KEY-----";
    let end = "-----END RSA PRIVATE KEY-----";
    let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
    assert_eq!(
        hidden(&format!(
            "a {begin}\nMIIE\n{end} b {certificate} {begin}MIIE{end}"
        )),
        format!("a [private key] b {certificate} [private key]")
    );
    assert_eq!(hidden(&format!("a {begin}\\nMIIE")), "a [private key]");
}

#[test]
fn many_secrets_and_much_text_take_little_time() {
    let secrets: Vec<(String, Secret<String>)> = (0..64)
        .map(|at| {
            (
                format!("KEY{at}"),
                format!("{at}-{}", "secret/värde ".repeat(at * 4 + 2)).into(),
            )
        })
        .collect();
    let periodic: Vec<(String, Secret<String>)> = (0..64)
        .map(|at| (format!("A{at}"), "a".repeat(4_000 + at).into()))
        .collect();
    let texts = ["secret/värde 7-secret ".repeat(1 << 15), "a".repeat(1 << 19)];
    for (secrets, text) in [secrets, periodic].into_iter().zip(texts) {
        let started = Instant::now();
        let search = Search::of(secrets.iter().map(|(name, secret)| (name, secret)));
        hidden_by(&search, &text);
        let took = started.elapsed();
        // Seconds where nobody else works; a search whose work grows with the square takes many minutes.
        assert!(took < Duration::from_secs(100), "{took:?}");
    }
}

#[test]
fn a_secret_in_a_url_is_named() {
    let mut report = Report {
        http: vec![Exchange {
            method: "GET".to_owned(),
            url: "https://api.example/?key=p%40ss%2Fword-1&user=1".to_owned(),
            status: None,
            error: Some("no route to p@ss/word-1".to_owned()),
            elapsed: Duration::ZERO,
            bytes: 0,
            by: AnsweredBy::Network,
            kept: None,
        }],
        ..Report::default()
    };
    make_readable(&mut report, &search(&[("KEY", "p@ss/word-1")]));
    let [exchange] = &report.http[..] else {
        panic!("the exchange is gone")
    };
    assert_eq!(exchange.url, "https://api.example/?key=[secret KEY]&user=1");
    assert_eq!(exchange.error.as_deref(), Some("no route to [secret KEY]"));
}
