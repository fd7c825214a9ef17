exports.onExecutePostLogin = async (event, api) => {
  const HOUR = 3600 * 1000;
  api.session.setExpiresAt(Date.parse('2026-01-15T12:00:00Z') + 8 * HOUR);
  api.session.setIdleExpiresAt(new Date(Date.now() + HOUR).getTime());
  console.log(new Date(Date.now() + HOUR).toJSON());
};
