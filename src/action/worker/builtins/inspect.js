// `util.inspect` and `util.format`: values as Node shows them.

const CUSTOM = Symbol.for('nodejs.util.inspect.custom');
const BREAK_LENGTH = 80;
const COMPACT = 3;
const MAX_ITEMS = 100;
const MAX_STRING = 10000;
const MAX_LEVELS = 50;
const IDENTIFIER = /^[a-zA-Z_][a-zA-Z_0-9]*$/;

const tagOf = (value) => Object.prototype.toString.call(value);

function quoted(text) {
  let quote = "'";
  if (text.includes("'")) {
    if (!text.includes('"')) quote = '"';
    else if (!text.includes('`') && !text.includes('${')) quote = '`';
  }
  let shown = '';
  for (const character of text) {
    const code = character.codePointAt(0);
    if (character === quote || character === '\\') shown += `\\${character}`;
    else if (character === '\n') shown += '\\n';
    else if (character === '\t') shown += '\\t';
    else if (character === '\r') shown += '\\r';
    else if (character === '\b') shown += '\\b';
    else if (character === '\f') shown += '\\f';
    else if (character === '\v') shown += '\\v';
    else if (code < 32 || (code >= 127 && code < 160)) shown += `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`;
    else if (code >= 0xd800 && code < 0xe000) shown += `\\u${code.toString(16)}`;
    else shown += character;
  }
  return quote + shown + quote;
}

function primitive(value, context) {
  switch (typeof value) {
    case 'string': {
      const cut = value.length > context.maxStringLength ? value.slice(0, context.maxStringLength) : value;
      const more = value.length - cut.length;
      return quoted(cut) + (more > 0 ? `... ${more} more character${more > 1 ? 's' : ''}` : '');
    }
    case 'number': return Object.is(value, -0) ? '-0' : `${value}`;
    case 'bigint': return `${value}n`;
    case 'symbol': return value.toString();
    default: return `${value}`;
  }
}

function constructorName(value) {
  for (let current = value; current; current = Object.getPrototypeOf(current)) {
    const own = Object.getOwnPropertyDescriptor(current, 'constructor');
    if (own && typeof own.value === 'function' && own.value.name !== '' && value instanceof own.value) return own.value.name;
  }
  return null;
}

function prefix(name, fallback, size) {
  const sized = size === undefined ? '' : `(${size})`;
  return name === null ? `[${fallback}${sized}: null prototype] ` : `${name}${sized} `;
}

function keysOf(value, context) {
  const keys = context.showHidden ? Reflect.ownKeys(value).filter((key) => typeof key === 'string') : Object.keys(value);
  const symbols = Object.getOwnPropertySymbols(value);
  return keys.concat(symbols.filter((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol)));
}

function format(value, context, level, typed) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return primitive(value, context);
  if (native.isProxy(value)) {
    const target = native.target(value);
    if (target === value) native.needsNode('how such a Proxy is shown');
    return format(target, context, level, typed);
  }
  const custom = context.customInspect ? value[CUSTOM] : undefined;
  if (typeof custom === 'function' && custom !== inspect) {
    const shown = custom.call(value, context.depth - level, context, inspect);
    if (shown !== value) return typeof shown === 'string' ? shown.replaceAll('\n', `\n${' '.repeat(context.indentation)}`) : format(shown, context, level);
  }
  if (context.seen.includes(value)) {
    let index = context.circular.get(value);
    if (index === undefined) context.circular.set(value, (index = context.circular.size + 1));
    return `[Circular *${index}]`;
  }
  return structured(value, context, level, typed);
}

function structured(value, context, level, typed) {
  const name = constructorName(value);
  const tag = Object.prototype.propertyIsEnumerable.call(value, Symbol.toStringTag) ? undefined : value[Symbol.toStringTag];
  const tagged = typeof tag === 'string' && tag !== '' && tag !== name ? `[${tag}] ` : '';
  let keys = keysOf(value, context);
  let base = '';
  let braces = ['{', '}'];
  let items = () => [];
  let array = false;
  const kind = tagOf(value);
  if (Array.isArray(value)) {
    array = true;
    keys = keys.filter((key) => typeof key === 'symbol' || !/^(0|[1-9]\d*)$/.test(key));
    braces = [`${name !== 'Array' || tagged ? prefix(name, 'Array', value.length) : ''}${tagged}[`, ']'];
    if (value.length === 0 && keys.length === 0) return `${braces[0]}]`;
    items = () => arrayItems(value, context, level);
  } else if (value instanceof Set) {
    braces[0] = `${prefix(name, 'Set', value.size)}${tagged}{`;
    items = () => limited([...value], context, (item) => format(item, context, level + 1));
    if (value.size === 0 && keys.length === 0) return `${braces[0]}}`;
  } else if (value instanceof Map) {
    braces[0] = `${prefix(name, 'Map', value.size)}${tagged}{`;
    items = () =>
      limited([...value], context, ([key, item]) => `${format(key, context, level + 1)} => ${format(item, context, level + 1)}`);
    if (value.size === 0 && keys.length === 0) return `${braces[0]}}`;
  } else if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    array = true;
    keys = keys.filter((key) => typeof key === 'symbol' || !/^(0|[1-9]\d*)$/.test(key));
    braces = [`${prefix(name, 'TypedArray', value.length)}[`, ']'];
    if (value.length === 0 && keys.length === 0) return `${braces[0]}]`;
    items = () => limited(value, context, (item) => primitive(item, context));
  } else if (typeof value === 'function') {
    base = functionBase(value, name, tagged);
    if (keys.length === 0) return base;
  } else if (value instanceof RegExp) {
    base = RegExp.prototype.toString.call(value);
    if (keys.length === 0) return base;
  } else if (value instanceof Date) {
    const time = Date.prototype.getTime.call(value);
    base = Number.isNaN(time) ? 'Invalid Date' : Date.prototype.toISOString.call(value);
    if (keys.length === 0) return base;
  } else if (value instanceof Error || kind === '[object Error]') {
    const stack = value.stack ? `${value.stack}` : Error.prototype.toString.call(value);
    keys = keys.filter((key) => !['name', 'message', 'stack'].includes(key) || !(typeof value[key] !== 'string' || stack.includes(value[key])));
    base = errorBase(value, stack, name, tag, context);
    if ('cause' in value && !keys.includes('cause') && Object.hasOwn(value, 'cause')) keys.push('cause');
    if (Array.isArray(value.errors) && Object.hasOwn(value, 'errors') && !keys.includes('errors')) keys.push('errors');
    if (keys.length === 0) return base;
  } else if (value instanceof ArrayBuffer) {
    braces[0] = `${prefix(name, 'ArrayBuffer')}{`;
    items = () => [
      `[Uint8Contents]: <${native.encode(new Uint8Array(value, 0, Math.min(50, value.byteLength)), 'hex').replace(/../g, '$& ').trim()}>`,
      `[byteLength]: ${value.byteLength}`,
    ];
  } else if (value instanceof DataView) {
    braces[0] = `${prefix(name, 'DataView')}{`;
    items = () =>
      ['byteLength', 'byteOffset', 'buffer'].map((member) => `[${member}]: ${property({ member: value[member] }, 'member', context, level, false).slice(8)}`);
  } else if (value instanceof Promise) {
    braces[0] = `${prefix(name, 'Promise')}${tagged}{`;
    items = () => [native.promise(value, (state, result) => (state === 'pending' ? '<pending>' : (state === 'rejected' ? '<rejected> ' : '') + format(result, context, level + 1)))];
  } else if (value instanceof WeakMap || value instanceof WeakSet) {
    return `${prefix(name, 'Weak')}{ <items unknown> }`;
  } else if (value instanceof Number || value instanceof String || value instanceof Boolean || value instanceof BigInt || value instanceof Symbol) {
    const type = kind.slice(8, -1);
    base = `[${type}${name === type ? '' : ` (${name})`}: ${primitive(value.valueOf(), { maxStringLength: Infinity })}]`;
    if (value instanceof String) keys = keys.filter((key) => typeof key === 'symbol' || !/^\d+$/.test(key));
    if (keys.length === 0) return base;
  } else if (kind === '[object Arguments]') {
    braces[0] = '[Arguments] {';
  } else if (typeof value.next === 'function' && / Iterator$/.test(tag ?? '')) {
    if (tag === 'Map Iterator' || tag === 'Set Iterator') native.needsNode(`how a ${tag} is shown`);
    return `Object [${tag}] {}`;
  } else {
    if (name !== 'Object' || tagged !== '') braces[0] = `${prefix(name, 'Object')}${tagged}{`;
    if (keys.length === 0) return `${braces[0]}}`;
  }

  if (level > context.depth || level > MAX_LEVELS) {
    const shown = `${prefix(name, 'Object')}${tagged}`.trimEnd();
    return Array.isArray(value) ? '[Array]' : `[${shown}]`;
  }
  context.seen.push(value);
  context.currentLevel = level;
  let output;
  try {
    output = [...items(), ...keys.map((key) => property(value, key, context, level, array))];
  } finally {
    context.seen.pop();
  }
  const index = context.circular.get(value);
  if (index !== undefined) {
    const reference = `<ref *${index}>`;
    if (base === '') braces[0] = `${reference} ${braces[0]}`;
    else base = `${reference} ${base}`;
  }
  if (context.sorted) output.sort();
  return joined(output, base, braces, array, context, level, value);
}

function functionBase(value, name, tagged) {
  const source = Function.prototype.toString.call(value);
  if (/^class\b/.test(source)) {
    let base = `[class ${Object.hasOwn(value, 'name') && value.name !== '' ? value.name : '(anonymous)'}`;
    const parent = Object.getPrototypeOf(value);
    if (parent?.name) base += ` extends ${parent.name}`;
    else if (parent === null) base += ' extends [null prototype]';
    return `${base}]`;
  }
  const type = name === null || !name.endsWith('Function') ? 'Function' : name;
  return `[${type}${value.name === '' ? ' (anonymous)' : `: ${value.name}`}]${name === null ? ' [null prototype]' : ''}${tagged.trimEnd()}`;
}

function errorBase(error, stack, constructor, tag, context) {
  let base = stack;
  const name = error.name === undefined || error.name === null ? 'Error' : `${error.name}`;
  const next = base[name.length];
  if (constructor === null || (name.endsWith('Error') && base.startsWith(name) && (next === undefined || next === ':' || next === '\n'))) {
    if (constructor === null) native.needsNode('how an error without a constructor is shown');
    const tagged = typeof tag === 'string' && tag !== '' && tag !== constructor ? ` [${tag}]` : '';
    const known = `${constructor}${tagged}`;
    if (name !== known) base = known.includes(name) ? known + base.slice(name.length) : `${known} [${name}]${base.slice(name.length)}`;
  }
  let from = typeof error.message === 'string' && error.message !== '' ? base.indexOf(error.message) : -1;
  if (from !== -1) from += error.message.length;
  if (base.indexOf('\n    at', from) === -1) base = `[${base}]`;
  return context.indentation === 0 ? base : base.replaceAll('\n', `\n${' '.repeat(context.indentation)}`);
}

function limited(list, context, show) {
  const output = [];
  const length = Math.min(list.length, context.maxArrayLength);
  for (let at = 0; at < length; at++) output.push(show(list[at]));
  const more = list.length - length;
  if (more > 0) output.push(`... ${more} more item${more > 1 ? 's' : ''}`);
  return output;
}

function arrayItems(value, context, level) {
  const output = [];
  let at = 0;
  while (at < value.length && output.length < context.maxArrayLength) {
    if (Object.hasOwn(value, at)) {
      output.push(property(value, at, context, level, true));
      at++;
      continue;
    }
    const start = at;
    while (at < value.length && at - start < 1e6 && !Object.hasOwn(value, at)) at++;
    if (at - start >= 1e6) at = value.length;
    output.push(`<${at - start} empty item${at - start > 1 ? 's' : ''}>`);
  }
  const more = value.length - at;
  if (more > 0) output.push(`... ${more} more item${more > 1 ? 's' : ''}`);
  return output;
}

function property(value, key, context, level, array) {
  const descriptor = Object.getOwnPropertyDescriptor(value, key) ?? { value: value[key], enumerable: true };
  let shown;
  if (descriptor.get !== undefined) {
    shown = descriptor.set === undefined ? '[Getter]' : '[Getter/Setter]';
  } else if (descriptor.set !== undefined) {
    shown = '[Setter]';
  } else {
    const difference = array && typeof key === 'number' ? 2 : 2;
    context.indentation += difference;
    shown = format(descriptor.value, context, level + 1);
    context.indentation -= difference;
  }
  if (typeof key === 'number') return shown;
  let name;
  if (typeof key === 'symbol') name = `[${key.toString()}]`;
  else if (key === '__proto__') name = "['__proto__']";
  else if (!descriptor.enumerable) name = `[${key}]`;
  else name = IDENTIFIER.test(key) ? key : quoted(key);
  return `${name}: ${shown}`;
}

function joined(output, base, braces, array, context, level, value) {
  const entries = output.length;
  if (array && entries > 6) output = grouped(output, context, value);
  if (context.currentLevel - level < COMPACT && entries === output.length) {
    const start = output.length + context.indentation + braces[0].length + base.length + 10;
    const total = output.reduce((sum, part) => sum + part.length, output.length + start);
    const flat = output.join(', ');
    if (total <= context.breakLength && !flat.includes('\n') && !base.includes('\n')) {
      return `${base === '' ? '' : `${base} `}${braces[0]} ${flat} ${braces[1]}`.replace(/^(.*?) {  }$/, '$1 {}');
    }
  }
  const indentation = `\n${' '.repeat(context.indentation)}`;
  return `${base === '' ? '' : `${base} `}${braces[0]}${indentation}  ${output.join(`,${indentation}  `)}${indentation}${braces[1]}`;
}

// Short elements of long arrays stand in columns.
function grouped(output, context, value) {
  const extra = value.length > context.maxArrayLength ? 1 : 0;
  const count = output.length - extra;
  const lengths = output.slice(0, count).map((entry) => entry.length);
  const longest = Math.max(...lengths) + 2;
  const total = lengths.reduce((sum, length) => sum + length + 2, 0);
  if (longest * 3 + context.indentation >= context.breakLength) return output;
  if (total / longest <= 5 && longest - 2 > 6) return output;
  const bias = Math.max(longest - 3 - Math.sqrt(longest - total / output.length), 1);
  const columns = Math.min(
    Math.round(Math.sqrt(2.5 * bias * count) / bias),
    Math.floor((context.breakLength - context.indentation) / longest),
    COMPACT * 4,
    15,
  );
  if (columns <= 1) return output;
  const widths = [];
  for (let column = 0; column < columns; column++) {
    let width = 0;
    for (let at = column; at < count; at += columns) width = Math.max(width, lengths[at]);
    widths.push(width + 2);
  }
  const numbers = Array.prototype.every.call(value, (item) => typeof item === 'number' || typeof item === 'bigint');
  const lines = [];
  for (let first = 0; first < count; first += columns) {
    const last = Math.min(first + columns, count) - 1;
    let line = '';
    for (let at = first; at < last; at++) {
      const cell = `${output[at]}, `;
      line += numbers ? cell.padStart(widths[at - first]) : cell.padEnd(widths[at - first]);
    }
    line += numbers ? output[last].padStart(widths[last - first] - 2) : output[last];
    lines.push(line);
  }
  if (extra) lines.push(output[count]);
  return lines;
}

// Options, and which of their values mean here what they mean in Node.js.
const OURS = {
  colors: (value) => !value,
  compact: (value) => value === COMPACT,
  getters: (value) => !value,
  numericSeparator: (value) => !value,
  showHidden: (value) => !value,
  showProxy: (value) => !value,
  sorted: (value) => typeof value === 'boolean',
};

function inspect(value, options, ...legacy) {
  const settings = typeof options === 'object' && options !== null ? options : { showHidden: !!options, depth: legacy[0] };
  for (const [name, isOurs] of Object.entries(OURS)) {
    if (settings[name] !== undefined && !isOurs(settings[name])) native.needsNode(`util.inspect with ${name}`);
  }
  const number = (name, otherwise) => (settings[name] === undefined ? otherwise : settings[name] === null ? Infinity : settings[name]);
  const context = {
    ...settings,
    depth: number('depth', 2),
    breakLength: number('breakLength', BREAK_LENGTH),
    maxArrayLength: number('maxArrayLength', MAX_ITEMS),
    maxStringLength: number('maxStringLength', MAX_STRING),
    customInspect: settings.customInspect ?? true,
    showHidden: settings.showHidden ?? false,
    sorted: settings.sorted ?? false,
    stylize: (text) => text,
    seen: [],
    circular: new Map(),
    currentLevel: 0,
    indentation: 0,
  };
  return format(value, context, 0);
}
inspect.custom = CUSTOM;
const DEFAULTS = {
  showHidden: false,
  depth: 2,
  colors: false,
  customInspect: true,
  showProxy: false,
  maxArrayLength: MAX_ITEMS,
  maxStringLength: MAX_STRING,
  breakLength: BREAK_LENGTH,
  compact: COMPACT,
  sorted: false,
  getters: false,
  numericSeparator: false,
};
Object.defineProperty(inspect, 'defaultOptions', {
  get: () => DEFAULTS,
  set() { native.needsNode('util.inspect.defaultOptions'); },
  configurable: true,
  enumerable: true,
});

function json(value) {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof TypeError) return '[Circular]';
    throw error;
  }
}

// Classes whose own text is not what is shown of them.
const BUILT_IN = [
  Object, Array, ArrayBuffer, BigInt, Boolean, DataView, Date, Error, Function, Map, Number, Promise, RegExp, Set, String, Symbol,
  WeakMap, WeakRef, WeakSet,
];

function text(value) {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : `${value}`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'object' && value !== null) {
    const own = !native.isProxy(value) && typeof value.toString === 'function' && (Object.hasOwn(value, 'toString') || (value.constructor && Object.hasOwn(value.constructor.prototype ?? {}, 'toString') && !BUILT_IN.includes(value.constructor) && !(value instanceof Error)));
    return own ? String(value) : inspect(value, { depth: 0, compact: 3 });
  }
  return String(value);
}

const number = (convert) => (value) => {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol' || typeof value === 'object') return 'NaN';
  return text(convert(value));
};

const DIRECTIVES = {
  __proto__: null,
  s: text,
  d: (value) => (typeof value === 'object' || typeof value === 'symbol' ? 'NaN' : typeof value === 'bigint' ? `${value}n` : text(Number(value))),
  i: number((value) => Number.parseInt(value, 10)),
  f: (value) => (typeof value === 'symbol' ? 'NaN' : text(Number.parseFloat(value))),
  j: json,
  o: (value) => inspect(value, { showHidden: true, depth: 4 }),
  O: (value) => inspect(value),
  c: () => '',
};

function formatted(...args) {
  let first = 0;
  let shown = '';
  if (typeof args[0] === 'string') {
    if (args.length === 1) return args[0];
    let next = 1;
    shown = args[0].replace(/%([sdifjoOc%])/g, (whole, directive) => {
      if (directive === '%') return '%';
      return next < args.length ? DIRECTIVES[directive](args[next++]) : whole;
    });
    first = next;
    if (first < args.length) shown += ' ';
  }
  const rest = args.slice(first).map((value) => (typeof value === 'string' ? value : inspect(value)));
  return shown + rest.join(' ');
}

exports.inspect = inspect;
exports.format = formatted;
exports.formatWithOptions = (options, ...args) => formatted(...args);
