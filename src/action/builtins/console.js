const levels = ['debug', 'error', 'info', 'log', 'warn'];
const { log } = native;
for (const level of levels) {
  module.exports[level] = (...args) => log(level, args.join(' '));
}
