// tenant: auth0-4
/**
 * Link accounts that share a verified email address.
 * @param {Event} event
 * @param {PostLoginAPI} api
 */
exports.onExecutePostLogin = async (event, api) => {
  if (!event.user.email_verified) {
    return;
  }
  const ManagementClient = require('auth0').ManagementClient;
  const management = new ManagementClient({
    domain: event.client.metadata.host,
    clientId: event.secrets.CLIENT_ID,
    clientSecret: event.secrets.CLIENT_SECRET,
    scope: 'read:users update:users',
  });

  let candidates;
  try {
    const response = await management.usersByEmail.getByEmail({ email: event.user.email });
    candidates = response.data.filter(u => u.user_id !== event.user.user_id);
  } catch (err) {
    console.log('lookup failed', err.message);
    return api.access.deny('Please try again later.');
  }
  if (candidates.length === 0) return;

  const primary = candidates[0];
  const provider = event.user.identities[0].provider;
  await management.users.link({ id: primary.user_id }, { provider, user_id: event.user.identities[0].user_id });
  api.user.setAppMetadata("linked_to", primary.user_id);
  console.log(`linked ${event.user.user_id} to ${primary.user_id}`);
};
