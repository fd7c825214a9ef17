exports.onExecutePostLogin = async (event, api) => {
  const city = event?.request?.geoip?.cityName ?? 'unknown';
  const phone = event.user?.phone_number?.replace?.(/\D/g, '');
  const first = event.user.app_metadata?.tenants?.[0]?.role;
  const none = event.user.app_metadata?.missing?.deep?.[3]?.call?.();
  const tier = (event.organization.metadata.plan ||= 'free') && event.organization?.metadata.plan;
  let attempts = null;
  attempts ??= 1_000;
  console.log({ city, phone, first, none, tier, attempts });
  event.transaction?.requested_scopes?.forEach?.((scope, i) => console.log(i, scope));
};
