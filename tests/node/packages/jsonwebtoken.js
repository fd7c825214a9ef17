// tenant: auth0-4
// package: jsonwebtoken
const jwt = require('jsonwebtoken');

exports.onExecutePostLogin = async (event, api) => {
    const key = event.secrets.SIGNING_KEY;
    const token = jwt.sign({ sub: event.user.user_id, iat: 1768478400 }, key, { algorithm: 'RS256', keyid: 'test', issuer: 'https://issuer.example/' });
    const { createPublicKey } = require('crypto');
    const verified = jwt.verify(token, createPublicKey(key).export({ type: 'spki', format: 'pem' }), { algorithms: ['RS256'] });
    const shared = jwt.sign({ email: event.user.email, iat: 1768478400 }, event.secrets.CLIENT_SECRET, { expiresIn: '10m' });
    let refused;
    try {
        jwt.verify(shared, 'another secret');
    } catch (error) {
        refused = `${error.name}: ${error.message}`;
    }
    console.log(verified, token.length, jwt.decode(shared).exp, refused);
    api.idToken.setCustomClaim('https://example.org/token', shared);
};
