(function () {
  'use strict';
  // Takes out of the engine's globals what Actions have no use for, and what the engine is not safe with.
  const { defineProperty, getOwnPropertyDescriptors, getPrototypeOf, setPrototypeOf } = Object;
  const { construct } = Reflect;
  const hidden = (object, name, value) =>
    defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });

  // Threads share memory through these, and here is one thread. The engine keeps a list of who waits in
  // `Atomics` that outlives a run.
  for (const name of ['Atomics', 'SharedArrayBuffer']) delete globalThis[name];

  // The length of a buffer stays what it is while it is used, and every buffer can be written to, as in Node.js.
  const ofBuffers = ['immutable', 'maxByteLength', 'resizable', 'resize', 'sliceToImmutable', 'transferToImmutable'];
  for (const name of ofBuffers) delete ArrayBuffer.prototype[name];

  // What Node.js 22 does not have, though this engine does: an Action that tests for it finds the same on both.
  const beyond = [
    [globalThis, 'AsyncDisposableStack DisposableStack Float16Array InternalError SuppressedError'],
    [DataView.prototype, 'getFloat16 setFloat16'],
    [Error, 'isError'],
    [Function.prototype, 'columnNumber fileName lineNumber'],
    [Iterator, 'concat zip zipKeyed'],
    [Iterator.prototype, 'chunks includes join windows'],
    [Map.prototype, 'getOrInsert getOrInsertComputed'],
    [Math, 'f16round sumPrecise'],
    [Promise, 'try'],
    [RegExp, 'escape'],
    [Uint8Array, 'fromBase64 fromHex'],
    [Uint8Array.prototype, 'setFromBase64 setFromHex toBase64 toHex'],
    [WeakMap.prototype, 'getOrInsert getOrInsertComputed'],
  ];
  for (const [object, names] of beyond) for (const name of names.split(' ')) delete object[name];
  delete Iterator.prototype[Symbol.dispose];

  // A symbol that goes takes the values of weak maps with it; where such a value refers to the symbol weakly,
  // QuickJS-ng 0.16.2 frees the reference before it is done with it (`reset_weak_ref`).
  const Engine = WeakRef;
  const Narrow = function WeakRef(target) {
    if (new.target === undefined) throw new TypeError("Constructor WeakRef requires 'new'");
    if (typeof target === 'symbol') throw new TypeError('WeakRef: target must be an object');
    return construct(Engine, [target], new.target);
  };
  const { prototype } = Engine;
  setPrototypeOf(Narrow, getPrototypeOf(Engine));
  for (const [name, property] of Object.entries(getOwnPropertyDescriptors(Engine))) defineProperty(Narrow, name, property);
  hidden(prototype, 'constructor', Narrow);
  hidden(globalThis, 'WeakRef', Narrow);

  // The frames of a stack hand out no functions: among them are those of this realm and of the host. Node.js
  // gives undefined for functions in strict mode.
  let frame;
  Error.prepareStackTrace = (error, frames) => { [frame] = frames; };
  new Error();
  Error.prepareStackTrace = undefined;
  hidden(getPrototypeOf(frame), 'getFunction', function getFunction() { return undefined; });
})
