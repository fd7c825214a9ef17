// What `process` says of itself. Its environment is empty.

const VERSION = '22.23.5';

function nanoseconds() { return BigInt(Math.round(native.monotonic() * 1e6)); }

function hrtime(since) {
  const now = nanoseconds() - (since === undefined ? 0n : BigInt(since[0]) * 1000000000n + BigInt(since[1]));
  return [Number(now / 1000000000n), Number(now % 1000000000n)];
}
hrtime.bigint = nanoseconds;

module.exports = {
  version: `v${VERSION}`,
  versions: require('lacking').mark({ node: VERSION }, 'process.versions', ['acorn', 'ada', 'amaro', 'ares', 'brotli', 'cjs_module_lexer', 'cldr',
    'icu', 'llhttp', 'modules', 'napi', 'nbytes', 'ncrypto', 'nghttp2', 'openssl', 'simdjson', 'simdutf', 'sqlite', 'tz', 'undici', 'unicode',
    'uv', 'uvwasi', 'v8', 'zlib', 'zstd']),
  arch: 'x64',
  platform: 'linux',
  release: { name: 'node', lts: 'Jod' },
  argv: [],
  env: {},
  hrtime,
  nextTick(callback, ...args) { require('timers').nextTick(callback, ...args); },
  uptime: () => native.monotonic() / 1000,
  get [Symbol.toStringTag]() { return 'process'; },
};
