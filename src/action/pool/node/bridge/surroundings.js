// The process as a script sees it.

for (const name of Module.builtinModules) {
  const found = getOwnPropertyDescriptor(globalThis, name);
  if (name !== 'crypto' && name !== 'process' && name !== 'console' && name !== 'performance' && found?.get !== undefined) delete globalThis[name];
}
// What Node.js gives to the text of `-e`, some of it when that has begun.
function withdraw() {
  for (const name of ['require', 'module', 'exports', '__filename', '__dirname']) delete globalThis[name];
}

process.argv = [];
process.env = {};
process.execArgv = [];
process.execPath = 'node';
process.title = 'node';

// The process is not the script's to end.
function ends(what) {
  endOf(current, `{"exit":${quoted(what)}}`);
  apply(reallyExit, process, [1]);
}
const { kill } = process;
process.exit = (code) => ends(`process.exit(${code === undefined ? '' : typeof code === 'number' ? code : '...'})`);
process.reallyExit = process.exit;
process.abort = () => ends('process.abort()');
process.kill = (pid, signal) => {
  if (signal === 0 || (pid !== process.pid && pid > 0)) return apply(kill, process, [pid, signal]);
  return ends('process.kill of its own process');
};
