// One run after the other, each told by the parent and ended by what its handler comes to.

const { on } = process;
let current = { number: 0, ended: true, output: 0, told: true, settling: true, promise: undefined };

const MAX_MESSAGES = 20;
const FAULT = 70;

// Whether the promise of the handler has settled, which its reactions tell later.
function hasEnded(run) {
  if (!run.ended && run.promise !== undefined && !isPending(run.promise)) run.ended = true;
  return run.ended;
}

const { inspect } = util;
const PENDING = 'Promise { <pending>';
function isPending(promise) {
  return apply(startsWith, inspect(promise, { __proto__: null, depth: 0, customInspect: false }), [PENDING]);
}

// Tells the parent what a run has come to; only once.
function endOf(run, failure) {
  if (run.told) return;
  run.told = true;
  run.ended = true;
  const left = apply(getActiveResourcesInfo, process, []);
  let others = 0;
  let timers = runTimers !== undefined && runTimers(false) >= 0 ? 1 : 0;
  for (let at = 0; at < left.length; at++) {
    if (left[at] === 'Timeout' || left[at] === 'Immediate') timers++;
    else others++;
  }
  let rejections = '';
  let count = 0;
  unhandled.forEach((message) => {
    if (count++ < MAX_MESSAGES) rejections += `${rejections === '' ? '' : ','}${message}`;
  });
  unhandled.clear();
  watch();
  say(
    `{"done":{"run":${run.number},"has_continue":${run.hasContinue},"failure":${failure},"rejections":[${rejections}],` +
      `"late_errors":[${run.lateErrors}],"timers":${timers},"others":${others}}}`,
  );
}

function settle(run, failure) {
  run.ended = true;
  if (run.settling) return;
  run.settling = true;
  // What the run has queued is done first; what it asks for comes too late.
  setImmediate(() => {
    endOf(run, failure);
    closeSockets();
    setImmediate(serve);
  });
}

const unhandled = new Map();
unhandled.set = Map.prototype.set;
unhandled.delete = Map.prototype.delete;
unhandled.clear = Map.prototype.clear;
unhandled.forEach = Map.prototype.forEach;
apply(on, process, ['unhandledRejection', (reason, promise) => {
  if (isObject(reason) && lateAnswers.has(reason)) return;
  unhandled.set(promise, thrownValue(reason));
}]);
apply(on, process, ['rejectionHandled', (promise) => { unhandled.delete(promise); }]);
// Nothing is left to do: timers of a clock that stands still are next.
apply(on, process, ['beforeExit', () => {
  if (runTimers !== undefined && !current.settling && runTimers(false) >= 0) setImmediate(() => runTimers(true));
  else settle(current, '{"never":null}');
}]);
const { _rawDebug: lastWords } = process;
// A listener, and no capture callback: the module `domain` cannot be loaded beside one.
apply(on, process, ['uncaughtException', (thrown) => {
  const run = current;
  // A fault of the bridge's own.
  if (run.number === 0) {
    lastWords(stackOf(thrown));
    apply(reallyExit, process, [FAULT]);
  }
  if (!hasEnded(run)) {
    settle(run, `{"threw":${threw(thrown)}}`);
  } else if (!(isObject(thrown) && lateAnswers.has(thrown))) {
    run.lateErrors += `${run.lateErrors === '' ? '' : ','}${thrownValue(thrown)}`;
  }
}]);

function begin(head) {
  const run = (current = {
    number: head.run,
    ended: false,
    told: false,
    settling: false,
    output: head.output,
    hasContinue: false,
    lateErrors: '',
    promise: undefined,
    views: undefined,
  });
  if (head.run === 1) withdraw();
  unhandled.clear();
  if (head.check) return settle(run, check());
  const event = parse(hear());
  if (isStale()) return settle(run, '{"stale":null}');
  if (head.now !== null) freeze(head.now);
  if (head.seeded) seed();
  event.secrets = head.secrets;
  run.views = viewsOf(event);
  for (let at = 0; at < head.replaced.length; at++) replaced[head.replaced[at]] = true;
  if (head.replaced.length > 0 || setup.shared) importFromMemory();
  Module.syncBuiltinESMExports();
  let handler;
  try {
    const exports = mainExports();
    run.hasContinue = isObject(exports) && typeof exports.onContinuePostLogin === 'function';
    handler = isObject(exports) ? exports[head.handler] : undefined;
  } catch (thrown) {
    return settle(run, `{"${main === undefined && isSyntaxError(thrown) ? 'syntax' : 'threw'}":${threw(thrown)}}`);
  }
  if (typeof handler !== 'function') return settle(run, '{"no_handler":null}');
  try {
    run.promise = apply(settledPromise, Promised, [handler(event, makeApi((index, given) => call(run, index, given)))]);
    apply(then, run.promise, [
      () => settle(run, 'null'),
      (thrown) => settle(run, `{"threw":${threw(thrown)}}`),
    ]);
  } catch (thrown) {
    return settle(run, `{"threw":${threw(thrown)}}`);
  }
  return undefined;
}

const SyntaxFailure = SyntaxError;
function isSyntaxError(thrown) {
  return isNativeError(thrown) && thrown instanceof SyntaxFailure;
}

// Says that the last run is behind it, and waits for the next one.
function serve() {
  say('{"ready":null}');
  begin(parse(hear()));
}
