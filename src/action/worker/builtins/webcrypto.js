// `crypto` of the web: random values, digests and HMAC.

const { bytes: viewed } = require('text');
const HASHES = { __proto__: null, 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' };
const BLOCKS = { __proto__: null, sha1: 64, sha256: 64, sha384: 128, sha512: 128 };

const failure = (name, message) => new DOMException(message, name);
// Algorithms that Node.js knows.
const OF_NODE = /^(?:AES-|EC|ED|HKDF$|PBKDF2$|RSA|X25519$|X448$|SHA-?3)/;

function nameOf(algorithm) {
  return `${typeof algorithm === 'object' && algorithm !== null ? algorithm.name : algorithm}`.toUpperCase();
}

function hashOf(algorithm) {
  const hash = HASHES[nameOf(algorithm)];
  if (hash === undefined) {
    if (OF_NODE.test(nameOf(algorithm))) native.lacks(`the algorithm '${nameOf(algorithm)}'`);
    throw failure('NotSupportedError', 'Unrecognized algorithm name');
  }
  return hash;
}

function onlyHmac(algorithm) {
  if (nameOf(algorithm) === 'HMAC') return;
  if (OF_NODE.test(nameOf(algorithm))) native.lacks(`the algorithm '${nameOf(algorithm)}'`);
  throw failure('NotSupportedError', 'Unrecognized algorithm name');
}

const secrets = new WeakMap();
class CryptoKey {
  constructor(bytes, hash, extractable, usages) {
    secrets.set(this, bytes);
    this.type = 'secret';
    this.extractable = !!extractable;
    this.algorithm = { name: 'HMAC', hash: { name: Object.keys(HASHES).find((name) => HASHES[name] === hash) }, length: bytes.length * 8 };
    this.usages = [...usages];
  }
}

function allowed(key, usage) {
  if (!(key instanceof CryptoKey)) throw new TypeError('key must be a CryptoKey');
  if (!key.usages.includes(usage)) throw failure('InvalidAccessError', `the key's usages do not include '${usage}'`);
  return [HASHES[key.algorithm.hash.name], secrets.get(key)];
}

const buffer = (bytes) => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);

const subtle = {
  async digest(algorithm, data) {
    if (!ArrayBuffer.isView(data) && !(data instanceof ArrayBuffer)) native.lacks('what digest says of its arguments');
    return buffer(native.hash(hashOf(algorithm), viewed(data)));
  },
  async importKey(format, data, algorithm, extractable, usages) {
    onlyHmac(algorithm);
    const hash = hashOf(algorithm.hash);
    let bytes;
    if (format === 'raw') bytes = viewed(data).slice();
    else if (format === 'jwk' && data?.kty === 'oct') bytes = native.decode(`${data.k}`, 'base64url');
    else {
      native.lacks(`the key format '${format}'`);
      throw failure('NotSupportedError', `key format '${format}' is not available in Actions; raw and jwk are`);
    }
    if (bytes.length === 0) throw failure('DataError', 'Zero-length key is not supported');
    return new CryptoKey(bytes, hash, extractable, usages);
  },
  async generateKey(algorithm, extractable, usages) {
    onlyHmac(algorithm);
    const hash = hashOf(algorithm.hash);
    return new CryptoKey(native.random(algorithm.length === undefined ? BLOCKS[hash] : algorithm.length / 8), hash, extractable, usages);
  },
  async exportKey(format, key) {
    if (!(key instanceof CryptoKey)) throw new TypeError('key must be a CryptoKey');
    if (!key.extractable) throw failure('InvalidAccessError', 'key is not extractable');
    const bytes = secrets.get(key);
    if (format === 'raw') return buffer(bytes.slice());
    if (format === 'jwk') return { key_ops: [...key.usages], ext: true, alg: `HS${key.algorithm.hash.name.slice(4)}`, kty: 'oct', k: native.encode(bytes, 'base64url') };
    native.lacks(`the key format '${format}'`);
    throw failure('NotSupportedError', `key format '${format}' is not available in Actions; raw and jwk are`);
  },
  async sign(algorithm, key, data) {
    onlyHmac(algorithm);
    const [hash, secret] = allowed(key, 'sign');
    return buffer(native.hmac(hash, secret, viewed(data)));
  },
  async verify(algorithm, key, signature, data) {
    onlyHmac(algorithm);
    const [hash, secret] = allowed(key, 'verify');
    return native.equal(native.hmac(hash, secret, viewed(data)), viewed(signature));
  },
};

const { mark } = require('lacking');
const INSPECT = Symbol.for('nodejs.util.inspect.custom');
const tag = (object, name) => {
  Object.defineProperty(object, Symbol.toStringTag, { value: name, writable: false, configurable: true, enumerable: false });
  Object.defineProperty(object, INSPECT, { value: () => native.needsNode(`how ${name} is shown`), configurable: true, enumerable: false });
  return object;
};
mark(tag(subtle, 'SubtleCrypto'), 'crypto.subtle', ['decrypt', 'deriveBits', 'deriveKey', 'encrypt', 'unwrapKey', 'wrapKey']);

module.exports = {
  CryptoKey,
  subtle,
  getRandomValues(target) {
    if (!ArrayBuffer.isView(target) || target instanceof DataView || /Float/.test(target[Symbol.toStringTag]))
      throw failure('TypeMismatchError', 'The data argument must be an integer-type TypedArray');
    if (target.byteLength > 65536) throw failure('QuotaExceededError', 'The requested length exceeds 65,536 bytes');
    viewed(target).set(native.random(target.byteLength));
    return target;
  },
  randomUUID() {
    const bytes = native.random(16);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    return native.encode(bytes, 'hex').replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
  },
};
tag(module.exports, 'Crypto');
