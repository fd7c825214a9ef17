//! Pairs, terms and servers for these tests.

use crate::command::Exchange;
use crate::egress::*;
use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{IpAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A process with pairs, without the process.
pub struct Rig {
    pub connections: Connections,
    pairs: Vec<Option<UnixStream>>,
}

impl Rig {
    pub fn new(pairs: usize) -> Self {
        let (ours, theirs): (Vec<_>, Vec<_>) = (0..pairs).map(|_| UnixStream::pair().unwrap()).unzip();
        Self {
            connections: Connections::new(ours),
            pairs: theirs.into_iter().map(Some).collect(),
        }
    }

    /// In the midst of a run on these terms.
    pub fn in_run(pairs: usize, terms: &Terms) -> Self {
        let mut rig = Self::new(pairs);
        rig.begin(terms);
        rig
    }

    pub fn begin(&mut self, terms: &Terms) {
        self.connections
            .begin(terms, Instant::now() + Duration::from_mins(1));
    }

    /// Takes the next pair and says its first line.
    pub fn say(&mut self, line: &str) -> Said {
        let (index, pair) = self
            .pairs
            .iter_mut()
            .enumerate()
            .find_map(|(index, pair)| Some((index, pair.take()?)))
            .unwrap();
        pair.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut said = Said {
            index,
            pair: BufReader::new(pair),
        };
        said.send(line);
        said
    }

    /// One request on a connection of its own, and the whole answer.
    pub fn ask(&mut self, line: &str, request: &str) -> String {
        let mut said = self.say(&format!("{line}\n"));
        assert_eq!(
            said.line(),
            "OK",
            "{line}: {:?}",
            self.connections.why(said.index)
        );
        said.send(request);
        said.rest()
    }

    /// A `GET` of a path there over a connection of its own.
    pub fn get(&mut self, port: u16, path: &str) -> String {
        self.ask(&connect(port), &get(port, path))
    }

    /// The same where it fails, after some of the answer or none of it: the code and message that the script gets.
    pub fn get_refused(&mut self, port: u16, path: &str) -> (String, String) {
        self.get(port, path);
        self.why()
    }

    /// The same for a request that fails: the code and message that the script gets.
    pub fn refused(&mut self, line: &str, request: &str) -> (String, String) {
        let answer = self.ask(line, request);
        assert_eq!(answer, "", "an error is no answer");
        self.why()
    }

    /// Why the pair that was taken last was closed.
    pub fn why(&self) -> (String, String) {
        let why = self.connections.why(self.last()).unwrap();
        (why.code, why.message)
    }

    fn last(&self) -> usize {
        self.pairs.iter().take_while(|pair| pair.is_none()).count() - 1
    }

    /// Ends the run: its requests as `METHOD URL STATUS bytes error`.
    pub fn told(&mut self) -> Vec<String> {
        self.connections.end().exchanges.iter().map(told).collect()
    }
}

pub fn connect(port: u16) -> String {
    format!("CONNECT 127.0.0.1:{port}")
}

pub fn get(port: u16, path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n")
}

pub fn told(exchange: &Exchange) -> String {
    let status = exchange
        .status
        .map_or("-".to_owned(), |status| status.to_string());
    let error = exchange.error.as_deref().unwrap_or("");
    format!(
        "{} {} {status} {} {error}",
        exchange.method, exchange.url, exchange.bytes
    )
    .trim_end()
    .to_owned()
}

/// The script's side of a pair.
pub struct Said {
    pub index: usize,
    pub pair: BufReader<UnixStream>,
}

impl Said {
    pub fn send(&mut self, text: &str) {
        self.send_bytes(text.as_bytes());
    }

    pub fn send_bytes(&mut self, bytes: &[u8]) {
        // The other side may have closed it already.
        let _ = self.pair.get_mut().write_all(bytes);
    }

    /// The next line, without its end.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.pair.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Everything until the pair closes.
    pub fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        match self.pair.read_to_end(&mut rest) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "{error}"),
        }
        String::from_utf8_lossy(&rest).into_owned()
    }

    /// One answer with a length.
    pub fn answer(&mut self) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(
                self.pair.read_line(&mut head).unwrap(),
                0,
                "closed in the head: {head}"
            );
        }
        let length = head
            .lines()
            .find_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length: ")?
                    .parse()
                    .ok()
            })
            .unwrap_or(0);
        let mut body = vec![0; length];
        self.pair.read_exact(&mut body).unwrap();
        head + &String::from_utf8(body).unwrap()
    }
}

/// Terms that allow this machine.
pub fn here() -> Terms {
    with_policy(&["127.0.0.1"])
}

pub fn with_policy(allow: &[&str]) -> Terms {
    Terms {
        policy: Arc::new(Policy {
            allow: allow.iter().map(|rule| rule.parse().unwrap()).collect(),
            ..Policy::nobody()
        }),
        limits: Limits::default(),
        answers: None,
        keeping: Keeping::Nothing,
        network: Arc::default(),
    }
}

/// A resolver that knows these names, and how often it was asked.
#[derive(Debug, Default)]
pub struct Names {
    names: Mutex<HashMap<String, Vec<Vec<IpAddr>>>>,
    pub asked: AtomicUsize,
}

impl Names {
    /// Each answer of a name is given once, the last one for ever.
    pub fn new(names: &[(&str, &[&[&str]])]) -> Arc<Self> {
        let addresses = |texts: &&[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        Arc::new(Self {
            names: Mutex::new(
                names
                    .iter()
                    .map(|(name, answers)| ((*name).to_owned(), answers.iter().map(addresses).collect()))
                    .collect(),
            ),
            asked: AtomicUsize::new(0),
        })
    }
}

impl Resolver for Names {
    fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut names = self.names.lock().unwrap();
        let answers = names.get_mut(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(if answers.len() > 1 {
            answers.remove(0)
        } else {
            answers[0].clone()
        })
    }
}

/// A server on this machine that does the same with each connection; its port.
pub fn server(each: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let each = Arc::new(each);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let each = Arc::clone(&each);
            std::thread::spawn(move || each(stream));
        }
    });
    port
}

/// A server that nobody is to reach; its port, and how many did.
pub fn unreached() -> (u16, Arc<AtomicUsize>) {
    let reached = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&reached);
    let port = server(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
    });
    (port, reached)
}

/// A server that answers each connection with these bytes after its first request, and closes it.
pub fn saying(answer: impl Into<Vec<u8>>) -> u16 {
    let answer = answer.into();
    server(move |stream| {
        let mut stream = BufReader::new(stream);
        if read_request(&mut stream).is_some() {
            let _ = stream.get_mut().write_all(&answer);
        }
    })
}

/// A server that answers every request of a connection with what it was asked, or what `answer` makes of it.
pub fn http_server(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> u16 {
    server(move |stream| {
        let mut stream = BufReader::new(stream);
        while let Some(request) = read_request(&mut stream) {
            if stream.get_mut().write_all(answer(&request).as_bytes()).is_err() {
                break;
            }
        }
    })
}

/// Head and body of a request, chunks as they are.
pub fn read_request(stream: &mut impl io::BufRead) -> Option<String> {
    let mut request = String::new();
    while !request.ends_with("\r\n\r\n") {
        if stream.read_line(&mut request).ok()? == 0 {
            return None;
        }
    }
    let lower = request.to_ascii_lowercase();
    let length = lower
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    if let Some(length) = length {
        let mut body = vec![0; length];
        stream.read_exact(&mut body).ok()?;
        request += &String::from_utf8_lossy(&body);
    } else if lower.contains("transfer-encoding: chunked") {
        while !request.ends_with("\r\n0\r\n\r\n") {
            if stream.read_line(&mut request).ok()? == 0 {
                return None;
            }
        }
    }
    Some(request)
}

/// An answer with a length.
pub fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}
