// clock: runs
function limit(max) {
  let active = 0;
  const waiting = [];
  const next = () => {
    if (active >= max || waiting.length === 0) return;
    active++;
    const { job, resolve, reject } = waiting.shift();
    job().then(resolve, reject).finally(() => { active--; next(); });
  };
  return job => new Promise((resolve, reject) => { waiting.push({ job, resolve, reject }); next(); });
}
exports.onExecutePostLogin = async (event, api) => {
  const run = limit(2);
  const order = [];
  const values = await Promise.all([30, 10, 20].map(ms => run(async () => {
    await new Promise(done => setTimeout(done, ms));
    order.push(ms);
    return ms * 2;
  })));
  console.log(values, order);
};
