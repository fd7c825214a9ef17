async function* pages(base) {
  for (let page = 0; page < 3; page++) {
    const response = await fetch(`${base}/profiles/page${page}`);
    yield (await response.json()).id;
  }
}
function* ids(list) { for (const item of list) yield* [item, item.length]; }
exports.onExecutePostLogin = async (event, api) => {
  const all = [];
  for await (const id of pages(event.client.metadata.server)) all.push(id);
  console.log(all, [...ids(all)], Iterator.from(ids(['q'])).map(x => x).toArray());
};
