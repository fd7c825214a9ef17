// `assert`.

const { inspect } = require('inspect');
const { deepEqual } = require('equal');
const { untold } = require('lacking');

class AssertionError extends Error {
  constructor({ message, actual, expected, operator }) {
    super(message ?? generated(operator, actual, expected));
    this.name = 'AssertionError';
    this.code = 'ERR_ASSERTION';
    this.generatedMessage = message === undefined;
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
    if (message === undefined && !TOLD.includes(operator)) untold(this);
  }
}

// What is said without a message of the script's own. Of all else Node.js draws differences, or quotes the source.
const TOLD = ['==', '!=', 'fail'];
function generated(operator, actual, expected) {
  return `${inspect(actual)} ${operator} ${inspect(expected)}`;
}

function check(holds, actual, expected, message, operator, text) {
  if (holds) return;
  if (message instanceof Error) throw message;
  const isShort = text !== undefined && [actual, expected].every((value) => typeof value !== 'object' && inspect(value).length < 12);
  const shown = message ?? (isShort ? text(inspect(actual), inspect(expected)) : undefined);
  const error = new AssertionError({ message: shown, actual, expected, operator });
  error.generatedMessage = message === undefined;
  throw error;
}

function ok(...args) {
  const [value, message] = args;
  if (args.length === 0) throw new AssertionError({ message: 'No value argument passed to `assert.ok()`', operator: '==' });
  if (value) return;
  if (message instanceof Error) throw message;
  const error = new AssertionError({ message, actual: value, expected: true, operator: '==' });
  error.generatedMessage = message === undefined;
  throw message === undefined ? untold(error) : error;
}

function matches(error, expected, message) {
  if (expected === undefined) return;
  if (expected instanceof RegExp) {
    check(expected.test(String(error)), error, expected, message, 'throws');
  } else if (typeof expected === 'function') {
    if (expected.prototype !== undefined && error instanceof expected) return;
    if (Error.isPrototypeOf(expected) || expected === Error) throw error;
    check(expected.call({}, error) === true, error, expected, message, 'throws');
  } else if (typeof expected === 'object') {
    for (const key of Object.keys(expected)) {
      const wanted = expected[key];
      const fits = wanted instanceof RegExp && typeof error[key] === 'string' ? wanted.test(error[key]) : deepEqual(error[key], wanted, true);
      check(fits, error, expected, message, 'throws');
    }
  }
}

function missing(expected, message, what) {
  const text = typeof expected === 'string' ? expected : message;
  throw new AssertionError({ message: text ?? `Missing expected ${what}.`, operator: 'throws' });
}

const assert = (...args) => ok(...args);
module.exports = Object.assign(assert, {
  AssertionError,
  ok,
  equal: (a, b, message) => check(a == b || (a !== a && b !== b), a, b, message, '=='),
  notEqual: (a, b, message) => check(a != b, a, b, message, '!='),
  strictEqual: (a, b, message) => check(Object.is(a, b), a, b, message, 'strictEqual', (left, right) => `Expected values to be strictly equal:\n\n${left} !== ${right}\n`),
  notStrictEqual: (a, b, message) => check(!Object.is(a, b), a, b, message, 'notStrictEqual', (left) => `Expected "actual" to be strictly unequal to: ${left}`),
  deepEqual: (a, b, message) => check(deepEqual(a, b, false), a, b, message, 'deepEqual'),
  deepStrictEqual: (a, b, message) => check(deepEqual(a, b, true), a, b, message, 'deepStrictEqual'),
  notDeepEqual: (a, b, message) => check(!deepEqual(a, b, false), a, b, message, 'notDeepEqual'),
  notDeepStrictEqual: (a, b, message) => check(!deepEqual(a, b, true), a, b, message, 'notDeepStrictEqual'),
  fail(message = 'Failed') {
    if (message instanceof Error) throw message;
    throw new AssertionError({ message, operator: 'fail' });
  },
  ifError(error) {
    if (error !== null && error !== undefined) native.lacks('assert.ifError with an error');
    if (error !== null && error !== undefined) throw error;
  },
  match: (text, pattern, message) => check(pattern.test(text), text, pattern, message, 'match'),
  doesNotMatch: (text, pattern, message) => check(!pattern.test(text), text, pattern, message, 'doesNotMatch'),
  throws(callback, expected, message) {
    try {
      callback();
    } catch (error) {
      return matches(error, typeof expected === 'string' ? undefined : expected, message);
    }
    return missing(expected, message, 'exception');
  },
  doesNotThrow(callback) { callback(); },
  async rejects(promise, expected, message) {
    try {
      await (typeof promise === 'function' ? promise() : promise);
    } catch (error) {
      return matches(error, typeof expected === 'string' ? undefined : expected, message);
    }
    return missing(expected, message, 'rejection');
  },
  async doesNotReject(promise) { await (typeof promise === 'function' ? promise() : promise); },
});
assert.strict = Object.assign((...args) => ok(...args), assert, {
  equal: assert.strictEqual,
  notEqual: assert.notStrictEqual,
  deepEqual: assert.deepStrictEqual,
  notDeepEqual: assert.notDeepStrictEqual,
});
assert.strict.strict = assert.strict;
require('lacking').mark(assert.strict, 'assert', ['Assert', 'CallTracker', 'partialDeepStrictEqual']);
