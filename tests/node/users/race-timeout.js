// clock: runs
const { setTimeout: delay } = require('timers/promises');
exports.onExecutePostLogin = async (event, api) => {
  const timeout = new Promise((_, reject) => { setTimeout(() => reject(new Error('timed out')), 20).unref?.(); });
  const winner = await Promise.race([delay(60, 'slow'), timeout]).catch(error => error.message);
  const any = await Promise.any([Promise.reject(new Error('no')), delay(1, 'quick')]);
  const { promise, resolve } = Promise.withResolvers();
  setImmediate(resolve, 'immediate');
  console.log(winner, any, await promise);
};
