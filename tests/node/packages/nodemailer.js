// tenant: auth0-4
// package: nodemailer
// way: tunnel
const nodemailer = require('nodemailer');

exports.onExecutePostLogin = async (event, api) => {
    const transport = nodemailer.createTransport({ host: 'localhost', port: event.client.metadata.smtp, secure: false });
    const sent = await transport.sendMail({
        from: 'login@example.org', to: event.user.email, subject: 'Grüße', text: 'You logged in.', messageId: '<1@example.org>',
    });
    transport.close();
    console.log(sent.accepted, sent.response, sent.messageId);
    api.user.setAppMetadata('mailed', true);
};
