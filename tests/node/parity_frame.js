exports.onExecutePostLogin = async () => {
  try {
    const value = await (async () => (EXPRESSION))();
    console.log(typeof value === 'string' ? JSON.stringify(value) : value);
  } catch (error) {
    console.log('threw', error?.name, error?.message, error?.code);
  }
};
