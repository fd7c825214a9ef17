// tenant: auth0-4
const { DateTime } = require('luxon');
exports.onExecutePostLogin = async (event, api) => {
  const local = DateTime.now().setZone(event.request.geoip.timeZone);
  console.log(local.toISO(), local.weekdayLong, local.setLocale('fr').toLocaleString(DateTime.DATE_FULL));
  if (local.hour < 6) api.access.deny('night');
};
