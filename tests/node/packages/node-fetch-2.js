// tenant: auth0-2
// package: node-fetch
// clock: runs
const fetch = require('node-fetch');

exports.onExecutePostLogin = async (event, api) => {
    const { server, plain } = event.client.metadata;
    const profile = await (await fetch(`${server}/profiles/ada`)).json();
    const moved = await fetch(`${plain}/redirect`);
    const packed = await (await fetch(`${server}/gzip`)).json();
    const bytes = await (await fetch(`${plain}/bytes`)).buffer();
    const slow = await fetch(`${plain}/slow`, { timeout: 200 }).catch(error => error);
    console.log(profile, moved.redirected, moved.status, packed, bytes.toString('hex'), slow.type);
    api.idToken.setCustomClaim('https://example.org/plan', profile.plan);
};
