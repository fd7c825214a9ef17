exports.onExecutePostLogin = async (event, api) => {
  const day = new Date().getDay();
  if (event.client.name === 'Weekend App' && (day === 0 || day === 6)) {
    api.access.deny('This app is not available on weekends.');
  }
  console.log('day', day, new Date().toISOString(), new Date(event.user.created_at).getTime());
};
