// Whether files that this process has loaded have changed since: its modules are as they were then.

const { statSync } = fs;
const known = create(null);
const INSTALLED = '/node_modules/.package-lock.json';
const NOT_THERE = { throwIfNoEntry: false };

function stateOf(file) {
  try {
    const state = statSync(file, NOT_THERE);
    return state === undefined ? '' : `${state.ino} ${state.size} ${state.ctimeMs}`;
  } catch {
    return '';
  }
}

// The Action's own files, and what npm writes when it installs.
function watch() {
  const loaded = keys(Module._cache);
  for (let at = 0; at < loaded.length; at++) {
    const file = loaded[at];
    if (known[file] === undefined && inMemory[file] !== true && isOwn(file)) known[file] = stateOf(file);
  }
  watchInstalled(setup.folder);
  watchInstalled(setup.packages);
}

function watchInstalled(folder) {
  const file = `${folder}${INSTALLED}`;
  if (folder !== null && known[file] === undefined) known[file] = stateOf(file);
}

function isStale() {
  for (const file in known) {
    if (stateOf(file) !== known[file]) return true;
  }
  return false;
}
