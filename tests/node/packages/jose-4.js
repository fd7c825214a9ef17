// tenant: auth0-2
// package: jose
const jose = require('jose');

exports.onExecutePostLogin = async (event, api) => {
    const { server } = event.client.metadata;
    const key = await jose.importPKCS8(event.secrets.SIGNING_KEY, 'RS256');
    const token = await new jose.SignJWT({ email: event.user.email })
        .setProtectedHeader({ alg: 'RS256', kid: 'test' }).setIssuedAt(1768478400).setIssuer('https://issuer.example/').sign(key);
    const keys = jose.createRemoteJWKSet(new URL(`${server}/.well-known/jwks.json`));
    const { payload } = await jose.jwtVerify(token, keys, { issuer: 'https://issuer.example/' });
    const wrong = await jose.jwtVerify(token, keys, { issuer: 'https://another.example/' }).catch(error => error);
    console.log(payload, wrong.code);
    api.idToken.setCustomClaim('https://example.org/token', token);
};
