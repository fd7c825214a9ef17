// clock: runs
exports.onExecutePostLogin = async (event, api) => {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), 150);
  try {
    await fetch(`${event.client.metadata.plain}/slow`, { signal: controller.signal });
    console.log('answered');
  } catch (error) {
    console.log(error.name, controller.signal.aborted);
    api.user.setAppMetadata('slow_upstream', true);
  } finally {
    clearTimeout(timer);
  }
};
