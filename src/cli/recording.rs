//! Recorded commands in the place of Actions (`issue --commands`): no JavaScript runs.

use super::options::ContinueRequest;
use crate::command::{Call, Handler, Report};
use crate::flow::{Actions, Unavailable};
use crate::login::{ActionRun, Away, BoundAction, Suspended};
use std::cell::RefCell;
use std::collections::VecDeque;

/// Calls that were recorded before; no JavaScript runs.
pub(super) struct Recording {
    calls: RefCell<VecDeque<Call>>,
    names: Vec<String>,
}

impl Recording {
    /// The calls in order. Calls without the number of their Action are grouped by its name.
    pub(super) fn new(mut calls: Vec<Call>) -> Self {
        let mut names: Vec<String> = Vec::new();
        for call in &mut calls {
            let name = call
                .origin
                .action
                .clone()
                .unwrap_or_else(|| "commands".to_owned());
            let index = call.index.unwrap_or_else(|| match names.last() {
                Some(last) if *last == name => names.len() - 1,
                _ => names.len(),
            });
            // An Action that recorded nothing left no name.
            while names.len() <= index.min(MAX_ACTIONS) {
                names.push(format!("action {}", names.len()));
            }
            if let Some(slot) = names.get_mut(index) {
                *slot = name;
            }
            call.index = Some(index);
        }
        Self {
            calls: RefCell::new(calls.into()),
            names,
        }
    }

    /// The request that brings the user back, where no `--continue` says it: calls that come later show that the user
    /// came back.
    pub(super) fn comes_back(&self, suspended: &Suspended) -> Option<ContinueRequest> {
        let left = !self.calls.borrow().is_empty() && !matches!(suspended.away(), Away::Mfa(_));
        left.then(ContinueRequest::default)
    }
}

/// More Actions than can be bound.
const MAX_ACTIONS: usize = 1000;

impl Actions for Recording {
    /// The Actions that made the calls, without code.
    fn bound(&self) -> Vec<BoundAction> {
        let names = self.names.iter().enumerate();
        names
            .map(|(place, name)| BoundAction {
                name: name.clone(),
                code: String::new(),
                place,
            })
            .collect()
    }

    fn run(&self, run: &ActionRun<'_>) -> Result<Report, Unavailable> {
        let of_this_run = |call: &Call| {
            call.index == Some(run.index) && call.handler.unwrap_or(Handler::Execute) == run.handler
        };
        let mut calls = self.calls.borrow_mut();
        let count = calls.iter().take_while(|call| of_this_run(call)).count();
        Ok(Report {
            calls: calls.drain(..count).collect(),
            has_continue: true,
            ..Report::default()
        })
    }

    fn unreached(&self) -> Vec<Call> {
        self.calls.borrow().iter().cloned().collect()
    }
}
