exports.onExecutePostLogin = async (event, api) => {
  if (!event.organization) return;
  const { metadata, ...organization } = event.organization;
  const seats = parseInt(metadata.seats, 10);
  api.accessToken.setCustomClaim('https://example.org/org', { ...organization, seats });
  if (Number.isNaN(seats) || seats < event.stats.logins_count / 2) console.warn('few seats', seats);
  const copy = structuredClone(event.organization);
  copy.metadata.seats = 'changed';
  console.log(event.organization.metadata.seats, copy.metadata);
};
