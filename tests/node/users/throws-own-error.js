// throws: yes
class UpstreamError extends Error {
  constructor(message, options) { super(message, options); this.name = 'UpstreamError'; }
}
exports.onExecutePostLogin = async (event, api) => {
  try {
    JSON.parse('{"a": ');
  } catch (cause) {
    console.log(cause.name, cause.message);
    throw new UpstreamError('upstream said nonsense', { cause });
  }
};
