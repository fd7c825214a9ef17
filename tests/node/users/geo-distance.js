const OFFICE = { latitude: 48.137, longitude: 11.575 };

function haversine(a, b) {
  const rad = deg => (deg * Math.PI) / 180;
  const dLat = rad(b.latitude - a.latitude);
  const dLon = rad(b.longitude - a.longitude);
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(rad(a.latitude)) * Math.cos(rad(b.latitude)) * Math.sin(dLon / 2) ** 2;
  return 2 * 6371 * Math.asin(Math.sqrt(h));
}

exports.onExecutePostLogin = async (event, api) => {
  const km = Math.round(haversine(OFFICE, event.request.geoip));
  console.log(`${km} km from the office`);
  if (km > 800) api.multifactor.enable('any', { allowRememberBrowser: false });
  api.user.setAppMetadata('last_distance', km);
};
