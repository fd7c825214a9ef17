exports.onExecutePostLogin = async (event, api) => {
  const response = await fetch(`${event.client.metadata.server}/profiles/${event.user.nickname}?source=login`, {
    method: 'GET',
    headers: { accept: 'application/json' },
  });
  if (!response.ok) {
    return api.access.deny(`The directory said ${response.status}`);
  }
  const profile = await response.json();
  console.log(response.headers.get('content-type'), profile.query);
  for (const tag of profile.tags) api.idToken.setCustomClaim(`https://example.org/${tag}`, true);
};
