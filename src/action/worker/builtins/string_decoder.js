// `string_decoder`: bytes that arrive in pieces, decoded without breaking characters.

const { Buffer } = require('buffer');
const { incomplete } = require('text');

class StringDecoder {
  constructor(encoding = 'utf8') {
    const name = `${encoding}`.toLowerCase();
    if (!Buffer.isEncoding(name)) throw Object.assign(new TypeError(`Unknown encoding: ${encoding}`), { code: 'ERR_UNKNOWN_ENCODING' });
    this.encoding = { 'utf-8': 'utf8', 'ucs2': 'utf16le', 'ucs-2': 'utf16le', 'utf-16le': 'utf16le', binary: 'latin1' }[name] ?? name;
    this.rest = Buffer.alloc(0);
  }
  write(piece) {
    const bytes = Buffer.concat([this.rest, typeof piece === 'string' ? Buffer.from(piece, this.encoding) : piece]);
    let keep = 0;
    if (this.encoding === 'utf8') keep = incomplete(bytes, 'utf-8');
    else if (this.encoding === 'utf16le') keep = incomplete(bytes, 'utf-16le');
    else if (this.encoding === 'base64' || this.encoding === 'base64url') keep = bytes.length % 3;
    this.rest = bytes.subarray(bytes.length - keep);
    return bytes.toString(this.encoding, 0, bytes.length - keep);
  }
  end(piece) {
    const text = piece === undefined ? '' : this.write(piece);
    const rest = this.rest.toString(this.encoding);
    this.rest = Buffer.alloc(0);
    return text + rest;
  }
}
require('lacking').mark(StringDecoder.prototype, 'StringDecoder', ['lastChar', 'lastNeed', 'lastTotal', 'text']);
exports.StringDecoder = StringDecoder;
