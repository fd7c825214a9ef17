const { URL, URLSearchParams, parse } = require('url');
const querystring = require('querystring');
exports.onExecutePostLogin = async (event, api) => {
  const url = new URL('../welcome?x=1#frag', 'https://user:pw@app.example:8443/a/b/c');
  url.searchParams.append('name', event.user.name);
  url.port = '443';
  const qs = querystring.stringify({ scope: ['a', 'b'], redirect: event.transaction.redirect_uri });
  console.log(url.href, url.host, qs, querystring.parse('a=1&a=2&b=%20'), URL.canParse('not a url'));
  console.log(parse('https://x.example/p?q=1').pathname, new URLSearchParams({ a: '1 2', b: 'ä' }).toString(), encodeURIComponent("a'b(c)"));
  console.log(url);
};
