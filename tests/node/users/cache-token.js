async function managementToken(event, api) {
  const cached = api.cache.get('m2m');
  if (cached && cached.value) return cached.value;
  const res = await fetch(`${event.client.metadata.server}/oauth/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ grant_type: 'client_credentials', client_id: event.secrets.CLIENT_ID, client_secret: event.secrets.CLIENT_SECRET, audience: 'x' }),
  });
  const { access_token, expires_in } = await res.json();
  const result = api.cache.set('m2m', access_token, { ttl: expires_in * 1000 });
  if (result?.type === 'error') console.log('cache', result.code);
  return access_token;
}
exports.onExecutePostLogin = async (event, api) => {
  const token = await managementToken(event, api);
  const again = await managementToken(event, api);
  console.log(token, again === token);
};
