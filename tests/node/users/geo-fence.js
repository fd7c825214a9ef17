const BLOCKED = ['KP', 'IR'];
const ALLOWED_CONTINENTS = new Set(['EU', 'NA']);

exports.onExecutePostLogin = async (event, api) => {
  const { geoip } = event.request;
  if (!geoip || !geoip.countryCode) {
    return api.access.deny('no_location');
  }
  if (BLOCKED.includes(geoip.countryCode) || !ALLOWED_CONTINENTS.has(geoip.continentCode)) {
    api.access.deny(`Access from ${geoip.countryName} is not allowed.`);
    return;
  }
  api.idToken.setCustomClaim('https://example.org/country', geoip.countryCode);
  api.idToken.setCustomClaim('https://example.org/timezone', geoip.timeZone);
};
