const EventEmitter = require('events');
const util = require('util');
exports.onExecutePostLogin = async (event, api) => {
  const bus = new EventEmitter();
  const seen = [];
  bus.on('claim', (name, value) => seen.push([name, value]));
  bus.once('claim', name => seen.push(name));
  bus.emit('claim', 'a', 1);
  bus.emit('claim', 'b', 2);
  console.log(seen, bus.listenerCount('claim'), util.inspect({ a: { b: { c: {} } } }, { depth: 0 }), util.format('%s:%i', 'x', 4.7), util.types.isDate(new Date()), util.isDeepStrictEqual({ a: 1 }, { a: 1 }));
};
