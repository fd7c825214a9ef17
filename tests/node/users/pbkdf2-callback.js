const { promisify } = require('util');
const pbkdf2 = promisify(require('crypto').pbkdf2);
exports.onExecutePostLogin = async (event, api) => {
  const derived = await pbkdf2(event.user.email, 'pepper', 1000, 32, 'sha256');
  api.idToken.setCustomClaim('https://example.org/subject', derived.toString('hex'));
};
