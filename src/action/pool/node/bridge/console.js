// `console`, `process.stdout` and `process.stderr`: every line goes to the parent with its level.

const { Console } = require('console');

function log(level, text) {
  const run = current;
  const late = hasEnded(run);
  say(`{"log":{"run":${run.number},"level":"${level}","late":${late},"text":${late ? '""' : quoted(text)}${late ? site() : ''}}}`);
}

let level = 'log';
// Node adds the end of the line.
const lines = { write: (text) => log(level, apply(slice, text, [0, -1])) };
const formatted = new Console({ stdout: lines, stderr: lines, ignoreErrors: false, colorMode: false });

const LEVELS = {
  __proto__: null, assert: 'warn', debug: 'debug', error: 'error', info: 'info', trace: 'debug', warn: 'warn',
};

function shownConsole(target) {
  for (const name of ownKeys(target)) {
    const method = typeof name === 'string' ? formatted[name] : undefined;
    if (typeof method !== 'function' || name === 'Console') continue;
    const its = LEVELS[name] ?? 'log';
    const { [name]: shown } = {
      [name](...args) {
        const outer = level;
        level = its;
        try {
          return apply(method, formatted, args);
        } finally {
          level = outer;
        }
      },
    };
    defineProperty(target, name, { __proto__: null, value: shown, writable: true, configurable: true, enumerable: true });
  }
}
shownConsole(console);

function output(its) {
  const { Writable } = require('stream');
  let rest = '';
  return new Writable({
    decodeStrings: false,
    write(chunk, encoding, done) {
      rest += typeof chunk === 'string' ? chunk : chunk.toString();
      const parts = rest.split('\n');
      rest = parts.pop();
      for (const part of parts) log(its, part);
      done();
    },
  });
}

function lazyStream(name, make) {
  let stream;
  defineProperty(process, name, {
    __proto__: null,
    get: () => (stream ??= make()),
    configurable: true,
    enumerable: true,
  });
}
lazyStream('stdout', () => output('log'));
lazyStream('stderr', () => output('error'));
lazyStream('stdin', () => require('stream').Readable.from([]));
