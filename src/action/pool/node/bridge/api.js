// The `api` object: every method asks the parent.

const makeApi = new vm.Script(setup.api, { filename: 'postlogin:api' }).runInThisContext();
const { methods } = setup;

function call(run, index, given) {
  const method = methods[index];
  const late = run !== current || hasEnded(run);
  const args = late ? '' : forms(method, given, run.output);
  const answer = ask(
    `{"call":{"run":${current.number},"method":${index},"late":${late},"args":[${args}]${site()}}}`,
  );
  if (answer.error !== undefined) {
    const error = new Failure(answer.error);
    if (late) lateAnswers.add(error);
    throw error;
  }
  if (answer.follow !== undefined) follow(run, answer.follow);
  return answer.value;
}

// What calls that came too late were answered with: that nobody handles them is not reported, because the call is.
const lateAnswers = new WeakSet();
lateAnswers.add = WeakSet.prototype.add;
lateAnswers.has = WeakSet.prototype.has;

// The `metadata` of these objects of the event follows what is recorded. They are held from before the script saw its
// event, and changed by defining plain properties.
function viewOf(event, name) {
  const owner = event[name];
  if (!isObject(owner)) return undefined;
  return { owner, metadata: isObject(owner.metadata) ? owner.metadata : undefined };
}

function viewsOf(event) {
  return {
    __proto__: null,
    refresh_token: viewOf(event, 'refresh_token'),
    session: viewOf(event, 'session'),
    transaction: viewOf(event, 'transaction'),
  };
}

function define(object, key, value) {
  try {
    defineProperty(object, key, { __proto__: null, value, writable: true, configurable: true, enumerable: true });
  } catch {
    // What the script has frozen stays as it is.
  }
}

function remove(object, key) {
  try {
    delete object[key];
  } catch {
    // So does this.
  }
}

function follow(run, followed) {
  const owner = followed[0];
  const change = followed[1];
  const view = run.views[owner];
  if (view === undefined) return;
  if (change.set !== undefined) {
    if (view.metadata === undefined) {
      view.metadata = {};
      define(view.owner, 'metadata', view.metadata);
    }
    define(view.metadata, change.set.key, change.set.value);
  } else if (view.metadata !== undefined) {
    const gone = change.remove === undefined ? keys(view.metadata) : [change.remove.key];
    for (let at = 0; at < gone.length; at++) remove(view.metadata, gone[at]);
  }
}
