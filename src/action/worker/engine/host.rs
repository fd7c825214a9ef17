//! The Rust side of a run: what was recorded, what may still be recorded, when to stop.

#![expect(clippy::disallowed_methods, reason = "the clock of a run is read here")]

use super::bytecode::Bytecode;
use super::call_site::StackHooks;
use super::errors::{self, Place};
use super::heap::Refused;
use super::live::LiveViews;
use crate::action::clock::Clock;
use crate::action::need::{Asked, Need};
use crate::action::protocol::{Revealed, Task};
use crate::action::recording::{Bounds, MAX_UNHANDLED, Recording, too_late};
use crate::action::redaction::Search;
use crate::action::seed;
use crate::action::worker::link::Link;
use crate::command::{CONSOLE, Command, Facts, FailureKind, Handler, LogLevel, RemarkKind};
use crate::random::Random;
use crate::secret::Secret;
use crate::tenant::EngineChoice;
use crate::time::Moment;
use crate::trace::Origin;
use rquickjs::promise::PromiseState;
use rquickjs::{
    Ctx, Error, Exception, Function, Object, Persistent, Promise, Result, String as JsString, Value,
};
use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

/// Shared by everything that a realm calls.
pub(super) struct Host {
    pub action: String,
    pub handler: Handler,
    pub engine: EngineChoice,
    pub facts: Facts,
    pub clock: Clock,
    pub recording: RefCell<Recording>,
    pub random: RefCell<Box<dyn Random>>,
    /// Files that are the Action's own, its main file first.
    pub own_files: RefCell<Vec<String>>,
    /// Files of packages.
    pub package_files: RefCell<Vec<String>>,
    secrets: BTreeMap<String, Secret<String>>,
    /// Of each Action module, by its name.
    module_secrets: BTreeMap<String, BTreeMap<String, Secret<String>>>,
    search: OnceCell<Search>,
    pub link: Rc<Link>,
    pub bytecode: Rc<Bytecode>,
    pub time: Duration,
    pub memory: usize,
    pub output: usize,
    pub commands: usize,
    /// Names of modules that others stand in for.
    pub replaced: Vec<String>,
    deadline: Instant,
    began: Instant,
    /// Values of the realm; they have to go before it does.
    kept: RefCell<Kept>,
    refused: RefCell<Rc<Cell<Refused>>>,
    /// Where the script is, while that is looked up.
    site: RefCell<Site>,
    /// What the run has ended for.
    need: OnceCell<Ended>,
    reported_late: Cell<usize>,
    stop: Cell<Option<FailureKind>>,
}

/// Where a script is: the innermost places.
#[derive(Default)]
struct Site {
    /// In one of the Action's own files.
    own: Option<Place>,
    /// In a package, if nearer than that.
    package: Option<Place>,
}

/// What a run has ended for.
pub(super) struct Ended {
    /// What only Node.js has.
    pub need: Need,
    /// Where the Action's own code was.
    pub own: Option<Place>,
}

/// The host of the run that is going on: what the functions of a realm call, which outlives it.
#[derive(Debug)]
pub(super) struct Current {
    run: RefCell<Rc<Host>>,
    idle: Rc<Host>,
}

impl Current {
    /// Between runs `idle` is called.
    pub fn new(idle: Host) -> Self {
        let idle = Rc::new(idle);
        Self {
            run: RefCell::new(Rc::clone(&idle)),
            idle,
        }
    }

    /// The host to call.
    pub fn host(&self) -> Rc<Host> {
        Rc::clone(&self.run.borrow())
    }

    /// Enters the run of `host`.
    pub fn set(&self, host: &Rc<Host>) {
        self.run.replace(Rc::clone(host));
    }

    /// Leaves the run, and lets go of the realm's values.
    pub fn leave(&self) {
        self.run.replace(Rc::clone(&self.idle)).kept.take();
    }
}

/// JavaScript values that the Rust side holds.
///
/// Held here and not in closures: a cycle through a closure is invisible to the engine's collector.
#[derive(Default)]
struct Kept {
    stack: Option<StackHooks>,
    views: LiveViews,
    timers: Option<Persistent<Function<'static>>>,
    returned: Option<Persistent<Promise<'static>>>,
    /// Promises that were rejected with nobody listening, and why. Held, so that no other promise takes the
    /// place of one in memory, by which the engine names it.
    unhandled: Vec<(Persistent<Value<'static>>, String)>,
    /// What calls that came too late are answered with, by method.
    late: Vec<(String, Persistent<Value<'static>>)>,
}

impl Kept {
    /// What an earlier call of the method was answered with when it came too late.
    fn answer_to(&self, method: &str) -> Option<Persistent<Value<'static>>> {
        let earlier = self.late.iter().find(|(late, _)| late == method);
        earlier.map(|(_, answer)| answer.clone())
    }

    /// Whether `thrown` is what a call that came too late was answered with.
    fn is_answer<'js>(&self, ctx: &Ctx<'js>, thrown: &Value<'js>) -> bool {
        self.late.iter().any(|(_, answer)| is(ctx, answer, thrown))
    }
}

/// Whether what is held is this very value.
fn is<'js>(ctx: &Ctx<'js>, held: &Persistent<Value<'static>>, value: &Value<'js>) -> bool {
    held.clone().restore(ctx).is_ok_and(|held| held == *value)
}

impl fmt::Debug for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Host")
            .field("action", &self.action)
            .finish_non_exhaustive()
    }
}

impl Host {
    pub fn new(action: &str, file: &str, task: Task<'_>, link: &Rc<Link>, bytecode: &Rc<Bytecode>) -> Self {
        let random = seed::random(task.seed.as_deref(), action, task.handler);
        let modules = task.modules.into_iter();
        let modules = modules.map(|(name, secrets)| (name.into_owned(), secrets.0.into_owned()));
        let time = Duration::from_millis(task.time_ms);
        let now = Instant::now();
        Self {
            action: action.to_owned(),
            handler: task.handler,
            engine: task.engine,
            facts: task.facts.into_owned(),
            clock: task.clock,
            recording: RefCell::new(Recording::new(
                task.handler,
                task.recorder.into_owned(),
                Bounds {
                    output: task.output,
                    commands: task.commands,
                },
            )),
            random: RefCell::new(random),
            own_files: RefCell::new(vec![file.to_owned()]),
            package_files: RefCell::default(),
            secrets: task.secrets.0.into_owned(),
            module_secrets: modules.collect(),
            search: OnceCell::new(),
            link: Rc::clone(link),
            bytecode: Rc::clone(bytecode),
            time,
            memory: task.memory,
            output: task.output,
            commands: task.commands,
            replaced: task.replaced.into_iter().map(Cow::into_owned).collect(),
            deadline: now.checked_add(time).unwrap_or(now + Duration::from_hours(24)),
            kept: RefCell::default(),
            began: now,
            refused: RefCell::default(),
            site: RefCell::default(),
            need: OnceCell::new(),
            reported_late: Cell::new(0),
            stop: Cell::new(None),
        }
    }

    /// What time it is for the script.
    pub fn now(&self) -> Moment {
        match self.clock {
            Clock::Frozen(at) => at,
            Clock::System => SystemTime::now().into(),
        }
    }

    /// `actions.secrets` of an Action module, as JSON; `None` where there is no such module.
    pub fn secrets_of_module(&self, name: &str) -> Option<String> {
        let secrets = self.module_secrets.get(name)?;
        serde_json::to_string(&Revealed(Cow::Borrowed(secrets))).ok()
    }

    /// Every secret with the name that is shown for it.
    fn all_secrets(&self) -> impl Iterator<Item = (String, &Secret<String>)> {
        let own = self.secrets.iter().map(|(name, secret)| (name.clone(), secret));
        let of_modules = self.module_secrets.iter().flat_map(|(module, secrets)| {
            secrets
                .iter()
                .map(move |(name, secret)| (format!("{module}.{name}"), secret))
        });
        own.chain(of_modules)
    }

    /// What is left of the time limit.
    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Time since the run began.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Whether the run has to end, and why. The first reason stays.
    pub fn stopped(&self) -> Option<FailureKind> {
        if self.stop.get().is_none() {
            if self.refused.borrow().get() == Refused::SmallBlock {
                self.stop.set(Some(FailureKind::MemoryLimit));
            } else if Instant::now() >= self.deadline {
                self.stop.set(Some(FailureKind::TimeLimit));
            }
        }
        self.stop.get()
    }

    /// Hears of a promise that was rejected with nobody listening, and again when somebody listens.
    pub fn rejected<'js>(&self, ctx: &Ctx<'js>, promise: &Value<'js>, reason: &Value<'js>, handled: bool) {
        if handled {
            let mut kept = self.kept.borrow_mut();
            return kept.unhandled.retain(|(other, _)| !is(ctx, other, promise));
        }
        let kept = self.kept.borrow();
        if kept.unhandled.len() >= MAX_UNHANDLED || kept.is_answer(ctx, reason) {
            return;
        }
        drop(kept);
        let message = self.message(ctx, reason);
        let mut kept = self.kept.borrow_mut();
        kept.unhandled
            .push((Persistent::save(ctx, promise.clone()), message));
    }

    /// Hears of an error that was thrown when the handler's promise had settled, and that nobody caught.
    pub fn thrown_late<'js>(&self, ctx: &Ctx<'js>, thrown: &Value<'js>) {
        let reported = self.reported_late.get();
        if reported >= MAX_UNHANDLED || self.kept.borrow().is_answer(ctx, thrown) {
            return;
        }
        self.reported_late.set(reported + 1);
        let message = self.message(ctx, thrown);
        self.recording.borrow_mut().warn_of_late_error(&message);
    }

    /// The report of a thrown value that does not end the run.
    fn message<'js>(&self, ctx: &Ctx<'js>, thrown: &Value<'js>) -> String {
        let message = self.text_of(ctx, thrown).unwrap_or_else(|_| {
            ctx.catch();
            "its message is larger than the memory that is left".to_owned()
        });
        errors::clean(&message, self)
    }

    /// Warns of every rejection that nobody has listened to.
    pub fn warn_of_rejections(&self) {
        let unhandled = std::mem::take(&mut self.kept.borrow_mut().unhandled);
        let mut recording = self.recording.borrow_mut();
        for (_, message) in unhandled {
            recording.warn_of_rejection(&message);
        }
    }

    /// Learns from `refused` whether the realm's heap has reached its limit.
    pub fn watch(&self, refused: Rc<Cell<Refused>>) {
        self.refused.replace(refused);
    }

    /// Whether the realm's heap has refused memory.
    pub fn memory_refused(&self) -> bool {
        self.refused.borrow().get() != Refused::Nothing
    }

    /// Holds the promise whose settling is the end of the handler.
    pub fn keep_returned(&self, promise: Persistent<Promise<'static>>) {
        self.kept.borrow_mut().returned = Some(promise);
    }

    /// Whether the handler's promise has settled; from then on nothing that the script asks for is carried out.
    pub fn has_ended(&self, ctx: &Ctx<'_>) -> bool {
        let returned = self.kept.borrow().returned.clone();
        returned
            .and_then(|promise| promise.restore(ctx).ok())
            .is_some_and(|promise| promise.state() != PromiseState::Pending)
    }

    /// Tells the author that a call came too late.
    pub fn came_late(&self, ctx: &Ctx<'_>, method: &str) {
        let mut recording = self.recording.borrow_mut();
        recording.remark(RemarkKind::ActionEnded, method, None, || {
            self.origin(self.call_site(ctx).as_ref())
        });
    }

    /// Throws what a call that came too late is answered with. That nobody handles it is not reported: the call is.
    pub fn throw_late(&self, ctx: &Ctx<'_>, method: &str) -> Error {
        let known = self.kept.borrow().answer_to(method);
        if let Some(answer) = known {
            return answer
                .restore(ctx)
                .map_or_else(|error| error, |answer| ctx.throw(answer));
        }
        // The script's own `prepareStackTrace` runs here, and may call methods.
        let Ok(error) = Exception::from_message(ctx.clone(), &too_late(method)) else {
            return Error::Exception;
        };
        let answer = Persistent::save(ctx, error.as_object().as_value().clone());
        self.kept.borrow_mut().late.push((method.to_owned(), answer));
        error.throw()
    }

    /// Ends the run at the next opportunity.
    pub fn stop(&self, why: FailureKind) {
        self.stop.set(self.stop.get().or(Some(why)));
    }

    /// Keeps a log line, unless it comes too late or is too much output.
    ///
    /// # Errors
    /// The engine has no memory for a copy of it; its error is pending.
    pub fn log(&self, ctx: &Ctx<'_>, level: LogLevel, text: &JsString<'_>) -> Result<()> {
        if self.has_ended(ctx) {
            self.came_late(ctx, &format!("{CONSOLE}{}", level.method()));
            return Ok(());
        }
        let text = errors::lossy(text)?;
        if let Err(limit) = self.recording.borrow_mut().log(level, text) {
            self.stop(limit);
        }
        Ok(())
    }

    /// Holds what a run needs of its realm.
    pub fn keep(&self, stack: StackHooks, views: LiveViews) {
        let mut kept = self.kept.borrow_mut();
        kept.stack = Some(stack);
        kept.views = views;
    }

    /// Holds the function that runs timers: called with nothing it tells the milliseconds to the next
    /// one, called with `true` it runs it.
    pub fn keep_timers(&self, timers: Persistent<Function<'static>>) {
        self.kept.borrow_mut().timers = Some(timers);
    }

    /// The function of [`Host::keep_timers`], if the script has used timers.
    pub fn timers(&self) -> Option<Persistent<Function<'static>>> {
        self.kept.borrow().timers.clone()
    }

    /// Shows the script what it has just recorded.
    pub fn follow(&self, ctx: &Ctx<'_>, command: &Command) -> Result<()> {
        self.kept.borrow_mut().views.follow(ctx, command)
    }

    /// Who asks, at `place`.
    pub fn origin(&self, place: Option<&Place>) -> Origin {
        Origin {
            action: Some(self.action.clone()),
            file: place.and_then(|place| self.helper(place)),
            line: place.map(|place| place.line),
            column: place.map(|place| place.column),
        }
    }

    /// The file of a place, unless it is the main file.
    fn helper(&self, place: &Place) -> Option<String> {
        let is_main = self.own_files.borrow().first() == Some(&place.file);
        (!is_main).then(|| place.file.clone())
    }

    /// At most `bytes` of a text for people. Secrets are hidden before it is cut: half of one would not be found.
    pub fn cut(&self, text: String, bytes: usize) -> String {
        if text.len() <= bytes {
            return text;
        }
        let search = self.search.get_or_init(|| Search::of(self.all_secrets()));
        search.cut(&text, bytes)
    }

    /// Every file that has been loaded.
    pub fn files(&self) -> Vec<String> {
        let own = self.own_files.borrow();
        own.iter()
            .chain(self.package_files.borrow().iter())
            .cloned()
            .collect()
    }

    /// The stack that the engine keeps with a thrown error. What any other object calls its stack is the script's own
    /// text, and so is one that the script set.
    pub fn stack_of<'js>(&self, ctx: &Ctx<'js>, thrown: &Object<'js>) -> Option<String> {
        if !thrown.is_error() {
            return None;
        }
        let hooks = self.kept.borrow().stack.clone()?;
        hooks.of_error(ctx, thrown.clone()).unwrap_or_else(|_| {
            ctx.catch();
            None
        })
    }

    /// The text of a thrown value. Reading the message of an error of the engine's own may end the run, so what the
    /// engine said is asked for first.
    ///
    /// # Errors
    /// As [`errors::message`].
    pub fn text_of<'js>(&self, ctx: &Ctx<'js>, thrown: &Value<'js>) -> Result<String> {
        let hooks = self.kept.borrow().stack.clone();
        let error = thrown.as_object().filter(|object| object.is_error());
        if let (Some(hooks), Some(error)) = (hooks, error) {
            match hooks.words_of(ctx, error.clone()) {
                Ok(Some(words)) => return Ok(words),
                Ok(None) => {}
                Err(_) => drop(ctx.catch()),
            }
        }
        errors::message(ctx, thrown)
    }

    /// Where the Action's own code is right now. Runs no code of the script, whatever it has done to
    /// `Error`, and believes nothing that it can change.
    pub fn call_site(&self, ctx: &Ctx<'_>) -> Option<Place> {
        self.site(ctx).own
    }

    fn site(&self, ctx: &Ctx<'_>) -> Site {
        let Some(hooks) = self.kept.borrow().stack.clone() else {
            return Site::default();
        };
        self.site.take();
        if hooks.locate(ctx).is_err() {
            ctx.catch();
            return Site::default();
        }
        self.site.take()
    }

    /// Keeps the place of a frame if it is in one of the Action's files; whether it is in one of its own.
    pub fn take_frame(&self, place: Place) -> bool {
        let mut site = self.site.borrow_mut();
        if self.own_files.borrow().contains(&place.file) {
            site.own = Some(place);
        } else if site.package.is_none() && self.package_files.borrow().contains(&place.file) {
            site.package = Some(place);
        }
        site.own.is_some()
    }

    /// Ends the run, because the script asks for `what`, which only Node.js has. No `catch` sees the error that comes
    /// back.
    pub fn needs_node(&self, ctx: &Ctx<'_>, what: String) -> Error {
        if self.stopped().is_none() {
            let Site { own, package } = self.site(ctx);
            let asked = package.or_else(|| own.clone()).map(|place| Asked {
                file: place.file,
                place: Some((place.line, place.column)),
            });
            self.end_for(Need { what, asked }, own);
        }
        errors::throw_stop(ctx)
    }

    /// The same for `import()`, which the engine carries out when no script is under way; `file` asked for it.
    pub fn imports(&self, ctx: &Ctx<'_>, file: &str, specifier: &str) -> Error {
        let asked = Asked {
            file: file.to_owned(),
            place: None,
        };
        let need = Need {
            what: format!("import('{specifier}')"),
            asked: Some(asked),
        };
        self.end_for(need, None);
        errors::throw_stop(ctx)
    }

    /// Ends the run at the next opportunity for what only Node.js has; `own` is where the Action's own code is.
    fn end_for(&self, need: Need, own: Option<Place>) {
        if self.need.set(Ended { need, own }).is_ok() {
            self.stop(FailureKind::NeedsNode);
        }
    }

    /// What the run has ended for, if that is why.
    pub fn need(&self) -> Option<&Ended> {
        self.need.get()
    }
}
