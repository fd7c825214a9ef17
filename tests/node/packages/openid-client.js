// tenant: auth0-3
// package: openid-client
const { Issuer } = require('openid-client');

exports.onExecutePostLogin = async (event, api) => {
    const issuer = await Issuer.discover(event.client.metadata.server);
    const client = new issuer.Client({ client_id: 'client', client_secret: event.secrets.CLIENT_SECRET, redirect_uris: ['https://app.example/callback'] });
    const url = new URL(client.authorizationUrl({ scope: 'openid email', state: 'state', nonce: 'nonce' }));
    const tokens = await client.grant({ grant_type: 'client_credentials' });
    const user = await client.userinfo(tokens.access_token);
    console.log(url.searchParams.get('scope'), tokens.token_type, user.email);
    api.idToken.setCustomClaim('https://example.org/upstream', user.user_id);
};
