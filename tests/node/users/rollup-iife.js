var action = (function (exports) {
  'use strict';
  const defaults = { prefix: 'https://example.org/', separator: '|' };
  function split(id, { separator } = defaults) {
    const [provider, ...rest] = id.split(separator);
    return { provider, id: rest.join(separator) };
  }
  exports.onExecutePostLogin = async (event, api) => {
    const { provider, id } = split(event.user.user_id);
    api.idToken.setCustomClaim(`${defaults.prefix}provider`, provider);
    api.idToken.setCustomClaim(`${defaults.prefix}local_id`, id);
  };
  return exports;
})({});
module.exports = action;
