(function (loadBuiltin, native, find, frame, lacking, absent) {
  'use strict';
  // Makes a realm: `require`, the lazy globals, and the functions that the host calls. What is used after
  // the script has run is held in constants, so that a script that changes the globals changes only its
  // own world.
  const { create, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, hasOwn } = Object;
  const { apply } = Reflect;
  const global = globalThis;

  const builtins = create(null);
  builtins.lacking = { exports: lacking };
  function builtin(name) {
    const known = builtins[name];
    if (known !== undefined) return known.exports;
    const module = (builtins[name] = { exports: {} });
    loadBuiltin(name)(module.exports, builtin, module, native);
    return module.exports;
  }

  // What a script gets of a file of ours: a name that Node.js has there and we do not ends the run, whichever way it is
  // asked for.
  const guarded = create(null);
  function shown(name) {
    const known = guarded[name];
    if (known !== undefined) return known;
    const exports = builtin(name);
    if (native.alone() || !lacking.isOf(name)) return exports;
    return (guarded[name] = guard(name, exports));
  }
  function guard(name, exports) {
    if (typeof exports === 'function') return lacking.markAll(name, exports);
    const proxied = new Proxied(exports, {
      get(target, key, receiver) {
        const isThere = key in target ? !lacking.isApproximate(name, key) : !lacking.has(name, key);
        return isThere ? get(target, key, receiver) : native.lacks(`${name}.${key}`);
      },
      has(target, key) { return key in target || lacking.has(name, key); },
      ownKeys(target) { return ownKeys(lacking.markAll(name, target)); },
      getOwnPropertyDescriptor(target, key) {
        if (lacking.isApproximate(name, key)) {
          return { get: () => native.lacks(`${name}.${key}`), set: undefined, configurable: true, enumerable: true };
        }
        if (!(key in target) && lacking.has(name, key)) lacking.markAll(name, target);
        return describe(target, key);
      },
    });
    if (exports.posix === exports) exports.posix = proxied;
    return proxied;
  }
  const Proxied = Proxy;
  const { get, getOwnPropertyDescriptor: describe, ownKeys } = Reflect;

  // A global that is loaded when it is first used.
  function lazy(name, from) {
    const place = (value) =>
      defineProperty(global, name, { value, writable: true, configurable: true, enumerable: false });
    defineProperty(global, name, {
      get() {
        const exports = shown(from);
        const value = name in exports ? exports[name] : exports;
        place(value);
        return value;
      },
      set: place,
      configurable: true,
      enumerable: false,
    });
  }
  lazy('Buffer', 'buffer');
  lazy('TextDecoder', 'text');
  lazy('TextEncoder', 'text');
  lazy('URL', 'url');
  lazy('URLSearchParams', 'url');
  lazy('atob', 'buffer');
  lazy('btoa', 'buffer');
  lazy('clearImmediate', 'timers');
  lazy('clearInterval', 'timers');
  lazy('clearTimeout', 'timers');
  lazy('console', 'console');
  lazy('crypto', 'webcrypto');
  lazy('fetch', 'network');
  lazy('performance', 'performance');
  lazy('process', 'process');
  lazy('setImmediate', 'timers');
  lazy('setInterval', 'timers');
  lazy('setTimeout', 'timers');
  lazy('structuredClone', 'clone');
  defineProperty(global, 'global', { value: global, writable: true, configurable: true, enumerable: false });

  // The engine's own generator would draw the same numbers in every run.
  const { random } = { random() { return native.uniform(); } };
  defineProperty(Math, 'random', { value: random, writable: true, configurable: true, enumerable: false });

  // Node's modules by name: the file of ours, and the export of it where it is not the whole.
  const available = {
    __proto__: null,
    assert: ['assert'],
    'assert/strict': ['assert', 'strict'],
    buffer: ['buffer'],
    console: ['console'],
    crypto: ['crypto'],
    events: ['events'],
    http: ['network', 'http'],
    http2: ['network', 'http'],
    https: ['network', 'http'],
    path: ['path'],
    'path/posix': ['path'],
    process: ['process'],
    querystring: ['querystring'],
    stream: ['stream'],
    string_decoder: ['string_decoder'],
    timers: ['timers'],
    'timers/promises': ['timers', 'promises'],
    url: ['url'],
    util: ['util'],
    'util/types': ['util', 'types'],
  };
  const unavailable = create(null);
  for (const name of absent) unavailable[name] = true;

  function refuse(name) {
    const error = new Error(`module '${name}' is not available in Actions`);
    error.code = 'MODULE_NOT_FOUND';
    return error;
  }

  const { isReplaced } = native;
  const modules = create(null);
  function makeRequire(from) {
    function require(specifier) {
      if (typeof specifier !== 'string') throw builtin('failures').type('id', 'of type string', specifier);
      if (specifier === '') throw builtin('failures').value('id', specifier, 'must be a non-empty string');
      const prefixed = apply(startsWith, specifier, ['node:']);
      const name = prefixed ? apply(slice, specifier, [5]) : specifier;
      if (!isReplaced(name)) {
        const ours = available[name];
        if (ours !== undefined && (unavailable[name] === undefined || native.alone())) {
          const exports = shown(ours[0]);
          return ours.length === 1 ? exports : exports[ours[1]];
        }
        if (prefixed || unavailable[name] !== undefined) {
          native.lacks(`the module '${name}'`);
          throw refuse(specifier);
        }
      }
      const found = find(specifier, from);
      const known = modules[found.file];
      if (known !== undefined) return known.exports;
      const module = (modules[found.file] = makeModule(found.file, found.file));
      if (found.load === undefined) {
        module.exports = found.json;
      } else {
        let done = false;
        try {
          run(module, found.load);
          done = true;
        } finally {
          if (!done) delete modules[found.file];
        }
      }
      module.loaded = true;
      return module.exports;
    }
    require.resolve = (specifier) =>
      (available[specifier] || unavailable[specifier]) && !isReplaced(specifier) ? specifier : find(specifier, from).file;
    require.cache = modules;
    return require;
  }
  const { lastIndexOf, slice, split, startsWith, trimEnd } = String.prototype;

  function makeModule(id, filename) {
    return { id, filename, exports: {}, loaded: false, children: [], paths: [] };
  }

  function run(module, load) {
    const file = module.filename;
    loads[file] = load;
    const slash = apply(lastIndexOf, file, ['/']);
    const folder = slash < 0 ? '.' : apply(slice, file, [0, slash]);
    const require = (module.require = makeRequire(file));
    apply(load, module.exports, [module.exports, require, module, file, folder]);
  }

  function load(main, file) {
    const module = (modules[file] = makeModule('.', file));
    run(module, main);
    return module.exports;
  }

  // The promise whose settling is the end of the handler: its own, or one that is settled already where it
  // returned no promise.
  function invoke(handler, event, api) {
    const returned = handler(event, api);
    return apply(resolve, Promised, [returned]);
  }
  const Promised = Promise;
  const { resolve } = Promise;

  // Where the script is. The engine hands out frames as objects, of which only what it knows itself is read: the
  // name of a function, and so any text of a stack, is the script's to choose. What the script has set
  // meanwhile is put aside with the accessors that were there before it.
  const Failure = Error;
  const accessor = (name) => {
    const { get, set } = getOwnPropertyDescriptor(Error, name);
    return [apply(bind, get, [Error]), apply(bind, set, [Error])];
  };
  const { bind } = Function.prototype;
  const [getPrepare, setPrepare] = accessor('prepareStackTrace');
  const [getLimit, setLimit] = accessor('stackTraceLimit');
  let frames;
  function keep(error, sites) { frames = sites; }

  // Tells `frame` of each frame, the innermost first, until it knows the file.
  function locate() {
    const prepare = getPrepare();
    setPrepare(keep);
    const limit = getLimit();
    try {
      search(FEW) || search(ALL);
    } finally {
      setLimit(limit);
      setPrepare(prepare);
      frames = undefined;
    }
  }
  // The call of a method is the fifth; more are seldom needed.
  const FEW = 5;
  const ALL = 64;
  const nothing = [];

  function search(limit) {
    frames = undefined;
    setLimit(limit);
    new Failure();
    // No stack is made while the script's own `prepareStackTrace` runs.
    if (frames === undefined) return true;
    // The first two are in this file.
    for (let at = 2; at < frames.length; at++) {
      const site = frames[at];
      const file = apply(getFileName, site, nothing);
      if (file === null) continue;
      if (frame(file, apply(getLineNumber, site, nothing), apply(getColumnNumber, site, nothing))) return true;
    }
    return frames.length < limit;
  }

  setPrepare(keep);
  new Failure();
  setPrepare(undefined);
  const { getColumnNumber, getFileName, getFunctionName, getLineNumber, isNative } = getPrototypeOf(frames[0]);

  // As in Node.js, a stack begins with name and message.
  const { get: getStack } = getOwnPropertyDescriptor(Error.prototype, 'stack');
  const { toString } = Error.prototype;
  defineProperty(Error.prototype, 'stack', {
    get() {
      const frames = apply(getStack, this, nothing);
      // Anything else is what the script's own `prepareStackTrace` gave.
      const isEngines = typeof frames === 'string' && (frames === '' || apply(startsWith, frames, ['    at ']));
      if (!isEngines) return frames;
      // What called the handler is none of the script's functions.
      const end = apply(lastIndexOf, frames, ['    at invoke (builtin:realm:']);
      const own = end < 0 ? frames : apply(slice, frames, [0, end]);
      return apply(trimEnd, `${apply(toString, this, nothing)}\n${own}`, nothing);
    },
    set(value) { defineProperty(this, 'stack', { value, writable: true, configurable: true, enumerable: false }); },
    enumerable: false,
    configurable: true,
  });

  // What is done when an error comes to be: the engine's own get the words of V8, and a script may make a text of its own
  // of the frames (`prepareStackTrace`). What the frames said and what the engine said is kept beside the error.
  const { get: recall, set: remember } = WeakMap.prototype;
  const said = new WeakMap();
  const worded = new WeakMap();
  const loads = create(null);
  const Malformed = SyntaxError;
  let prepares;
  function prepare(error, sites) {
    const isEngines = native.byEngine() || (sites.length > 0 && apply(isNative, sites[0], nothing)) || isOfParser(error, sites);
    if (isEngines && native.isError(error)) word(error, sites[0]);
    let stack = '';
    for (let at = 0; at < sites.length; at++) stack += frameOf(sites[at]);
    if (typeof prepares !== 'function') return stack;
    apply(remember, said, [error, stack]);
    return apply(prepares, Failure, [error, sites]);
  }
  // The parser's place comes before that of the function which has a text run.
  function isOfParser(error, sites) {
    return sites.length > 1 && error instanceof Malformed && apply(isNative, sites[1], nothing) && apply(getFileName, sites[0], nothing) === '<input>';
  }
  function frameOf(site) {
    const name = apply(getFunctionName, site, nothing);
    const file = apply(getFileName, site, nothing);
    const place = file === null ? 'native' : `${file}:${apply(getLineNumber, site, nothing)}:${apply(getColumnNumber, site, nothing)}`;
    return `    at ${name === null || name === '' ? '<anonymous>' : name} (${place})\n`;
  }

  // Puts the message of an error of the engine's own into the words of V8. Where those cannot be told, whoever reads the
  // message ends the run.
  function word(error, site) {
    const found = describe(error, 'message');
    if (found === undefined || typeof found.value !== 'string') return;
    const message = found.value;
    const [before, after] = around(site);
    const words = builtin('words')(message, before, after);
    if (words !== undefined) {
      if (words !== message) defineProperty(error, 'message', { value: words, writable: true, configurable: true, enumerable: false });
      return;
    }
    untold(error);
  }
  // Has whoever reads the message of an error end the run.
  function untold(error) {
    if (native.alone()) return error;
    apply(remember, worded, [error, error.message]);
    defineProperty(error, 'message', {
      get() { native.needsNode('the text of such an error'); },
      set(value) { defineProperty(this, 'message', { value, writable: true, configurable: true, enumerable: false }); },
      configurable: true,
      enumerable: false,
    });
    return error;
  }
  lacking.untold = untold;
  // What stands before and after a place in its line of the source.
  function around(site) {
    if (site === undefined || apply(isNative, site, nothing)) return nothing;
    const load = loads[apply(getFileName, site, nothing)];
    if (load === undefined) return nothing;
    const line = apply(split, apply(functionToString, load, nothing), ['\n'])[apply(getLineNumber, site, nothing) - 1];
    const column = apply(getColumnNumber, site, nothing) - 1;
    return line === undefined ? nothing : [apply(slice, line, [0, column]), apply(slice, line, [column])];
  }
  const { toString: functionToString } = Function.prototype;
  setPrepare(prepare);
  defineProperty(Error, 'prepareStackTrace', {
    get() {
      return prepares;
    },
    set(value) {
      prepares = value;
    },
  });

  // The engine leaves the message of this error out.
  const { any, then } = { any: Promise.any, then: Promise.prototype.then };
  const promises = {
    any(all) {
      return apply(then, apply(any, this, [all]), [undefined, (error) => {
        if (error instanceof Several && !hasOwn(error, 'message')) {
          defineProperty(error, 'message', { value: 'All promises were rejected', writable: true, configurable: true, enumerable: false });
        }
        throw error;
      }]);
    },
  };
  const Several = AggregateError;
  defineProperty(Promise, 'any', { value: promises.any, writable: true, configurable: true, enumerable: false });

  // In Node.js this, too, begins with name and message.
  const { captureStackTrace: capture } = Error;
  const captureStackTrace = {
    captureStackTrace(object, above) {
      capture(object, above === undefined ? captureStackTrace : above);
      const own = describe(object, 'stack');
      if (own !== undefined && typeof own.value === 'string' && prepares === undefined) {
        const value = apply(trimEnd, `${apply(toString, object, nothing)}\n${own.value}`, nothing);
        defineProperty(object, 'stack', { value, writable: true, configurable: true, enumerable: false });
      }
    },
  }.captureStackTrace;
  defineProperty(Error, 'captureStackTrace', { value: captureStackTrace, writable: true, configurable: true, enumerable: false });

  // A text that is no JSON is told in the words of V8.
  const { parse: parseJson } = JSON;
  const { parse } = {
    parse(text, reviver) {
      const source = typeof text === 'string' ? text : `${text}`;
      try {
        return parseJson(source, reviver);
      } catch (error) {
        const fault = error instanceof Malformed ? builtin('json')(source) : undefined;
        throw fault === undefined ? error : new Malformed(fault);
      }
    },
  };
  defineProperty(JSON, 'parse', { value: parse, writable: true, configurable: true, enumerable: false });

  // The frames of an error, whatever the script made of them.
  function framesOf() {
    const stack = apply(recall, said, [this]);
    return stack === undefined ? apply(getStack, this, nothing) : stack;
  }

  // What the engine said of an error whose message ends the run.
  function wordsOf(error) { return apply(recall, worded, [error]); }

  return { load, invoke, locate, getStack: framesOf, getWords: wordsOf };
})
