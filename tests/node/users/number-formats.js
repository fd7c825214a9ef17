exports.onExecutePostLogin = async (event, api) => {
  const n = 1234.5678;
  console.log(n.toFixed(2), n.toPrecision(3), n.toExponential(1), (255).toString(36), Number('0x1f'), parseFloat('1.5px'), Math.max(...[1, 2]), 10n ** 20n, 0.1 + 0.2, 1e21, -1 % 3, Math.hypot(3, 4), Math.trunc(-1.5));
  console.log(new Date(2026, 0, 31, 12).toISOString(), new Date('2026-02-30').toString(), Date.UTC(2026, 1), new Date(0).toString(), new Date(0).getTimezoneOffset());
};
