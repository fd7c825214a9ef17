// tenant: auth0-2
// package: @sentry/node
const Sentry = require('@sentry/node');

exports.onExecutePostLogin = async (event, api) => {
    const url = new URL(event.client.metadata.server);
    Sentry.init({ dsn: `https://key@${url.host}/1`, environment: 'test', defaultIntegrations: false });
    Sentry.setUser({ id: event.user.user_id });
    try {
        JSON.parse('{');
    } catch (error) {
        const id = Sentry.captureException(error);
        console.log(id.length, error.name);
    }
    console.log(await Sentry.flush(2000));
    api.user.setAppMetadata('reported', true);
};
