// `structuredClone`.

function refuse(value) {
  const shown = typeof value === 'function' ? `${value}` : typeof value === 'symbol' ? value.toString() : `#<${value.constructor?.name ?? 'Object'}>`;
  return new DOMException(`${shown} could not be cloned.`, 'DataCloneError');
}

function copy(value, seen) {
  if (typeof value === 'function' || typeof value === 'symbol') throw refuse(value);
  if (typeof value !== 'object' || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  const keep = (made) => {
    seen.set(value, made);
    return made;
  };
  if (native.isProxy(value)) throw refuse(value);
  if (value instanceof Date) return keep(new Date(value.getTime()));
  if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags));
  if (value instanceof Boolean || value instanceof Number || value instanceof String || value instanceof BigInt)
    return keep(Object(value.valueOf()));
  if (value instanceof ArrayBuffer) return keep(value.slice(0));
  if (ArrayBuffer.isView(value)) {
    const buffer = copy(value.buffer, seen);
    const name = Object.prototype.toString.call(value).slice(8, -1);
    return keep(new globalThis[name](buffer, value.byteOffset, value.length ?? value.byteLength));
  }
  if (value instanceof Map) {
    const made = keep(new Map());
    for (const [key, item] of [...value]) made.set(copy(key, seen), copy(item, seen));
    return made;
  }
  if (value instanceof Set) {
    const made = keep(new Set());
    for (const item of [...value]) made.add(copy(item, seen));
    return made;
  }
  if (value instanceof Error) {
    const kinds = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
    const made = keep(new (kinds[value.name] ?? Error)(value.message));
    if (typeof value.stack === 'string') made.stack = value.stack;
    if (Object.hasOwn(value, 'cause')) made.cause = copy(value.cause, seen);
    return made;
  }
  if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) throw refuse(value);
  const made = keep(Array.isArray(value) ? new Array(value.length) : {});
  for (const key of Object.keys(value)) {
    Object.defineProperty(made, key, { value: copy(value[key], seen), writable: true, configurable: true, enumerable: true });
  }
  return made;
}

exports.structuredClone = function structuredClone(...args) {
  if (args.length === 0) {
    throw require('failures').coded(new TypeError('The "The value argument must be specified" argument must be specified'), 'ERR_MISSING_ARGS');
  }
  if (args[1]?.transfer?.length > 0) native.lacks('structuredClone with what it transfers');
  return copy(args[0], new Map());
};
