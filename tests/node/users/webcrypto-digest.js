exports.onExecutePostLogin = async (event, api) => {
  const bytes = new TextEncoder().encode(event.user.email);
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  const hex = Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('');
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode('key'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const mac = await crypto.subtle.sign('HMAC', key, bytes);
  console.log(hex, Buffer.from(mac).toString('hex'), crypto.randomUUID().length);
};
