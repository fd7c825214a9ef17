// tenant: auth0-3
// package: auth0
const { ManagementClient } = require('auth0');

exports.onExecutePostLogin = async (event, api) => {
    const management = new ManagementClient({
        domain: event.client.metadata.host,
        clientId: event.secrets.CLIENT_ID,
        clientSecret: event.secrets.CLIENT_SECRET,
    });
    const user = await management.getUser({ id: event.user.user_id });
    await management.updateAppMetadata({ id: event.user.user_id }, { seen: true });
    await management.assignRolestoUser({ id: event.user.user_id }, { roles: ['rol_2'] });
    try {
        await management.getUser({ id: 'auth0|nobody' });
    } catch (error) {
        console.log(error.name, error.statusCode, error.message);
    }
    api.accessToken.setCustomClaim('https://example.org/plan', user.app_metadata.plan);
};
