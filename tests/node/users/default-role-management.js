// tenant: auth0-4
const { ManagementClient } = require('auth0');
exports.onExecutePostLogin = async (event, api) => {
  if (event.stats.logins_count !== 42) return;
  const management = new ManagementClient({ domain: event.client.metadata.host, clientId: event.secrets.CLIENT_ID, clientSecret: event.secrets.CLIENT_SECRET });
  const params = { id: event.user.user_id };
  const { data: all } = await management.roles.getAll({ per_page: 50 });
  const writer = all.find(r => r.name === 'writer');
  const result = await management.users.assignRoles(params, { roles: [writer.id] });
  console.log(result.status, writer.id);
  api.idToken.setCustomClaim('https://example.org/roles', [...event.authorization.roles, writer.name]);
};
