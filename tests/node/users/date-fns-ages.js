// tenant: auth0-4
const { differenceInDays, addMonths, isAfter, formatISO, parseISO } = require('date-fns');
exports.onExecutePostLogin = async (event, api) => {
  const created = parseISO(event.user.created_at);
  const due = addMonths(created, 12);
  console.log(differenceInDays(new Date(), created), isAfter(new Date(), due), formatISO(due, { representation: 'date' }));
};
