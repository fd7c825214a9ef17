// `crypto`: hashes, HMAC and randomness.

const { Buffer, bytesOf } = require('buffer');

const { coded, range, type, value: invalidValue } = require('failures');

function input(value, encoding) {
  if (typeof value !== 'string') {
    if (!ArrayBuffer.isView(value)) throw type('data', 'of type string or an instance of Buffer, TypedArray, or DataView', value);
    return bytesOf(value, 'data');
  }
  if (encoding === 'hex' && value.length % 2 === 1) throw invalidValue('encoding', encoding, `is invalid for data of length ${value.length}`);
  return Buffer.from(value, encoding === 'buffer' ? 'utf8' : encoding);
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
    return Buffer.isEncoding(encoding) ? result.toString(encoding) : result;
  }
  copy() { return new this.constructor(this.#finish, [...this.#parts]); }
}
class Hash extends Digest {}
class Hmac extends Digest {
  #done = false;
  digest(encoding) {
    if (this.#done) return Buffer.isEncoding(encoding) ? '' : Buffer.alloc(0);
    this.#done = true;
    return super.digest(encoding);
  }
}
// In Node.js both are streams.
const OF_STREAMS = ['_flush', '_transform', 'end', 'on', 'once', 'pipe', 'read', 'setEncoding', 'write'];
for (const kind of [Hash, Hmac]) require('lacking').mark(kind.prototype, kind.name, OF_STREAMS);

function known(algorithm) {
  if (typeof algorithm !== 'string') throw type('algorithm', 'of type string', algorithm);
  if (native.hashKnown(algorithm)) return algorithm;
  if (OF_NODE.test(algorithm)) native.lacks(`the digest '${algorithm}'`);
  throw new Error('Digest method not supported');
}

// Digests that Node.js knows, among others.
const OF_NODE = /blake2|md4|md5|mdc2|ripemd|rmd160|sha|sm3|whirlpool/i;

function createHash(algorithm, options) {
  known(algorithm);
  if (options !== undefined && options !== null) native.lacks('options of createHash');
  return new Hash((bytes) => native.hash(algorithm, bytes));
}

function createHmac(algorithm, key) {
  if (typeof algorithm === 'string' && !native.hashKnown(algorithm)) {
    if (OF_NODE.test(algorithm)) native.lacks(`the digest '${algorithm}'`);
    throw coded(new TypeError(`Invalid digest: ${algorithm}`), 'ERR_CRYPTO_INVALID_DIGEST');
  }
  known(algorithm);
  if (typeof key !== 'string' && !(key instanceof KeyObject) && !(key instanceof ArrayBuffer) && !ArrayBuffer.isView(key)) {
    throw type('key', 'of type string or an instance of ArrayBuffer, Buffer, TypedArray, DataView, KeyObject, or CryptoKey', key);
  }
  const secret = Buffer.from(key instanceof KeyObject ? key.export() : bytesOf(key, 'key'));
  return new Hmac((bytes) => native.hmac(algorithm, secret, bytes));
}

class KeyObject {
  #bytes;
  constructor(bytes) { this.#bytes = Buffer.from(bytes); }
  get type() { return 'secret'; }
  get symmetricKeySize() { return this.#bytes.length; }
  export(options) {
    if (options?.format === 'jwk') return { kty: 'oct', k: this.#bytes.toString('base64url') };
    return Buffer.from(this.#bytes);
  }
  [Symbol.for('nodejs.util.inspect.custom')]() { return native.needsNode('how a KeyObject is shown'); }
  equals(other) { return #bytes in other && native.equal(this.#bytes, other.#bytes); }
  get [Symbol.toStringTag]() { return 'KeyObject'; }
}
require('lacking').mark(KeyObject, 'crypto.KeyObject', ['from']);

function random(size) {
  const bytes = native.random(size);
  return new Buffer(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function randomBytes(size, callback) {
  if (typeof size !== 'number') throw type('size', 'of type number', size);
  if (!(size >= 0 && size <= 2 ** 31 - 1)) throw range('size', `>= 0 && <= ${2 ** 31 - 1}`, size);
  const bytes = random(size);
  if (callback === undefined) return bytes;
  queueMicrotask(() => callback(null, bytes));
  return undefined;
}

function randomInt(...args) {
  const callback = typeof args.at(-1) === 'function' ? args.pop() : undefined;
  const [min, max] = args.length === 1 ? [0, args[0]] : args;
  const span = max - min;
  if (!Number.isSafeInteger(min)) throw type('min', 'a safe integer', min);
  if (!Number.isSafeInteger(max)) throw type('max', 'a safe integer', max);
  if (span <= 0) throw range('max', `greater than the value of "min" (${min})`, max);
  if (span > 2 ** 48 - 1) throw range(args.length === 1 ? 'max' : 'max - min', `<= ${2 ** 48 - 1}`, span);
  const fair = 2 ** 48 - (2 ** 48 % span);
  let drawn;
  do drawn = random(6).readUIntBE(0, 6);
  while (drawn >= fair);
  const value = min + (drawn % span);
  if (callback === undefined) return value;
  queueMicrotask(() => callback(null, value));
  return undefined;
}

function timingSafeEqual(a, b) {
  for (const [name, buffer] of [['buf1', a], ['buf2', b]]) {
    if (ArrayBuffer.isView(buffer) || buffer instanceof ArrayBuffer) continue;
    throw coded(new TypeError(`The "${name}" argument must be an instance of ArrayBuffer, Buffer, TypedArray, or DataView.`), 'ERR_INVALID_ARG_TYPE');
  }
  const left = bytesOf(a, 'buf1');
  const right = bytesOf(b, 'buf2');
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
