(function (native) {
  'use strict';
  // What Node.js has and this engine lacks, among the globals and in the language's own objects. Whoever asks for it ends
  // the run; where an Action may run on this engine alone, what is not there is absent, and what would be answered wrongly
  // ends the run all the same. `tests/node/names.json` has every name of Node.js.
  const { defineProperty, hasOwn } = Object;
  const { lacks, needsNode } = native;

  const GLOBALS = (
    'AbortController AbortSignal Blob BroadcastChannel ByteLengthQueuingStrategy CompressionStream CountQueuingStrategy Crypto ' +
    'CryptoKey CustomEvent DecompressionStream Event EventTarget File FormData Headers Intl MessageChannel MessageEvent ' +
    'MessagePort Navigator Performance PerformanceEntry PerformanceMark PerformanceMeasure PerformanceObserver ' +
    'PerformanceObserverEntryList PerformanceResourceTiming ReadableByteStreamController ReadableStream ' +
    'ReadableStreamBYOBReader ReadableStreamBYOBRequest ReadableStreamDefaultController ReadableStreamDefaultReader Request ' +
    'Response SubtleCrypto TextDecoderStream TextEncoderStream TransformStream TransformStreamDefaultController WebAssembly ' +
    'WebSocket WritableStream WritableStreamDefaultController WritableStreamDefaultWriter navigator'
  ).split(' ');
  const define = (object, name, get, enumerable = false) =>
    defineProperty(object, name, {
      get,
      set(value) { defineProperty(object, name, { value, writable: true, configurable: true, enumerable }); },
      configurable: true,
      enumerable,
    });
  for (const name of GLOBALS) define(globalThis, name, () => lacks(name));

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
    crypto: 'createPrivateKey createPublicKey createSign createVerify',
    url: 'Url format parse resolve',
  };
  const holds = (names, key) => names !== undefined && typeof key === 'string' && apply(includes, ` ${names} `, [` ${key} `]);
  const { includes, split } = String.prototype;
  const { apply } = Reflect;

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
      for (const name of GLOBALS) delete globalThis[name];
    },
  };
})
