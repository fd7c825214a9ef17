// The arguments of a call in a form that the parent judges. Getters, Proxy traps and `toJSON` of the script run here,
// and only here.

const MAX_ELEMENTS = 10000;
const MAX_LISTS = 200;

// JSON texts of the arguments, those left out at the end and past the parameters left out.
function forms(kinds, given, limit) {
  let count = given.length < kinds.length ? given.length : kinds.length;
  while (count > 0 && given[count - 1] === undefined) count--;
  let text = '';
  for (let at = 0; at < count; at++) {
    if (at > 0) text += ',';
    text += form(given[at], kinds[at], limit, 0);
  }
  return text;
}

function form(value, kind, limit, depth) {
  switch (typeof value) {
    case 'undefined':
      return depth === 0 ? 'null' : '{"undefined":null}';
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      return isFinite(value) ? stringify(value) : `{"number":"${value}"}`;
    case 'string':
      return within(stringify(value), value, limit);
    case 'symbol':
      return '{"type":"symbol"}';
    case 'bigint':
      return '{"type":"BigInt"}';
    case 'function':
      return '{"type":"function"}';
    default:
  }
  if (value === null) return 'null';
  try {
    if (kind === 'SamlValue' && isArray(value)) return list(value, kind, limit, depth + 1);
    return kind === 'Object' ? options(value, limit) : written(value, limit);
  } catch (thrown) {
    return `{"threw":${thrownValue(thrown)}}`;
  }
}

function within(text, counted, limit) {
  const bytes = byteLength(counted);
  return bytes > limit ? `{"bytes":${bytes}}` : text;
}

function list(value, kind, limit, depth) {
  const count = value.length;
  if (count > MAX_ELEMENTS) return `{"long":${count}}`;
  if (depth > MAX_LISTS) return '{"deep":null}';
  let text = '';
  for (let at = 0; at < count; at++) {
    if (at > 0) text += ',';
    text += form(value[at], kind, limit, depth);
  }
  return `{"list":[${text}]}`;
}

function written(value, limit) {
  const text = stringify(value);
  if (text === undefined) return '{"formless":null}';
  return within(`{"written":${text}}`, text, limit);
}

// Each member is read once; of what JSON has as null the parent is told.
function options(given, limit) {
  const { toJSON } = given;
  const value = typeof toJSON === 'function' ? apply(toJSON, given, ['']) : given;
  if (typeof value !== 'object' || value === null || isArray(value)) return written(value, limit);
  const members = create(null);
  let odd = '';
  const names = keys(value);
  for (let at = 0; at < names.length; at++) {
    const name = names[at];
    const member = value[name];
    if (typeof member === 'function' || typeof member === 'undefined' || typeof member === 'symbol') continue;
    if (typeof member === 'number' && !isFinite(member)) odd += `${odd === '' ? '' : ','}${quoted(name)}`;
    members[name] = member;
  }
  const text = stringify(members);
  return within(`{"options":[${text},[${odd}]]}`, text, limit);
}
