// tenant: auth0-4
// package: @slack/webhook
const { IncomingWebhook } = require('@slack/webhook');

exports.onExecutePostLogin = async (event, api) => {
    const webhook = new IncomingWebhook(`${event.client.metadata.server}/slack`);
    const sent = await webhook.send({ text: `${event.user.email} logged in`, blocks: [{ type: 'section', text: { type: 'mrkdwn', text: '*login*' } }] });
    const refused = await webhook.send({}).catch(error => error);
    console.log(sent, refused.code, refused.message);
    api.user.setAppMetadata('told', true);
};
