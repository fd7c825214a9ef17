// Admit only within office hours, in the time zone of the user.
exports.onExecutePostLogin = async (event, api) => {
  const zone = event.request.geoip.timeZone || 'UTC';
  const hour = Number(new Intl.DateTimeFormat('en-US', { hour: 'numeric', hourCycle: 'h23', timeZone: zone }).format(new Date()));
  const day = new Date().toLocaleDateString('en-US', { weekday: 'long', timeZone: zone });
  console.log(hour, day);
  if (['Saturday', 'Sunday'].includes(day) || hour < 8 || hour >= 18) {
    api.access.deny(`It is ${hour} o'clock on ${day} in ${zone}: come back during office hours.`);
  }
};
