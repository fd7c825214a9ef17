let calls = 0;
const memo = new Map();
const once = name => memo.get(name) ?? memo.set(name, name.toUpperCase()).get(name);
exports.onExecutePostLogin = async (event, api) => {
  calls += 1;
  console.log(calls, once('a'), once('a'), memo.size, typeof module, typeof require, typeof __filename, this === exports);
};
