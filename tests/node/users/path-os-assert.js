const path = require('path');
const os = require('os');
const assert = require('assert');
exports.onExecutePostLogin = async (event, api) => {
  console.log(path.join('/a', '../b', 'c.txt'), path.extname('x.tar.gz'), path.basename('/q/w.js', '.js'), os.EOL === '\n', typeof os.hostname());
  try {
    assert.strictEqual(event.user.email, 'other@example.org');
  } catch (error) {
    console.log(error.code, error.actual, error.name);
  }
  assert(event.user, 'a user');
};
