// Errors of Node's own, with their codes and words.

const { inspect } = require('inspect');

function coded(error, code) {
  error.code = code;
  Object.defineProperty(error, 'toString', {
    value() { return `${this.name} [${code}]: ${this.message}`; },
    writable: true,
    configurable: true,
    enumerable: false,
  });
  return error;
}

function received(value) {
  if (value === null || value === undefined) return `${value}`;
  if (typeof value === 'function') return value.name === '' ? 'function ' : `function ${value.name}`;
  if (typeof value === 'object') {
    return value.constructor?.name ? `an instance of ${value.constructor.name}` : inspect(value, { depth: -1 });
  }
  let shown = typeof value === 'string' ? `'${value}'` : inspect(value);
  if (typeof value === 'string') {
    const cut = value.length > 28 ? `${value.slice(0, 25)}...` : value;
    shown = cut.includes("'") ? JSON.stringify(cut) : `'${cut}'`;
  } else if (shown.length > 28) shown = `${shown.slice(0, 25)}...`;
  return `type ${typeof value} (${shown})`;
}

exports.coded = coded;
exports.type = (name, wanted, value) =>
  coded(new TypeError(`The "${name}" argument must be ${wanted}. Received ${received(value)}`), 'ERR_INVALID_ARG_TYPE');
exports.firstType = (wanted, value) => coded(new TypeError(`The first argument must be ${wanted}. Received ${received(value)}`), 'ERR_INVALID_ARG_TYPE');
exports.value = (name, value, reason) =>
  coded(new TypeError(`The argument '${name}' ${reason}. Received ${inspect(value)}`), 'ERR_INVALID_ARG_VALUE');
exports.range = (name, range, value) => {
  let shown = inspect(value);
  if (Number.isInteger(value) && Math.abs(value) > 2 ** 32) shown = `${value}`.replace(/\B(?=(?:\d{3})+$)/g, '_');
  return coded(new RangeError(`The value of "${name}" is out of range. It must be ${range}. Received ${shown}`), 'ERR_OUT_OF_RANGE');
};
exports.dom = (message, name) => new DOMException(message, name);
