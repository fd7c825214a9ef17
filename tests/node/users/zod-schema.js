// tenant: auth0-4
const { z } = require('zod');
const Metadata = z.object({ plan: z.enum(['free', 'gold']), roles: z.array(z.string()).nonempty(), tenants: z.array(z.object({ id: z.string().regex(/^t\d$/), role: z.string() })).optional() });
exports.onExecutePostLogin = async (event, api) => {
  const good = Metadata.safeParse(event.user.app_metadata);
  const bad = Metadata.safeParse({ plan: 'none', roles: [] });
  console.log(good.success, bad.error.issues.map(issue => `${issue.path.join('.')}: ${issue.code}`));
  api.idToken.setCustomClaim('https://example.org/plan', good.data.plan);
};
