// What was thrown, told without running any code of the script: a thrown value may be anything.

const MAX_PROTOTYPES = 10;
const MAX_TEXT = 1 << 16;

function bounded(text) {
  return text.length > MAX_TEXT ? apply(slice, text, [0, MAX_TEXT]) : text;
}

// A string data property of an object or its prototypes.
function dataProperty(object, name) {
  for (let steps = 0; object !== null && steps < MAX_PROTOTYPES && !isProxy(object); steps++) {
    const found = getOwnPropertyDescriptor(object, name);
    if (found !== undefined) return typeof found.value === 'string' ? found.value : undefined;
    object = getPrototypeOf(object);
  }
  return undefined;
}

function isObject(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function textOf(thrown) {
  const message = dataProperty(thrown, 'message');
  if (message !== undefined && message !== '') return message;
  const name = dataProperty(thrown, 'name');
  return name === '' ? undefined : name;
}

// JSON of what was thrown, in the parent's terms.
function thrownValue(thrown) {
  if (typeof thrown === 'string') return `{"text":${quoted(bounded(thrown))}}`;
  if (isObject(thrown)) {
    const text = textOf(thrown);
    return text === undefined ? '{"object":null}' : `{"object":${quoted(bounded(text))}}`;
  }
  if (typeof thrown === 'number' || typeof thrown === 'boolean') return `{"text":"${thrown}"}`;
  return `{"kind":"${thrown === null ? 'null' : typeof thrown}"}`;
}

// The stack that the engine keeps with an error; what a script calls a stack is not read by a getter of the script.
const nativeStack = getOwnPropertyDescriptor(new Failure(), 'stack');

function stackOf(thrown) {
  if (!isObject(thrown) || isProxy(thrown)) return undefined;
  const found = getOwnPropertyDescriptor(thrown, 'stack');
  if (found === undefined) return undefined;
  let stack = found.value;
  if (found.get !== undefined && found.get === nativeStack.get) {
    try {
      stack = apply(found.get, thrown, []);
    } catch {
      return undefined;
    }
  }
  return typeof stack === 'string' ? bounded(stack) : undefined;
}

function threw(thrown) {
  const stack = stackOf(thrown);
  return `{"value":${thrownValue(thrown)},"stack":${stack === undefined ? 'null' : quoted(stack)}}`;
}
