// What a test holds still: the clock, and random numbers.

let runTimers;

const { setTimeout: wait } = globalThis;

// A timer of a clock that stands still runs when nothing else is left to do. A connection may keep the process going, so
// it runs no later than it would with a clock that goes on, after those that come before it.
function noLaterThanReal(make) {
  const set = function (callback, delay, ...args) {
    const timer = make(callback, delay, ...args);
    const turn = () => {
      if (runTimers(timer)) {
        runTimers(true);
        wait(turn, runTimers(timer) ? timer.delay : 0).unref();
      }
    };
    wait(turn, timer.delay).unref();
    return timer;
  };
  return defineProperty(set, 'name', { __proto__: null, value: make.name, configurable: true });
}

// `Date` stands still at `now`, and timers run in their order without waiting.
function freeze(now) {
  new vm.Script(setup.fixed, { filename: 'postlogin:fixed' }).runInThisContext()(now);
  const timers = { exports: {} };
  const native = { frozen: () => true, monotonic: () => 0, timers: (run) => { runTimers = run; } };
  const make = vm.compileFunction(setup.timers, ['exports', 'require', 'module', 'native'], { filename: 'postlogin:timers' });
  make(timers.exports, () => ({ mark() {} }), timers, native);
  const { clearInterval, clearTimeout, promises: { setImmediate: _, ...promises } } = timers.exports;
  const setTimeout = noLaterThanReal(timers.exports.setTimeout);
  const setInterval = noLaterThanReal(timers.exports.setInterval);
  const promised = Symbol.for('nodejs.util.promisify.custom');
  promises.setTimeout = setTimeout[promised] = (delay, value) => new Promised((resolve) => { setTimeout(resolve, delay, value); });
  promises.scheduler = { ...promises.scheduler, wait: (delay) => promises.setTimeout(delay) };
  const functions = { clearInterval, clearTimeout, setInterval, setTimeout };
  const assign = (target, source) => {
    for (const name of keys(source)) {
      defineProperty(target, name, { __proto__: null, value: source[name], writable: true, configurable: true, enumerable: true });
    }
  };
  assign(globalThis, functions);
  assign(require('timers'), functions);
  assign(require('timers/promises'), promises);
  assign(performance, { now: () => 0 });
  const hrtime = () => [0, 0];
  hrtime.bigint = () => 0n;
  assign(process, { hrtime });
}

// Bytes that the parent has drawn and nobody has used.
const CHUNK = 1024;
let drawn = [];
let used = 0;
function nextByte() {
  if (used === drawn.length) {
    drawn = ask(`{"draw":${CHUNK}}`);
    used = 0;
  }
  return drawn[used++];
}

function bytesOf(target) {
  return target instanceof ArrayBuffer ? new Uint8Array(target) : new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
}

function fillWith(bytes) {
  for (let at = 0; at < bytes.length; at++) bytes[at] = nextByte();
  return bytes;
}

// All random numbers are those of the seed, drawn as the embedded engine draws them.
function seed() {
  const crypto = require('crypto');
  const { webcrypto } = crypto;
  const put = (target, functions) => {
    for (const name of keys(functions)) {
      // Some of them are taken from `webcrypto` each time.
      if (getOwnPropertyDescriptor(target, name)?.configurable === false) continue;
      defineProperty(target, name, { __proto__: null, value: functions[name], writable: true, configurable: true, enumerable: true });
    }
  };
  // A number from 0 to 1, with all 53 bits that it can have.
  const random = () => {
    const bytes = fillWith(new Uint8Array(7));
    let bits = 0;
    for (let at = 0; at < 6; at++) bits = bits * 256 + bytes[at];
    return (bits * 32 + (bytes[6] & 31)) * 2 ** -53;
  };
  defineProperty(Math, 'random', { __proto__: null, value: random, writable: true, configurable: true, enumerable: false });
  const { randomBytes, randomFillSync, randomInt } = crypto;
  const called = (callback, value) => {
    if (typeof callback !== 'function') return value;
    process.nextTick(callback, null, value);
    return undefined;
  };
  const seededBytes = (size, callback) => {
    // Node's own function says what is wrong with a size.
    if (!(typeof size === 'number' && size >= 0 && size <= 2 ** 31 - 1)) return randomBytes(size);
    return called(callback, fillWith(Buffer.alloc(size)));
  };
  const seededFill = (target, offset = 0, size = target.byteLength - offset) => {
    if (!(ArrayBuffer.isView(target) || target instanceof ArrayBuffer)) return randomFillSync(target, offset, size);
    fillWith(bytesOf(target).subarray(offset, offset + size));
    return target;
  };
  const randomUUID = () => {
    const bytes = fillWith(Buffer.alloc(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    return bytes.toString('hex').replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
  };
  const getRandomValues = (target) => {
    fillWith(bytesOf(target));
    return target;
  };
  put(crypto, {
    randomBytes: seededBytes,
    pseudoRandomBytes: seededBytes,
    randomFillSync: seededFill,
    randomFill: (target, ...rest) => {
      const callback = rest.pop();
      called(callback, seededFill(target, ...rest));
    },
    randomInt: (...args) => {
      const callback = typeof args.at(-1) === 'function' ? args.pop() : undefined;
      const [min, max] = args.length === 1 ? [0, args[0]] : args;
      const range = max - min;
      if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || range <= 0 || range > 2 ** 48) return randomInt(min, max);
      const fair = 2 ** 48 - (2 ** 48 % range);
      let number;
      do number = fillWith(Buffer.alloc(6)).readUIntBE(0, 6);
      while (number >= fair);
      return called(callback, min + (number % range));
    },
    randomUUID,
    getRandomValues,
  });
  put(webcrypto, { getRandomValues, randomUUID });
}
