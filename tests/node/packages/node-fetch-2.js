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
    const missing = await fetch(`${plain}/status/404`, { timeout: 2000 });
    console.log(profile, moved.redirected, moved.status, packed, bytes.toString('hex'), missing.status, missing.ok);
    api.idToken.setCustomClaim('https://example.org/plan', profile.plan);
};
