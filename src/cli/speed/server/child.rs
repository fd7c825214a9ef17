//! A running `postlogin serve`, and what it costs.

#![expect(
    clippy::disallowed_methods,
    reason = "an edge: the server is started, watched and timed here"
)]

use super::house::House;
use crate::cli::speed::cpu::cpu_of;
use crate::cli::trouble::Trouble;
use rustix::process::{Pid, Signal, kill_process};
use serde::Serialize;
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server of a tenant; told to end when this is dropped.
pub(super) struct Server {
    child: Child,
    /// Its public URL, with a slash at its end.
    pub url: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// How long it took from its start until it was ready.
    pub ready_after: Duration,
}

/// Memory of a server and its workers.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Memory {
    pub processes: usize,
    /// Resident memory: what processes share counts for each of them.
    pub rss_mib: f64,
    /// Resident memory: what processes share is divided among them. Absent where the system does not tell.
    pub pss_mib: Option<f64>,
}

impl Server {
    /// Starts this program as the server of `house`, on a free port, and waits until it is ready.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(house: &House) -> Result<Self, Trouble> {
        let wrong = |why: String| {
            Trouble::new(
                format!("the server that is to be measured does not start: {why}"),
                "see what it says above",
            )
        };
        let program = std::env::current_exe().map_err(|error| wrong(error.to_string()))?;
        let begun = Instant::now();
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--format", "json"])
            .arg(house.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| wrong(error.to_string()))?;
        let mut line = String::new();
        let read = child
            .stdout
            .take()
            .map(|stdout| BufReader::new(stdout).read_line(&mut line));
        let ready_after = begun.elapsed();
        let ready: Value = match read {
            Some(Ok(_)) => serde_json::from_str(&line).unwrap_or_default(),
            _ => Value::Null,
        };
        let told = (
            ready["url"].as_str(),
            ready["listen"].as_str().and_then(|listen| listen.parse().ok()),
        );
        let (Some(url), Some(address)) = told else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(wrong(format!(
                "it does not say that it is ready, but \"{}\"",
                line.trim_end()
            )));
        };
        Ok(Self {
            child,
            url: url.to_owned(),
            address,
            ready_after,
        })
    }

    /// CPU time that it and its workers have used.
    pub fn cpu(&self) -> Duration {
        self.processes().into_iter().filter_map(cpu_of).sum()
    }

    /// Its memory and that of its workers.
    pub fn memory(&self) -> Memory {
        let processes = self.processes();
        let of_all = |file: &str, member: &str| {
            let kib = processes.iter().map(|id| {
                let text = fs::read_to_string(format!("/proc/{id}/{file}")).ok()?;
                let line = text.lines().find_map(|line| line.strip_prefix(member))?;
                line.split_whitespace().next()?.parse::<f64>().ok()
            });
            kib.sum::<Option<f64>>().map(|kib| kib / 1024.0)
        };
        Memory {
            processes: processes.len(),
            rss_mib: of_all("status", "VmRSS:").unwrap_or_default(),
            pss_mib: of_all("smaps_rollup", "Pss:"),
        }
    }

    /// The server and all that descend from it.
    fn processes(&self) -> Vec<u32> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let parents: Vec<(u32, u32)> = entries
            .filter_map(|entry| {
                let id = entry.file_name().to_str()?.parse().ok()?;
                let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
                let (_, rest) = stat.rsplit_once(") ")?;
                Some((id, rest.split(' ').nth(1)?.parse().ok()?))
            })
            .collect();
        let mut ours = vec![self.child.id()];
        let mut next = 0;
        while let Some(parent) = ours.get(next).copied() {
            ours.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(id, _)| *id));
            next += 1;
        }
        ours
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(id) = id {
            let _ = kill_process(id, Signal::TERM);
        }
        let _ = self.child.wait();
    }
}
