// tenant: auth0-4
const { nanoid, customAlphabet } = require('nanoid');
const { v4: uuidv4, v5: uuidv5 } = require('uuid');
exports.onExecutePostLogin = async (event, api) => {
  const id = nanoid();
  console.log(id.length, customAlphabet('abc', 5)().length, uuidv4().split('-').length, uuidv5(event.user.email, uuidv5.DNS));
};
