'use strict';
// Prints, as JSON, the names that Node.js has: its globals, what the language's own objects have, its built-in modules and
// what those export. `tests/node/names.json` is what Node.js 22 printed:
//
//     node tests/node/names.cjs > tests/node/names.json
const { builtinModules } = require('node:module');

const names = {};
const seen = new Map();
const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';
const named = (key) => (typeof key === 'symbol' ? `@@${key.description}` : key);

// What differs from machine to machine.
const OF_THE_MACHINE = ['module process.argv', 'module process.env', 'module process.release', 'module process.config'];
const OF_EVERY_FUNCTION = ['length', 'name', 'prototype'];

// The names of an object, and those of what it holds, `deep` levels down.
function note(path, object, deep) {
  if (seen.has(object) || OF_THE_MACHINE.includes(path)) return;
  seen.set(object, path);
  const keys = Reflect.ownKeys(object).filter((key) => typeof key === 'string' || key.description.startsWith('Symbol.'));
  const own = keys.map(named).filter((name) => !OF_EVERY_FUNCTION.includes(name) || typeof object !== 'function');
  if (own.some((name) => name !== 'constructor')) names[path] = own.sort();
  for (const key of keys) {
    const { value } = Object.getOwnPropertyDescriptor(object, key);
    if (isObject(value) && key !== 'constructor' && (deep > 0 || key === 'prototype')) note(`${path}.${named(key)}`, value, deep - 1);
  }
}

const LANGUAGE = [
  'AggregateError', 'Array', 'ArrayBuffer', 'Atomics', 'BigInt', 'BigInt64Array', 'BigUint64Array', 'Boolean', 'DataView', 'Date',
  'Error', 'EvalError', 'FinalizationRegistry', 'Float32Array', 'Float64Array', 'Function', 'Int16Array', 'Int32Array', 'Int8Array',
  'Iterator', 'JSON', 'Map', 'Math', 'Number', 'Object', 'Promise', 'Proxy', 'RangeError', 'ReferenceError', 'Reflect', 'RegExp', 'Set',
  'SharedArrayBuffer', 'String', 'Symbol', 'SyntaxError', 'TypeError', 'URIError', 'Uint16Array', 'Uint32Array', 'Uint8Array',
  'Uint8ClampedArray', 'WeakMap', 'WeakRef', 'WeakSet',
];
const of = Object.getPrototypeOf;
const hidden = {
  '%TypedArray%': of(Uint8Array),
  '%ArrayIterator%': of([][Symbol.iterator]()),
  '%MapIterator%': of(new Map()[Symbol.iterator]()),
  '%SetIterator%': of(new Set()[Symbol.iterator]()),
  '%StringIterator%': of(''[Symbol.iterator]()),
  '%RegExpStringIterator%': of('a'.matchAll(/a/g)),
  '%GeneratorFunction%': of(function* () {}),
  '%AsyncGeneratorFunction%': of(async function* () {}),
  '%AsyncFunction%': of(async () => {}),
  '%WrapForIterator%': of(Iterator.from({ next() {} })),
  '%IteratorHelper%': of([].values().map((one) => one)),
  '%AsyncIterator%': of(of(of(async function* () {}.prototype))),
};
// Modules of which the embedded engine has at least a part.
const MODULES = [
  'assert', 'buffer', 'console', 'crypto', 'events', 'path', 'process', 'querystring', 'string_decoder', 'timers', 'timers/promises', 'url',
  'util',
];
// Globals of Node.js that hold more than a function.
const GLOBALS = {
  TextDecoder, TextEncoder, 'crypto.__proto__': of(crypto), 'crypto.subtle.__proto__': of(crypto.subtle), 'performance.__proto__': of(performance),
};

// `node -p` and `require` put names of their own into the globals.
const globals = Reflect.ownKeys(globalThis).filter((key) => typeof key === 'string');
names.globalThis = globals.sort();
for (const name of LANGUAGE) note(name, globalThis[name], 0);
for (const [path, object] of Object.entries(hidden)) note(path, object, 0);
for (const name of MODULES) note(`module ${name}`, require(name), 1);
for (const [path, object] of Object.entries(GLOBALS)) note(path, object, 1);
const modules = builtinModules.filter((name) => !name.startsWith('_')).sort();
process.stdout.write(`${JSON.stringify({ node: process.versions.node, modules, names }, null, 1).replaceAll(/\n {3,}/g, ' ').replaceAll('\n  ]', ' ]')}\n`);
