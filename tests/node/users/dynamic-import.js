exports.onExecutePostLogin = async (event, api) => {
  const { createHash } = await import('node:crypto');
  const path = await import('path');
  console.log(createHash('sha1').update('x').digest('hex'), path.default.sep, typeof path.join);
};
