const crypto = require('crypto');

exports.onExecutePostLogin = async (event, api) => {
  const key = crypto.scryptSync(event.secrets.CLIENT_SECRET, 'salt', 32);
  const iv = Buffer.alloc(12, 1);
  const cipher = crypto.createCipheriv('aes-256-gcm', key, iv);
  const sealed = Buffer.concat([cipher.update(JSON.stringify({ id: event.user.user_id })), cipher.final(), cipher.getAuthTag()]);
  const decipher = crypto.createDecipheriv('aes-256-gcm', key, iv);
  decipher.setAuthTag(sealed.subarray(-16));
  const opened = decipher.update(sealed.subarray(0, -16), null, 'utf8') + decipher.final('utf8');
  console.log(opened);
  api.accessToken.setCustomClaim('https://example.org/sealed', sealed.toString('base64'));
};
