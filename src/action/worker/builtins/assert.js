// `assert`.

const { inspect } = require('inspect');
const { deepEqual } = require('equal');

class AssertionError extends Error {
  constructor({ message, actual, expected, operator }) {
    super(message ?? `${inspect(actual)} ${operator} ${inspect(expected)}`);
    this.name = 'AssertionError';
    this.code = 'ERR_ASSERTION';
    this.generatedMessage = message === undefined;
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
  }
}

function check(holds, actual, expected, message, operator, text) {
  if (holds) return;
  if (message instanceof Error) throw message;
  const shown = message ?? (text === undefined ? undefined : `${text}\n\n${inspect(actual)} !== ${inspect(expected)}\n`);
  throw new AssertionError({ message: shown, actual, expected, operator });
}

function ok(...args) {
  const [value, message] = args;
  if (args.length === 0) throw new AssertionError({ message: 'No value argument passed to `assert.ok()`', operator: '==' });
  check(value, value, true, message ?? 'The expression evaluated to a falsy value', '==');
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
  strictEqual: (a, b, message) => check(Object.is(a, b), a, b, message, 'strictEqual', 'Expected values to be strictly equal:'),
  notStrictEqual: (a, b, message) => check(!Object.is(a, b), a, b, message, 'notStrictEqual', 'Expected "actual" to be strictly unequal to:'),
  deepEqual: (a, b, message) => check(deepEqual(a, b, false), a, b, message, 'deepEqual', 'Expected values to be loosely deep-equal:'),
  deepStrictEqual: (a, b, message) => check(deepEqual(a, b, true), a, b, message, 'deepStrictEqual', 'Expected values to be strictly deep-equal:'),
  notDeepEqual: (a, b, message) => check(!deepEqual(a, b, false), a, b, message, 'notDeepEqual'),
  notDeepStrictEqual: (a, b, message) => check(!deepEqual(a, b, true), a, b, message, 'notDeepStrictEqual'),
  fail(message = 'Failed') {
    if (message instanceof Error) throw message;
    throw new AssertionError({ message, operator: 'fail' });
  },
  ifError(error) {
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
