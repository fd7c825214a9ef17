(function (now) {
  'use strict';
  // `Date` stands still at `now`.
  const define = (object, name, value) =>
    Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });

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
})
