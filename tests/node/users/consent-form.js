exports.onExecutePostLogin = async (event, api) => {
  const { consent } = event.user.user_metadata ?? {};
  const CURRENT_TERMS = '2025-09-01';
  if (consent?.terms && consent.terms >= CURRENT_TERMS) {
    return;
  }
  api.prompt.render('ap_consent', { fields: { current: CURRENT_TERMS, accepted: consent?.terms ?? null }, vars: { name: event.user.given_name } });
};
exports.onContinuePostLogin = async (event, api) => {
  api.user.setUserMetadata('consent', { terms: event.prompt.fields.terms });
};
