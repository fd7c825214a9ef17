const RANGES = ['203.0.113.0/24', '198.51.100.8/30'];
const toNumber = ip => ip.split('.').reduce((sum, octet) => (sum << 8) + Number(octet), 0) >>> 0;
const inside = (ip, range) => {
  const [base, bits = 32] = range.split('/');
  const mask = bits == 0 ? 0 : ~(2 ** (32 - bits) - 1) >>> 0;
  return (toNumber(ip) & mask) === (toNumber(base) & mask);
};
exports.onExecutePostLogin = async (event, api) => {
  const hits = RANGES.filter(range => inside(event.request.ip, range));
  const { isIP, BlockList } = require('net');
  console.log(hits, toNumber('255.255.255.255'), isIP(event.request.ip), typeof BlockList);
  if (!hits.length) api.access.deny('ip');
};
