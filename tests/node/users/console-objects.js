exports.onExecutePostLogin = async (event, api) => {
  console.log(event.user.app_metadata, event.user.identities);
  console.log('from', event.request.geoip);
  console.log(Buffer.from('abc'), new Uint8Array([1, 2]), [undefined, , null], Object.create(null), [[[[1]]]]);
  console.log(JSON.stringify(event.organization, null, 2));
  const circular = { name: 'c' };
  circular.self = circular;
  console.log(circular, Promise.resolve(1), new WeakMap(), new Proxy({ a: 1 }, {}), (function () { return arguments; })(1, 2));
  console.log('a\nb', ['a\nb', "it's", 'say "hi"'], { 'key-with-dash': 1, 2: 3, [Symbol('k')]: 4 });
};
