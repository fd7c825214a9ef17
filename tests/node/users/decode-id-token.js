// A token of an upstream provider, taken apart by hand.
function decode(token) {
  const [header, payload] = token.split('.').slice(0, 2).map(part => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')));
  return { header, payload };
}
exports.onExecutePostLogin = async (event, api) => {
  const make = value => Buffer.from(JSON.stringify(value)).toString('base64').replace(/=+$/, '').replace(/\+/g, '-').replace(/\//g, '_');
  const token = `${make({ alg: 'none' })}.${make({ groups: ['a', 'b'], exp: 1768479000 })}.`;
  const { payload } = decode(token);
  if (payload.exp * 1000 < Date.now()) api.access.deny('upstream token expired');
  api.accessToken.setCustomClaim('https://example.org/groups', payload.groups);
};
