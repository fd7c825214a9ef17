// tenant: auth0-4
// package: uuid
const { v4, v5, validate, version } = require('uuid');

exports.onExecutePostLogin = async (event, api) => {
    const id = v4();
    const named = v5(event.user.user_id, v5.URL);
    console.log(validate(id), version(id), named, v4() === id);
    api.accessToken.setCustomClaim('https://example.org/id', named);
};
