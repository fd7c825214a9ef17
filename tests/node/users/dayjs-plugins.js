// tenant: auth0-4
const dayjs = require('dayjs');
dayjs.extend(require('dayjs/plugin/utc'));
dayjs.extend(require('dayjs/plugin/timezone'));
dayjs.extend(require('dayjs/plugin/relativeTime'));
exports.onExecutePostLogin = async (event, api) => {
  const local = dayjs.utc().tz('Asia/Tokyo');
  console.log(local.format('YYYY-MM-DD HH:mm'), dayjs.utc(event.user.created_at).from(dayjs.utc('2024-06-28')));
  api.accessToken.setCustomClaim('https://example.org/tokyo', local.hour());
};
