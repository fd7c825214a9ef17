/** What a typical Action does: roles and a few profile fields into both tokens. */
exports.onExecutePostLogin = async (event, api) => {
  const namespace = 'https://example.org';
  const roles = event.authorization ? event.authorization.roles : [];
  api.idToken.setCustomClaim(`${namespace}/roles`, roles);
  api.accessToken.setCustomClaim(`${namespace}/roles`, roles);
  api.idToken.setCustomClaim(`${namespace}/plan`, event.user.app_metadata.plan);
  if (event.stats.logins_count > 1) {
    api.user.setAppMetadata('last_ip', event.request.ip);
  }
};
