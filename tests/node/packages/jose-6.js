// tenant: auth0-5
// package: jose
const { createRemoteJWKSet, jwtVerify, EncryptJWT, jwtDecrypt, base64url } = require('jose');

exports.onExecutePostLogin = async (event, api) => {
    const { server } = event.client.metadata;
    const token = await (await fetch(`${server}/token`)).text();
    const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(`${server}/.well-known/jwks.json`)));
    const secret = new Uint8Array(32).fill(7);
    const sealed = await new EncryptJWT({ role: payload.role }).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(secret);
    const opened = await jwtDecrypt(sealed, secret);
    console.log(payload, opened.payload, base64url.encode('text'));
    api.idToken.setCustomClaim('https://example.org/role', opened.payload.role);
};
