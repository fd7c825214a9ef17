//! URLs and forms, with the `url` crate (WHATWG).

#![expect(
    clippy::needless_pass_by_value,
    reason = "the binding hands over owned values"
)]

use rquickjs::prelude::Opt;
use rquickjs::{Ctx, Function, Object, Result};
use url::{Url, form_urlencoded, quirks};

pub(super) fn define<'js>(ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    native.set("urlParse", Function::new(ctx.clone(), parse)?)?;
    native.set("urlSet", Function::new(ctx.clone(), set)?)?;
    native.set("formDecode", Function::new(ctx.clone(), form_decode)?)?;
    native.set("formEncode", Function::new(ctx.clone(), form_encode)?)
}

/// The members of a URL in the order that `builtins/url.js` names them, or undefined.
fn parse(input: String, base: Opt<Option<String>>) -> Option<Vec<String>> {
    let url = match base.0.flatten() {
        None => Url::parse(&input),
        Some(base) => Url::parse(&base).and_then(|base| base.join(&input)),
    };
    url.ok().map(|url| members(&url))
}

/// The members after one of them was set; undefined where that is refused.
fn set(href: String, member: String, value: String) -> Option<Vec<String>> {
    let mut url = Url::parse(&href).ok()?;
    let accepted = match member.as_str() {
        "href" => quirks::set_href(&mut url, &value).is_ok(),
        "protocol" => quirks::set_protocol(&mut url, &value).is_ok(),
        "username" => quirks::set_username(&mut url, &value).is_ok(),
        "password" => quirks::set_password(&mut url, &value).is_ok(),
        "host" => quirks::set_host(&mut url, &value).is_ok(),
        "hostname" => quirks::set_hostname(&mut url, &value).is_ok(),
        "port" => quirks::set_port(&mut url, &value).is_ok(),
        "pathname" => {
            quirks::set_pathname(&mut url, &value);
            true
        }
        "search" => {
            quirks::set_search(&mut url, &value);
            true
        }
        "hash" => {
            quirks::set_hash(&mut url, &value);
            true
        }
        _ => false,
    };
    accepted.then(|| members(&url))
}

fn members(url: &Url) -> Vec<String> {
    let parts = [
        quirks::href(url),
        &quirks::origin(url),
        quirks::protocol(url),
        quirks::username(url),
        quirks::password(url),
        quirks::host(url),
        quirks::hostname(url),
        quirks::port(url),
        quirks::pathname(url),
        quirks::search(url),
        quirks::hash(url),
    ];
    parts.map(str::to_owned).to_vec()
}

fn form_decode(query: String) -> Vec<Vec<String>> {
    let pairs = form_urlencoded::parse(query.as_bytes());
    pairs
        .map(|(name, value)| vec![name.into_owned(), value.into_owned()])
        .collect()
}

/// Names and values in turn.
fn form_encode(flat: Vec<String>) -> String {
    let pairs = flat.chunks_exact(2).map(|pair| (&pair[0], &pair[1]));
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}
