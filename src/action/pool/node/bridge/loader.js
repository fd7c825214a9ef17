(() => {
  const { readSync } = require('fs');
  const read = (size) => {
    const bytes = Buffer.alloc(size);
    for (let at = 0; at < size; ) {
      const count = readSync(0, bytes, at, size - at, null);
      if (count === 0) process.reallyExit(0);
      at += count;
    }
    return bytes;
  };
  const source = read(read(4).readUInt32LE(0)).toString();
  new (require('vm').Script)(source, { filename: 'postlogin:bridge' }).runInThisContext()(require);
})();
