// What is required: sources from memory come from the parent, all others from where Node finds them.

const { _load: loadNatively, _nodeModulePaths: pathsAbove } = Module;
const PREFIX = 'node:';
const fromMemory = create(null);

// A source that the parent has in memory, under a name of its own. Modules that Actions share have `actions`.
function memoryModule({ file, source, folder, secrets }, parent) {
  const known = fromMemory[file];
  if (known !== undefined) return known.exports;
  const module = new Module(file, parent);
  module.filename = file;
  if (folder !== undefined) module.paths = pathsAbove(folder);
  else module.paths = setup.packages === null ? [] : [`${setup.packages}/node_modules`];
  fromMemory[file] = module;
  inMemory[file] = true;
  let done = false;
  try {
    if (secrets === undefined) compile(module, source, file);
    else compileShared(module, source, file, { secrets });
    done = true;
  } finally {
    if (!done) delete fromMemory[file];
  }
  module.loaded = true;
  return module.exports;
}

function missing(message) {
  const error = new Failure(message);
  error.code = 'MODULE_NOT_FOUND';
  return error;
}

function needed(specifier, from, parent) {
  const found = ask(`{"need":{"specifier":${quoted(specifier)},"from":${quoted(from)}}}`);
  if (found.missing !== undefined) throw missing(found.missing);
  return memoryModule(found, parent);
}

function isPath(request) {
  return apply(startsWith, request, ['./']) || apply(startsWith, request, ['../']) || request === '.' || request === '..';
}

const replaced = create(null);

function isInMemory(request) {
  const name = apply(startsWith, request, [PREFIX]) ? apply(slice, request, [PREFIX.length]) : request;
  return replaced[name] === true || apply(startsWith, request, ['actions:']);
}

Module._load = function (request, parent, isMain) {
  if (typeof request === 'string') {
    const from = parent?.filename;
    if (isInMemory(request)) return needed(request, from ?? '', parent);
    if (isPath(request) && from !== undefined && inMemory[from] === true && !(from === setup.file && setup.folder !== null))
      return needed(request, from, parent);
  }
  return apply(loadNatively, Module, [request, parent, isMain]);
};

// `import()` of what the parent has in memory, where this version of Node can be told.
let isImporting = false;
const NAME = /^[A-Za-z_$][\w$]*$/;
function importFromMemory() {
  if (isImporting || Module.registerHooks === undefined) return;
  isImporting = true;
  const IN_MEMORY = 'postlogin:';
  Module.registerHooks({
    resolve(specifier, context, next) {
      if (!isInMemory(specifier)) return next(specifier, context);
      return { url: `${IN_MEMORY}${encodeURIComponent(specifier)}`, format: 'module', shortCircuit: true };
    },
    load(url, context, next) {
      if (!apply(startsWith, url, [IN_MEMORY])) return next(url, context);
      const specifier = decodeURIComponent(apply(slice, url, [IN_MEMORY.length]));
      const exports = needed(specifier, '', undefined);
      const names = isObject(exports) ? keys(exports).filter((name) => NAME.test(name) && name !== 'default') : [];
      const source =
        `import { createRequire } from 'node:module'; const all = createRequire('/postlogin/import.js')(${stringify(specifier)});` +
        `export default all; ${names.map((name, at) => `const _${at} = all.${name}; export { _${at} as ${name} };`).join(' ')}`;
      return { source, format: 'module', shortCircuit: true };
    },
  });
}

const TYPESCRIPT = /\.[cm]?ts$/;

function withoutTypes(source, file) {
  const isTyped = TYPESCRIPT.test(file) && Module.stripTypeScriptTypes !== undefined;
  return isTyped ? Module.stripTypeScriptTypes(source) : source;
}

function compile(module, source, file) {
  module._compile(withoutTypes(source, file), file);
}

const PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'];

// The same with `actions` around it: a module may have another `actions` of its own.
function compileShared(module, source, file, actions) {
  const make = vm.compileFunction(`return function (${PARAMETERS.join(', ')}) {${source}\n}`, ['actions'], {
    filename: file,
    importModuleDynamically: vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const require = (request) => module.require(request);
  require.resolve = (request) => Module._resolveFilename(request, module);
  require.cache = Module._cache;
  apply(make(actions), module.exports, [module.exports, require, module, file, setup.packages ?? '/']);
}

// The exports of the Action, evaluated once for each process.
let main;
function mainExports() {
  if (main === undefined) {
    const module = new Module('.', null);
    module.filename = setup.file;
    module.paths = setup.folder === null ? (setup.packages === null ? [] : [`${setup.packages}/node_modules`]) : pathsAbove(setup.folder);
    inMemory[setup.file] = true;
    Module._cache[setup.file] = module;
    compile(module, setup.source, setup.file);
    module.loaded = true;
    main = module;
  }
  return main.exports;
}

// Compiles the Action and runs nothing. Whether an ES module compiles shows when it runs.
function check() {
  try {
    vm.compileFunction(withoutTypes(setup.source, setup.file), PARAMETERS, { filename: setup.file });
    return 'null';
  } catch (thrown) {
    const isModule = MODULE_SYNTAX.test(textOf(thrown) ?? '') && process.features.require_module === true;
    return isModule ? 'null' : `{"syntax":${threw(thrown)}}`;
  }
}

// V8's words for `import` and `export`, and for `await` outside of functions.
const MODULE_SYNTAX = /^(Cannot use (import|'import\.meta') |Unexpected token 'export'|await is only valid )/;
