// tenant: auth0-4
// package: axios
// clock: runs
const axios = require('axios');

exports.onExecutePostLogin = async (event, api) => {
    const client = axios.create({ baseURL: event.client.metadata.server, timeout: 3000, headers: { 'x-signature': 'none' } });
    const [profile, moved, packed] = await Promise.all([client.get('/profiles/ada'), client.get('/redirect'), client.get('/gzip')]);
    const form = await client.post('/echo', new URLSearchParams({ grant_type: 'client_credentials' }));
    const lost = await client.get('/status/502').catch(error => error);
    const bad = await client.get('/status/500', { validateStatus: () => true });
    console.log(profile.data.tags, moved.data.id, packed.data, form.data.type, form.data.signature, axios.isAxiosError(lost), lost.code, bad.status);
    api.accessToken.setCustomClaim('https://example.org/plan', profile.data.plan);
};
