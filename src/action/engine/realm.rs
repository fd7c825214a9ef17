//! A realm: made for one run, given the Action and its event, driven until the handler has settled.

use super::call_site::StackHooks;
use super::errors;
use super::heap::Heap;
use super::host::Host;
use super::live::LiveViews;
use super::{Bytecode, api, builtins, native, require};
use crate::action::protocol::{Code, Task};
use crate::action::script::Clock;
use crate::action::worker::Link;
use crate::command::{Failure, FailureKind, Handler, Report};
use rquickjs::promise::PromiseState;
use rquickjs::{Context, Ctx, Function, Object, Persistent, Promise, Result, Runtime, Value};
use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// The engine of one run. Dropping it frees everything that the run has made.
pub(in crate::action) struct Realm {
    host: Rc<Host>,
    context: Context,
    used: Rc<Cell<usize>>,
}

const MAX_STACK: usize = 512 * 1024;

impl Drop for Realm {
    fn drop(&mut self) {
        self.host.release();
    }
}

impl Realm {
    /// Runs one handler. The realm comes back so that the report can be sent before it is freed.
    pub fn run(
        action: &str,
        main: &Code,
        task: Task,
        event: Vec<u8>,
        link: &Rc<Link>,
        bytecode: &Rc<Bytecode>,
    ) -> (Report, Option<Self>) {
        let secrets = serde_json::to_vec(&task.secrets).unwrap_or_default();
        let host = Rc::new(Host::new(action, &main.file, task, link, bytecode));
        let Ok(realm) = Self::new(&host) else {
            let report = Report {
                failure: Some(errors::stopped(FailureKind::MemoryLimit, &host)),
                ..Report::default()
            };
            return (report, None);
        };
        let outcome = realm.context.with(|ctx| {
            let outcome = prepare(&ctx, &host, event, secrets);
            let outcome = outcome.map_err(|_| errors::caught(&ctx, &host));
            outcome.and_then(|prepared| execute(&ctx, &host, main, &prepared))
        });
        let mut report = host.report.take();
        match outcome {
            Ok(Exports { has_continue }) => {
                report.has_continue = has_continue;
                report.logs.extend(host.unhandled());
            }
            Err(failure) => report.failure = Some(failure),
        }
        (report, Some(realm))
    }

    /// Compiles a source and runs nothing.
    pub fn check(action: &str, main: &Code, link: &Rc<Link>, bytecode: &Rc<Bytecode>) -> Report {
        let host = Rc::new(Host::new(action, &main.file, Task::none(), link, bytecode));
        let failure = Self::new(&host).ok().and_then(|realm| {
            realm.context.with(|ctx| {
                let compiled = bytecode.module(&ctx, main);
                compiled
                    .is_err()
                    .then(|| errors::syntax(errors::caught(&ctx, &host), main))
            })
        });
        Report {
            failure,
            ..Report::default()
        }
    }

    /// Takes the realm apart and tells how many bytes the engine did not give back.
    pub fn leave(self) -> usize {
        let used = Rc::clone(&self.used);
        drop(self);
        used.get()
    }

    fn new(host: &Rc<Host>) -> Result<Self> {
        let heap = Heap::new(host.memory);
        host.watch(heap.refused());
        let used = heap.used();
        let runtime = Runtime::new_with_alloc(heap)?;
        runtime.set_max_stack_size(MAX_STACK);
        let watched = Rc::clone(host);
        runtime.set_interrupt_handler(Some(Box::new(move || watched.stopped().is_some())));
        let told = Rc::clone(host);
        runtime.set_host_promise_rejection_tracker(Some(Box::new(move |ctx, promise, reason, handled| {
            told.rejected(&ctx, &promise, &reason, handled);
        })));
        let context = Context::full(&runtime)?;
        Ok(Self {
            host: Rc::clone(host),
            context,
            used,
        })
    }
}

/// What the main module exports, as far as the host wants to know.
struct Exports {
    has_continue: bool,
}

/// The functions of the realm that the host calls.
struct Prepared<'js> {
    api: Value<'js>,
    event: Object<'js>,
    load: Function<'js>,
    invoke: Function<'js>,
}

fn prepare<'js>(ctx: &Ctx<'js>, host: &Rc<Host>, event: Vec<u8>, secrets: Vec<u8>) -> Result<Prepared<'js>> {
    let make = builtins::realm(ctx, host)?;
    let realm: Object<'js> = make.call((
        builtins::loader(ctx, host)?,
        native::natives(ctx, host)?,
        require::finder(ctx, host)?,
    ))?;
    if host.seeded || matches!(host.clock, Clock::Frozen(_)) {
        #[expect(clippy::cast_precision_loss, reason = "JavaScript's time is such a number")]
        let now = match host.clock {
            Clock::Frozen(at) => Some(at as f64),
            Clock::System => None,
        };
        builtins::fixed(ctx, host)?.call::<_, ()>((now, host.seeded, realm.get::<_, Function>("native")?))?;
    }
    let make_api = host
        .bytecode
        .builtin(ctx, "builtin:api", || Cow::Owned(api::source()))?;
    let api = make_api.call((api::caller(ctx, host)?,))?;
    let event = ctx
        .json_parse(event)?
        .into_object()
        .ok_or(rquickjs::Error::Unknown)?;
    event.set("secrets", ctx.json_parse(secrets)?)?;
    let hook = |name: &str| -> Result<Persistent<Function<'static>>> {
        Ok(Persistent::save(ctx, realm.get::<_, Function>(name)?))
    };
    let hooks = StackHooks {
        get_prepare: hook("getPrepare")?,
        set_prepare: hook("setPrepare")?,
        get_limit: hook("getLimit")?,
        set_limit: hook("setLimit")?,
    };
    host.keep(hooks, LiveViews::of(ctx, &event)?);
    Ok(Prepared {
        api,
        event,
        load: realm.get("load")?,
        invoke: realm.get("invoke")?,
    })
}

fn execute<'js>(
    ctx: &Ctx<'js>,
    host: &Host,
    main: &Code,
    prepared: &Prepared<'js>,
) -> std::result::Result<Exports, Failure> {
    let caught = |_| errors::caught(ctx, host);
    let function = host
        .bytecode
        .module(ctx, main)
        .map_err(|_| errors::syntax(errors::caught(ctx, host), main))?;
    let exports: Value<'js> = prepared.load.call((function, &main.file)).map_err(caught)?;
    let handler_of = |handler: Handler| -> Result<Option<Function<'js>>> {
        let Some(exports) = exports.as_object() else {
            return Ok(None);
        };
        let value: Value<'js> = exports.get(handler.export())?;
        Ok(value.into_function())
    };
    let has_continue = handler_of(Handler::Continue).map_err(caught)?.is_some();
    let Some(handler) = handler_of(host.handler).map_err(caught)? else {
        if host.handler == Handler::Continue {
            return Ok(Exports { has_continue });
        }
        return Err(errors::no_handler(host));
    };
    let promise: Promise<'js> = prepared
        .invoke
        .call((handler, prepared.event.clone(), prepared.api.clone()))
        .map_err(caught)?;
    settle(ctx, host, &promise)?;
    Ok(Exports { has_continue })
}

/// Runs jobs and timers until the promise has settled, and then the jobs that are left.
fn settle<'js>(ctx: &Ctx<'js>, host: &Host, promise: &Promise<'js>) -> std::result::Result<(), Failure> {
    loop {
        run_jobs(ctx, host)?;
        match promise.state() {
            PromiseState::Resolved => return Ok(()),
            PromiseState::Rejected => {
                return match promise.result::<Value<'js>>() {
                    Some(Err(_)) => Err(errors::caught(ctx, host)),
                    _ => Ok(()),
                };
            }
            PromiseState::Pending => {}
        }
        if !run_timer(ctx, host)? {
            return Err(errors::stopped(FailureKind::NeverFinished, host));
        }
    }
}

fn run_jobs(ctx: &Ctx<'_>, host: &Host) -> std::result::Result<(), Failure> {
    while ctx.execute_pending_job() {
        if let Some(kind) = host.stopped() {
            ctx.catch();
            return Err(errors::stopped(kind, host));
        }
    }
    match host.stopped() {
        Some(kind) => Err(errors::stopped(kind, host)),
        None => Ok(()),
    }
}

/// Waits for the next timer and runs it; false if there is none.
fn run_timer(ctx: &Ctx<'_>, host: &Host) -> std::result::Result<bool, Failure> {
    let Some(timers) = host.timers() else {
        return Ok(false);
    };
    let caught = |_| errors::caught(ctx, host);
    let timers = timers.restore(ctx).map_err(caught)?;
    let wait: f64 = timers.call((false,)).map_err(caught)?;
    if wait < 0.0 {
        return Ok(false);
    }
    let left = host.deadline.saturating_duration_since(Instant::now());
    let wait = Duration::try_from_secs_f64(wait / 1000.0).unwrap_or(Duration::MAX);
    std::thread::sleep(wait.min(left));
    if let Some(kind) = host.stopped() {
        return Err(errors::stopped(kind, host));
    }
    timers.call::<_, ()>((true,)).map_err(caught)?;
    Ok(true)
}
