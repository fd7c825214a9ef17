// Timers: a list in order of time that the host asks for the next entry of. With a frozen clock time only
// moves from timer to timer.

const MAX_DELAY = 2 ** 31 - 1;
const pending = [];
let clock = 0;
let serial = 0;

const now = () => (native.frozen() ? clock : native.monotonic());

class Timeout {
  constructor(callback, delay, args, repeat) {
    this.id = ++serial;
    this.callback = callback;
    this.delay = delay >= 1 && delay <= MAX_DELAY ? Math.trunc(delay) : 1;
    this.args = args;
    this.repeat = repeat;
    this.isAwaited = true;
    this.schedule();
  }
  schedule(due = now() + this.delay) {
    this.due = due;
    let at = pending.length;
    while (at > 0 && pending[at - 1].due > this.due) at--;
    pending.splice(at, 0, this);
  }
  cancel() {
    const at = pending.indexOf(this);
    if (at >= 0) pending.splice(at, 1);
    this.repeat = false;
  }
  ref() { this.isAwaited = true; return this; }
  unref() { this.isAwaited = false; return this; }
  hasRef() { return this.isAwaited; }
  close() { this.cancel(); return this; }
  refresh() {
    const { repeat } = this;
    this.cancel();
    this.repeat = repeat;
    this.schedule();
    return this;
  }
  [Symbol.toPrimitive]() { return this.id; }
}

// Given a timer, it tells whether that is pending. Timers that nothing waits for keep nothing going.
native.timers((run) => {
  if (run instanceof Timeout) return pending.includes(run);
  if (!pending.some((timer) => timer.isAwaited)) return -1;
  if (!run) return native.frozen() ? 0 : Math.max(0, pending[0].due - now());
  const timer = pending.shift();
  if (native.frozen()) clock = Math.max(clock, timer.due);
  if (timer.repeat) timer.schedule();
  timer.callback(...timer.args);
  return 0;
});

function callable(callback) {
  if (typeof callback === 'function') return callback;
  throw require('failures').type('callback', 'of type function', callback);
}

function clear(timer) {
  if (timer instanceof Timeout) timer.cancel();
  else if (typeof timer === 'number' || typeof timer === 'string') pending.find((entry) => entry.id == timer)?.cancel();
}

exports.setTimeout = function setTimeout(callback, delay, ...args) {
  return new Timeout(callable(callback), Number(delay), args, false);
};
exports.setInterval = function setInterval(callback, delay, ...args) {
  return new Timeout(callable(callback), Number(delay), args, true);
};
exports.setImmediate = function setImmediate(callback, ...args) {
  const timer = new Timeout(callable(callback), 1, args, false);
  timer.cancel();
  timer.delay = 0;
  timer.schedule();
  return timer;
};
// After what promises have to do, before any timer.
exports.nextTick = function nextTick(callback, ...args) {
  const timer = new Timeout(callable(callback), 1, args, false);
  timer.cancel();
  timer.schedule(-Infinity);
};
exports.clearTimeout = function clearTimeout(timer) { clear(timer); };
exports.clearInterval = function clearInterval(timer) { clear(timer); };
exports.clearImmediate = function clearImmediate(timer) { clear(timer); };
exports.promises = {
  setTimeout: (delay, value) => new Promise((resolve) => exports.setTimeout(resolve, delay, value)),
  setImmediate: (value) => new Promise((resolve) => exports.setImmediate(resolve, value)),
  scheduler: { wait: (delay) => new Promise((resolve) => exports.setTimeout(resolve, delay)) },
};
require('lacking').mark(exports.promises, 'timers.promises', ['setInterval']);
const promisified = Symbol.for('nodejs.util.promisify.custom');
exports.setTimeout[promisified] = exports.promises.setTimeout;
exports.setImmediate[promisified] = exports.promises.setImmediate;
