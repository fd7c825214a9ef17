const { createSign, createPrivateKey, createPublicKey, verify } = require('crypto');

exports.onExecutePostLogin = async (event, api) => {
  const encode = value => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ sub: event.user.user_id, iat: Math.floor(Date.now() / 1000) })}`;
  const signature = createSign('RSA-SHA256').update(input).sign(event.secrets.SIGNING_KEY, 'base64url');
  const key = createPublicKey(createPrivateKey(event.secrets.SIGNING_KEY));
  console.log(verify('sha256', Buffer.from(input), key, Buffer.from(signature, 'base64url')), key.asymmetricKeyType);
  api.accessToken.setCustomClaim('https://example.org/assertion', `${input}.${signature}`);
};
