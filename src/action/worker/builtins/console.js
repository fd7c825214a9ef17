// `console`: every line goes to the host with its level, formatted as Node formats it.

const { log } = native;
let indentation = '';

function text(args) {
  let plain = true;
  for (let at = 0; at < args.length; at++) {
    if (typeof args[at] !== 'string' || (at === 0 && args.length > 1 && args[0].includes('%'))) {
      plain = false;
      break;
    }
  }
  const line = plain ? args.join(' ') : require('util').format(...args);
  if (indentation === '') return line;
  return indentation + line.split('\n').join(`\n${indentation}`);
}

const counts = new Map();
const starts = new Map();

function elapsed(label) {
  const start = starts.get(label);
  if (start === undefined) return undefined;
  const milliseconds = performance.now() - start;
  return milliseconds >= 1000 ? `${(milliseconds / 1000).toFixed(3)}s` : `${Number(milliseconds.toFixed(3))}ms`;
}

const console = {
  debug(...args) { log('debug', text(args)); },
  error(...args) { log('error', text(args)); },
  info(...args) { log('info', text(args)); },
  log(...args) { log('log', text(args)); },
  warn(...args) { log('warn', text(args)); },
  trace(...args) {
    const stack = new Error().stack.split('\n').slice(2).join('\n');
    log('debug', `Trace: ${text(args)}\n${stack}`);
  },
  assert(condition, ...args) {
    if (condition) return;
    if (typeof args[0] === 'string') args[0] = `Assertion failed: ${args[0]}`;
    else args.unshift('Assertion failed');
    log('warn', text(args));
  },
  count(label = 'default') {
    const count = (counts.get(`${label}`) ?? 0) + 1;
    counts.set(`${label}`, count);
    log('log', text([`${label}: ${count}`]));
  },
  countReset(label = 'default') { counts.delete(`${label}`); },
  dir(value, options) { log('log', text([require('util').inspect(value, options)])); },
  dirxml(...args) { log('log', text(args)); },
  group(...args) {
    if (args.length > 0) log('log', text(args));
    indentation += '  ';
  },
  groupEnd() { indentation = indentation.slice(2); },
  table(value, properties) { log('log', text([require('table').table(value, properties) ?? value])); },
  time(label = 'default') { starts.set(`${label}`, performance.now()); },
  timeEnd(label = 'default') {
    console.timeLog(label);
    starts.delete(`${label}`);
  },
  timeLog(label = 'default', ...args) {
    const time = elapsed(`${label}`);
    if (time !== undefined) log('log', text([`${label}: ${time}`, ...args]));
  },
};
console.groupCollapsed = console.group;
console.clear = () => {};
Object.defineProperty(console, Symbol.toStringTag, { value: 'console', writable: false, configurable: true, enumerable: false });
module.exports = console;
