// `util`.

const { inspect, format, formatWithOptions } = require('inspect');
const CUSTOM_PROMISIFY = Symbol.for('nodejs.util.promisify.custom');

function invalid(name, wanted, value) {
  return require('failures').type(name, wanted, value);
}

function promisify(original) {
  if (typeof original !== 'function') throw invalid('original', 'of type function', original);
  if (typeof original[CUSTOM_PROMISIFY] === 'function') return original[CUSTOM_PROMISIFY];
  function promisified(...args) {
    return new Promise((resolve, reject) => {
      original.call(this, ...args, (error, value) => (error ? reject(error) : resolve(value)));
    });
  }
  Object.setPrototypeOf(promisified, Object.getPrototypeOf(original));
  return Object.defineProperties(promisified, Object.getOwnPropertyDescriptors(original));
}
promisify.custom = CUSTOM_PROMISIFY;

function callbackify(original) {
  if (typeof original !== 'function') throw invalid('original', 'of type function', original);
  function callbackified(...args) {
    const callback = args.pop();
    original.apply(this, args).then(
      (value) => queueMicrotask(() => callback(null, value)),
      (error) => queueMicrotask(() => callback(error ?? new Error('Promise was rejected with a falsy value'))),
    );
  }
  return Object.defineProperty(callbackified, 'length', { value: original.length + 1, configurable: true });
}

function inherits(constructor, parent) {
  if (typeof constructor !== 'function') throw invalid('ctor', 'of type function', constructor);
  if (typeof parent !== 'function') throw invalid('superCtor', 'of type function', parent);
  Object.defineProperty(constructor, 'super_', { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, parent.prototype);
}

function deprecate(callback) {
  return callback;
}

const tagOf = (value) => Object.prototype.toString.call(value).slice(8, -1);
const typedTag = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;
const typedName = (value) => (ArrayBuffer.isView(value) ? typedTag.call(value) : undefined);
const boxed = (constructor, value) => {
  if (typeof value !== 'object' || value === null) return false;
  try {
    constructor.prototype.valueOf.call(value);
    return true;
  } catch {
    return false;
  }
};

const types = {
  isAnyArrayBuffer: (value) => value instanceof ArrayBuffer,
  isArgumentsObject: (value) => tagOf(value) === 'Arguments',
  isArrayBuffer: (value) => value instanceof ArrayBuffer,
  isArrayBufferView: ArrayBuffer.isView,
  isAsyncFunction: (value) => typeof value === 'function' && tagOf(value) === 'AsyncFunction',
  isBigIntObject: (value) => boxed(BigInt, value),
  isBigInt64Array: (value) => typedName(value) === 'BigInt64Array',
  isBigUint64Array: (value) => typedName(value) === 'BigUint64Array',
  isBooleanObject: (value) => boxed(Boolean, value),
  isBoxedPrimitive: (value) => [Boolean, Number, String, BigInt, Symbol].some((constructor) => boxed(constructor, value)),
  isCryptoKey: (value) => value instanceof require('webcrypto').CryptoKey,
  isDataView: (value) => value instanceof DataView,
  isDate: (value) => value instanceof Date,
  isExternal: () => false,
  isFloat16Array: () => false,
  isFloat32Array: (value) => typedName(value) === 'Float32Array',
  isFloat64Array: (value) => typedName(value) === 'Float64Array',
  isGeneratorFunction: (value) => typeof value === 'function' && tagOf(value) === 'GeneratorFunction',
  isGeneratorObject: (value) => tagOf(value) === 'Generator',
  isInt16Array: (value) => typedName(value) === 'Int16Array',
  isInt32Array: (value) => typedName(value) === 'Int32Array',
  isInt8Array: (value) => typedName(value) === 'Int8Array',
  isKeyObject: (value) => value instanceof require('crypto').KeyObject,
  isMapIterator: (value) => tagOf(value) === 'Map Iterator',
  isModuleNamespaceObject: () => false,
  isMap: (value) => value instanceof Map,
  isNativeError: native.isError,
  isNumberObject: (value) => boxed(Number, value),
  isPromise: (value) => value instanceof Promise,
  isProxy: (value) => native.isProxy(value),
  isRegExp: (value) => value instanceof RegExp,
  isSet: (value) => value instanceof Set,
  isSetIterator: (value) => tagOf(value) === 'Set Iterator',
  isSharedArrayBuffer: () => false,
  isStringObject: (value) => boxed(String, value),
  isSymbolObject: (value) => boxed(Symbol, value),
  isTypedArray: (value) => typedName(value) !== undefined,
  isUint16Array: (value) => typedName(value) === 'Uint16Array',
  isUint32Array: (value) => typedName(value) === 'Uint32Array',
  isUint8Array: (value) => typedName(value) === 'Uint8Array',
  isUint8ClampedArray: (value) => typedName(value) === 'Uint8ClampedArray',
  isWeakMap: (value) => value instanceof WeakMap,
  isWeakSet: (value) => value instanceof WeakSet,
};

module.exports = {
  _extend: (target, source) => (typeof source === 'object' && source !== null ? Object.assign(target, source) : target),
  callbackify,
  debuglog: () => Object.assign(() => {}, { enabled: false }),
  deprecate,
  format,
  formatWithOptions,
  inherits,
  inspect,
  isArray: Array.isArray,
  isDeepStrictEqual: (a, b) => require('equal').deepEqual(a, b, true),
  promisify,
  stripVTControlCharacters: (text) => `${text}`.replace(/\u001b\[[0-9;]*[A-Za-z]/g, ''),
  toUSVString: (text) => `${text}`.toWellFormed(),
  types,
  get TextDecoder() { return require('text').TextDecoder; },
  get TextEncoder() { return require('text').TextEncoder; },
};
require('lacking').mark(inspect, 'util.inspect', ['colors', 'styles']);
module.exports.debug = module.exports.debuglog;
