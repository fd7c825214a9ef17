// `crypto`: hashes, HMAC and randomness.

const { Buffer, bytesOf } = require('buffer');

function coded(error, code) {
  error.code = code;
  return error;
}

function input(value, encoding) {
  return typeof value === 'string' ? Buffer.from(value, encoding === 'buffer' ? 'utf8' : encoding) : bytesOf(value, 'data');
}

class Digest {
  #parts = [];
  #finish;
  #done = false;
  constructor(finish, parts = []) {
    this.#finish = finish;
    this.#parts = parts;
  }
  update(data, encoding) {
    if (this.#done) throw coded(new Error('Digest already called'), 'ERR_CRYPTO_HASH_FINALIZED');
    this.#parts.push(Buffer.from(input(data, encoding)));
    return this;
  }
  digest(encoding) {
    if (this.#done) throw coded(new Error('Digest already called'), 'ERR_CRYPTO_HASH_FINALIZED');
    this.#done = true;
    const bytes = this.#finish(this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts));
    const result = new Buffer(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return encoding === undefined || encoding === 'buffer' ? result : result.toString(encoding);
  }
  copy() { return new this.constructor(this.#finish, [...this.#parts]); }
}
class Hash extends Digest {}
class Hmac extends Digest {}
// In Node.js both are streams.
const OF_STREAMS = ['_flush', '_transform', 'end', 'on', 'once', 'pipe', 'read', 'setEncoding', 'write'];
for (const kind of [Hash, Hmac]) require('lacking').mark(kind.prototype, kind.name, OF_STREAMS);

function known(algorithm) {
  if (typeof algorithm !== 'string') throw coded(new TypeError('The "algorithm" argument must be of type string.'), 'ERR_INVALID_ARG_TYPE');
  if (!native.hashKnown(algorithm)) throw new Error(`Digest method not supported: ${algorithm}`);
  return algorithm;
}

function createHash(algorithm) {
  known(algorithm);
  return new Hash((bytes) => native.hash(algorithm, bytes));
}

function createHmac(algorithm, key) {
  if (typeof algorithm === 'string' && !native.hashKnown(algorithm)) throw new Error(`Invalid digest: ${algorithm}`);
  known(algorithm);
  if (key === undefined || key === null) throw coded(new TypeError('The "key" argument must be of type string or an instance of Buffer.'), 'ERR_INVALID_ARG_TYPE');
  const secret = Buffer.from(key instanceof KeyObject ? key.export() : input(key));
  return new Hmac((bytes) => native.hmac(algorithm, secret, bytes));
}

class KeyObject {
  #bytes;
  constructor(bytes) { this.#bytes = Buffer.from(bytes); }
  get type() { return 'secret'; }
  get symmetricKeySize() { return this.#bytes.length; }
  export() { return Buffer.from(this.#bytes); }
  equals(other) { return #bytes in other && native.equal(this.#bytes, other.#bytes); }
  get [Symbol.toStringTag]() { return 'KeyObject'; }
}
require('lacking').mark(KeyObject, 'crypto.KeyObject', ['from']);

function random(size) {
  const bytes = native.random(size);
  return new Buffer(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function randomBytes(size, callback) {
  if (!Number.isInteger(size) || size < 0 || size > 2 ** 31 - 1) throw coded(new RangeError(`The value of "size" is out of range. Received ${size}`), 'ERR_OUT_OF_RANGE');
  const bytes = random(size);
  if (callback === undefined) return bytes;
  queueMicrotask(() => callback(null, bytes));
  return undefined;
}

function randomInt(...args) {
  const callback = typeof args.at(-1) === 'function' ? args.pop() : undefined;
  const [min, max] = args.length === 1 ? [0, args[0]] : args;
  const range = max - min;
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || range <= 0 || range > 2 ** 48)
    throw coded(new RangeError('The value of "max" is out of range.'), 'ERR_OUT_OF_RANGE');
  const fair = 2 ** 48 - (2 ** 48 % range);
  let drawn;
  do drawn = random(6).readUIntBE(0, 6);
  while (drawn >= fair);
  const value = min + (drawn % range);
  if (callback === undefined) return value;
  queueMicrotask(() => callback(null, value));
  return undefined;
}

function timingSafeEqual(a, b) {
  const left = bytesOf(a, 'buf1');
  const right = bytesOf(b, 'buf2');
  if (typeof a === 'string' || typeof b === 'string') throw coded(new TypeError('The arguments must be instances of ArrayBuffer, Buffer, TypedArray, or DataView.'), 'ERR_INVALID_ARG_TYPE');
  if (left.length !== right.length) throw coded(new RangeError('Input buffers must have the same byte length'), 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH');
  return native.equal(left, right);
}

function randomFillSync(target, offset = 0, size = target.byteLength - offset) {
  bytesOf(target, 'buf').set(native.random(size), offset);
  return target;
}

function asymmetric() {
  throw coded(new Error('asymmetric keys are not available in Actions'), 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM');
}

const webcrypto = require('webcrypto');
module.exports = {
  Hash,
  Hmac,
  KeyObject,
  createHash,
  createHmac,
  createPrivateKey: asymmetric,
  createPublicKey: asymmetric,
  createSecretKey: (key, encoding) => new KeyObject(input(key, encoding)),
  getHashes: () => native.hashes(),
  getRandomValues: (target) => webcrypto.getRandomValues(target),
  hash: (algorithm, data, encoding = 'hex') => createHash(algorithm).update(data).digest(encoding),
  pseudoRandomBytes: randomBytes,
  randomBytes,
  randomFillSync,
  randomFill: (target, callback) => queueMicrotask(() => callback(null, randomFillSync(target))),
  randomInt,
  randomUUID: () => webcrypto.randomUUID(),
  createSign: asymmetric,
  createVerify: asymmetric,
  subtle: webcrypto.subtle,
  timingSafeEqual,
  webcrypto,
};
