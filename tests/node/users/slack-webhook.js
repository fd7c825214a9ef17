// tenant: auth0-4
const { IncomingWebhook } = require("@slack/webhook");

exports.onExecutePostLogin = async (event, api) => {
  const webhook = new IncomingWebhook(`${event.client.metadata.server}/slack`, { username: 'logins', icon_emoji: ':key:' });
  await webhook.send({ text: `New login: ${event.user.email}`, attachments: [{ color: '#36a64f', fields: [{ title: 'IP', value: event.request.ip }] }] });
};
