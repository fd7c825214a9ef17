//! The lines with which a pair begins.
//!
//! The script's side says `CONNECT host:port` or `CONNECT-TLS host:port servername`. The answer is `OK`, `TUNNEL` (to
//! `CONNECT-TLS`, where bytes pass to this destination untouched, so that the script's side makes TLS itself), or
//! `NO code message`.

use super::host::{Destination, Host};
use super::refusal::{Refusal, Refused};

/// What a script's side asks of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub destination: Destination,
    pub layer: Layer,
}

/// What goes over a connection below HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    Plain,
    Tls,
}

impl Asked {
    /// The URL of a path there.
    pub(super) fn url(&self, path: &str) -> String {
        let (scheme, port) = match self.layer {
            Layer::Plain => ("http", 80),
            Layer::Tls => ("https", 443),
        };
        let Destination { host, port: asked } = &self.destination;
        if asked.get() == port {
            format!("{scheme}://{host}{path}")
        } else {
            format!("{scheme}://{host}:{asked}{path}")
        }
    }

    /// Reads a line without its end.
    pub(super) fn parse(line: &[u8]) -> Result<Self, Refusal> {
        let line = str::from_utf8(line).map_err(|_| unreadable("it is not UTF-8"))?;
        let mut words = line.strip_suffix('\r').unwrap_or(line).split(' ');
        let layer = match words.next() {
            Some("CONNECT") => Layer::Plain,
            Some("CONNECT-TLS") => Layer::Tls,
            _ => return Err(unreadable("it is neither CONNECT nor CONNECT-TLS")),
        };
        let destination: Destination = words
            .next()
            .ok_or_else(|| unreadable("it names no host"))?
            .parse()
            .map_err(Refusal::Protocol)?;
        match (words.next(), layer) {
            (None, _) => {}
            (Some(name), Layer::Tls) if is_server(name, &destination.host) => {}
            (Some(name), Layer::Tls) => {
                return Err(Refusal::Protocol(format!(
                    "the servername `{name}` is not the host {} of the connection; for another one, pass the bytes \
                     through: tunnel of [actions.egress]",
                    destination.host
                )));
            }
            (Some(_), Layer::Plain) => return Err(unreadable("it goes on after the port")),
        }
        match words.next() {
            None => Ok(Self { destination, layer }),
            Some(_) => Err(unreadable("it goes on after the servername")),
        }
    }
}

/// Whether a servername is this host; an address may have none.
fn is_server(name: &str, host: &Host) -> bool {
    match host {
        Host::Address(_) if name.is_empty() => true,
        _ => Host::parse(name).as_ref() == Ok(host),
    }
}

fn unreadable(why: &str) -> Refusal {
    Refusal::Protocol(format!("the first line of a connection cannot be read: {why}"))
}

/// The answer to a line that is refused.
pub(super) fn refused(refused: &Refused) -> Vec<u8> {
    format!("NO {} {}\n", refused.code, refused.message).into_bytes()
}

pub(super) const OK: &[u8] = b"OK\n";
pub(super) const TUNNEL: &[u8] = b"TUNNEL\n";

/// The longest line of the script's side, in bytes, its end included.
pub(super) const LONGEST: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_names_destination_and_layer() {
        let asked = Asked::parse(b"CONNECT-TLS API.example.:443 api.example").unwrap();
        assert_eq!(asked.destination.to_string(), "api.example:443");
        assert_eq!(asked.layer, Layer::Tls);
        for right in [
            "CONNECT ::1:80",
            "CONNECT [::1]:80\r",
            "CONNECT-TLS [::1]:443 ",
            "CONNECT-TLS a.example:443",
        ] {
            assert!(Asked::parse(right.as_bytes()).is_ok(), "{right}");
        }
    }

    #[test]
    fn another_line_is_refused() {
        for wrong in [
            "",
            "GET / HTTP/1.1",
            "connect a:1",
            "CONNECT",
            "CONNECT a",
            "CONNECT a:1 b",
            "CONNECT a:0",
            "CONNECT-TLS a:1 b",
            "CONNECT-TLS a:1 a a",
            "CONNECT  a:1",
            "CONNECT a@b:1",
            "CONNECT http://a:1",
        ] {
            assert!(Asked::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(line in proptest::collection::vec(any::<u8>(), 0..LONGEST)) {
            let _ = Asked::parse(&line);
        }
    }
}
