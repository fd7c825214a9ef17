exports.onExecutePostLogin = async (event, api) => {
  const format = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  const days = Math.round((new Date(event.user.updated_at) - new Date()) / 86400000);
  console.log(format.format(days, 'day'), format.format(-1, 'day'));
  console.log(new Date(event.user.created_at).toLocaleDateString('de-DE', { dateStyle: 'long', timeZone: 'Europe/Berlin' }));
  console.log(new Intl.DisplayNames(['en'], { type: 'region' }).of(event.request.geoip.countryCode));
};
