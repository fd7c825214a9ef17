// `querystring`.

const KEPT = /[^A-Za-z0-9\-_.!~*'()]/g;

function escape(text) {
  const source = `${text}`;
  if (!source.isWellFormed()) throw require('failures').coded(new URIError('URI malformed'), 'ERR_INVALID_URI');
  return source.replace(KEPT, (character) => encodeURIComponent(character)).replace(/%25([0-9A-F]{2})/g, '%25$1');
}

function unescape(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    const { Buffer } = require('buffer');
    const bytes = text.replace(/%([0-9A-Fa-f]{2})|([^%])|%/g, (whole, hex, plain) =>
      hex !== undefined ? String.fromCharCode(Number.parseInt(hex, 16)) : plain ?? '%');
    return Buffer.from(bytes, 'latin1').toString('utf8');
  }
}

function text(value) {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? `${value}` : '';
  if (typeof value === 'boolean' || typeof value === 'bigint') return `${value}`;
  return '';
}

function stringify(object, between, is, options) {
  const separator = between || '&';
  const equals = is || '=';
  const encode = options?.encodeURIComponent ?? exports.escape;
  if (object === null || typeof object !== 'object') return '';
  return Object.keys(object)
    .flatMap((key) => {
      const value = object[key];
      const values = Array.isArray(value) ? value : [value];
      return values.map((item) => `${encode(key)}${equals}${encode(text(item))}`);
    })
    .join(separator);
}

function parse(query, between, is, options) {
  const separator = between || '&';
  const equals = is || '=';
  const maxKeys = options?.maxKeys ?? 1000;
  const decode = options?.decodeURIComponent ?? exports.unescape;
  const parsed = Object.create(null);
  if (typeof query !== 'string' || query === '') return parsed;
  const pairs = query.split(separator);
  for (const pair of maxKeys > 0 ? pairs.slice(0, maxKeys) : pairs) {
    if (pair === '') continue;
    const at = pair.indexOf(equals);
    const read = (part) => decode(part.replaceAll('+', ' '));
    const key = read(at < 0 ? pair : pair.slice(0, at));
    const value = at < 0 ? '' : read(pair.slice(at + equals.length));
    if (!(key in parsed)) parsed[key] = value;
    else if (Array.isArray(parsed[key])) parsed[key].push(value);
    else parsed[key] = [parsed[key], value];
  }
  return parsed;
}

require('lacking').mark(exports, 'querystring', ['unescapeBuffer']);
Object.assign(exports, { decode: parse, encode: stringify, escape, parse, stringify, unescape });
