//! The page with which the browser posts a message, as a server sends it: a line of JSON in, a line of JSON out.
//!
//! A line has the `url` to post to, the `field` (`SAMLRequest` or `SAMLResponse`), the `message` in base64, and
//! `relay_state` where there is one. The answer is `html` with its `headers`, or `not_postable`.

use postlogin::random::SystemRandom;
use postlogin::saml::inbound::Carrier;
use postlogin::saml::post_page::PostForm;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::error::Error;
use std::io::stdin;

#[derive(Deserialize)]
struct Line {
    url: String,
    field: Field,
    message: String,
    relay_state: Option<String>,
}

#[derive(Deserialize)]
enum Field {
    #[serde(rename = "SAMLRequest")]
    Request,
    #[serde(rename = "SAMLResponse")]
    Response,
}

fn main() -> Result<(), Box<dyn Error>> {
    for line in stdin().lines() {
        let line: Line = serde_json::from_str(&line?)?;
        let form = PostForm {
            url: &line.url,
            carrier: match line.field {
                Field::Request => Carrier::Request,
                Field::Response => Carrier::Response,
            },
            message: &line.message,
            relay_state: line.relay_state.as_deref(),
        };
        let answer = match form.page(&mut SystemRandom) {
            Ok(page) => json!({"html": page.html, "headers": BTreeMap::from(page.headers)}),
            Err(error) => json!({"not_postable": error.to_string()}),
        };
        println!("{answer}");
    }
    Ok(())
}
