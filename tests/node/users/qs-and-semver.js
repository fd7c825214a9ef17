// tenant: auth0-4
const qs = require('qs');
const semver = require('semver');
exports.onExecutePostLogin = async (event, api) => {
  const query = qs.stringify({ filter: { roles: ['a', 'b'], plan: 'gold' } }, { encodeValuesOnly: true });
  console.log(query, qs.parse('a[b][c]=1&d[]=2').a, semver.satisfies('1.2.9', '^1.2.3'), semver.coerce('v2').version, semver.rsort(['1.0.0', '2.0.0-rc.1', '2.0.0']));
};
