(function (loadBuiltin, makeNatives, find) {
  'use strict';
  // Makes a realm: `require`, the lazy globals, and the functions that the host calls. What is used after
  // the script has run is held in constants, so that a script that changes the globals changes only its
  // own world.
  const { create, defineProperty, getOwnPropertyDescriptor } = Object;
  const global = globalThis;

  let natives;
  const native = () => (natives ??= makeNatives());

  const builtins = create(null);
  function builtin(name) {
    const known = builtins[name];
    if (known !== undefined) return known.exports;
    const module = (builtins[name] = { exports: {} });
    loadBuiltin(name)(module.exports, builtin, module, native());
    return module.exports;
  }

  // Globals that are loaded when they are first used: name, module, export.
  function lazy(name, from, member) {
    const place = (value) =>
      defineProperty(global, name, { value, writable: true, configurable: true, enumerable: false });
    defineProperty(global, name, {
      get() {
        const value = member === undefined ? builtin(from) : builtin(from)[member];
        place(value);
        return value;
      },
      set: place,
      configurable: true,
      enumerable: false,
    });
  }
  lazy('console', 'console');

  const available = create(null);

  const modules = create(null);
  function makeRequire(from) {
    return function require(specifier) {
      if (typeof specifier !== 'string') throw new TypeError('require takes the name of a module');
      const found = find(specifier, from);
      const known = modules[found.file];
      if (known !== undefined) return known.exports;
      const module = (modules[found.file] = { exports: {}, id: found.file, filename: found.file });
      if (found.load === undefined) module.exports = found.json;
      else run(module, found.load);
      return module.exports;
    };
  }

  const { apply } = Reflect;
  function run(module, load) {
    const { file } = { file: module.filename };
    const slash = file.lastIndexOf('/');
    const folder = slash < 0 ? '.' : file.slice(0, slash);
    apply(load, module.exports, [module.exports, makeRequire(file), module, file, folder]);
  }

  function load(main, file) {
    const module = (modules[file] = { exports: {}, id: '.', filename: file });
    run(module, main);
    return module.exports;
  }

  async function invoke(handler, event, api) {
    await handler(event, api);
  }

  const prepare = getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  const limit = getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  return {
    native,
    load,
    invoke,
    getPrepare: prepare.get,
    setPrepare: prepare.set,
    getLimit: limit.get,
    setLimit: limit.set,
  };
})
