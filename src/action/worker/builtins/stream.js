// `stream`: only its classes, for packages that derive from them when they are loaded. Nothing flows.

const EventEmitter = require('events');

function refuse() {
  const error = new Error('streams are not available in Actions');
  error.code = 'ERR_METHOD_NOT_IMPLEMENTED';
  throw error;
}

function derived(name, parent) {
  const made = { [name]: function () { parent.call(this); } }[name];
  Object.setPrototypeOf(made.prototype, parent.prototype);
  Object.setPrototypeOf(made, parent);
  for (const method of ['destroy', 'end', 'pipe', 'push', 'read', 'resume', 'write']) made.prototype[method] = refuse;
  return made;
}

const Stream = derived('Stream', EventEmitter);
for (const name of ['Duplex', 'PassThrough', 'Readable', 'Transform', 'Writable']) Stream[name] = derived(name, Stream);
Stream.Stream = Stream;
Stream.pipeline = refuse;
Stream.finished = refuse;
module.exports = Stream;
