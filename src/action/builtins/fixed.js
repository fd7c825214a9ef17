(function (now, seeded, natives) {
  'use strict';
  // A run that can be repeated: `Date` stands still at `now` (unless it is undefined), and `Math.random`
  // comes from the seed.
  const define = (object, name, value) =>
    Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });

  if (seeded) {
    let native;
    define(Math, 'random', function random() {
      native ??= natives();
      const bytes = native.random(7);
      let value = 0;
      for (let at = 0; at < 6; at++) value = value * 256 + bytes[at];
      return (value * 32 + (bytes[6] & 31)) / 2 ** 53;
    });
  }
  if (now === undefined) return;

  const System = Date;
  const { construct } = Reflect;
  function Frozen(...parts) {
    if (new.target === undefined) return new System(now).toString();
    return construct(System, parts.length === 0 ? [now] : parts, new.target);
  }
  define(Frozen, 'name', 'Date');
  define(Frozen, 'length', 7);
  Object.defineProperty(Frozen, 'prototype', { value: System.prototype, writable: false });
  define(Frozen, 'now', function () { return now; });
  define(Frozen, 'parse', System.parse);
  define(Frozen, 'UTC', System.UTC);
  define(System.prototype, 'constructor', Frozen);
  define(globalThis, 'Date', Frozen);
  define(globalThis, 'performance', {
    now() { return 0; },
    timeOrigin: now,
    toJSON() { return { timeOrigin: now }; },
  });
})
