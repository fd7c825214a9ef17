// Deep equality, as `assert.deepStrictEqual` and `assert.deepEqual` define it.

function deepEqual(a, b, strict, pairs = []) {
  if (strict ? Object.is(a, b) : a == b || (a !== a && b !== b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (strict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const tag = Object.prototype.toString.call(a);
  if (tag !== Object.prototype.toString.call(b)) return false;
  if (pairs.some(([left, right]) => left === a && right === b)) return true;
  const inner = [...pairs, [a, b]];
  const same = (left, right) => deepEqual(left, right, strict, inner);
  if (Array.isArray(a) && a.length !== b.length) return false;
  if (a instanceof Date && !Object.is(a.getTime(), b.getTime())) return false;
  if (a instanceof RegExp && (String(a) !== String(b) || a.lastIndex !== b.lastIndex)) return false;
  if (a instanceof Error && (a.message !== b.message || a.name !== b.name)) return false;
  if (a instanceof Number || a instanceof String || a instanceof Boolean || a instanceof BigInt || a instanceof Symbol) {
    if (!Object.is(a.valueOf(), b.valueOf())) return false;
  }
  if (a instanceof ArrayBuffer) return same(new Uint8Array(a), new Uint8Array(b));
  if (ArrayBuffer.isView(a) && a.byteLength !== b.byteLength) return false;
  if (a instanceof Set) {
    if (a.size !== b.size) return false;
    const rest = [...b];
    for (const item of a) {
      const at = rest.findIndex((other) => same(item, other));
      if (at < 0) return false;
      rest.splice(at, 1);
    }
  }
  if (a instanceof Map) {
    if (a.size !== b.size) return false;
    const rest = [...b];
    for (const [key, item] of a) {
      const at = rest.findIndex(([otherKey, other]) => same(key, otherKey) && same(item, other));
      if (at < 0) return false;
      rest.splice(at, 1);
    }
  }
  const keys = own(a, strict);
  if (keys.length !== own(b, strict).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
}

function own(value, strict) {
  const symbols = strict ? Object.getOwnPropertySymbols(value) : [];
  return [...Object.keys(value), ...symbols.filter((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol))];
}

exports.deepEqual = deepEqual;
