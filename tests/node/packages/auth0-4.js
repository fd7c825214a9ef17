// tenant: auth0-4
// package: auth0
const { ManagementClient } = require('auth0');

exports.onExecutePostLogin = async (event, api) => {
    const management = new ManagementClient({
        domain: event.client.metadata.host,
        clientId: event.secrets.CLIENT_ID,
        clientSecret: event.secrets.CLIENT_SECRET,
        retry: { maxRetries: 1 },
    });
    const { data: user } = await management.users.get({ id: event.user.user_id });
    const { data: roles } = await management.users.getRoles({ id: event.user.user_id });
    await management.users.update({ id: event.user.user_id }, { app_metadata: { seen: true } });
    const failed = await management.users.get({ id: 'auth0|nobody' }).catch(error => error);
    console.log(user.email, roles.map(role => role.name), failed.statusCode, failed.errorCode, failed.message);
    api.idToken.setCustomClaim('https://example.org/roles', roles.map(role => role.name));
};
