// An Action that logs which names of Node.js (`names.json`) are neither here nor end a run, and which the language's own
// objects have beyond those.
const { names } = require('./names.json');
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
const key = (name) => (name.startsWith('@@') ? Symbol[name.slice('@@Symbol.'.length)] : name);
const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';

// The object at a path; nothing where the way leads over what ends the run or is not there, which is told of its owner.
function resolve(path) {
  const [, module, rest] = /^module ([^.]+)(.*)$/.exec(path) ?? [];
  const parts = (module === undefined ? path : rest.slice(1)).split('.').filter((part) => part !== '');
  let at = module === undefined ? globalThis : require(module);
  if (path.startsWith('%')) at = hidden[parts.shift()];
  for (const part of parts) {
    const found = part === '__proto__' ? { value: of(at) } : Reflect.getOwnPropertyDescriptor(at, key(part));
    const value = found?.get !== undefined && at === globalThis && !names[part] ? undefined : found?.value;
    at = value ?? (found?.get !== undefined && at === globalThis && names[part] ? at[part] : undefined);
    if (!isObject(at)) return undefined;
  }
  return at;
}

exports.onExecutePostLogin = async () => {
  for (const [path, all] of Object.entries(names)) {
    const object = path === 'globalThis' ? globalThis : resolve(path);
    if (object === undefined) continue;
    const isModule = path.startsWith('module ');
    const missing = all.filter((name) => (isModule ? !(key(name) in object) : !Object.hasOwn(object, key(name))));
    if (missing.length > 0) console.log(`missing in ${path}: ${missing.join(' ')}`);
    if (isModule) continue;
    const own = Reflect.ownKeys(object).map((name) => (typeof name === 'symbol' ? `@@${name.description}` : name));
    const beyond = own.filter((name) => !all.includes(name) && !['length', 'name', 'prototype'].includes(name));
    if (beyond.length > 0) console.log(`beyond Node.js in ${path}: ${beyond.join(' ')}`);
  }
};
