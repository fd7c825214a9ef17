// tenant: auth0-4
// package: jwks-rsa
const jwks = require('jwks-rsa');
const jwt = require('jsonwebtoken');
const https = require('https');

function text(url) {
    return new Promise((resolve, reject) => {
        https.get(url, response => {
            let body = '';
            response.on('data', part => { body += part; }).on('end', () => resolve(body));
        }).on('error', reject);
    });
}

exports.onExecutePostLogin = async (event, api) => {
    const { server } = event.client.metadata;
    const client = jwks({ jwksUri: `${server}/.well-known/jwks.json`, cache: true, rateLimit: true });
    const token = await text(`${server}/token`);
    const payload = await new Promise((resolve, reject) => {
        jwt.verify(token, (header, found) => client.getSigningKey(header.kid, (error, key) => found(error, key?.getPublicKey())),
            { algorithms: ['RS256'] }, (error, verified) => error ? reject(error) : resolve(verified));
    });
    const unknown = await client.getSigningKey('another').catch(error => error);
    console.log(payload, unknown.name, unknown.message);
    api.idToken.setCustomClaim('https://example.org/role', payload.role);
};
