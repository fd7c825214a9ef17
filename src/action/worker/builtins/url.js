// `URL` and `URLSearchParams` (WHATWG), and what is left of Node's older `url` functions.

const INSPECT = Symbol.for('nodejs.util.inspect.custom');
const QUERY = Symbol('query');
const { coded } = require('failures');

function invalid(input, base) {
  const error = new TypeError('Invalid URL');
  error.code = 'ERR_INVALID_URL';
  error.input = input;
  if (base !== undefined) error.base = base;
  return error;
}

// An iterator as Node.js has it, whose items are not shown here.
function listed(iterator) {
  Object.defineProperty(iterator, Symbol.toStringTag, { value: 'URLSearchParams Iterator', configurable: true });
  return Object.defineProperty(iterator, INSPECT, { value: () => native.needsNode('how an iterator is shown') });
}

class URLSearchParams {
  #pairs = [];
  #changed = () => {};

  constructor(init = '') {
    if (init === null || typeof init !== 'object') this[QUERY](`${init}`);
    else if (init instanceof URLSearchParams) this.#pairs = [...init];
    else if (typeof init[Symbol.iterator] === 'function') {
      for (const pair of init) {
        const [name, value, ...more] = pair;
        if (value === undefined || more.length > 0) throw coded(new TypeError('Each query pair must be an iterable [name, value] tuple'), 'ERR_INVALID_TUPLE');
        this.#pairs.push([`${name}`.toWellFormed(), `${value}`.toWellFormed()]);
      }
    } else {
      for (const name of Object.keys(init)) this.#pairs.push([name.toWellFormed(), `${init[name]}`.toWellFormed()]);
    }
  }
  [QUERY](query, changed) {
    if (changed !== undefined) this.#changed = changed;
    this.#pairs = native.formDecode(query.startsWith('?') ? query.slice(1) : query);
  }
  get size() { return this.#pairs.length; }
  append(name, value) {
    this.#pairs.push([`${name}`.toWellFormed(), `${value}`.toWellFormed()]);
    this.#changed(this.toString());
  }
  delete(name, value) {
    this.#pairs = this.#pairs.filter((pair) => pair[0] !== `${name}` || (value !== undefined && pair[1] !== `${value}`));
    this.#changed(this.toString());
  }
  get(name) { return this.#pairs.find((pair) => pair[0] === `${name}`)?.[1] ?? null; }
  getAll(name) { return this.#pairs.filter((pair) => pair[0] === `${name}`).map((pair) => pair[1]); }
  has(name, value) {
    return this.#pairs.some((pair) => pair[0] === `${name}` && (value === undefined || pair[1] === `${value}`));
  }
  set(name, value) {
    const first = this.#pairs.find((pair) => pair[0] === `${name}`);
    if (first === undefined) return this.append(name, value);
    first[1] = `${value}`.toWellFormed();
    this.#pairs = this.#pairs.filter((pair) => pair === first || pair[0] !== first[0]);
    return this.#changed(this.toString());
  }
  sort() {
    this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    this.#changed(this.toString());
  }
  forEach(callback, self) {
    for (const [name, value] of this) callback.call(self, value, name, this);
  }
  entries() { return listed(this.#each(([name, value]) => [name, value])); }
  keys() { return listed(this.#each(([name]) => name)); }
  values() { return listed(this.#each(([, value]) => value)); }
  *#each(show) {
    for (let at = 0; at < this.#pairs.length; at++) yield show(this.#pairs[at]);
  }
  toString() { return native.formEncode(this.#pairs.flat()); }
  [Symbol.iterator]() { return this.entries(); }
  get [Symbol.toStringTag]() { return 'URLSearchParams'; }
  [INSPECT](depth, options, inspect) {
    const shown = this.#pairs.map(([name, value]) => `${inspect(name)} => ${inspect(value)}`).join(', ');
    return shown === '' ? 'URLSearchParams {}' : `URLSearchParams { ${shown} }`;
  }
}

const HREF = 0;
const MEMBERS = ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'];

class URL {
  #parts;
  #query;

  constructor(input, base) {
    const parts = native.urlParse(`${input}`.toWellFormed(), base === undefined ? undefined : `${base}`.toWellFormed());
    if (parts === undefined) throw invalid(`${input}`, base === undefined ? undefined : `${base}`);
    this.#parts = parts;
  }
  static canParse(input, base) {
    return native.urlParse(`${input}`.toWellFormed(), base === undefined ? undefined : `${base}`.toWellFormed()) !== undefined;
  }
  static parse(input, base) { return URL.canParse(input, base) ? new URL(input, base) : null; }
  static get(url, member) { return url.#parts[member]; }
  static set(url, name, value) {
    const parts = native.urlSet(url.#parts[HREF], name, `${value}`.toWellFormed());
    if (parts === undefined) {
      if (name === 'href') throw invalid(`${value}`);
      return;
    }
    url.#parts = parts;
    if (name === 'href' || name === 'search') url.#query?.[QUERY](parts[MEMBERS.indexOf('search')]);
  }
  get searchParams() {
    if (this.#query === undefined) {
      this.#query = new URLSearchParams();
      this.#query[QUERY](this.search, (query) => {
        this.#parts = native.urlSet(this.#parts[HREF], 'search', query) ?? this.#parts;
      });
    }
    return this.#query;
  }
  toString() { return this.#parts[HREF]; }
  toJSON() { return this.#parts[HREF]; }
  get [Symbol.toStringTag]() { return 'URL'; }
  [INSPECT](depth, options, inspect) {
    const shown = {};
    for (const name of [...MEMBERS.slice(0, 10), 'searchParams', 'hash']) shown[name] = this[name];
    return `URL ${inspect(shown, { ...options, depth })}`;
  }
}
require('lacking').mark(URL, 'URL', ['createObjectURL', 'revokeObjectURL']);
const { get, set } = URL;
delete URL.get;
delete URL.set;
MEMBERS.forEach((name, member) => {
  Object.defineProperty(URL.prototype, name, {
    get() { return get(this, member); },
    set: name === 'origin' ? undefined : function (value) { set(this, name, value); },
    configurable: true,
    enumerable: true,
  });
});

// The older interface, in terms of the newer one.
function parse(input, withQuery = false) {
  const text = `${input}`.trim();
  const relative = !URL.canParse(text);
  const url = relative ? new URL(text, 'http://relative.invalid/') : new URL(text);
  const query = url.search === '' ? null : url.search.slice(1);
  return Object.assign(Object.create(Url.prototype), {
    protocol: relative ? null : url.protocol,
    slashes: relative ? null : text.slice(url.protocol.length).startsWith('//') || null,
    auth: url.username === '' ? null : decodeURIComponent(url.username) + (url.password === '' ? '' : `:${decodeURIComponent(url.password)}`),
    host: relative ? null : url.host,
    port: url.port === '' ? null : url.port,
    hostname: relative ? null : url.hostname,
    hash: url.hash === '' ? null : url.hash,
    search: url.search === '' ? (withQuery ? '' : null) : url.search,
    query: withQuery ? require('querystring').parse(query ?? '') : query,
    pathname: relative && !text.startsWith('/') ? url.pathname.slice(1) || null : url.pathname,
    path: relative && !text.startsWith('/') ? url.pathname.slice(1) + url.search : url.pathname + url.search,
    href: relative ? text : url.href,
  });
}
function Url() {}
Url.prototype.format = function () { return format(this); };

function format(value) {
  if (value instanceof URL) return value.href;
  if (typeof value === 'string') return parse(value).href;
  const { auth, hash = '', search, query, pathname = '' } = value;
  let { protocol = '', host } = value;
  if (protocol && !protocol.endsWith(':')) protocol += ':';
  host ??= value.hostname ? value.hostname + (value.port ? `:${value.port}` : '') : '';
  const slashes = value.slashes || (/^(https?|ftp|file):$/.test(protocol) && host) ? '//' : '';
  const encoded = query !== null && typeof query === 'object' ? require('querystring').stringify(query) : '';
  const asked = search || (encoded === '' ? '' : `?${encoded}`);
  const path = host && pathname && !pathname.startsWith('/') ? `/${pathname}` : pathname;
  const credentials = auth ? `${encodeURIComponent(auth).replace(/%3A/i, ':')}@` : '';
  const mark = (text, sign) => (text && !text.startsWith(sign) ? sign + text : text ?? '');
  return `${protocol ?? ''}${slashes}${credentials}${host}${path ?? ''}${mark(asked, '?')}${mark(hash, '#')}`;
}

Object.assign(exports, {
  URL,
  URLSearchParams,
  Url,
  parse,
  format,
  resolve(from, to) {
    const url = new URL(to, new URL(from, 'resolve://relative/'));
    return url.protocol === 'resolve:' ? url.pathname + url.search + url.hash : url.href;
  },
  domainToASCII: (domain) => (URL.canParse(`http://${domain}`) ? new URL(`http://${domain}`).hostname : ''),
  domainToUnicode: (domain) => domain,
  fileURLToPath: (url) => decodeURIComponent(new URL(url).pathname),
  pathToFileURL: (path) => new URL(`file://${encodeURI(path)}`),
  urlToHttpOptions: (url) => ({
    protocol: url.protocol, hostname: url.hostname, hash: url.hash, search: url.search, pathname: url.pathname,
    path: url.pathname + url.search, href: url.href, ...(url.port === '' ? {} : { port: Number(url.port) }),
  }),
});
