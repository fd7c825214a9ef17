// tenant: auth0-4
const { SNSClient, PublishCommand } = require("@aws-sdk/client-sns");

exports.onExecutePostLogin = async (event, api) => {
  const client = new SNSClient({
    region: "us-east-1",
    endpoint: event.client.metadata.server,
    credentials: { accessKeyId: event.secrets.CLIENT_ID, secretAccessKey: event.secrets.CLIENT_SECRET },
  });
  const result = await client.send(new PublishCommand({ TopicArn: "arn:aws:sns:us-east-1:123456789012:t", Message: "login", MessageAttributes: { user: { DataType: "String", StringValue: event.user.user_id } } }));
  console.log(result.MessageId);
};
