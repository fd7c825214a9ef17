// tenant: auth0-3
// package: got
// clock: runs
const got = require('got');

exports.onExecutePostLogin = async (event, api) => {
    const { server, plain } = event.client.metadata;
    const profile = await got(`${server}/profiles/ada`).json();
    const { body } = await got.post(`${plain}/echo`, { json: { email: event.user.email }, responseType: 'json' });
    const flaky = await got(`${server}/flaky/1/got-${event.transaction.id}`, { retry: { limit: 2, calculateDelay: ({ attemptCount }) => attemptCount > 2 ? 0 : 20 } }).json();
    const failed = await got(`${server}/status/404`, { retry: 0 }).catch(error => error);
    console.log(profile.tags, body.body, flaky, failed.name, failed.message, failed.response.statusCode);
    api.idToken.setCustomClaim('https://example.org/plan', profile.plan);
};
