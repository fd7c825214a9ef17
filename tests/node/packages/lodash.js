// tenant: auth0-4
// package: lodash
const _ = require('lodash');

exports.onExecutePostLogin = async (event, api) => {
    const groups = _.groupBy(['admin:read', 'admin:write', 'user:read'], role => role.split(':')[0]);
    const plan = _.get(event, 'user.app_metadata.plan', 'none');
    const merged = _.merge({ a: { b: 1 } }, { a: { c: [1, 2] } }, { d: _.camelCase('some long name') });
    console.log(groups, plan, merged, _.template('Hello <%= name %>')({ name: event.user.given_name }), _.isEqual({ a: [1] }, { a: [1] }));
    api.idToken.setCustomClaim('https://example.org/groups', _.mapValues(groups, 'length'));
};
