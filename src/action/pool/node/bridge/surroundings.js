// The process as a script sees it.

for (const name of Module.builtinModules) {
  const found = getOwnPropertyDescriptor(globalThis, name);
  if (name !== 'crypto' && name !== 'process' && name !== 'console' && name !== 'performance' && found?.get !== undefined) delete globalThis[name];
}
// What Node.js gives to the text of `-e`, some of it when that has begun.
function withdraw() {
  for (const name of ['require', 'module', 'exports', '__filename', '__dirname']) delete globalThis[name];
}

// Node.js itself asks the environment of the process for these two: where packages are that a file does not find around
// it, and a home, which it would read from a file that the cage does not show.
const HOME = '/nonexistent';
if (setup.packages !== null) {
  process.env.NODE_PATH = `${setup.packages}/node_modules`;
  Module._initPaths();
  delete process.env.NODE_PATH;
}
process.env.HOME = HOME;
require('os').userInfo = () => ({ uid: process.getuid(), gid: process.getgid(), username: 'node', homedir: HOME, shell: null });

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
