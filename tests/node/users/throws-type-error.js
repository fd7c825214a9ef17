// throws: yes
exports.onExecutePostLogin = async (event, api) => {
  const roles = event.user.app_metadata.groups.map(group => group.name);
  api.idToken.setCustomClaim('https://example.org/roles', roles);
};
