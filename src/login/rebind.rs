//! The Actions of a login whose user comes back: those that ran, and those that are bound today.

use super::plan::BoundAction;
use super::refusal::{ActionChange, Refusal};
use super::state::State;
use crate::trace::Origin;

impl State {
    /// Goes on with the Actions that are bound `today`. Those that ran do not run again. The one that sent the
    /// user away must still be there and be the same. Those that have not run are today's, in today's order; what
    /// changed among them is one warning.
    ///
    /// # Errors
    /// The Action that sent the user away is no longer bound, or its code was changed.
    pub(super) fn rebind(&mut self, today: Vec<BoundAction>) -> Result<(), Refusal> {
        let waiting = match self.entered() {
            // After the last Action all have run.
            None => Vec::new(),
            Some(entered) => {
                let before = &self.plan.actions[..self.current];
                let number = count(before, &entered.name);
                let same_name = today.iter().filter(|action| action.name == entered.name);
                match same_name.clone().nth(number) {
                    None => return Err(changed(&entered.name, ActionChange::Unbound)),
                    Some(now) if now.code != entered.code => {
                        return Err(changed(&entered.name, ActionChange::OtherCode));
                    }
                    Some(now) => self.plan.actions[self.current].place = now.place,
                }
                self.plan.actions.split_off(self.current + 1)
            }
        };
        let (rest, changes) = not_run_yet(&self.plan.actions, waiting, today);
        self.plan.actions.extend(rest);
        if !changes.is_empty() {
            let message = format!(
                "the Actions that had not run yet changed while the user was away: {}; the Actions that run now run \
                 with their present code",
                changes.join(", ")
            );
            self.trace.warn("actions_changed", message, &Origin::default());
        }
        Ok(())
    }

    /// The Action that sent the user away; none where the user left after the last one.
    fn entered(&self) -> Option<&BoundAction> {
        self.plan.actions.get(self.current)
    }
}

/// The Actions of `today` that are to run after those that `ran`, and in words what makes them others than the
/// `waiting` ones.
fn not_run_yet(
    ran: &[BoundAction],
    waiting: Vec<BoundAction>,
    today: Vec<BoundAction>,
) -> (Vec<BoundAction>, Vec<String>) {
    let has_run: Vec<bool> = (0..today.len())
        .map(|at| count(&today[..at], &today[at].name) < count(ran, &today[at].name))
        .collect();
    let last_run = has_run.iter().rposition(|has_run| *has_run);
    // Each waiting one, until its like of today is found.
    let mut waiting: Vec<Option<BoundAction>> = waiting.into_iter().map(Some).collect();
    let mut order = Vec::new();
    let (mut rest, mut changes) = (Vec::new(), Vec::new());
    for (at, action) in today.into_iter().enumerate().filter(|(at, _)| !has_run[*at]) {
        let name = &action.name;
        let like = waiting
            .iter()
            .position(|waiting| waiting.as_ref().is_some_and(|waiting| waiting.name == *name));
        match like.map(|like| (like, waiting[like].take())) {
            Some((like, before)) => {
                if before.is_some_and(|before| before.code != action.code) {
                    changes.push(format!("the code of '{name}' was changed"));
                }
                order.push(like);
            }
            None if last_run.is_some_and(|last| at < last) => {
                changes.push(format!(
                    "'{name}' was put before an Action that has run, so '{name}' does not run"
                ));
                continue;
            }
            None => changes.push(format!("'{name}' was added")),
        }
        rest.push(action);
    }
    let gone = waiting.iter().flatten();
    changes.extend(gone.map(|action| format!("'{}' is no longer bound", action.name)));
    if !order.is_sorted() {
        changes.push("the order was changed".to_owned());
    }
    (rest, changes)
}

fn changed(action: &str, change: ActionChange) -> Refusal {
    Refusal::ActionChanged {
        action: action.to_owned(),
        change,
    }
}

fn count(actions: &[BoundAction], name: &str) -> usize {
    actions.iter().filter(|action| action.name == name).count()
}
