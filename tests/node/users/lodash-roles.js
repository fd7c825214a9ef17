// tenant: auth0-4
const _ = require('lodash');
exports.onExecutePostLogin = async (event, api) => {
  const tenants = _(event.user.app_metadata.tenants).keyBy('id').mapValues('role').value();
  const roles = _.uniq(_.flatMap([event.authorization.roles, _.get(event, 'user.app_metadata.roles', [])], list => _.map(list, _.upperFirst)));
  api.idToken.setCustomClaim('https://example.org/tenants', tenants);
  api.accessToken.setCustomClaim('https://example.org/roles', _.sortBy(roles));
  console.log(_.chunk(roles, 2), _.pick(event.user, ['name', 'nickname']), _.isEmpty({}), _.kebabCase('Some Role'));
};
