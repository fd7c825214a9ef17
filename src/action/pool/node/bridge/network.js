// Connections. `net.Socket` takes one of the pairs that the parent handed over, says where it wants to go, and hears
// whether it may; `tls.connect` does the same, and the parent makes TLS. A script sees sockets as Node.js makes them.
//
// Of Node.js this needs that a socket's connection is its `_handle`, that a handle knows its socket by the symbol
// `owner_symbol`, and that `_peername` is what `remoteAddress` says: true of 18 to 24.

const dns = require('dns');
const net = require('net');
const tls = require('tls');
const { Socket, isIP } = net;
const { TLSSocket } = tls;
const connectTls = tls.connect;
const normalized = net._normalizeArgs;
const { destroy: destroySocket, push: pushChunk, write: writeChunk } = Socket.prototype;
const { assign, defineProperties, getOwnPropertySymbols, setPrototypeOf } = Object;
const { concat } = Buffer;
const { nextTick } = process;

const FIRST_PAIR = 3;
const NEW_LINE = 10;

// The next pair; each is taken once.
let nextPair = 0;

// The sockets of a run end with it: a connection that is kept for the next request is closed by the parent, and none of
// them may be used by the next run, which would find it closed in the midst of a request.
let sockets = [];
function closeSockets() {
  const ended = sockets;
  sockets = [];
  for (let at = 0; at < ended.length; at++) {
    try {
      apply(destroySocket, ended[at], []);
    } catch {
      // What a script made of its socket is its own.
    }
  }
}

function failure(code, message, more) {
  return assign(new Failure(message), { code }, more);
}

// A socket of our own on a pair: says a line, hears one, and gives its handle away with what came behind the line.
function answerOf(pair, line, then) {
  const holder = new Socket({ fd: FIRST_PAIR + pair, readable: true, writable: true });
  const closed = () => then('NO ECONNRESET the connection was closed');
  let heard = Buffer.alloc(0);
  holder.on('data', (chunk) => {
    heard = concat([heard, chunk]);
    const end = heard.indexOf(NEW_LINE);
    if (end < 0) return;
    holder.removeAllListeners('data');
    holder.pause();
    then(heard.toString('utf8', 0, end), heard.subarray(end + 1));
  });
  holder.on('error', closed);
  holder.on('end', closed);
  holder.write(line);
  return holder;
}

function handOver(holder, socket) {
  const handle = holder._handle;
  handle.readStop();
  handle.reading = false;
  holder._handle = null;
  const owner = getOwnPropertySymbols(handle).find((name) => String(name) === 'Symbol(owner_symbol)');
  handle[owner] = socket;
  socket._handle = handle;
}

// What the parent says of a pair that it closed becomes the error of the socket; where it says nothing, the server closed
// the connection.
function tellWhy(socket, pair) {
  defineProperties(socket, {
    push: {
      __proto__: null,
      configurable: true,
      writable: true,
      value(chunk, encoding) {
        const why = chunk === null ? ask(`{"why":${pair}}`) : null;
        if (why === null) return apply(pushChunk, this, [chunk, encoding]);
        this.destroy(failure(why.code, why.message));
        return false;
      },
    },
  });
}

// Takes a pair for the socket. `connected` hears what the parent answered, and what came behind it.
function take(socket, host, port, line, connected) {
  socket.connecting = true;
  if (setup.pairs === 0) {
    const message = `network access is not configured for Actions, so a connection to ${host}:${port} is refused`;
    nextTick(() => socket.destroy(failure('ERR_NETWORK_NOT_CONFIGURED', message)));
    return socket;
  }
  if (nextPair === setup.pairs) {
    const message = `connect EMFILE ${host}:${port}: this process has used its ${setup.pairs} connections`;
    nextTick(() => socket.destroy(failure('EMFILE', message)));
    return socket;
  }
  const pair = nextPair++;
  sockets[sockets.length] = socket;
  const holder = answerOf(pair, line, (answer, rest) => {
    if (socket.destroyed) return;
    const [word, code, ...message] = answer.split(' ');
    if (word === 'NO') {
      holder.destroy();
      socket.destroy(failure(code, message.join(' '), { address: host, port, syscall: 'connect' }));
      return;
    }
    socket._peername = { address: isIP(host) === 0 ? undefined : host, family: `IPv${isIP(host) || 4}`, port };
    tellWhy(socket, pair);
    connected(word, holder, rest);
  });
  socket.once('close', () => holder.destroy());
  return socket;
}

function adopt(socket, holder, rest) {
  handOver(holder, socket);
  socket.connecting = false;
  socket.emit('connect');
  socket.emit('ready');
  if (rest.length > 0) socket.push(rest);
  if (socket.readable && !socket.isPaused()) socket.read(0);
}

// Names are resolved by the parent alone, when it connects. What a script resolves by itself is an address that stands
// for the name, out of a network that is never used (240.0.0.0/4).
const namesOf = new Map();
const addressesOf = new Map();
function addressFor(name) {
  let address = addressesOf.get(name);
  if (address === undefined) {
    const number = addressesOf.size + 1;
    address = `240.${(number >>> 16) & 255}.${(number >>> 8) & 255}.${number & 255}`;
    addressesOf.set(name, address);
    namesOf.set(address, name);
  }
  return address;
}

function hostOf(options) {
  const host = `${options.host || 'localhost'}`;
  return namesOf.get(host) ?? host;
}

function bracketed(host) {
  return host.includes(':') ? `[${host}]` : host;
}

dns.lookup = function lookup(hostname, options, callback) {
  const done = typeof options === 'function' ? options : callback;
  const family = isIP(hostname);
  const address = family === 0 ? addressFor(`${hostname}`) : hostname;
  const found = { address, family: family || 4 };
  nextTick(() => (isObject(options) && options.all ? done(null, [found]) : done(null, found.address, found.family)));
  return {};
};
dns.promises.lookup = async (hostname, options) => {
  const found = await new Promised((resolve) => { dns.lookup(hostname, { all: true }, (_, all) => resolve(all)); });
  return isObject(options) && options.all ? found : found[0];
};
dns.resolve4 = function resolve4(hostname, options, callback) {
  const done = typeof options === 'function' ? options : callback;
  nextTick(() => done(null, [addressFor(`${hostname}`)]));
};
dns.promises.resolve4 = async (hostname) => [addressFor(`${hostname}`)];
for (const name of ['', '6', 'Any', 'Caa', 'Cname', 'Mx', 'Naptr', 'Ns', 'Ptr', 'Soa', 'Srv', 'Tlsa', 'Txt']) {
  if (typeof dns[`resolve${name}`] !== 'function') continue;
  const kind = name === '6' ? 'Aaaa' : name;
  const refused = (hostname) => failure('ENOTFOUND', `query${kind} ENOTFOUND ${hostname}: Actions look up addresses only`, { hostname });
  dns[`resolve${name}`] = (hostname, ...rest) => { nextTick(() => rest.at(-1)(refused(hostname))); };
  dns.promises[`resolve${name}`] = async (hostname) => { throw refused(hostname); };
}

Socket.prototype.connect = function connect(...given) {
  const [options, whenConnected] = isArray(given[0]) ? given[0] : normalized(given);
  if (this.write !== writeChunk) this.write = writeChunk;
  if (typeof whenConnected === 'function') this.once('connect', whenConnected);
  if (this.destroyed) {
    this._undestroy?.();
    this._handle = null;
  }
  const port = Number(options.port);
  if (options.path || !(port > 0 && port < 65536)) {
    const error = options.path
      ? failure('EACCES', `connect EACCES ${options.path}: Actions connect to a host and a port only`)
      : new RangeError(`options.port should be > 0 and < 65536. Received ${options.port}.`);
    nextTick(() => this.destroy(error));
    return this;
  }
  const host = hostOf(options);
  return take(this, host, port, `CONNECT ${bracketed(host)}:${port}\n`, (_, holder, rest) => adopt(this, holder, rest));
};

// A socket of `tls.connect`, where the parent has made TLS and checked the server.
function SecureSocket(options) {
  Socket.call(this, { ...options, handle: undefined, fd: undefined });
  this.encrypted = true;
  this.authorized = false;
  this.authorizationError = null;
  this.alpnProtocol = null;
  this.secureConnecting = true;
  this.servername = null;
  this._secureEstablished = false;
  this._tlsOptions = options;
}
setPrototypeOf(SecureSocket, Socket);
SecureSocket.prototype = create(TLSSocket.prototype, {
  constructor: { __proto__: null, value: TLSSocket, writable: true, configurable: true },
});

const ISSUER = 'postlogin checks the server';
const tlsAnswers = {
  disableRenegotiation: undefined,
  enableTrace: undefined,
  getCertificate: {},
  getCipher: { name: 'TLS_AES_256_GCM_SHA384', standardName: 'TLS_AES_256_GCM_SHA384', version: 'TLSv1.3' },
  getEphemeralKeyInfo: {},
  getFinished: undefined,
  getPeerFinished: undefined,
  getPeerX509Certificate: undefined,
  getProtocol: 'TLSv1.3',
  getSession: undefined,
  getSharedSigalgs: [],
  getTLSTicket: undefined,
  getX509Certificate: undefined,
  isSessionReused: false,
  renegotiate: false,
  setMaxSendFragment: true,
  setServername: undefined,
  setSession: undefined,
};
for (const name of keys(tlsAnswers)) {
  SecureSocket.prototype[name] = function () {
    return this._tunnel === undefined ? tlsAnswers[name] : this._tunnel[name](...arguments);
  };
}
SecureSocket.prototype.getPeerCertificate = function (detailed) {
  if (this._tunnel !== undefined) return this._tunnel.getPeerCertificate(detailed);
  const subject = { CN: this.servername || this._peername?.address };
  return this._secureEstablished ? { subject, issuer: { CN: ISSUER }, subjectaltname: `DNS:${subject.CN}` } : {};
};

function secured(socket, options, from) {
  socket.authorized = from?.authorized ?? true;
  socket.authorizationError = from?.authorizationError ?? null;
  const offered = options.ALPNProtocols;
  socket.alpnProtocol = from?.alpnProtocol ?? (isArray(offered) && offered.includes('http/1.1') ? 'http/1.1' : false);
  socket.secureConnecting = false;
  socket._secureEstablished = true;
  socket.emit('secureConnect');
}

// Bytes pass through untouched: TLS is made here, and the socket stands for the one that makes it.
function tunnel(socket, options, holder, rest) {
  const plain = new Socket();
  handOver(holder, plain);
  if (rest.length > 0) plain.push(rest);
  const inner = apply(connectTls, tls, [{ ...options, socket: plain }]);
  socket._tunnel = inner;
  socket.connecting = false;
  socket._handle = inner._handle;
  const own = (name, value) =>
    defineProperties(socket, { [name]: { __proto__: null, value, configurable: true, writable: true } });
  own('_read', () => inner.resume());
  own('_write', (chunk, encoding, done) => inner.write(chunk, encoding, done));
  own('_writev', null);
  own('_final', (done) => inner.end(done));
  own('_destroy', (error, done) => {
    inner.destroy();
    socket._handle = null;
    done(error);
    nextTick(() => socket.emit('close', error !== null && error !== undefined));
  });
  inner.pause();
  inner.on('data', (chunk) => { if (!socket.push(chunk)) inner.pause(); });
  inner.on('end', () => socket.push(null));
  inner.on('error', (error) => socket.destroy(error));
  inner.on('close', () => socket.destroy());
  inner.once('secureConnect', () => {
    socket.emit('connect');
    socket.emit('ready');
    secured(socket, options, inner);
    socket.read(0);
  });
}

tls.connect = function connect(...given) {
  const [options, whenSecured] = normalizedTls(given);
  if (options.socket) return apply(connectTls, this, given);
  const socket = new SecureSocket(options);
  if (typeof whenSecured === 'function') socket.once('secureConnect', whenSecured);
  if (options.timeout) socket.setTimeout(options.timeout);
  const host = hostOf(options);
  const port = Number(options.port);
  if (options.path || !(port > 0 && port < 65536)) return socket.connect(options);
  const name = options.servername || (isIP(host) === 0 ? host : '');
  socket.servername = name || false;
  return take(socket, host, port, `CONNECT-TLS ${bracketed(host)}:${port} ${name}\n`, (word, holder, rest) => {
    if (word === 'TUNNEL') return tunnel(socket, options, holder, rest);
    adopt(socket, holder, rest);
    return secured(socket, options);
  });
};

function normalizedTls(given) {
  const [options, listener] = normalized(given);
  const more = given.slice(1).find((one) => typeof one === 'object' && one !== null);
  return [{ ...options, ...more }, listener];
}
