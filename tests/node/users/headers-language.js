function languages(header = '') {
  return header.split(',').map(part => {
    const [tag, q = 'q=1'] = part.trim().split(';');
    return { tag, q: Number(q.split('=')[1]) };
  }).sort((a, b) => b.q - a.q);
}
exports.onExecutePostLogin = async (event, api) => {
  const [best] = languages(event.request.language);
  console.log(languages(event.request.language), event.transaction.ui_locales);
  api.idToken.setCustomClaim('locale_best', best.tag);
};
