// `path`, for POSIX. There are no files, and the current directory is `/`.

function checked(path) {
  if (typeof path === 'string') return path;
  throw require('failures').type('path', 'of type string', path);
}

function parts(path, absolute) {
  const kept = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!absolute) kept.push('..');
  }
  return kept.join('/');
}

const path = {
  sep: '/',
  delimiter: ':',
  normalize(path) {
    if (checked(path) === '') return '.';
    const absolute = path.startsWith('/');
    const kept = parts(path, absolute);
    const tail = path.endsWith('/') && kept !== '' ? '/' : '';
    return (absolute ? '/' : '') + kept + tail || (path.endsWith('/') ? './' : '.');
  },
  isAbsolute: (path) => checked(path).startsWith('/'),
  join(...pieces) {
    const joined = pieces.map(checked).filter((piece) => piece !== '').join('/');
    return joined === '' ? '.' : path.normalize(joined);
  },
  resolve(...pieces) {
    let resolved = '';
    for (const piece of pieces.map(checked).reverse()) {
      if (piece === '') continue;
      resolved = `${piece}/${resolved}`;
      if (piece.startsWith('/')) break;
    }
    return `/${parts(resolved, true)}`;
  },
  relative(from, to) {
    const [a, b] = [from, to].map((path_) => path.resolve(path_).split('/').filter(Boolean));
    let same = 0;
    while (same < a.length && same < b.length && a[same] === b[same]) same++;
    return [...a.slice(same).map(() => '..'), ...b.slice(same)].join('/');
  },
  dirname(path) {
    const trimmed = checked(path).replace(/(?<=[^/])\/+$/, '');
    const slash = trimmed.lastIndexOf('/');
    if (slash < 0) return '.';
    return trimmed.slice(0, slash).replace(/(?<=[^/])\/+$/, '') || '/';
  },
  basename(path, suffix) {
    const name = checked(path).replace(/\/+$/, '').split('/').at(-1);
    if (suffix !== undefined && suffix === path) return '';
    return suffix !== undefined && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
  },
  extname(path_) {
    const name = path.basename(path_);
    const dot = name.lastIndexOf('.');
    return dot <= 0 || name === '..' ? '' : name.slice(dot);
  },
  parse(path_) {
    const root = checked(path_).startsWith('/') ? '/' : '';
    const base = path.basename(path_);
    const ext = path.extname(path_);
    const dir = path_.includes('/') ? path.dirname(path_) : '';
    return { root, dir, base, ext, name: ext === '' ? base : base.slice(0, -ext.length) };
  },
  format({ root = '', dir, base, name = '', ext = '' }) {
    const file = base ?? name + (ext === '' || ext.startsWith('.') ? ext : `.${ext}`);
    if (dir === undefined) return root + file;
    return dir === root ? dir + file : `${dir}/${file}`;
  },
  toNamespacedPath: (path) => path,
};
path.posix = path;
module.exports = path;
