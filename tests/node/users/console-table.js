exports.onExecutePostLogin = async (event, api) => {
  console.table(event.user.app_metadata.tenants);
  console.table([['a', 1], ['b', 2]]);
  console.log('%s has %d logins: %j %o %%', event.user.name, event.stats.logins_count, { a: [1] }, ['x']);
  console.info(new Map([['a', { b: 1 }]]), new Set([1, 'two']), new Date(0), /x/gi, null, undefined, -0, 12n, Symbol('s'));
  console.log({ nested: { deep: { deeper: { deepest: 1 } } }, fn() {}, arrow: () => {}, cls: class A {}, err: new RangeError('r').message });
  console.error('long', 'x'.repeat(120), Array.from({ length: 120 }, (_, i) => i));
};
