exports.onExecutePostLogin = async (event, api) => {
  const DAY = 24 * 60 * 60 * 1000;
  const changed = new Date(event.user.last_password_reset || event.user.created_at);
  const days = Math.floor((Date.now() - changed.getTime()) / DAY);
  console.log('password is %d days old, %s', days, changed.toDateString());
  if (days > 180) api.user.setAppMetadata('password_old', true);
};
