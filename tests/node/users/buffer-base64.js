exports.onExecutePostLogin = async (event, api) => {
  const text = 'Grüße, Ada ✓';
  const b64 = Buffer.from(text, 'utf8').toString('base64');
  const decoded = Buffer.from(b64, 'base64').toString();
  const bytes = Buffer.concat([Buffer.from([1, 2, 3]), Buffer.alloc(2, 0xff)]);
  bytes.writeUInt16BE(0x1234, 0);
  console.log(b64, decoded === text, bytes.toString('hex'), Buffer.byteLength(text), atob(btoa('plain')), bytes.readInt32LE(1), bytes.equals(Buffer.from('1234030000', 'hex')));
  console.log(bytes, bytes.toJSON(), Buffer.compare(Buffer.from('a'), Buffer.from('b')), Buffer.isBuffer(bytes.subarray(1)), bytes.slice(0, 2).toString('latin1').length);
  api.idToken.setCustomClaim('https://example.org/name64', b64);
};
