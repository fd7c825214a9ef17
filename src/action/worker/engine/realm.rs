//! The realm that Actions run in: made once for a worker, put back to that after every run.
//!
//! Before any script is seen the heap is sealed, and [`Realm::renew`] brings these very bytes back. So a run
//! finds a realm that nobody has used. What it would find of others is what Rust holds, and that is in
//! its [`Host`].
//!
//! Rust values that the engine owns lie outside the heap and are not brought back: the functions made here.
//! [`Functions`] holds them all, so that no script can have one freed, and none is made during a run.

use super::bytecode::Bytecode;
use super::call_site::{self, StackHooks};
use super::errors;
use super::heap::{Heap, Renewed};
use super::held::Held;
use super::host::{Current, Host};
use super::imports::Imports;
use super::live::LiveViews;
use super::settle::settle;
use super::stop::Stop;
use super::{api, builtins, native, require, syntax};
use crate::action::absent;
use crate::action::api as method_table;
use crate::action::clock::Clock;
use crate::action::protocol::{Code, Task};
use crate::action::worker::link::Link;
use crate::command::{Failure, FailureKind, Handler, Report};
use crate::tenant::EngineChoice;
use rquickjs::{Context, Ctx, Function, Object, Persistent, Promise, Result, Runtime, Value};
use std::borrow::Cow;
use std::rc::Rc;

/// The engine of a worker, with the globals of an Action.
pub(in crate::action) struct Realm {
    functions: Functions,
    context: Context,
    heap: Heap,
    current: Rc<Current>,
    link: Rc<Link>,
    bytecode: Rc<Bytecode>,
    held: Held,
}

/// What the host holds of the realm, from before it was sealed.
struct Functions {
    api: Persistent<Value<'static>>,
    load: Persistent<Function<'static>>,
    invoke: Persistent<Function<'static>>,
    fix_clock: Persistent<Function<'static>>,
    withdraw: Persistent<Function<'static>>,
    stack: StackHooks,
    natives: Vec<Persistent<Value<'static>>>,
}

/// Bytes of the process's stack that the engine may use; frames are larger with sanitizers.
const MAX_STACK: usize = if cfg!(sanitize_engine) { 6 << 20 } else { 512 << 10 };

impl Realm {
    /// A realm that has seen no script.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn new(link: &Rc<Link>) -> Result<Self> {
        Self::with(link, Rc::new(Bytecode::default()))
    }

    /// The same, with functions that were compiled before.
    fn with(link: &Rc<Link>, bytecode: Rc<Bytecode>) -> Result<Self> {
        let current = Rc::new(Current::new(Host::new("", "", Task::none(), link, &bytecode)));
        let heap = Heap::new();
        let runtime = Runtime::new_with_alloc(heap.clone())?;
        runtime.set_max_stack_size(MAX_STACK);
        let listener = Rc::clone(&current);
        runtime.set_host_promise_rejection_tracker(Some(Box::new(move |ctx, promise, reason, handled| {
            listener.host().rejected(&ctx, &promise, &reason, handled);
        })));
        let imports = Imports(Rc::clone(&current));
        runtime.set_loader(imports.clone(), imports);
        let context = Context::full(&runtime)?;
        let stop = context.with(|ctx| Stop::of(&ctx, &heap));
        let watched = Rc::clone(&current);
        runtime.set_interrupt_handler(Some(Box::new(move || {
            let stops = watched.host().stopped().is_some();
            if stops {
                stop.stop();
            }
            stops
        })));
        let functions = context.with(|ctx| Functions::new(&ctx, &current, &bytecode))?;
        let held = context.with(|ctx| -> Result<Held> { Ok(Held::of(&ctx, &functions.values(&ctx)?)) })?;
        runtime.run_gc();
        heap.seal();
        Ok(Self {
            held,
            functions,
            context,
            heap,
            current,
            link: Rc::clone(link),
            bytecode,
        })
    }

    /// Runs one handler. [`Realm::renew`] has to come before the next one.
    pub fn run(&mut self, action: &str, mut main: Code<'_>, task: Task<'_>, event: Vec<u8>) -> Report {
        self.bytecode.complete(&mut main);
        let secrets = serde_json::to_vec(&task.secrets).unwrap_or_default();
        let host = Rc::new(Host::new(action, &main.file, task, &self.link, &self.bytecode));
        host.watch(self.heap.refused());
        self.current.set(&host);
        if !self.heap.limit(host.memory) {
            return Report {
                failure: Some(errors::stopped(FailureKind::MemoryLimit, &host)),
                ..Report::default()
            };
        }
        let outcome = self.context.with(|ctx| {
            let prepared = self.functions.prepare(&ctx, &host, event, secrets);
            let prepared = prepared.map_err(|_| errors::caught(&ctx, &host));
            prepared.and_then(|prepared| execute(&ctx, &host, &main, &prepared))
        });
        if outcome.is_ok() {
            host.warn_of_rejections();
        }
        let mut report = host.recording.borrow_mut().take_report();
        match outcome {
            Ok(Exports { has_continue }) => report.has_continue = has_continue,
            Err(failure) => report.failure = Some(failure),
        }
        // Some of the engine's own functions take the end of a run for an error that they pass on.
        if host.need().is_some() {
            report.failure = Some(errors::stopped(FailureKind::NeedsNode, &host));
        }
        report
    }

    /// Compiles a source and runs nothing. [`Realm::renew`] has to come before the next one.
    pub fn check(&mut self, action: &str, mut main: Code<'_>) -> Report {
        self.bytecode.complete(&mut main);
        let host = Rc::new(Host::new(
            action,
            &main.file,
            Task::none(),
            &self.link,
            &self.bytecode,
        ));
        host.watch(self.heap.refused());
        self.current.set(&host);
        host.keep(self.functions.stack.clone(), LiveViews::default());
        self.heap.limit(host.memory);
        let failure = self.context.with(|ctx| {
            let compiled = self.bytecode.module(&ctx, &main);
            compiled.is_err().then(|| syntax::failure(&ctx, &host, &main))
        });
        Report {
            failure,
            ..Report::default()
        }
    }

    /// Forgets the run.
    ///
    /// # Errors
    /// There is no memory for a new engine, where one has to be made.
    pub fn renew(&mut self) -> Result<()> {
        self.current.leave();
        if cfg!(debug_assertions) {
            self.context.with(|ctx| self.held.verify(&ctx));
        }
        if self.heap.renew() == Renewed::Nothing {
            let renewed = Self::with(&self.link, Rc::clone(&self.bytecode))?;
            // The engine asserts at its end that nothing is left, and some of its own leaks are harmless.
            std::mem::forget(std::mem::replace(self, renewed));
        }
        Ok(())
    }
}

/// What the main module exports, as far as the host wants to know.
struct Exports {
    has_continue: bool,
}

/// What a run is given.
struct Prepared<'js> {
    api: Value<'js>,
    event: Object<'js>,
    load: Function<'js>,
    invoke: Function<'js>,
}

impl Functions {
    fn new<'js>(ctx: &Ctx<'js>, current: &Rc<Current>, bytecode: &Bytecode) -> Result<Self> {
        let call = api::caller(ctx, current)?;
        let find = require::finder(ctx, current)?;
        let load_builtin = builtins::loader(ctx, current)?;
        let native = native::natives(ctx, current)?;
        let frame = call_site::taker(ctx, current)?;
        let narrow = bytecode.builtin(ctx, "builtin:narrow", || Cow::Borrowed(builtins::NARROW))?;
        narrow.call::<_, ()>(())?;
        let lacking = bytecode.builtin(ctx, "builtin:lacking", || Cow::Borrowed(builtins::LACKING))?;
        let lacking: Object<'js> = lacking.call((native.clone(), absent::GLOBALS.to_vec()))?;
        let withdraw: Function<'js> = lacking.get("withdraw")?;
        let make = bytecode.builtin(ctx, "builtin:realm", || Cow::Borrowed(builtins::REALM))?;
        let realm: Object<'js> = make.call((
            load_builtin.clone(),
            native.clone(),
            find.clone(),
            frame.clone(),
            lacking,
            absent::MODULES.to_vec(),
        ))?;
        let make_api = bytecode.builtin(ctx, "builtin:api", || Cow::Owned(method_table::source()))?;
        let fix_clock = bytecode.builtin(ctx, "builtin:fixed", || Cow::Borrowed(builtins::FIXED))?;
        let mut held = vec![
            call.clone().into_value(),
            find.into_value(),
            frame.into_value(),
            load_builtin.into_value(),
        ];
        for value in native.values() {
            held.push(value?);
        }
        let function = |name: &str| -> Result<Persistent<Function<'static>>> {
            Ok(Persistent::save(ctx, realm.get::<_, Function>(name)?))
        };
        let api: Value<'js> = make_api.call((call,))?;
        Ok(Self {
            api: Persistent::save(ctx, api),
            load: function("load")?,
            invoke: function("invoke")?,
            fix_clock: Persistent::save(ctx, fix_clock),
            withdraw: Persistent::save(ctx, withdraw),
            stack: StackHooks {
                locate: function("locate")?,
                get_stack: function("getStack")?,
                get_words: function("getWords")?,
            },
            natives: held
                .into_iter()
                .map(|value| Persistent::save(ctx, value))
                .collect(),
        })
    }

    /// All that is held.
    fn values<'js>(&self, ctx: &Ctx<'js>) -> Result<Vec<Value<'js>>> {
        let Self {
            api,
            load,
            invoke,
            fix_clock,
            withdraw,
            stack,
            natives,
        } = self;
        let mut values = vec![api.clone().restore(ctx)?];
        for function in [load, invoke, fix_clock, withdraw]
            .into_iter()
            .chain(stack.functions())
        {
            values.push(function.clone().restore(ctx)?.into_value());
        }
        for value in natives {
            values.push(value.clone().restore(ctx)?);
        }
        Ok(values)
    }

    fn prepare<'js>(
        &self,
        ctx: &Ctx<'js>,
        host: &Host,
        event: Vec<u8>,
        secrets: Vec<u8>,
    ) -> Result<Prepared<'js>> {
        if let Clock::Frozen(at) = host.clock {
            #[expect(clippy::cast_precision_loss, reason = "JavaScript's time is such a number")]
            let at = at.timestamp_millis() as f64;
            self.fix_clock.clone().restore(ctx)?.call::<_, ()>((at,))?;
        }
        if host.engine == EngineChoice::Embedded {
            self.withdraw.clone().restore(ctx)?.call::<_, ()>(())?;
        }
        let event = ctx
            .json_parse(event)?
            .into_object()
            .ok_or(rquickjs::Error::Unknown)?;
        event.set("secrets", ctx.json_parse(secrets)?)?;
        host.keep(self.stack.clone(), LiveViews::of(ctx, &event)?);
        Ok(Prepared {
            api: self.api.clone().restore(ctx)?,
            event,
            load: self.load.clone().restore(ctx)?,
            invoke: self.invoke.clone().restore(ctx)?,
        })
    }
}

fn execute<'js>(
    ctx: &Ctx<'js>,
    host: &Host,
    main: &Code<'_>,
    prepared: &Prepared<'js>,
) -> std::result::Result<Exports, Failure> {
    let caught = |_| errors::caught(ctx, host);
    let function = host
        .bytecode
        .module(ctx, main)
        .map_err(|_| syntax::failure(ctx, host, main))?;
    let exports: Value<'js> = prepared.load.call((function, &*main.file)).map_err(caught)?;
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
    host.keep_returned(Persistent::save(ctx, promise.clone()));
    settle(ctx, host, &promise)?;
    Ok(Exports { has_continue })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rquickjs::qjs;

    /// Uses what holds values of the engine on Rust's side: calls, views that follow them, logs, timers,
    /// rejections, errors.
    const BUSY: &str = "exports.onExecutePostLogin = async (event, api) => {
        Promise.reject(new Error('lost'));
        api.transaction.setMetadata('a', 'b');
        api.idToken.setCustomClaim('c', { d: [new Date(0), Buffer.from('e').toString('hex')] });
        setTimeout(() => {}, 100000);
        await new Promise((done) => setTimeout(done, 1));
        console.log(event.transaction.metadata, require('crypto').createHash('sha256').update('x').digest());
        globalThis.kept = api.access.deny;
        throw new TypeError('f');
    };
    exports.onContinuePostLogin = async () => {};";

    fn busy() -> Realm {
        let mut realm = Realm::new(&Rc::new(Link::of_process())).unwrap();
        let code = Code {
            file: "actions/a/code.js".into(),
            hash: "a".into(),
            source: Some(BUSY.into()),
        };
        let task = Task {
            output: 1 << 20,
            commands: 10,
            ..Task::none()
        };
        let event = br#"{"transaction": {"metadata": {}}}"#.to_vec();
        let report = realm.run("a", code, task, event);
        assert_eq!(report.failure.unwrap().message, "f");
        assert_eq!(report.calls.len(), 2);
        realm
    }

    /// Where something is left, the engine's own assertion ends the process.
    #[test]
    fn a_run_lets_go_of_the_engine() {
        let realm = busy();
        realm.current.leave();
        drop(realm);
    }

    #[test]
    fn a_run_can_be_repeated() {
        let mut realm = busy();
        for _ in 0..3 {
            realm.renew().unwrap();
            let report = realm.check(
                "a",
                Code {
                    file: "actions/a/code.js".into(),
                    hash: "a".into(),
                    source: None,
                },
            );
            assert_eq!(report.failure, None);
        }
        realm.current.leave();
    }

    #[test]
    #[should_panic(expected = "references has 0")]
    #[expect(unsafe_code, reason = "plays a fault")]
    fn one_free_too_many_is_seen_before_the_memory_is_written_back() {
        let realm = busy();
        let held = realm.functions.fix_clock.clone();
        realm.context.with(|ctx| {
            let held = held.restore(&ctx).unwrap();
            let raw = held.as_value().as_raw();
            // SAFETY: unsound by intent; the engine is put back, or the test ends it.
            unsafe {
                qjs::JS_FreeValue(ctx.as_raw().as_ptr(), raw);
            }
        });
        let _ = std::mem::ManuallyDrop::new(realm).renew();
    }
}
