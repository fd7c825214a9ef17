// tenant: auth0-2
// package: aws-sdk
const AWS = require('aws-sdk');

exports.onExecutePostLogin = async (event, api) => {
    const sns = new AWS.SNS({
        region: 'eu-west-1', endpoint: event.client.metadata.server, accessKeyId: event.secrets.CLIENT_ID,
        secretAccessKey: event.secrets.CLIENT_SECRET, maxRetries: 1,
    });
    const published = await sns.publish({ TopicArn: 'arn:aws:sns:eu-west-1:123456789012:logins', Message: event.user.email }).promise();
    console.log(published.MessageId);
    api.user.setAppMetadata('message', published.MessageId);
};
