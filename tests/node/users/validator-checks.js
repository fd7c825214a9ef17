// tenant: auth0-4
const validator = require('validator');
exports.onExecutePostLogin = async (event, api) => {
  console.log(validator.isEmail(event.user.email), validator.isIP(event.request.ip, 4), validator.normalizeEmail('Ada.L+x@gmail.com'), validator.isURL('ftp://x'), validator.escape('<a href="x">'));
};
