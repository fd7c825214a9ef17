// `performance`: time since the run began.

module.exports = {
  now() { return native.monotonic(); },
  timeOrigin: native.began(),
  toJSON() { return { timeOrigin: this.timeOrigin }; },
};
