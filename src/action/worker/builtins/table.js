// The text of `console.table`, as Node makes it.

const { inspect } = require('util');

const MANY_MEMBERS = 2;

function shown(value) {
  const isLarge = value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > MANY_MEMBERS;
  return inspect(value, { maxArrayLength: 3, breakLength: Infinity, depth: isLarge ? -1 : 0 });
}

const isPrimitive = (value) => value === null || (typeof value !== 'object' && typeof value !== 'function');

// How wide a text is, as long as each of its characters takes one column.
function width(text) {
  if (/^[\x20-\x7e\u00a0-\u02ff\u0370-\u03ff\u0400-\u047f]*$/.test(text)) return text.length;
  return native.needsNode('the width of text in console.table');
}

function drawn(heads, columns) {
  const rows = Math.max(...columns.map((column) => column.length));
  const widths = heads.map((head, at) => {
    const cells = Array.from({ length: rows }, (_, row) => width(columns[at][row] ?? ''));
    return Math.max(width(head), ...cells);
  });
  const row = (cells) => `│ ${cells.map((cell, at) => cell + ' '.repeat(widths[at] - width(cell))).join(' │ ')} │\n`;
  const rule = (first, between, last) => first + widths.map((wide) => '─'.repeat(wide + 2)).join(between) + last;
  let text = `${rule('┌', '┬', '┐')}\n${row(heads)}${rule('├', '┼', '┤')}\n`;
  for (let at = 0; at < rows; at++) text += row(columns.map((column) => column[at] ?? ''));
  return text + rule('└', '┴', '┘');
}

function numbered(head, heads, columns) {
  const indexes = Array.from(columns[0], (_, at) => `${at}`);
  return drawn([head, ...heads], [indexes, ...columns]);
}

// `undefined` where there is nothing to make a table of.
exports.table = (data, properties) => {
  if (properties !== undefined && !Array.isArray(properties)) native.needsNode('console.table with such properties');
  if (data === null || typeof data !== 'object') return undefined;
  if (data instanceof Map) {
    return numbered('(iteration index)', ['Key', 'Values'], [[...data.keys()].map(shown), [...data.values()].map(shown)]);
  }
  if (data instanceof Set) return numbered('(iteration index)', ['Values'], [[...data].map(shown)]);
  const rows = Object.keys(data);
  const members = new Map();
  const values = [];
  rows.forEach((name, at) => {
    const item = data[name];
    if (properties === undefined && isPrimitive(item)) {
      values[at] = shown(item);
      return;
    }
    for (const key of properties ?? Object.keys(item)) {
      if (!members.has(key)) members.set(key, []);
      if (!isPrimitive(item) && Object.hasOwn(item, key)) members.get(key)[at] = shown(item[key]);
    }
  });
  const columns = [...members.values()];
  const heads = [...members.keys()].map((key) => `${key}`);
  if (values.length > 0) {
    heads.push('Values');
    columns.push(values);
  }
  return drawn(['(index)', ...heads], [rows, ...columns]);
};
