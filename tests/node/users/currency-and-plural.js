exports.onExecutePostLogin = async (event, api) => {
  const locale = event.request.language?.split(',')[0] ?? 'en';
  const amount = new Intl.NumberFormat(locale, { style: 'currency', currency: 'EUR' }).format(1234.5);
  const plural = new Intl.PluralRules('en').select(event.stats.logins_count);
  const list = new Intl.ListFormat('en', { type: 'conjunction' }).format(event.authorization.roles);
  console.log(amount, plural, list, (1234567.891).toLocaleString(), ['z', 'ä', 'a'].sort((a, b) => a.localeCompare(b, 'de')).join());
  api.idToken.setCustomClaim('https://example.org/roles_text', list);
};
