// tenant: auth0-4
const jwt = require('jsonwebtoken');

exports.onExecutePostLogin = async (event, api) => {
  if (event.user.user_metadata.profile_complete) return;
  const now = Math.floor(Date.now() / 1000);
  const sessionToken = jwt.sign({ sub: event.user.user_id, iat: now, exp: now + 600, email: event.user.email }, event.secrets.CLIENT_SECRET, { algorithm: 'HS256' });
  api.redirect.sendUserTo('https://profile.example/complete', { query: { session_token: sessionToken, lang: event.transaction.locale } });
};

exports.onContinuePostLogin = async (event, api) => {
  const payload = jwt.verify(event.request.query.session_token, event.secrets.CLIENT_SECRET);
  api.user.setUserMetadata('profile_complete', payload.done === true);
};
