exports.onExecutePostLogin = async (event, api) => {
  const allowed = new Set(['openid', 'profile', 'email']);
  for (const scope of event.transaction.requested_scopes) if (!allowed.has(scope)) api.accessToken.removeScope(scope);
  if (event.authorization.roles.includes('admin')) api.accessToken.addScope('admin:all');
};
