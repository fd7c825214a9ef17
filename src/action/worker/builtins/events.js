// `events`.

const { inspect } = require('inspect');

function checked(listener) {
  if (typeof listener === 'function') return listener;
  throw require('failures').type('listener', 'of type function', listener);
}

function EventEmitter() {
  if (!Object.hasOwn(this, '_events')) Object.defineProperties(this, SHAPE);
}

const stores = new WeakMap();
function listenersOf(emitter) {
  let events = stores.get(emitter);
  if (events === undefined) stores.set(emitter, (events = new Map()));
  return events;
}
// What Node.js keeps in an emitter, by its names.
const SHAPE = {
  _events: {
    get() { return native.lacks('what an EventEmitter keeps of its listeners'); },
    set() { stores.delete(this); },
    configurable: true,
    enumerable: true,
  },
  _eventsCount: { get() { return listenersOf(this).size; }, set() {}, configurable: true, enumerable: true },
  _maxListeners: { value: undefined, writable: true, configurable: true, enumerable: true },
};

function add(emitter, name, listener, first) {
  checked(listener);
  const events = listenersOf(emitter);
  if (events.has('newListener')) emitter.emit('newListener', name, listener.listener ?? listener);
  const list = events.get(name) ?? [];
  events.set(name, first ? [listener, ...list] : [...list, listener]);
  return emitter;
}

function once(emitter, name, listener) {
  checked(listener);
  function wrapper(...args) {
    emitter.removeListener(name, wrapper);
    return listener.apply(emitter, args);
  }
  wrapper.listener = listener;
  return wrapper;
}

Object.assign(EventEmitter.prototype, {
  on(name, listener) { return add(this, name, listener, false); },
  prependListener(name, listener) { return add(this, name, listener, true); },
  once(name, listener) { return add(this, name, once(this, name, listener), false); },
  prependOnceListener(name, listener) { return add(this, name, once(this, name, listener), true); },
  emit(name, ...args) {
    const list = listenersOf(this).get(name);
    if (list === undefined || list.length === 0) {
      if (name !== 'error') return false;
      if (args[0] instanceof Error) throw args[0];
      const error = require('failures').coded(new Error(`Unhandled error. (${inspect(args[0])})`), 'ERR_UNHANDLED_ERROR');
      error.context = args[0];
      throw error;
    }
    for (const listener of list) listener.apply(this, args);
    return true;
  },
  removeListener(name, listener) {
    const events = listenersOf(this);
    const list = events.get(name) ?? [];
    const at = list.findLastIndex((entry) => entry === listener || entry.listener === listener);
    if (at < 0) return this;
    const rest = list.toSpliced(at, 1);
    if (rest.length === 0) events.delete(name);
    else events.set(name, rest);
    if (events.has('removeListener')) this.emit('removeListener', name, listener);
    return this;
  },
  removeAllListeners(name) {
    const events = listenersOf(this);
    if (name === undefined) events.clear();
    else events.delete(name);
    return this;
  },
  listeners(name) { return (listenersOf(this).get(name) ?? []).map((entry) => entry.listener ?? entry); },
  rawListeners(name) { return [...(listenersOf(this).get(name) ?? [])]; },
  listenerCount(name) { return (listenersOf(this).get(name) ?? []).length; },
  eventNames() { return [...listenersOf(this).keys()]; },
  setMaxListeners(count) {
    this._maxListeners = count;
    return this;
  },
  getMaxListeners() { return this._maxListeners ?? EventEmitter.defaultMaxListeners; },
});
Object.assign(EventEmitter.prototype, { _events: undefined, _eventsCount: 0, _maxListeners: undefined });
// Node.js shows and enumerates what an emitter keeps of its listeners.
Object.defineProperty(EventEmitter.prototype, Symbol.for('nodejs.util.inspect.custom'), {
  value: () => native.needsNode('how an EventEmitter is shown'),
  writable: true,
  configurable: true,
  enumerable: false,
});
EventEmitter.prototype.addListener = EventEmitter.prototype.on;
EventEmitter.prototype.off = EventEmitter.prototype.removeListener;
EventEmitter.defaultMaxListeners = 10;
EventEmitter.EventEmitter = EventEmitter;
EventEmitter.once = (emitter, name) =>
  new Promise((resolve, reject) => {
    const failed = (error) => {
      emitter.removeListener(name, done);
      reject(error);
    };
    const done = (...args) => {
      emitter.removeListener('error', failed);
      resolve(args);
    };
    emitter.once(name, done);
    if (name !== 'error') emitter.once('error', failed);
  });
EventEmitter.listenerCount = (emitter, name) => emitter.listenerCount(name);
module.exports = EventEmitter;
