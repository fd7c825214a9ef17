const PERMISSIONS = Object.freeze({
  admin: ['users:read', 'users:write', 'billing:*'],
  reader: ['users:read'],
});
exports.onExecutePostLogin = async (event, api) => {
  const granted = new Set(event.authorization?.roles?.flatMap(role => PERMISSIONS[role] ?? []) ?? []);
  const permissions = [...granted].sort();
  const grouped = Object.groupBy(permissions, p => p.split(':')[0]);
  api.accessToken.setCustomClaim('permissions_list', permissions);
  console.log(JSON.stringify(grouped), permissions.at(-1), permissions.includes('users:write'));
};
