//! A client that keeps one connection and asks over it, one request after the other.

use super::child::Server;
use crate::cli::trouble::Trouble;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, HeaderMap};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::fmt::Display;
use std::net::SocketAddr;
use tokio::net::TcpStream;

/// Where a server is asked.
#[derive(Clone, Debug)]
pub(super) struct Place {
    address: SocketAddr,
    host: String,
}

/// A request that can be sent again.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    method: Method,
    /// From the path on.
    target: String,
    cookie: Option<String>,
    bearer: Option<String>,
    body: Option<(&'static str, Bytes)>,
}

/// An answer, read whole.
#[derive(Debug)]
pub(super) struct Heard {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// One connection.
pub(super) struct Connection {
    place: Place,
    sender: SendRequest<Full<Bytes>>,
}

impl Place {
    pub fn of(server: &Server) -> Self {
        let host = server
            .url
            .split_once("://")
            .map_or("", |(_, rest)| rest)
            .trim_end_matches('/');
        Self {
            address: server.address,
            host: host.to_owned(),
        }
    }
}

impl Asked {
    pub fn get(target: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            target: target.into(),
            cookie: None,
            bearer: None,
            body: None,
        }
    }

    /// A form.
    pub fn form(target: impl Into<String>, members: &[(&str, &str)]) -> Self {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(members)
            .finish();
        Self {
            method: Method::POST,
            body: Some(("application/x-www-form-urlencoded", form.into())),
            ..Self::get(target)
        }
    }

    /// JSON.
    pub fn json(target: impl Into<String>, value: &Value) -> Self {
        Self {
            method: Method::POST,
            body: Some(("application/json", value.to_string().into())),
            ..Self::get(target)
        }
    }

    /// With an access token.
    pub fn with_token(self, token: String) -> Self {
        Self {
            bearer: Some(token),
            ..self
        }
    }

    /// With cookies.
    pub fn with_cookie(self, cookie: String) -> Self {
        Self {
            cookie: Some(cookie),
            ..self
        }
    }
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// The server takes no connection.
    pub async fn open(place: &Place) -> Result<Self, Trouble> {
        let stream = TcpStream::connect(place.address).await.map_err(away)?;
        stream.set_nodelay(true).map_err(away)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(away)?;
        tokio::spawn(connection);
        Ok(Self {
            place: place.clone(),
            sender,
        })
    }

    /// Asks, and waits for the whole answer.
    ///
    /// # Errors
    /// The connection breaks.
    pub async fn ask(&mut self, asked: &Asked) -> Result<Heard, Trouble> {
        let mut request = Request::builder()
            .method(asked.method.clone())
            .uri(&asked.target)
            .header(HOST, &self.place.host);
        if let Some(cookie) = &asked.cookie {
            request = request.header(COOKIE, cookie);
        }
        if let Some(bearer) = &asked.bearer {
            request = request.header(AUTHORIZATION, format!("Bearer {bearer}"));
        }
        let body = match &asked.body {
            Some((kind, body)) => {
                request = request.header(CONTENT_TYPE, *kind);
                body.clone()
            }
            None => Bytes::new(),
        };
        let request = request.body(Full::new(body)).map_err(away)?;
        // A server closes a connection that nobody has used for a while.
        if self.sender.ready().await.is_err() {
            *self = Self::open(&self.place.clone()).await?;
        }
        let answer = self.sender.send_request(request).await.map_err(away)?;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.map_err(away)?.to_bytes();
        Ok(Heard {
            status: parts.status,
            headers: parts.headers,
            body,
        })
    }
}

impl Heard {
    /// That this answer is none that a work is measured by.
    pub fn unexpected(&self, wanted: &str) -> Trouble {
        let text = String::from_utf8_lossy(&self.body);
        let begins: String = text.chars().take(300).collect();
        Trouble::new(
            format!(
                "the server answers {} where {wanted} is expected: {begins}",
                self.status
            ),
            "please report this",
        )
    }
}

fn away(error: impl Display) -> Trouble {
    Trouble::new(
        format!("the server that is measured does not answer: {error}"),
        "please report this",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;

    #[test]
    fn a_connection_that_was_closed_meanwhile_is_opened_again() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let place = Place {
            address: listener.local_addr().unwrap(),
            host: "localhost".to_owned(),
        };
        let server = thread::spawn(move || {
            for _ in 0..2 {
                let (mut stream, _) = listener.accept().unwrap();
                let mut head = [0; 1024];
                assert!(stream.read(&mut head).unwrap() > 0);
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
                stream.write_all(answer).unwrap();
            }
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(async {
            let mut connection = Connection::open(&place).await.unwrap();
            for _ in 0..2 {
                let heard = connection.ask(&Asked::get("/")).await.unwrap();
                assert_eq!(heard.status, StatusCode::OK);
                while !connection.sender.is_closed() {
                    tokio::task::yield_now().await;
                }
            }
        });
        server.join().unwrap();
    }
}
