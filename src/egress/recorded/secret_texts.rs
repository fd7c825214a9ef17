//! Where secrets stand in a URL, in headers and in bodies: each value whose name says that it is secret is replaced.

use super::content::Content;
use super::secret_names::{is_secret, is_secret_grant, is_secret_parameter};
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// What stands for a value that was found by its name.
pub(super) type Stand<'a> = &'a mut dyn FnMut(&str, &str) -> String;

/// In the query and the fragment of a URL.
pub(super) fn in_url(url: &mut String, stand: Stand<'_>) {
    let Some(at) = url.find(['?', '#']) else { return };
    let parts = url[at..].split_inclusive(['?', '#']);
    let replaced: String = parts
        .map(|part| {
            let end = part.len() - usize::from(part.ends_with(['?', '#']));
            in_pairs(&part[..end], is_secret_parameter, stand) + &part[end..]
        })
        .collect();
    url.replace_range(at.., &replaced);
}

/// In the line of a header.
pub(super) fn in_header(name: &str, value: &mut String, stand: Stand<'_>) {
    match name {
        "set-cookie" => {
            let end = value.find(';').unwrap_or(value.len());
            if let Some((cookie, content)) = value[..end].split_once('=')
                && !content.is_empty()
            {
                let replaced = format!("{cookie}={}", stand(cookie.trim(), content.trim()));
                value.replace_range(..end, &replaced);
            }
        }
        "location" | "content-location" | "refresh" => in_url(value, stand),
        name if is_secret(name) && !value.is_empty() => *value = stand(name, value),
        _ => {}
    }
}

/// In a body.
pub(super) fn in_content(content: &mut Content, media_type: Option<&str>, stand: Stand<'_>) {
    match content {
        Content::Bytes(_) => {}
        Content::Json(value) => in_json(value, false, "", stand),
        Content::Text(text) => {
            let media_type = media_type.unwrap_or_default().to_ascii_lowercase();
            if super::content::is_json(&media_type)
                && let Ok(mut value) = serde_json::from_str::<Value>(text)
            {
                // What is lost by reading numbers is less than what would be shown.
                let before = value.clone();
                in_json(&mut value, false, "", stand);
                if value != before {
                    *content = Content::Json(value);
                }
            } else if media_type.starts_with("multipart/") {
                *text = in_multipart(text, stand);
            } else if media_type.starts_with("application/x-www-form-urlencoded") {
                *text = in_form(text, stand);
            } else if text.trim_start().starts_with('<') {
                *text = in_markup(text, stand);
            } else if is_form(text) {
                *text = in_form(text, stand);
            }
        }
    }
}

/// In members with a secret name, lists of them included.
fn in_json(value: &mut Value, is_meant: bool, name: &str, stand: Stand<'_>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                in_json(value, is_secret(name), name, stand);
            }
        }
        Value::Array(elements) => {
            for element in elements {
                in_json(element, is_meant, name, stand);
            }
        }
        Value::String(text) if is_meant && !text.is_empty() => *text = stand(name, text),
        // Tokens are counted, too.
        Value::Number(number) if is_meant && name.to_ascii_lowercase().contains("pass") => {
            *value = stand(name, &number.to_string()).into();
        }
        _ => {}
    }
}

/// Whether a text without a type is a form: pairs, and no blanks.
fn is_form(text: &str) -> bool {
    let mut pairs = text.split('&');
    !text.contains(char::is_whitespace) && pairs.all(|pair| pair.contains('='))
}

fn in_form(text: &str, stand: Stand<'_>) -> String {
    let is_grant = text.split('&').any(|pair| pair.starts_with("grant_type="));
    in_pairs(text, if is_grant { is_secret_grant } else { is_secret }, stand)
}

fn in_pairs(text: &str, is_meant: fn(&str) -> bool, stand: Stand<'_>) -> String {
    let pairs = text.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) if !value.is_empty() && is_meant(&decoded(name)) => {
            format!("{name}={}", stand(&decoded(name), &decoded(value)))
        }
        _ => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}

fn decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

/// In the parts of a form with a secret name (RFC 7578).
fn in_multipart(text: &str, stand: Stand<'_>) -> String {
    let Some(boundary) = text.lines().next().filter(|line| line.starts_with("--")) else {
        return text.to_owned();
    };
    let parts = text.split(boundary).map(|part| {
        let secret = part.split_once("\r\n\r\n").and_then(|(head, value)| {
            let (_, name) = head.split_once(" name=\"")?;
            let (name, _) = name.split_once('"')?;
            let value = value.strip_suffix("\r\n").unwrap_or(value);
            (is_secret(name) && !value.is_empty()).then_some((head, name, value))
        });
        match secret {
            Some((head, name, value)) => format!("{head}\r\n\r\n{}\r\n", stand(name, value)),
            None => part.to_owned(),
        }
    });
    parts.collect::<Vec<_>>().join(boundary)
}

/// In elements with a secret name that hold text alone.
fn in_markup(text: &str, stand: Stand<'_>) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        shown.push_str(before);
        let end = tag.find('>').map_or(tag.len(), |end| end + 1);
        shown.push_str(&tag[..end]);
        rest = &tag[end..];
        let name = tag[1..end]
            .split([' ', '>', '/', '\t', '\n', '\r'])
            .next()
            .unwrap_or_default();
        let name = name.rsplit(':').next().unwrap_or_default();
        let content = &rest[..rest.find('<').unwrap_or(rest.len())];
        if is_secret(name) && !tag[..end].ends_with("/>") && !content.trim().is_empty() {
            shown.push_str(&stand(name, content.trim()));
            rest = &rest[content.len()..];
        }
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn stand(name: &str, value: &str) -> String {
        format!("<{name}:{value}>")
    }

    fn body(text: &str, media_type: &str) -> String {
        let mut content = Content::of(text.as_bytes(), Some(media_type)).unwrap();
        in_content(&mut content, Some(media_type), &mut stand);
        String::from_utf8(content.bytes()).unwrap()
    }

    #[test]
    fn secrets_are_found_in_every_kind_of_body() {
        const JSON: &str = "application/json";
        const FORM: &str = "application/x-www-form-urlencoded";
        let shown = body(
            r#"{"access_token":"a","b":{"apiKeys":["1","2"],"token_type":"Bearer","secret":"","tokens":7,"passcode":12}}"#,
            JSON,
        );
        let expected = json!({
            "access_token": "<access_token:a>",
            "b": {"apiKeys": ["<apiKeys:1>", "<apiKeys:2>"], "token_type": "Bearer", "secret": "", "tokens": 7,
                "passcode": "<passcode:12>"},
        });
        assert_eq!(shown, expected.to_string());
        // A number that JSON would lose, beside a secret.
        assert!(body(r#"{"a":12345678901234567890123,"password":"p"}"#, JSON).contains("<password:p>"));
        let form = "grant_type=x&client%5Fsecret=a%20b+c&code=1&scope=";
        let shown = "grant_type=x&client%5Fsecret=<client_secret:a b c>&code=<code:1>&scope=";
        assert_eq!(body(form, FORM), shown);
        assert_eq!(body("password=p&code=1", ""), "password=<password:p>&code=1");
        let xml = "<s:Envelope><password>p</password><n:sessionId x='1'>s</n:sessionId><token/><a>1</a>";
        let shown = "<s:Envelope><password><password:p></password><n:sessionId x='1'><sessionId:s></n:sessionId>\
                     <token/><a>1</a>";
        assert_eq!(body(xml, "text/xml"), shown);
        let parts = "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\np\r\n--x\r\nContent-Disposition: \
                     form-data; name=\"a\"\r\n\r\n1\r\n--x--\r\n";
        let shown = parts.replace("\r\n\r\np\r\n", "\r\n\r\n<password:p>\r\n");
        assert_eq!(body(parts, "multipart/form-data; boundary=x"), shown);
        assert_eq!(body("password = p", "text/plain"), "password = p");
    }

    #[test]
    fn secrets_are_found_in_urls_and_headers() {
        let mut url = "https://api.example/a?x=1&key=k%201&y#access_token=t&z".to_owned();
        in_url(&mut url, &mut stand);
        assert_eq!(
            url,
            "https://api.example/a?x=1&key=<key:k 1>&y#access_token=<access_token:t>&z"
        );
        for (name, value, shown) in [
            ("set-cookie", "sid=1=2; Path=/", "sid=<sid:1=2>; Path=/"),
            ("set-cookie", "sid=; Max-Age=0", "sid=; Max-Age=0"),
            ("x-csrf-token", "1", "<x-csrf-token:1>"),
            ("location", "/a?token=1", "/a?token=<token:1>"),
            ("etag", "1", "1"),
        ] {
            let mut line = value.to_owned();
            in_header(name, &mut line, &mut stand);
            assert_eq!(line, shown);
        }
    }
}
