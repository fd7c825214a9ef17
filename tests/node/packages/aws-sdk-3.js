// tenant: auth0-4
// package: @aws-sdk/client-sns
const { SNSClient, PublishCommand } = require('@aws-sdk/client-sns');

exports.onExecutePostLogin = async (event, api) => {
    const client = new SNSClient({
        region: 'eu-west-1', endpoint: event.client.metadata.server,
        credentials: { accessKeyId: event.secrets.CLIENT_ID, secretAccessKey: event.secrets.CLIENT_SECRET },
    });
    const published = await client.send(new PublishCommand({
        TopicArn: 'arn:aws:sns:eu-west-1:123456789012:logins', Message: JSON.stringify({ user: event.user.user_id }),
    }));
    console.log(published.MessageId, published.$metadata.httpStatusCode);
    api.user.setAppMetadata('message', published.MessageId);
};
