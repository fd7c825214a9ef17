(function (native, globals) {
  'use strict';
  // What Node.js has and this engine lacks, among the globals and in the language's own objects. Whoever asks for it ends
  // the run; where an Action may run on this engine alone, what is not there is absent, and what would be answered wrongly
  // ends the run all the same. `tests/node/names.json` has every name of Node.js.
  const { defineProperty, hasOwn } = Object;
  const { lacks, needsNode } = native;

  const define = (object, name, get, enumerable = false) =>
    defineProperty(object, name, {
      get,
      set(value) { defineProperty(object, name, { value, writable: true, configurable: true, enumerable }); },
      configurable: true,
      enumerable,
    });
  for (const name of globals) define(globalThis, name, () => lacks(name));

  const ofMatches = () => lacks('what RegExp keeps of the last match');
  const letters = '$& $\' $+ $1 $2 $3 $4 $5 $6 $7 $8 $9 $_ $` input lastMatch lastParen leftContext rightContext';
  for (const name of letters.split(' ')) define(RegExp, name, ofMatches);
  const ofLength = () => lacks('an ArrayBuffer of variable length');
  for (const name of ['maxByteLength', 'resizable', 'resize']) define(ArrayBuffer.prototype, name, ofLength);

  // The engine has no locales.
  const locale = (path, object, ...names) => {
    for (const name of names) {
      const { length } = object[name];
      const value = { [name]() { return needsNode(`${path}.prototype.${name}`); } }[name];
      defineProperty(value, 'length', { value: length, configurable: true });
      defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });
    }
  };
  locale('Array', Array.prototype, 'toLocaleString');
  locale('BigInt', BigInt.prototype, 'toLocaleString');
  locale('Date', Date.prototype, 'toLocaleDateString', 'toLocaleString', 'toLocaleTimeString');
  locale('Number', Number.prototype, 'toLocaleString');
  locale('String', String.prototype, 'localeCompare', 'toLocaleLowerCase', 'toLocaleUpperCase');
  locale('TypedArray', Object.getPrototypeOf(Uint8Array.prototype), 'toLocaleString');

  // The zone of every run is UTC, and so it is called; the engine leaves the name out.
  const named = (name) => {
    const { [name]: show } = Date.prototype;
    const value = {
      [name]() {
        const shown = apply(show, this, []);
        return apply(endsWith, shown, ['+0000']) ? `${shown} (Coordinated Universal Time)` : shown;
      },
    }[name];
    defineProperty(Date.prototype, name, { value, writable: true, configurable: true, enumerable: false });
  };
  const { endsWith, includes, replace, split } = String.prototype;
  const { apply } = Reflect;
  named('toString');
  named('toTimeString');
  // The engine breaks the line in what stands for code of its own, and its digits of large numbers are others.
  const { toString: source } = Function.prototype;
  const functions = { toString() { return apply(replace, apply(source, this, []), ['{\n    [native code]\n}', '{ [native code] }']); } };
  defineProperty(Function.prototype, 'toString', { value: functions.toString, writable: true, configurable: true, enumerable: false });
  const { toString: digits } = Number.prototype;
  const numbers = {
    toString(radix) {
      if (radix !== undefined && radix !== 10 && (+this > MAX || +this < -MAX) && isFinite(this)) needsNode('a large number in another radix than 10');
      const base = radix === undefined ? 10 : Math.trunc(radix);
      const isPlain = base === 10 || !isFinite(this) || Number.isInteger(+this) || !(base >= 2 && base <= 36);
      return isPlain ? apply(digits, this, [radix]) : fraction(+this, base);
    },
  };
  // A number that is not whole, with the digits of V8: as many as tell it from its neighbours.
  const ulp = new DataView(new ArrayBuffer(8));
  function fraction(value, base) {
    const size = value < 0 ? -value : value;
    ulp.setFloat64(0, size);
    ulp.setBigUint64(0, ulp.getBigUint64(0) + 1n);
    let delta = (ulp.getFloat64(0) - size) / 2;
    let whole = Math.floor(size);
    let rest = size - whole;
    const places = [];
    while (rest >= delta) {
      rest *= base;
      delta *= base;
      const place = Math.trunc(rest);
      places[places.length] = place;
      rest -= place;
      if ((rest > 0.5 || (rest === 0.5 && place % 2 === 1)) && rest + delta > 1) {
        while (places.length > 0 && places[places.length - 1] + 1 === base) places.length--;
        if (places.length > 0) places[places.length - 1]++;
        else whole++;
        break;
      }
    }
    let shown = `${value < 0 ? '-' : ''}${apply(digits, whole, [base])}`;
    for (let at = 0; at < places.length; at++) shown += `${at === 0 ? '.' : ''}${apply(digits, places[at], [base])}`;
    return shown;
  }
  const MAX = Number.MAX_SAFE_INTEGER;
  defineProperty(Number.prototype, 'toString', { value: numbers.toString, writable: true, configurable: true, enumerable: false });
  defineProperty(numbers.toString, 'length', { value: 1, configurable: true });

  // Of the modules that are here.
  const MODULES = {
    __proto__: null,
    assert: 'Assert CallTracker partialDeepStrictEqual',
    buffer: 'Blob File resolveObjectURL transcode',
    console:
      'Console _ignoreErrors _stderr _stderrErrorHandler _stdout _stdoutErrorHandler _times context createTask profile profileEnd ' +
      'timeStamp',
    crypto:
      'Certificate Cipher Cipheriv Decipher Decipheriv DiffieHellman DiffieHellmanGroup ECDH Sign Verify X509Certificate checkPrime ' +
      'checkPrimeSync constants createCipheriv createDecipheriv createDiffieHellman createDiffieHellmanGroup createECDH ' +
      'diffieHellman fips generateKey generateKeyPair generateKeyPairSync ' +
      'generateKeySync generatePrime generatePrimeSync getCipherInfo getCiphers getCurves getDiffieHellman getFips hkdf hkdfSync ' +
      'pbkdf2 pbkdf2Sync privateDecrypt privateEncrypt prng publicDecrypt publicEncrypt rng scrypt scryptSync secureHeapUsed ' +
      'setEngine setFips sign verify',
    events:
      'EventEmitterAsyncResource addAbortListener captureRejectionSymbol captureRejections errorMonitor getEventListeners ' +
      'getMaxListeners init kMaxEventTargetListeners kMaxEventTargetListenersWarned on setMaxListeners usingDomains',
    path: '_makeLong matchesGlob win32',
    process:
      '_debugEnd _debugProcess _events _eventsCount _exiting _fatalException _getActiveHandles _getActiveRequests _kill ' +
      '_linkedBinding _maxListeners _preload_modules _rawDebug _startProfilerIdleNotifier _stopProfilerIdleNotifier _tickCallback ' +
      'abort addListener allowedNodeEnvironmentFlags argv0 assert availableMemory binding chdir config constrainedMemory cpuUsage ' +
      'cwd debugPort dlopen domain emit emitWarning eventNames execArgv execPath execve exit exitCode features finalization ' +
      'getActiveResourcesInfo getBuiltinModule getMaxListeners getegid geteuid getgid getgroups getuid ' +
      'hasUncaughtExceptionCaptureCallback initgroups kill listenerCount listeners loadEnvFile mainModule memoryUsage ' +
      'moduleLoadList noProcessWarnings off on once openStdin pid ppid prependListener prependOnceListener rawListeners ' +
      'reallyExit ref removeAllListeners removeListener report resourceUsage setMaxListeners setSourceMapsEnabled ' +
      'setUncaughtExceptionCaptureCallback setegid seteuid setgid setgroups setuid sourceMapsEnabled stderr stdin stdout ' +
      'threadCpuUsage title umask unref',
    timers: '_unrefActive active enroll unenroll',
    'timers/promises': 'setInterval',
    url: 'fileURLToPathBuffer resolveObject',
    util:
      'MIMEParams MIMEType _errnoException _exceptionWithHostPort aborted diff getCallSite getCallSites getSystemErrorMap ' +
      'getSystemErrorMessage getSystemErrorName isBoolean isBuffer isDate isError isFunction isNull isNullOrUndefined isNumber ' +
      'isObject isPrimitive isRegExp isString isSymbol isUndefined log parseArgs parseEnv setTraceSigInt styleText ' +
      'transferableAbortController transferableAbortSignal',
  };
  // What is here and is not in every case what Node.js has.
  const APPROXIMATE = {
    __proto__: null,
    crypto: 'getHashes createPrivateKey createPublicKey createSign createVerify',
    url: 'Url domainToUnicode fileURLToPath format parse pathToFileURL resolve urlToHttpOptions',
  };
  const holds = (names, key) => names !== undefined && typeof key === 'string' && apply(includes, ` ${names} `, [` ${key} `]);

  // Gives an object of ours accessors that end the run.
  function mark(object, path, names) {
    for (const name of names) if (!hasOwn(object, name)) define(object, name, () => lacks(`${path}.${name}`), true);
    return object;
  }

  return {
    isOf: (module) => MODULES[module] !== undefined,
    has: (module, key) => holds(MODULES[module], key) || holds(APPROXIMATE[module], key),
    isApproximate: (module, key) => holds(APPROXIMATE[module], key),
    mark,
    markAll: (module, object) => mark(object, module, apply(split, MODULES[module], [' '])),
    // For an Action that may run on this engine alone.
    withdraw() {
      for (const name of globals) delete globalThis[name];
    },
  };
})
