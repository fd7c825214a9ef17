// `TextEncoder` and `TextDecoder`, for UTF-8, UTF-16LE and Latin-1.

const LABELS = {
  __proto__: null,
  'utf-8': 'utf-8', utf8: 'utf-8', 'unicode-1-1-utf-8': 'utf-8',
  'utf-16le': 'utf-16le', 'utf-16': 'utf-16le', ucs2: 'utf-16le',
  'windows-1252': 'windows-1252', latin1: 'windows-1252', 'iso-8859-1': 'windows-1252', ascii: 'windows-1252',
  'us-ascii': 'windows-1252',
};

const { coded } = require('failures');
const INSPECT = Symbol.for('nodejs.util.inspect.custom');
// Labels that Node.js knows, among others.
const OF_NODE = /^\s*(?:big5|cp|cs|dos-|ecma-|euc-|gb|greek|hebrew|ibm|iso|koi|korean|ks_|l\d|latin|logical|mac|ms_|shift|sjis|sun_|tis-|ucs|unicode|utf|visual|windows|x-)/i;
// What windows-1252 has in the place of control characters.
const FROM_0X80 =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f\u0090\u2018\u2019\u201c\u201d' +
  '\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178';

exports.bytes = function bytes(source) {
  if (source === undefined) return new Uint8Array(0);
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  throw new TypeError('The "input" argument must be an instance of ArrayBuffer or ArrayBufferView.');
};

exports.TextEncoder = class TextEncoder {
  get encoding() { return 'utf-8'; }
  encode(text = '') { return native.utf8Encode(`${text}`); }
  encodeInto(text, target) {
    let read = 0;
    let written = 0;
    for (const character of `${text}`) {
      const encoded = native.utf8Encode(character);
      if (written + encoded.length > target.length) break;
      target.set(encoded, written);
      written += encoded.length;
      read += character.length;
    }
    return { read, written };
  }
  get [Symbol.toStringTag]() { return 'TextEncoder'; }
  [INSPECT](depth, options, inspect) { return inspect({ encoding: 'utf-8' }); }
};

exports.TextDecoder = class TextDecoder {
  #rest = new Uint8Array(0);
  #started = false;
  constructor(label = 'utf-8', { fatal = false, ignoreBOM = false } = {}) {
    const encoding = LABELS[`${label}`.trim().toLowerCase()];
    if (encoding === undefined) {
      if (OF_NODE.test(`${label}`)) native.lacks(`the encoding '${label}'`);
      throw coded(new RangeError(`The "${label}" encoding is not supported`), 'ERR_ENCODING_NOT_SUPPORTED');
    }
    if (fatal && encoding !== 'utf-8') native.lacks('a fatal TextDecoder');
    this.encoding = encoding;
    this.fatal = !!fatal;
    this.ignoreBOM = !!ignoreBOM;
  }
  decode(source, { stream = false } = {}) {
    let bytes = exports.bytes(source);
    if (this.#rest.length > 0) {
      const joined = new Uint8Array(this.#rest.length + bytes.length);
      joined.set(this.#rest);
      joined.set(bytes, this.#rest.length);
      bytes = joined;
    }
    const keep = stream ? exports.incomplete(bytes, this.encoding) : 0;
    this.#rest = bytes.slice(bytes.length - keep);
    bytes = bytes.subarray(0, bytes.length - keep);
    let text;
    if (this.encoding === 'utf-8') text = this.fatal ? strictly(bytes) : native.utf8Decode(bytes, false);
    else if (this.encoding === 'utf-16le') text = exports.utf16(bytes).toWellFormed();
    else text = native.encode(bytes, 'latin1').replace(/[\x80-\x9f]/g, (letter) => FROM_0X80[letter.charCodeAt(0) - 0x80]);
    if (!this.#started && !this.ignoreBOM && text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    this.#started = stream && (this.#started || text.length > 0);
    return text;
  }
  get [Symbol.toStringTag]() { return 'TextDecoder'; }
  [INSPECT]() { return native.needsNode('how a TextDecoder is shown'); }
};

function strictly(bytes) {
  try {
    return native.utf8Decode(bytes, true);
  } catch {
    throw coded(new TypeError('The encoded data was not valid for encoding utf-8'), 'ERR_ENCODING_INVALID_ENCODED_DATA');
  }
}

// How many bytes at the end are the beginning of a character.
exports.incomplete = function incomplete(bytes, encoding) {
  const { length } = bytes;
  if (encoding === 'utf-16le') {
    const odd = length % 2;
    const high = length - odd >= 2 ? bytes[length - odd - 1] : 0;
    return odd + ((high & 0xfc) === 0xd8 ? 2 : 0);
  }
  if (encoding !== 'utf-8') return 0;
  for (let back = 1; back <= Math.min(3, length); back++) {
    const byte = bytes[length - back];
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > back ? back : 0;
  }
  return 0;
};

exports.utf16 = function utf16(bytes) {
  const parts = [];
  for (let at = 0; at + 1 < bytes.length; at += 8192) {
    const units = [];
    for (let unit = at; unit + 1 < Math.min(bytes.length, at + 8192); unit += 2) {
      units.push(bytes[unit] | (bytes[unit + 1] << 8));
    }
    parts.push(String.fromCharCode(...units));
  }
  return parts.join('');
};
