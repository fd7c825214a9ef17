// tenant: auth0-2
// clock: runs
const axios = require("axios");

exports.onExecutePostLogin = async (event, api) => {
  const base = event.client.metadata.server;
  for (const path of ["/status/400", "/status/503", "/none"]) {
    try {
      await axios.post(base + path, { email: event.user.email });
    } catch (e) {
      if (e.response) {
        console.log(e.response.status, e.response.data, e.code);
      } else {
        console.log("no response", e.message);
      }
    }
  }
  try {
    await axios.get("http://127.0.0.1:1/closed");
  } catch (e) {
    console.log(Boolean(e.response), e.isAxiosError);
  }
};
