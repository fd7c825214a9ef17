//! A browser as far as these tests need one: cookies, forms, and redirects that are not followed.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;
use url::Url;
use url::form_urlencoded::Serializer;

#[derive(Clone, Default)]
pub(super) struct Browser {
    cookies: BTreeMap<String, String>,
}

#[derive(Debug)]
pub(super) struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// A login form that a browser has.
pub struct LoginForm {
    url: String,
    state: String,
    token: String,
}

impl Browser {
    pub fn get(&mut self, url: &str) -> Reply {
        self.send("GET", url, &[], "")
    }

    pub fn post(&mut self, url: &str, fields: &[(&str, &str)]) -> Reply {
        let form = Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(
            "POST",
            url,
            &[("Content-Type", "application/x-www-form-urlencoded")],
            &form,
        )
    }

    /// The values of its cookies.
    pub fn cookies(&self) -> impl Iterator<Item = &str> {
        self.cookies.values().map(String::as_str)
    }

    /// Logs in at the page that `asked` leads to.
    pub fn log_in(&mut self, asked: &Reply, username: &str, password: &str) -> Reply {
        let form = self.login_form(asked);
        self.send_login(&form, username, password)
    }

    /// The login form to which the answer to an authorization request leads.
    pub fn login_form(&mut self, asked: &Reply) -> LoginForm {
        let location = asked.header("location").unwrap();
        let page = self.get(location);
        assert_eq!(page.status, 200, "{page:?}");
        LoginForm {
            url: location.split('?').next().unwrap().to_owned(),
            state: page.field("state").unwrap(),
            token: page.field("token").unwrap(),
        }
    }

    pub fn send_login(&mut self, form: &LoginForm, username: &str, password: &str) -> Reply {
        let fields = [
            ("state", &*form.state),
            ("token", &*form.token),
            ("username", username),
            ("password", password),
        ];
        self.post(&form.url, &fields)
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.get(name).cloned()
    }

    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    pub fn send(&mut self, method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let parsed = Url::parse(url).unwrap();
        let authority = &parsed[url::Position::BeforeHost..url::Position::AfterPort];
        let target = &parsed[url::Position::BeforePath..url::Position::AfterQuery];
        let mut lines = vec![
            format!("{method} {target} HTTP/1.1"),
            "Connection: close".to_owned(),
            format!("Content-Length: {}", body.len()),
        ];
        if !headers.iter().any(|(name, _)| *name == "Host") {
            lines.push(format!("Host: {authority}"));
        }
        if !self.cookies.is_empty() {
            let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            lines.push(format!("Cookie: {}", pairs.collect::<Vec<_>>().join("; ")));
        }
        lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
        let request = lines.join("\r\n");
        let port = parsed.port().unwrap();
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
            .write_all(format!("{request}\r\n\r\n{body}").as_bytes())
            .unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let reply = Reply::of(&String::from_utf8(bytes).unwrap());
        for (_, cookie) in reply.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        reply
    }
}

impl Reply {
    fn of(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_lowercase(), value.to_owned())
        });
        Self {
            status,
            headers: headers.collect(),
            body: body.to_owned(),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// A parameter of the URL that the answer leads to.
    pub fn sent(&self, name: &str) -> Option<String> {
        let url = Url::parse(self.header("location")?).unwrap();
        let found = url.query_pairs().find(|(known, _)| known == name);
        found.map(|(_, value)| value.into_owned())
    }

    /// The value of a hidden field of the page.
    pub fn field(&self, name: &str) -> Option<String> {
        let (_, rest) = self.body.split_once(&format!("name=\"{name}\" value=\""))?;
        Some(rest.split_once('"')?.0.to_owned())
    }
}
