// tenant: auth0-4
const { parsePhoneNumber, isValidPhoneNumber } = require('libphonenumber-js');
exports.onExecutePostLogin = async (event, api) => {
  const number = parsePhoneNumber(event.user.phone_number);
  console.log(number.country, number.formatNational(), number.formatInternational(), isValidPhoneNumber('12', 'US'));
  api.idToken.setCustomClaim('https://example.org/phone', number.number);
};
