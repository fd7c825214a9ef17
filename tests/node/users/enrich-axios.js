// tenant: auth0-4
const axios = require('axios').default;

/** @param {Event} event @param {PostLoginAPI} api */
exports.onExecutePostLogin = async (event, api) => {
  const namespace = 'https://example.org/';
  try {
    const { data } = await axios({
      method: 'get',
      url: `${event.client.metadata.server}/profiles/${encodeURIComponent(event.user.user_id)}`,
      headers: { Authorization: `Bearer ${event.secrets.CLIENT_SECRET}` },
      timeout: 5000,
    });
    api.idToken.setCustomClaim(`${namespace}plan`, data.plan);
    api.accessToken.setCustomClaim(`${namespace}tags`, data.tags);
  } catch (error) {
    console.log(error.message);
    api.access.deny('profile_unavailable');
  }
};
