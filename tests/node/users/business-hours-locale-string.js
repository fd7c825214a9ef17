exports.onExecutePostLogin = async (event, api) => {
  const now = new Date();
  const local = new Date(now.toLocaleString('en-US', { timeZone: 'America/New_York' }));
  if (local.getHours() < 8 || local.getHours() > 17) {
    return api.access.deny('outside_business_hours');
  }
  api.accessToken.setCustomClaim('https://example.org/local_hour', local.getHours());
};
