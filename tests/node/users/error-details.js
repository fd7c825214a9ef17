exports.onExecutePostLogin = async (event, api) => {
  const tries = [
    () => null.x, () => undefined.y.z, () => event.user.nothing.name, () => event.nothing(), () => (void 0)(), () => missing, () => { const a = 1; a = 2; },
    () => JSON.parse('nope'), () => JSON.parse(''), () => new Array(-1), () => 'x'.repeat(-1), () => { const c = {}; c.c = c; JSON.stringify(c); }, () => Symbol() + '',
    () => BigInt(1.5), () => decodeURIComponent('%'), () => new URL('nope'), () => [].reduce((a, b) => a), () => null[Symbol.iterator], () => { const { a } = null; }, () => [...undefined], () => new (class A { constructor() { this.x.y = 1; } })(), () => ({}).x.y, () => 1 in 'x', () => ({}) instanceof 5, () => new Intl(), () => require('not-there'), () => Buffer.from(5), () => require('crypto').createHash('nope'),
  ];
  for (const attempt of tries) {
    try {
      attempt();
      console.log('no error', String(attempt));
    } catch (error) {
      console.log(error.name, error.code ?? '', error.message.split('\n')[0], error.stack.split('\n')[0] === `${error.name}: ${error.message}`.split('\n')[0]);
    }
  }
};
