// `Buffer`: a `Uint8Array` with encodings, and its readers and writers.

const INSPECT = Symbol.for('nodejs.util.inspect.custom');
const ENCODINGS = {
  __proto__: null,
  utf8: 'utf8', 'utf-8': 'utf8', hex: 'hex', base64: 'base64', base64url: 'base64url', ascii: 'ascii',
  latin1: 'latin1', binary: 'latin1', ucs2: 'utf16le', 'ucs-2': 'utf16le', utf16le: 'utf16le', 'utf-16le': 'utf16le',
};

function named(encoding) {
  if (encoding === undefined || encoding === null || encoding === '') return 'utf8';
  const known = ENCODINGS[`${encoding}`.toLowerCase()];
  if (known !== undefined) return known;
  throw coded(new TypeError(`Unknown encoding: ${encoding}`), 'ERR_UNKNOWN_ENCODING');
}

const { coded, dom, firstType, range: outOfRange, type } = require('failures');

function encoded(text, encoding) {
  if (encoding === 'utf8') return native.utf8Encode(text);
  if (encoding === 'utf16le') {
    const bytes = new Uint8Array(text.length * 2);
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      bytes[at * 2] = unit;
      bytes[at * 2 + 1] = unit >> 8;
    }
    return bytes;
  }
  if (encoding === 'ascii' || encoding === 'latin1') {
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
    return bytes;
  }
  return native.decode(text, encoding);
}

function over(bytes) {
  return new Buffer(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function bytesOf(value, name) {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return native.utf8Encode(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  throw type(name, 'of type string or an instance of Buffer or ArrayBuffer', value);
}

class Buffer extends Uint8Array {
  static poolSize = 8192;

  constructor(value, encodingOrOffset, length) {
    if (typeof value === 'string') {
      const bytes = encoded(value, named(encodingOrOffset));
      super(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    } else {
      super(value, encodingOrOffset, length);
    }
  }

  static from(value, encodingOrOffset, length) {
    if (typeof value === 'string') return over(encoded(value, named(encodingOrOffset)));
    if (value instanceof ArrayBuffer) return new Buffer(value, encodingOrOffset, length);
    if (ArrayBuffer.isView(value)) {
      const copy = new Buffer(value.length ?? value.byteLength);
      copy.set(value.length === undefined ? bytesOf(value, 'value') : value);
      return copy;
    }
    if (value !== null && typeof value === 'object') {
      const primitive = value.valueOf?.();
      if (primitive !== value && (typeof primitive === 'string' || (primitive !== null && typeof primitive === 'object')))
        return Buffer.from(primitive, encodingOrOffset, length);
      if (value.type === 'Buffer' && Array.isArray(value.data)) value = value.data;
      if (typeof value.length === 'number' || value[Symbol.iterator]) {
        const list = Array.from(value);
        const copy = new Buffer(list.length);
        for (let at = 0; at < list.length; at++) copy[at] = list[at];
        return copy;
      }
      if (typeof value[Symbol.toPrimitive] === 'function')
        return Buffer.from(value[Symbol.toPrimitive]('string'), encodingOrOffset);
    }
    throw firstType('of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object', value);
  }
  static of(...items) { return Buffer.from(items); }
  static alloc(size, fill, encoding) {
    checkSize(size);
    const buffer = new Buffer(size);
    return fill === undefined || fill === 0 ? buffer : buffer.fill(fill, encoding);
  }
  static allocUnsafe(size) { return Buffer.alloc(size); }
  static allocUnsafeSlow(size) { return Buffer.alloc(size); }
  static isBuffer(value) { return value instanceof Buffer; }
  static isEncoding(encoding) { return typeof encoding === 'string' && ENCODINGS[encoding.toLowerCase()] !== undefined; }
  static byteLength(value, encoding) {
    return typeof value === 'string' ? encoded(value, named(encoding)).length : bytesOf(value, 'string').length;
  }
  static copyBytesFrom(view, offset = 0, length = view.length - offset) {
    return Buffer.from(bytesOf(view.slice(offset, offset + length), 'view'));
  }
  static concat(list, length) {
    if (!Array.isArray(list)) throw type('list', 'an instance of Array', list);
    length ??= list.reduce((sum, part) => sum + part.length, 0);
    const whole = Buffer.alloc(length);
    let at = 0;
    for (const part of list) {
      if (at >= length) break;
      const piece = part.length > length - at ? part.subarray(0, length - at) : part;
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }
  static compare(a, b) {
    const length = Math.min(a.length, b.length);
    for (let at = 0; at < length; at++) if (a[at] !== b[at]) return a[at] < b[at] ? -1 : 1;
    return Math.sign(a.length - b.length);
  }

  get parent() { return this.buffer; }
  get offset() { return this.byteOffset; }

  toString(encoding, start = 0, end = this.length) {
    const part = this.subarray(Math.max(0, start | 0), Math.min(this.length, Math.max(0, end)));
    const name = named(encoding);
    if (name === 'utf8') return native.utf8Decode(part, false);
    if (name === 'utf16le') return require('text').utf16(part);
    if (name === 'ascii') return native.encode(part.map((byte) => byte & 127), 'latin1');
    return native.encode(part, name);
  }
  toLocaleString(encoding, start, end) { return this.toString(encoding, start, end); }
  toJSON() { return { type: 'Buffer', data: Array.from(this) }; }
  equals(other) { return this === other || Buffer.compare(this, bytesOf(other, 'otherBuffer')) === 0; }
  compare(target, targetStart = 0, targetEnd = target.length, start = 0, end = this.length) {
    return Buffer.compare(this.subarray(start, end), target.subarray(targetStart, targetEnd));
  }
  copy(target, targetStart = 0, start = 0, end = this.length) {
    const part = this.subarray(start, Math.min(end, start + target.length - targetStart));
    target.set(part, targetStart);
    return part.length;
  }
  slice(start, end) { return this.subarray(start, end); }
  write(text, offset, length, encoding) {
    if (typeof offset === 'string') [offset, length, encoding] = [0, undefined, offset];
    else if (typeof length === 'string') [length, encoding] = [undefined, length];
    offset ??= 0;
    const room = Math.min(this.length - offset, length ?? Infinity);
    let bytes = encoded(text, named(encoding));
    if (bytes.length > room) {
      bytes = bytes.subarray(0, room);
      if (named(encoding) === 'utf8') bytes = bytes.subarray(0, room - require('text').incomplete(bytes, 'utf-8'));
    }
    this.set(bytes, offset);
    return bytes.length;
  }
  fill(value, start, end, encoding) {
    if (typeof value === 'number' || typeof value === 'boolean') return super.fill(Number(value), start, end);
    if (typeof start === 'string') [start, encoding] = [undefined, start];
    else if (typeof end === 'string') [end, encoding] = [undefined, end];
    const bytes = typeof value === 'string' ? encoded(value, named(encoding)) : bytesOf(value, 'value');
    start ??= 0;
    end ??= this.length;
    if (bytes.length === 0) return super.fill(0, start, end);
    for (let at = start; at < end; at++) this[at] = bytes[(at - start) % bytes.length];
    return this;
  }
  indexOf(value, start, encoding) { return search(this, value, start, encoding, false); }
  lastIndexOf(value, start, encoding) { return search(this, value, start, encoding, true); }
  includes(value, start, encoding) { return search(this, value, start, encoding, false) !== -1; }
  swap16() { return swap(this, 2); }
  swap32() { return swap(this, 4); }
  swap64() { return swap(this, 8); }
  [INSPECT]() {
    const shown = native.encode(this.subarray(0, 50), 'hex').replace(/../g, ' $&').slice(1);
    const more = this.length > 50 ? ` ... ${this.length - 50} more byte${this.length > 51 ? 's' : ''}` : '';
    return `<${this.constructor.name} ${shown}${more}>`;
  }
  readUIntBE(offset, bytes) { return read(this, offset, bytes, false); }
  readUIntLE(offset, bytes) { return read(this, offset, bytes, true); }
  readIntBE(offset, bytes) { return signed(read(this, offset, bytes, false), bytes); }
  readIntLE(offset, bytes) { return signed(read(this, offset, bytes, true), bytes); }
  writeUIntBE(value, offset, bytes) { return write(this, value, offset, bytes, false); }
  writeUIntLE(value, offset, bytes) { return write(this, value, offset, bytes, true); }
  writeIntBE(value, offset, bytes) { return write(this, value, offset, bytes, false, true); }
  writeIntLE(value, offset, bytes) { return write(this, value, offset, bytes, true, true); }
}

const MAX_SIZE = Number.MAX_SAFE_INTEGER;
function checkSize(size) {
  if (typeof size !== 'number') throw type('size', 'of type number', size);
  if (!(size >= 0 && size <= MAX_SIZE)) throw outOfRange('size', `>= 0 && <= ${MAX_SIZE}`, size);
}

function search(buffer, value, start, encoding, backwards) {
  if (typeof start === 'string') [start, encoding] = [undefined, start];
  if (typeof value === 'number') {
    return backwards
      ? Uint8Array.prototype.lastIndexOf.call(buffer, value & 255, start ?? buffer.length - 1)
      : Uint8Array.prototype.indexOf.call(buffer, value & 255, start ?? 0);
  }
  const wanted = typeof value === 'string' ? encoded(value, named(encoding)) : bytesOf(value, 'value');
  const last = buffer.length - wanted.length;
  let at = start ?? (backwards ? last : 0);
  if (at < 0) at = Math.max(0, buffer.length + at);
  if (backwards) at = Math.min(at, last);
  for (const step = backwards ? -1 : 1; at >= 0 && at <= last; at += step) {
    let same = 0;
    while (same < wanted.length && buffer[at + same] === wanted[same]) same++;
    if (same === wanted.length) return at;
  }
  return -1;
}

function swap(buffer, width) {
  if (buffer.length % width !== 0) throw coded(new RangeError(`Buffer size must be a multiple of ${width * 8}-bits`), 'ERR_INVALID_BUFFER_SIZE');
  for (let at = 0; at < buffer.length; at += width) buffer.subarray(at, at + width).reverse();
  return buffer;
}

function checkOffset(buffer, offset, bytes) {
  if (typeof offset !== 'number') throw type('offset', 'of type number', offset);
  if (!Number.isInteger(offset) || offset < 0 || offset + bytes > buffer.length) {
    if (buffer.length < bytes) throw coded(new RangeError('Attempt to access memory outside buffer bounds'), 'ERR_BUFFER_OUT_OF_BOUNDS');
    throw outOfRange('offset', `>= 0 and <= ${buffer.length - bytes}`, offset);
  }
}

function read(buffer, offset, bytes, little) {
  checkOffset(buffer, offset, bytes);
  let value = 0;
  for (let at = 0; at < bytes; at++) value = value * 256 + buffer[offset + (little ? bytes - 1 - at : at)];
  return value;
}

function signed(value, bytes) {
  const half = 2 ** (bytes * 8 - 1);
  return value >= half ? value - 2 * half : value;
}

function write(buffer, value, offset = 0, bytes, little, isSigned = false) {
  checkOffset(buffer, offset, bytes);
  value = +value;
  const size = 2 ** (bytes * 8);
  const [least, most] = isSigned ? [-size / 2, size / 2 - 1] : [0, size - 1];
  if (value < least || value > most) throw outOfRange('value', `>= ${least} and <= ${most}`, value);
  let rest = Math.trunc(value) < 0 ? Math.trunc(value) + size : Math.trunc(value);
  for (let at = 0; at < bytes; at++) {
    buffer[offset + (little ? at : bytes - 1 - at)] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return offset + bytes;
}

function define(name, value) {
  Object.defineProperty(Buffer.prototype, name, { value, writable: true, configurable: true, enumerable: false });
}
for (const [bytes, bits, ends] of [[1, '8', ['']], [2, '16', ['LE', 'BE']], [4, '32', ['LE', 'BE']]]) {
  for (const end of ends) {
    const little = end === 'LE';
    for (const spelling of ['UInt', 'Uint']) {
      define(`read${spelling}${bits}${end}`, function (offset = 0) { return read(this, offset, bytes, little); });
      define(`write${spelling}${bits}${end}`, function (value, offset) { return write(this, value, offset, bytes, little); });
    }
    define(`readInt${bits}${end}`, function (offset = 0) { return signed(read(this, offset, bytes, little), bytes); });
    define(`writeInt${bits}${end}`, function (value, offset) { return write(this, value, offset, bytes, little, true); });
  }
}
for (const [name, method, bytes] of [['Float', 'Float32', 4], ['Double', 'Float64', 8], ['BigInt64', 'BigInt64', 8], ['BigUInt64', 'BigUint64', 8]]) {
  for (const end of ['LE', 'BE']) {
    define(`read${name}${end}`, function (offset = 0) {
      checkOffset(this, offset, bytes);
      return new DataView(this.buffer, this.byteOffset, this.byteLength)[`get${method}`](offset, end === 'LE');
    });
    define(`write${name}${end}`, function (value, offset = 0) {
      checkOffset(this, offset, bytes);
      new DataView(this.buffer, this.byteOffset, this.byteLength)[`set${method}`](offset, value, end === 'LE');
      return offset + bytes;
    });
  }
}

for (const name of ['BE', 'LE']) {
  for (const [alias, method] of [['BigUint64', 'BigUInt64'], ['Uint', 'UInt']]) {
    define(`read${alias}${name}`, Buffer.prototype[`read${method}${name}`]);
    define(`write${alias}${name}`, Buffer.prototype[`write${method}${name}`]);
  }
}
for (const encoding of ['ascii', 'base64', 'base64url', 'hex', 'latin1', 'ucs2', 'utf8']) {
  define(`${encoding}Slice`, function (start, end) { return this.toString(encoding, start, end); });
  define(`${encoding}Write`, function (text, offset, length) { return this.write(text, offset, length, encoding); });
}
define('inspect', Buffer.prototype[INSPECT]);

const invalidCharacter = () => dom('Invalid character', 'InvalidCharacterError');

exports.Buffer = Buffer;
exports.SlowBuffer = function SlowBuffer(length) { return Buffer.allocUnsafeSlow(length); };
exports.bytesOf = bytesOf;
exports.constants = { MAX_LENGTH: MAX_SIZE, MAX_STRING_LENGTH: 2 ** 29 - 24 };
exports.kMaxLength = MAX_SIZE;
exports.kStringMaxLength = exports.constants.MAX_STRING_LENGTH;
exports.INSPECT_MAX_BYTES = 50;
exports.isAscii = (input) => bytesOf(input, 'input').every((byte) => byte < 128);
exports.isUtf8 = (input) => {
  try {
    native.utf8Decode(bytesOf(input, 'input'), true);
    return true;
  } catch {
    return false;
  }
};
exports.atob = function atob(text) {
  const compact = `${text}`.replace(/[\t\n\f\r ]/g, '');
  const body = compact.length % 4 === 0 ? compact.replace(/={1,2}$/, '') : compact;
  if (/[^A-Za-z0-9+/]/.test(body)) throw invalidCharacter();
  if (body.length % 4 === 1) throw dom('The string to be decoded is not correctly encoded.', 'InvalidCharacterError');
  return native.encode(native.decode(body, 'base64'), 'latin1');
};
exports.btoa = function btoa(text) {
  const source = `${text}`;
  const bytes = new Uint8Array(source.length);
  for (let at = 0; at < source.length; at++) {
    const unit = source.charCodeAt(at);
    if (unit > 255) throw invalidCharacter();
    bytes[at] = unit;
  }
  return native.encode(bytes, 'base64');
};
