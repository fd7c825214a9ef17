// tenant: auth0-5
// package: node-fetch
exports.onExecutePostLogin = async (event, api) => {
    const { default: fetch, FormData } = await import('node-fetch');
    const { server } = event.client.metadata;
    const response = await fetch(`${server}/echo`, { method: 'PUT', body: JSON.stringify({ id: event.user.user_id }), headers: { 'content-type': 'application/json' } });
    const body = await response.json();
    const missing = await fetch(`${server}/status/404`);
    console.log(body.method, body.body, missing.ok, missing.status, typeof FormData);
    api.accessToken.setCustomClaim('https://example.org/id', JSON.parse(body.body).id);
};
