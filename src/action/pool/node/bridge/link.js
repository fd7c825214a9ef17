// What is said to the parent and heard from it: frames of a length and a JSON text. Everything that is used after a
// script has run is held in constants: a script that changes globals and prototypes changes only its own world.

const fs = require('fs');
const Module = require('module');
const util = require('util');
const vm = require('vm');
const { readSync, writeSync } = fs;
const { apply, construct, ownKeys } = Reflect;
const { create, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, keys } = Object;
const { isArray } = Array;
const { parse, stringify } = JSON;
const { isFinite, isNaN } = Number;
const { byteLength } = Buffer;
const { utf8Slice } = Buffer.prototype;
const { charCodeAt, indexOf, slice, startsWith, toWellFormed } = String.prototype;
const { encodeInto } = TextEncoder.prototype;
const { setImmediate, clearImmediate } = globalThis;
const { getActiveResourcesInfo, reallyExit } = process;
const { isProxy, isNativeError } = util.types;
const { resolve: settledPromise } = Promise;
const { then } = Promise.prototype;
const Failure = Error;
const Mistake = TypeError;
const Promised = Promise;
const Text = String;

const ROOM = 1 << 16;
const HEAD = 4;
const encoder = new TextEncoder();
const spoken = Buffer.alloc(ROOM);
const spokenText = new Uint8Array(spoken.buffer, spoken.byteOffset + HEAD, ROOM - HEAD);
const heard = Buffer.alloc(ROOM);
let heardFrom = 0;
let heardTo = 0;

function write(bytes, length) {
  for (let at = 0; at < length; ) at += writeSync(1, bytes, at, length - at, null);
}

function head(bytes, length) {
  bytes[0] = length & 255;
  bytes[1] = (length >>> 8) & 255;
  bytes[2] = (length >>> 16) & 255;
  bytes[3] = length >>> 24;
}

// Says a JSON text.
function say(text) {
  if (text.length * 3 <= ROOM - HEAD) {
    const { written } = apply(encodeInto, encoder, [text, spokenText]);
    head(spoken, written);
    write(spoken, written + HEAD);
    return;
  }
  const length = byteLength(text);
  const bytes = Buffer.alloc(length + HEAD);
  apply(encodeInto, encoder, [text, new Uint8Array(bytes.buffer, bytes.byteOffset + HEAD, length)]);
  head(bytes, length);
  write(bytes, length + HEAD);
}

function fill(bytes, from, least) {
  while (from < least) {
    const read = readSync(0, bytes, from, bytes.length - from, null);
    // The parent is gone, or wants no more of this process.
    if (read === 0) apply(reallyExit, process, [0]);
    from += read;
  }
  return from;
}

// Waits for a frame; its text.
function hear() {
  if (heardFrom === heardTo) heardFrom = heardTo = 0;
  if (heardTo - heardFrom < HEAD) {
    heard.copyWithin(0, heardFrom, heardTo);
    heardTo -= heardFrom;
    heardFrom = 0;
    heardTo = fill(heard, heardTo, HEAD);
  }
  const length =
    heard[heardFrom] + (heard[heardFrom + 1] << 8) + (heard[heardFrom + 2] << 16) + heard[heardFrom + 3] * (1 << 24);
  heardFrom += HEAD;
  const there = heardTo - heardFrom;
  if (there >= length) {
    const text = apply(utf8Slice, heard, [heardFrom, heardFrom + length]);
    heardFrom += length;
    return text;
  }
  const bytes = Buffer.alloc(length);
  heard.copy(bytes, 0, heardFrom, heardTo);
  heardFrom = heardTo = 0;
  fill(bytes, there, length);
  return apply(utf8Slice, bytes, [0, length]);
}

// Asks the parent, and waits for its answer.
function ask(text) {
  say(text);
  return parse(hear());
}

// A string as JSON; lone surrogates become U+FFFD.
function quoted(text) {
  const whole = toWellFormed === undefined ? text : apply(toWellFormed, text, []);
  return stringify(whole);
}

// What this process is to know of its Action.
const setup = parse(hear());
