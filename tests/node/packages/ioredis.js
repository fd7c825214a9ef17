// tenant: auth0-4
// package: ioredis
// way: tunnel
const Redis = require('ioredis');

exports.onExecutePostLogin = async (event, api) => {
    const redis = new Redis({ host: '127.0.0.1', port: event.client.metadata.redis, maxRetriesPerRequest: 1 });
    await redis.set('plan', 'gold');
    const [plan, logins] = await Promise.all([redis.get('plan'), redis.incr('logins')]);
    await redis.quit();
    console.log(plan, logins);
    api.idToken.setCustomClaim('https://example.org/plan', plan);
};
