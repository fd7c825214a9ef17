// The network is not there; whoever asks is told so.

function refusal(what) {
  const error = new Error(`network access is not configured for Actions, so ${what} is refused`);
  error.code = 'ERR_NETWORK_NOT_CONFIGURED';
  return error;
}

function address(target) {
  if (typeof target === 'string') return target;
  if (target instanceof URL) return target.href;
  if (target !== null && typeof target === 'object') {
    if (typeof target.url === 'string') return target.url;
    const host = target.hostname ?? target.host;
    if (typeof host === 'string') return host;
  }
  return 'the request';
}

exports.fetch = function fetch(target) {
  native.lacks('fetch');
  return new Promise((_, reject) => reject(refusal(`fetch of ${address(target)}`)));
};

class Agent {}
exports.http = {
  Agent,
  METHODS: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'],
  globalAgent: new Agent(),
  request(target) { throw refusal(`a request to ${address(target)}`); },
  get(target) { throw refusal(`a request to ${address(target)}`); },
  createServer() { throw refusal('a server'); },
  connect(target) { throw refusal(`a connection to ${address(target)}`); },
};
