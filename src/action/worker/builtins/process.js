// The little of `process` that packages read without asking: an empty environment.

module.exports = {
  env: {},
  argv: [],
  nextTick(callback, ...args) {
    queueMicrotask(() => callback(...args));
  },
};
