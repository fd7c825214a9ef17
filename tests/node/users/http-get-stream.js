const http = require('node:http');

exports.onExecutePostLogin = async (event, api) => {
  const answer = await new Promise((resolve, reject) => {
    http.get(`${event.client.metadata.plain}/bytes`, resolve).once('error', reject);
  });
  let length = 0;
  const hash = require('node:crypto').createHash('sha1');
  for await (const chunk of answer) {
    length += chunk.length;
    hash.update(chunk);
  }
  console.log(answer.statusMessage, length, hash.digest('base64'));
};
