// tenant: auth0-4
const moment = require('moment');
exports.onExecutePostLogin = async (event, api) => {
  const age = moment.utc().diff(moment.utc(event.user.user_metadata.birthday, 'YYYY-MM-DD'), 'years');
  console.log(age, moment.utc(event.user.created_at).format('dddd, MMMM Do YYYY, h:mm:ss a'), moment.duration(90, 'minutes').humanize());
  if (age < 18) api.access.deny('too young');
  api.idToken.setCustomClaim('https://example.org/age', age);
};
