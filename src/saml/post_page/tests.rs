use super::*;
use crate::random::SeededRandom;
use crate::saml::tests::fixture::Login;
use crate::saml_setting::SamlSetting;
use proptest::prelude::*;

const HOSTILE: &str = "\"><script>alert(1)</script>&amp;'";

fn form<'a>(url: &'a str, relay_state: Option<&'a str>) -> PostForm<'a> {
    PostForm {
        url,
        carrier: Carrier::Response,
        message: "PGE+PC9hPg==",
        relay_state,
    }
}

fn page(form: &PostForm<'_>) -> PostPage {
    form.page(&mut SeededRandom::new("page")).unwrap()
}

/// What a page does, read back by [`tokens`].
#[derive(Debug, PartialEq, Eq)]
struct Posted {
    action: String,
    fields: Vec<(String, String)>,
}

impl Posted {
    fn of(page: &PostPage) -> Self {
        let tokens = tokens(&page.html);
        let attribute = |tag: &Tag, name: &str| {
            let mut found = tag.attributes.iter().filter(|(found, _)| found == name);
            let value = found
                .next()
                .unwrap_or_else(|| panic!("{name} in {tag:?}"))
                .1
                .clone();
            assert_eq!(found.next(), None);
            value
        };
        let tags = |name: &str| {
            tokens
                .tags
                .iter()
                .filter(|tag| tag.name == name)
                .collect::<Vec<_>>()
        };
        let forms = tags("form");
        assert_eq!(forms.len(), 1);
        assert_eq!(attribute(forms[0], "method"), "post");
        let fields = tags("input").into_iter().map(|input| {
            assert_eq!(attribute(input, "type"), "hidden");
            (attribute(input, "name"), attribute(input, "value"))
        });
        Self {
            action: attribute(forms[0], "action"),
            fields: fields.collect(),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

#[derive(Debug, PartialEq, Eq)]
struct Tokens {
    tags: Vec<Tag>,
    /// Between tags, but for white space between lines.
    texts: Vec<String>,
}

/// The page as HTML reads it (HTML 13.2.5), as far as pages of ours go; what they have no right to hold panics.
fn tokens(html: &str) -> Tokens {
    let html = html.replace("\r\n", "\n").replace('\r', "\n");
    let mut rest = html.strip_prefix("<!doctype html>").unwrap();
    let mut tokens = Tokens {
        tags: Vec::new(),
        texts: Vec::new(),
    };
    while !rest.is_empty() {
        let (text, after) = rest.split_once('<').unwrap_or((rest, ""));
        if !text.trim_matches('\n').is_empty() {
            tokens.texts.push(unescaped(text));
        }
        rest = after;
        if rest.is_empty() {
            break;
        }
        let end = rest.find([' ', '>']).unwrap();
        let (name, mut inside) = rest.split_at(end);
        let is_name = |name: &str| {
            let name = name.strip_prefix('/').unwrap_or(name);
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase())
        };
        assert!(is_name(name), "<{name}");
        let mut attributes = Vec::new();
        while let Some(after) = inside.strip_prefix(' ') {
            let (name, after) = after.split_once("=\"").unwrap();
            assert!(
                name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
                "{name}"
            );
            let (value, after) = after.split_once('"').unwrap();
            attributes.push((name.to_owned(), unescaped(value)));
            inside = after;
        }
        rest = inside.strip_prefix('>').unwrap();
        tokens.tags.push(Tag {
            name: name.to_owned(),
            attributes,
        });
    }
    tokens
}

/// Character references are decoded; an ampersand that begins none of ours panics.
fn unescaped(text: &str) -> String {
    assert!(!text.contains(['<', '>', '\'', '\0']), "{text:?}");
    let mut parts = text.split('&');
    let mut unescaped = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, after) = part.split_once(';').unwrap();
        unescaped.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "#39" => '\'',
            "#13" => '\r',
            "#10" => '\n',
            _ => panic!("&{name};"),
        });
        unescaped.push_str(after);
    }
    unescaped
}

/// What is sent of a field with this value (HTML, "converting an entry list to a list of name-value pairs").
fn sent(value: &str) -> String {
    value
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace('\n', "\r\n")
}

fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn the_page_is_one_form_a_button_without_scripts_and_one_script() {
    let page = page(&form("https://sp.example:8443/acs?a=1&b=2", Some("here")));
    let nonce = SeededRandom::new("page").text(b"0123456789abcdef", 32);
    let policy = format!(
        "default-src &#39;none&#39;; script-src &#39;nonce-{nonce}&#39;; form-action http: https:; \
         base-uri &#39;none&#39;"
    );
    assert_eq!(
        page.html,
        format!(
            r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="strict-origin">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Continue to sp.example:8443</title>
</head>
<body>
<form method="post" autocomplete="off" action="https://sp.example:8443/acs?a=1&amp;b=2">
<input type="hidden" name="SAMLResponse" value="PGE+PC9hPg==">
<input type="hidden" name="RelayState" value="here">
<noscript>
<p>This browser runs no scripts. Press the button to go on.</p>
<button type="submit">Continue to sp.example:8443</button>
</noscript>
</form>
<script nonce="{nonce}">HTMLFormElement.prototype.submit.call(document.forms[0])</script>
</body>
</html>
"#
        )
    );
    let policy = policy.replace("&#39;", "'") + "; frame-ancestors 'none'";
    let headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", &policy),
        ("Referrer-Policy", "strict-origin"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
    ];
    assert_eq!(
        page.headers,
        headers.map(|(name, value)| (name, value.to_owned()))
    );
}

#[test]
fn every_page_has_its_own_nonce() {
    let mut random = SeededRandom::new("pages");
    let form = form("https://sp.example/acs", None);
    let (one, other) = (form.page(&mut random).unwrap(), form.page(&mut random).unwrap());
    assert_ne!(one.html, other.html);
    assert_ne!(one.headers, other.headers);
}

/// SR-30
#[test]
fn the_relay_state_of_a_request_is_escaped_in_the_page_and_unchanged_for_the_service_provider() {
    let mut login = Login::new();
    login.grant.request.saml.as_mut().unwrap().relay_state = Some(HOSTILE.to_owned());
    let answer = login.respond().unwrap();
    let page = page(&answer.form());
    assert!(
        page.html
            .contains("value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;&#39;\"")
    );
    let expected = [("SAMLResponse", &*answer.response), ("RelayState", HOSTILE)];
    assert_eq!(Posted::of(&page).fields, fields(&expected));
}

/// SO-14
#[test]
fn the_relay_state_of_an_action_is_escaped_in_the_page_and_unchanged_for_the_service_provider() {
    let long = HOSTILE.repeat(16 * 1024 / HOSTILE.len());
    for relay_state in [HOSTILE, "'\"</form><form action='https://evil.example/'>", &long] {
        let mut login = Login::new().set(SamlSetting::RelayState(relay_state.to_owned()));
        let answer = login.respond().unwrap();
        let posted = Posted::of(&page(&answer.form()));
        assert_eq!(posted.action, "https://sp.example/acs");
        assert_eq!(posted.fields[1], fields(&[("RelayState", relay_state)])[0]);
    }
}

/// SO-13
#[test]
fn whatever_destination_and_recipient_are_the_form_posts_to_the_registered_url() {
    for url in ["javascript:alert(1)", "https://evil.example/acs"] {
        let answer = Login::new()
            .set(SamlSetting::Destination(url.to_owned()))
            .set(SamlSetting::Recipient(url.to_owned()))
            .respond()
            .unwrap();
        assert!(answer.xml.contains(&format!("Destination=\"{url}\"")));
        assert!(answer.xml.contains(&format!("Recipient=\"{url}\"")));
        let page = page(&answer.form());
        assert_eq!(Posted::of(&page).action, "https://sp.example/acs");
        assert!(!page.html.contains(url));
    }
}

#[test]
fn a_response_without_a_relay_state_has_an_empty_one_and_a_logout_message_none() {
    let mut login = Login::new();
    login.grant.request.saml.as_mut().unwrap().relay_state = None;
    let answer = login.respond().unwrap();
    assert_eq!(
        Posted::of(&page(&answer.form())).fields[1],
        fields(&[("RelayState", "")])[0]
    );
    let logout = PostForm {
        carrier: Carrier::Request,
        ..form("https://sp.example/slo", None)
    };
    let expected = fields(&[("SAMLRequest", "PGE+PC9hPg==")]);
    assert_eq!(Posted::of(&page(&logout)).fields, expected);
}

#[test]
fn an_action_that_is_no_web_address_has_no_page() {
    for url in [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " java\nscript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://sp.example/",
        "blob:https://sp.example/1",
        "https:sp.example",
        "https:\\\\sp.example\\acs",
        "https://user@sp.example/",
        "https://sp.example/#a",
        "https://sp.example/a b",
        "/acs",
        "//sp.example/acs",
        "http://",
        "",
    ] {
        let error = form(url, None).page(&mut SeededRandom::new("page")).unwrap_err();
        assert!(
            matches!(&error, NotPostable::Url { url: refused, .. } if refused == url),
            "{error}"
        );
    }
}

#[test]
fn the_action_is_the_url_that_was_checked_whatever_the_address_of_the_page() {
    for (given, action) in [
        ("HTTPS://SP.example", "https://sp.example/"),
        (
            "https://b\u{fc}cher.example/\u{e9}\"<",
            "https://xn--bcher-kva.example/%C3%A9%22%3C",
        ),
        ("https://[::1]/acs", "https://[::1]/acs"),
    ] {
        assert_eq!(Posted::of(&page(&form(given, None))).action, action);
    }
}

#[test]
fn what_a_form_would_change_is_told_with_its_place() {
    for (relay_state, at, character) in [
        ("\0", 0, '\0'),
        ("\u{e9}\n", 2, '\n'),
        ("a\rb", 1, '\r'),
        ("\r\r\n", 0, '\r'),
        ("\r\n\n", 2, '\n'),
        ("\n\r", 0, '\n'),
    ] {
        let error = form("https://sp.example/acs", Some(relay_state))
            .page(&mut SeededRandom::new("page"))
            .unwrap_err();
        assert_eq!(
            error,
            NotPostable::RelayState { at, character },
            "{relay_state:?}"
        );
    }
    let error = arrives_unchanged("ab\n").unwrap_err().to_string();
    assert!(error.contains("at byte 2 it has U+000A, "), "{error}");
}

#[test]
fn a_relay_state_that_cannot_be_posted_is_warned_about_when_the_response_is_made() {
    for (relay_state, warned) in [("one\ntwo", 1), ("one\r\ntwo", 0)] {
        let mut login = Login::new().set(SamlSetting::RelayState(relay_state.to_owned()));
        assert_eq!(login.respond().unwrap().relay_state, relay_state);
        assert_eq!(login.warnings(), &["relay_state_unpostable"][..warned]);
        let lines = login.trace.warnings.iter().map(|warning| warning.origin.line);
        assert_eq!(lines.collect::<Vec<_>>(), &[Some(1)][..warned]);
    }
}

proptest! {
    #[test]
    fn whatever_the_values_the_page_has_the_same_shape_and_the_values_are_read_back(
        message in "[^\0]{0,24}",
        relay_state in "([\0\r\n\t<>\"'&;#a\u{80}\u{85}\u{2028}\u{feff}\u{ffff}]|\r\n|script|amp|\\PC){0,24}",
        path in "[!\"$-\\[\\]-~\u{e9}\u{4e2d}]{0,24}",
    ) {
        let url = format!("https://sp.example/{path}");
        let form = PostForm { message: &message, ..form(&url, Some(&relay_state)) };
        let page = form.page(&mut SeededRandom::new("page"));
        let survives = !relay_state.contains('\0') && sent(&relay_state) == relay_state;
        prop_assert_eq!(page.is_ok(), survives);
        let Ok(page) = page else { return Ok(()) };
        let posted = Posted::of(&page);
        prop_assert_eq!(Url::parse(&posted.action).unwrap(), Url::parse(&url).unwrap());
        prop_assert_eq!(posted.fields, fields(&[("SAMLResponse", &message), ("RelayState", &relay_state)]));
        let shape = |html: &str| {
            let tokens = tokens(html);
            let names: Vec<String> = tokens.tags.into_iter().map(|tag| tag.name).collect();
            (names, tokens.texts)
        };
        let plain = self::form("https://sp.example/", Some(""));
        prop_assert_eq!(shape(&page.html), shape(&self::page(&plain).html));
    }
}
