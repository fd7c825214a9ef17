//! What is counted and measured, in the text that Prometheus reads (server 8).
//!
//! Written here because the usual exporters bring a registry for the whole process, summaries and an HTTP stack for what
//! are two counters and four histograms. Labels are route templates, names of Actions and words of this program, never
//! what a request brings.

use axum::http::StatusCode;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The measurements of a server; they outlive a reload.
#[derive(Debug)]
pub struct Metrics {
    logins: Family<u64>,
    actions: Family<Seconds>,
    signing: Family<Seconds>,
    http: Family<Seconds>,
    store: Family<Seconds>,
}

/// What is read at the moment at which somebody asks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gauges {
    /// Workers that run an Action.
    pub busy_workers: usize,
    /// Workers that wait for a run.
    pub idle_workers: usize,
    /// Runs that wait for a worker.
    pub waiting_runs: usize,
    /// Passwords that wait to be hashed.
    pub hash_queue: usize,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            logins: Family::new("postlogin_logins_total", "Logins by protocol and outcome."),
            actions: Family::new("postlogin_action_seconds", "Runs of Actions."),
            signing: Family::new(
                "postlogin_signing_seconds",
                "Making and signing tokens and responses.",
            ),
            http: Family::new("postlogin_http_seconds", "Requests by route and status."),
            store: Family::new("postlogin_store_seconds", "Questions to the store."),
        }
    }
}

impl Metrics {
    /// A login that came to rest.
    pub(super) fn login(&self, protocol: &str, outcome: &str) {
        let labels = [("protocol", protocol), ("outcome", outcome)];
        self.logins.change(&labels, |count| *count += 1);
    }

    /// A run of an Action.
    pub(super) fn action(&self, name: &str, took: Duration) {
        self.actions
            .change(&[("action", name)], |seconds| seconds.add(took));
    }

    /// What was signed with this algorithm.
    pub(super) fn signed(&self, alg: &str, took: Duration) {
        self.signing.change(&[("alg", alg)], |seconds| seconds.add(took));
    }

    /// A request that was answered. `route` is the template of its path.
    pub(super) fn answered(&self, route: &str, status: StatusCode, took: Duration) {
        let labels = [("route", route), ("status", status.as_str())];
        self.http.change(&labels, |seconds| seconds.add(took));
    }

    /// A question that the store answered.
    pub fn asked(&self, question: &str, took: Duration) {
        self.store
            .change(&[("question", question)], |seconds| seconds.add(took));
    }

    /// All of it.
    pub(super) fn text(&self, gauges: &Gauges) -> String {
        let mut text = String::new();
        self.logins
            .write(&mut text, "counter", |text, name, labels, count| {
                let _ = writeln!(text, "{name}{{{labels}}} {count}");
            });
        for family in [&self.actions, &self.signing, &self.http, &self.store] {
            family.write(&mut text, "histogram", |text, name, labels, seconds| {
                seconds.write(text, name, labels);
            });
        }
        let mut gauge = |name: &str, help: &str, values: &[(&str, usize)]| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
            for (labels, value) in values {
                let _ = writeln!(text, "{name}{labels} {value}");
            }
        };
        gauge(
            "postlogin_workers",
            "Workers of the embedded engine, and runs that wait for one.",
            &[
                ("{state=\"busy\"}", gauges.busy_workers),
                ("{state=\"idle\"}", gauges.idle_workers),
                ("{state=\"waiting\"}", gauges.waiting_runs),
            ],
        );
        gauge(
            "postlogin_hash_queue",
            "Passwords that wait to be hashed.",
            &[("", gauges.hash_queue)],
        );
        text
    }
}

/// One measurement, by its labels.
#[derive(Debug)]
struct Family<V> {
    name: &'static str,
    help: &'static str,
    /// By labels as they are written.
    series: Mutex<BTreeMap<String, V>>,
}

/// Series of one family. Names of Actions come and go with reloads.
const MAX_SERIES: usize = 1_000;

impl<V: Default> Family<V> {
    fn new(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            help,
            series: Mutex::default(),
        }
    }

    fn change(&self, labels: &[(&str, &str)], change: impl FnOnce(&mut V)) {
        let mut text = String::with_capacity(64);
        for (index, (name, value)) in labels.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let _ = write!(text, "{comma}{name}=\"{}\"", Escaped(value));
        }
        let mut series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = series.get_mut(&text) {
            change(value);
        } else if series.len() < MAX_SERIES {
            change(series.entry(text).or_default());
        }
    }

    fn write(&self, text: &mut String, kind: &str, one: impl Fn(&mut String, &str, &str, &V)) {
        let Self { name, help, series } = self;
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in &*series.lock().unwrap_or_else(PoisonError::into_inner) {
            one(text, name, labels, value);
        }
    }
}

/// Upper bounds in seconds.
const BOUNDS: [(f64, &str); 14] = [
    (0.0005, "0.0005"),
    (0.001, "0.001"),
    (0.0025, "0.0025"),
    (0.005, "0.005"),
    (0.01, "0.01"),
    (0.025, "0.025"),
    (0.05, "0.05"),
    (0.1, "0.1"),
    (0.25, "0.25"),
    (0.5, "0.5"),
    (1.0, "1"),
    (2.5, "2.5"),
    (5.0, "5"),
    (10.0, "10"),
];

/// How many took how long.
#[derive(Debug, Default)]
struct Seconds {
    /// By the first bound that is not below.
    within: [u64; BOUNDS.len()],
    count: u64,
    sum: Duration,
}

impl Seconds {
    fn add(&mut self, took: Duration) {
        let seconds = took.as_secs_f64();
        if let Some(bound) = BOUNDS.iter().position(|(bound, _)| seconds <= *bound) {
            self.within[bound] += 1;
        }
        self.count += 1;
        self.sum += took;
    }

    fn write(&self, text: &mut String, name: &str, labels: &str) {
        let mut below = 0;
        for ((_, bound), count) in BOUNDS.iter().zip(self.within) {
            below += count;
            let _ = writeln!(text, "{name}_bucket{{{labels},le=\"{bound}\"}} {below}");
        }
        let Self { count, sum, .. } = self;
        let _ = writeln!(text, "{name}_bucket{{{labels},le=\"+Inf\"}} {count}");
        let _ = writeln!(text, "{name}_sum{{{labels}}} {}", sum.as_secs_f64());
        let _ = writeln!(text, "{name}_count{{{labels}}} {count}");
    }
}

/// The value of a label.
struct Escaped<'a>(&'a str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for character in self.0.chars() {
            match character {
                '\\' | '"' => write!(formatter, "\\{character}")?,
                '\n' => formatter.write_str("\\n")?,
                other => formatter.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_what_prometheus_reads() {
        let metrics = Metrics::default();
        metrics.login("samlp", "issued");
        metrics.login("samlp", "issued");
        metrics.action("a \"b\"\n\\", Duration::from_millis(2));
        metrics.action("a \"b\"\n\\", Duration::from_secs(61));
        let text = metrics.text(&Gauges {
            busy_workers: 1,
            idle_workers: 2,
            waiting_runs: 3,
            hash_queue: 4,
        });
        for line in [
            "# TYPE postlogin_logins_total counter",
            "postlogin_logins_total{protocol=\"samlp\",outcome=\"issued\"} 2",
            "# TYPE postlogin_action_seconds histogram",
            "postlogin_action_seconds_bucket{action=\"a \\\"b\\\"\\n\\\\\",le=\"0.001\"} 0",
            "postlogin_action_seconds_bucket{action=\"a \\\"b\\\"\\n\\\\\",le=\"0.0025\"} 1",
            "postlogin_action_seconds_bucket{action=\"a \\\"b\\\"\\n\\\\\",le=\"+Inf\"} 2",
            "postlogin_action_seconds_sum{action=\"a \\\"b\\\"\\n\\\\\"} 61.002",
            "postlogin_workers{state=\"idle\"} 2",
            "postlogin_hash_queue 4",
        ] {
            assert!(text.lines().any(|known| known == line), "{line}\n{text}");
        }
    }

    #[test]
    fn series_do_not_grow_without_end() {
        let metrics = Metrics::default();
        for number in 0..2 * MAX_SERIES {
            metrics.action(&number.to_string(), Duration::ZERO);
        }
        assert_eq!(metrics.actions.series.lock().unwrap().len(), MAX_SERIES);
    }
}
