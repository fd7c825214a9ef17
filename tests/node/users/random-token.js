const { randomBytes, randomInt, randomUUID } = require('crypto');
exports.onExecutePostLogin = async (event, api) => {
  const code = String(randomInt(0, 1000000)).padStart(6, '0');
  const token = randomBytes(24).toString('base64url');
  console.log(/^\d{6}$/.test(code), token.length, /^[0-9a-f-]{36}$/.test(randomUUID()), Math.random() < 1);
};
