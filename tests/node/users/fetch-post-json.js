exports.onExecutePostLogin = async (event, api) => {
  const { createHmac } = require('crypto');
  const body = JSON.stringify({ user_id: event.user.user_id, ip: event.request.ip });
  const signature = createHmac('sha256', event.secrets.CLIENT_SECRET).update(body).digest('hex');
  const res = await fetch(new URL('/echo?kind=login', event.client.metadata.plain), {
    method: 'POST', body, headers: { 'Content-Type': 'application/json', 'X-Signature': `sha256=${signature}` },
  });
  const echoed = await res.json();
  console.log(res.status, echoed.signature === `sha256=${signature}`, echoed.type, JSON.parse(echoed.body).ip, echoed.url);
};
