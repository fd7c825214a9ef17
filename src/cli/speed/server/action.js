exports.onExecutePostLogin = async (event, api) => {
  api.idToken.setCustomClaim('https://app.example/roles', event.user.app_metadata.roles);
  api.accessToken.setCustomClaim('https://app.example/roles', event.user.app_metadata.roles);
  api.accessToken.setCustomClaim('https://app.example/plan', event.user.app_metadata.plan);
};
