// tenant: auth0-2
const aws = require('aws-sdk');

exports.onExecutePostLogin = async (event, api) => {
  const sns = new aws.SNS({ region: 'us-east-1', endpoint: event.client.metadata.server, accessKeyId: event.secrets.CLIENT_ID, secretAccessKey: event.secrets.CLIENT_SECRET });
  await new Promise((resolve, reject) => {
    sns.publish({ TopicArn: 'arn:aws:sns:us-east-1:123456789012:t', Message: 'x' }, (error, data) => {
      if (error) return reject(error);
      console.log(data);
      resolve();
    });
  });
};
