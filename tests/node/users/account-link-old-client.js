// tenant: auth0-2
exports.onExecutePostLogin = async (event, api) => {
    const { AuthenticationClient, ManagementClient } = require('auth0');
    const auth = new AuthenticationClient({ domain: event.client.metadata.host, clientId: event.secrets.CLIENT_ID, clientSecret: event.secrets.CLIENT_SECRET });

    let token = api.cache.get('management-token');
    if (!token) {
        const grant = await auth.clientCredentialsGrant({ audience: `https://${event.client.metadata.host}/api/v2/` });
        api.cache.set('management-token', grant.access_token, { ttl: grant.expires_in * 1000 / 2 });
        token = { value: grant.access_token };
    }
    const management = new ManagementClient({ domain: event.client.metadata.host, token: token.value });
    const users = await management.getUsersByEmail(event.user.email);
    console.log(users.map(({ user_id }) => user_id).sort());
};
