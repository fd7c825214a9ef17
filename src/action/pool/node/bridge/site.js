// Where the Action's own code is right now.

// The call of a method is the sixth; more are seldom needed.
const FEW = 6;
const ALL = 64;
const { getCallSites } = util;
const ownFolder = setup.folder === null ? null : `${setup.folder}/`;
const inMemory = create(null);

function isOwn(file) {
  if (inMemory[file] === true) return true;
  if (ownFolder === null || !apply(startsWith, file, [ownFolder])) return false;
  return apply(indexOf, file, ['/node_modules/', ownFolder.length - 1]) < 0;
}

const FILE_URL = 'file://';

function frame(file, line, column) {
  if (typeof file !== 'string') return undefined;
  if (apply(startsWith, file, [FILE_URL])) file = apply(slice, file, [FILE_URL.length]);
  return isOwn(file) ? `,"site":[${quoted(file)},${line >>> 0},${column >>> 0}]` : undefined;
}

function search(limit) {
  const sites = getCallSites(limit);
  for (let at = 1; at < sites.length; at++) {
    const { scriptName, lineNumber, columnNumber, column } = sites[at];
    const found = frame(scriptName, lineNumber, columnNumber === undefined ? column : columnNumber);
    if (found !== undefined) return found;
  }
  return sites.length < limit ? '' : undefined;
}

// For versions of Node without `getCallSites`: the script's `prepareStackTrace` is put aside meanwhile.
function searchFrames(limit) {
  const prepare = getOwnPropertyDescriptor(Failure, 'prepareStackTrace');
  const many = getOwnPropertyDescriptor(Failure, 'stackTraceLimit');
  let frames;
  try {
    const plain = { writable: true, enumerable: true, configurable: true };
    defineProperty(Failure, 'prepareStackTrace', { __proto__: null, ...plain, value: (_, sites) => sites });
    defineProperty(Failure, 'stackTraceLimit', { __proto__: null, ...plain, value: limit });
    frames = new Failure().stack;
  } catch {
    return '';
  } finally {
    restore('prepareStackTrace', prepare);
    restore('stackTraceLimit', many);
  }
  if (!isArray(frames)) return '';
  for (let at = 1; at < frames.length; at++) {
    const site = frames[at];
    const found = frame(site.getFileName(), site.getLineNumber(), site.getColumnNumber());
    if (found !== undefined) return found;
  }
  return frames.length < limit ? '' : undefined;
}

function restore(name, descriptor) {
  try {
    if (descriptor === undefined) delete Failure[name];
    else defineProperty(Failure, name, descriptor);
  } catch {
    // The script has frozen it.
  }
}

// The member of a message that says where the script is.
function site() {
  const look = getCallSites === undefined ? searchFrames : search;
  return look(FEW) ?? look(ALL) ?? '';
}
