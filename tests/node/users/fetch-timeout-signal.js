// clock: runs
exports.onExecutePostLogin = async (event, api) => {
  const started = Date.now();
  const result = await fetch(event.client.metadata.plain + '/slow', { signal: AbortSignal.timeout(100) })
    .then(r => r.json())
    .catch(e => ({ error: e.name }));
  console.log(result, typeof started);
};
