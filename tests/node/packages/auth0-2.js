// tenant: auth0-2
// package: auth0
const { ManagementClient } = require('auth0');

exports.onExecutePostLogin = async (event, api) => {
    const management = new ManagementClient({
        domain: event.client.metadata.host,
        clientId: event.secrets.CLIENT_ID,
        clientSecret: event.secrets.CLIENT_SECRET,
    });
    const found = await management.getUsersByEmail(event.user.email);
    const other = found.find(user => user.user_id !== event.user.user_id);
    const [provider, id] = other.user_id.split('|');
    await management.linkUsers(event.user.user_id, { provider, user_id: id });
    const roles = await management.getUserRoles({ id: event.user.user_id });
    console.log(found.length, other.user_id, roles.map(role => role.name));
    api.idToken.setCustomClaim('https://example.org/linked', other.user_id);
};
