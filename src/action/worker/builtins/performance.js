// `performance`: time since the run began.

module.exports = require('lacking').mark(
  {
    now() { return native.monotonic(); },
    timeOrigin: native.began(),
    toJSON() { return { timeOrigin: this.timeOrigin }; },
  },
  'performance',
  [
    'clearMarks', 'clearMeasures', 'clearResourceTimings', 'eventLoopUtilization', 'getEntries', 'getEntriesByName', 'getEntriesByType',
    'mark', 'markResourceTiming', 'measure', 'nodeTiming', 'onresourcetimingbufferfull', 'setResourceTimingBufferSize', 'timerify',
  ],
);
Object.defineProperty(module.exports, Symbol.for('nodejs.util.inspect.custom'), {
  value: () => native.needsNode('how performance is shown'),
  enumerable: false,
});
