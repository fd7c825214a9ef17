const BROWSERS = [['Edge', /Edg\/(\d+)/], ['Chrome', /Chrome\/(\d+)/], ['Firefox', /Firefox\/(\d+)/], ['Safari', /Version\/(\d+).*Safari/]];
exports.onExecutePostLogin = async (event, api) => {
  const agent = event.request.user_agent;
  const [name, version] = BROWSERS.map(([label, pattern]) => [label, pattern.exec(agent)?.[1]]).find(([, v]) => v) ?? ['other'];
  const system = agent.match(/\(([^)]+)\)/)?.[1].split(';').map(part => part.trim());
  console.log(name, +version, system, [...agent.matchAll(/(?<key>\w+)\/(?<value>[\d.]+)/g)].map(m => m.groups.key));
  if (name === 'Chrome' && version < 90) api.access.deny('browser too old');
};
