exports.onExecutePostLogin = async (event, api) => {
  const name = event.user.name.normalize('NFD').replace(/\p{Diacritic}/gu, '');
  console.log(name.padEnd(15, '.'), name.at(-1), 'a-b-c'.replaceAll('-', '_'), 'x'.codePointAt(0), '𝒳'.length, [...'𝒳y'].length, 'Straße'.toUpperCase(), 'İ'.toLowerCase().length, 'abc'.localeCompare('abd'));
  console.log([3, 1, 2].toSorted(), [1, 2, 3].with(0, 9), [1, [2, [3]]].flat(Infinity), Object.fromEntries([['a', 1]]), Array.from('abc').findLast(c => c < 'c'), 'ab'.isWellFormed());
};
