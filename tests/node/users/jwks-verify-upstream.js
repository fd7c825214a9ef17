// tenant: auth0-4
const jwt = require('jsonwebtoken');
const { JwksClient } = require('jwks-rsa');
exports.onExecutePostLogin = async (event, api) => {
  const { server } = event.client.metadata;
  const client = new JwksClient({ jwksUri: `${server}/.well-known/jwks.json` });
  const token = await (await fetch(`${server}/token`)).text();
  const { header } = jwt.decode(token, { complete: true });
  const key = await client.getSigningKey(header.kid);
  const payload = jwt.verify(token, key.publicKey, { algorithms: ['RS256'], issuer: 'https://issuer.example/' });
  api.idToken.setCustomClaim('https://example.org/upstream_role', payload.role);
};
