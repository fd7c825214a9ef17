const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

async function withRetry(operation, { tries = 3, delay = 10 } = {}) {
  let last;
  for (let attempt = 1; attempt <= tries; attempt++) {
    try {
      return await operation(attempt);
    } catch (error) {
      last = error;
      console.warn(`attempt ${attempt}: ${error.message}`);
      await sleep(delay * 2 ** attempt);
    }
  }
  throw last;
}

exports.onExecutePostLogin = async (event, api) => {
  const data = await withRetry(async () => {
    const response = await fetch(`${event.client.metadata.server}/flaky/2/retry`);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return response.json();
  });
  api.idToken.setCustomClaim('https://example.org/tries', data.tries);
};
