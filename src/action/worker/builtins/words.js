// The engine's own errors in the words of V8. What a function was called as stands in the source alone.

const SAME = [
  / is not defined$/, /^Maximum call stack size exceeded$/, /^out of memory$/, /^interrupted$/, /^stopped$/,
  // Of our own.
  / random bytes are too many; /, /^The encoded data was not valid for encoding utf-8$/, /^the buffer is detached$/,
  /^could not load module '/,
];
const FIXED = {
  __proto__: null,
  "'this' is not initialized": "Must call super constructor in derived class before accessing 'this' or returning from derived constructor",
  'BigInt are forbidden in JSON.stringify': 'Do not know how to serialize a BigInt',
  'BigInt division by zero': 'Division by zero',
  'Date value is NaN': 'Invalid time value',
  'cannot convert symbol to number': 'Cannot convert a Symbol value to a number',
  'cannot convert symbol to string': 'Cannot convert a Symbol value to a string',
  'expecting hex digit': 'URI malformed',
  'expecting surrogate pair': 'URI malformed',
  'invalid array length': 'Invalid array length',
  'invalid value used as WeakMap key': 'Invalid value used as weak map key',
  'invalid value used as WeakSet key': 'Invalid value used in weak set',
  'malformed UTF-8': 'URI malformed',
  'out of bound': 'Offset is outside the bounds of the DataView',
  'this is not initialized': "Must call super constructor in derived class before accessing 'this' or returning from derived constructor",
};
const CHAIN = /(?:^|[^\w$.?])([A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)$/;

// V8's words for a message of the engine; undefined where they cannot be told. `before` and `after` are what stands in
// the source's line around the place, or undefined for a function of the engine's own.
module.exports = function words(message, before, after) {
  if (SAME.some((same) => same.test(message))) return message;
  if (FIXED[message] !== undefined) return FIXED[message];
  const [, verb, name, of] = /^cannot (read|set) property '(.*)' of (undefined|null)$/s.exec(message) ?? [];
  if (verb !== undefined) {
    if (name.startsWith('Symbol.')) return undefined;
    return `Cannot ${verb} properties of ${of} (${verb === 'set' ? 'setting' : 'reading'} '${name}')`;
  }
  const [, late] = /^([\w$]+) is not initialized$/.exec(message) ?? [];
  if (late !== undefined) return `Cannot access '${late}' before initialization`;
  if (before === undefined) return undefined;
  const [, constant] = /^'([\w$]+)' is read-only$/.exec(message) ?? [];
  if (constant !== undefined) {
    const assigns = new RegExp(`(?:^|[^.\\w$])${constant.replaceAll('$', '\\$&')}\\s*(?:[-+*/%&|^?<>]*=(?!=)|\\+\\+|--)`);
    const line = before + after;
    const isMember = new RegExp(`\\.\\s*${constant.replaceAll('$', '\\$&')}\\b|\\[`).test(line);
    return assigns.test(line) && !isMember ? 'Assignment to constant variable.' : undefined;
  }
  if (message !== 'not a function' && message !== 'not a constructor') return undefined;
  const [last] = /^[A-Za-z_$][\w$]*/.exec(after) ?? [];
  if (last === undefined) return undefined;
  const rest = after.slice(last.length);
  const constructed = /(?:^|[^\w$.])new\s+$/.test(before);
  if (constructed) {
    const [more] = /^(?:\.[A-Za-z_$][\w$]*)*/.exec(rest);
    return /^\s*[(;,)]/.test(rest.slice(more.length)) ? `${last}${more} is not a constructor` : undefined;
  }
  if (message === 'not a constructor' || !/^\s*\(/.test(rest)) return undefined;
  const [, chain] = CHAIN.exec(before + last) ?? [];
  if (chain === undefined || /^(?:super|import|function)\b/.test(chain)) return undefined;
  const start = before.length + last.length - chain.length;
  return /(?:^|[^\w$.])new\s+$/.test(before.slice(0, start)) ? undefined : `${chain} is not a function`;
};
