// tenant: auth0-5
// package: auth0
const { ManagementClient } = require('auth0');

exports.onExecutePostLogin = async (event, api) => {
    const management = new ManagementClient({
        domain: event.client.metadata.host,
        clientId: event.secrets.CLIENT_ID,
        clientSecret: event.secrets.CLIENT_SECRET,
    });
    const user = await management.users.get(event.user.user_id);
    const failed = await management.users.get('auth0|nobody').catch(error => error);
    console.log(user.name, failed.statusCode);
    api.user.setAppMetadata('plan', user.app_metadata.plan);
};
