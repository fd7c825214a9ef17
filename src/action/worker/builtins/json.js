// What V8 says of a text that is no JSON.

const CONTEXT = 10;

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }
  blanks() { while (this.at < this.text.length && ' \t\n\r'.includes(this.text[this.at])) this.at++; }
  fail(message, at = this.at) {
    const lines = this.text.slice(0, at).split(/\r\n|\r|\n/);
    throw `${message} in JSON at position ${at} (line ${lines.length} column ${lines.at(-1).length + 1})`;
  }
  // What begins nothing here.
  unexpected(message, at = this.at) {
    const { text } = this;
    if (at >= text.length && message === undefined) throw 'Unexpected end of JSON input';
    if (message !== undefined) this.fail(message, at);
    const character = text[at];
    if (/[-0-9]/.test(character)) this.fail('Unexpected number', at);
    if (character === '"') this.fail('Unexpected string', at);
    if (['NaN', 'Infinity', 'undefined', '[object Object]'].includes(text)) throw `"${text}" is not valid JSON`;
    const isLong = text.length > 2 * CONTEXT;
    const isCutBefore = isLong && at >= CONTEXT;
    const isCutAfter = isLong && at < text.length - CONTEXT;
    const near = text.slice(isCutBefore ? at - CONTEXT : 0, isCutAfter ? at + CONTEXT : text.length);
    throw `Unexpected token '${character}', ${isCutBefore ? '...' : ''}"${near}"${isCutAfter ? '...' : ''} is not valid JSON`;
  }
  value() {
    this.blanks();
    const { text } = this;
    const first = text[this.at];
    if (first === '{') return this.object();
    if (first === '[') return this.array();
    if (first === '"') return this.string();
    if (first === '-' || (first >= '0' && first <= '9')) return this.number();
    for (const literal of ['true', 'false', 'null']) if (first === literal[0]) return this.literal(literal);
    return this.unexpected();
  }
  literal(literal) {
    for (const letter of literal) {
      if (this.text[this.at] !== letter) this.unexpected();
      this.at++;
    }
  }
  number() {
    const { text } = this;
    const digits = () => {
      const start = this.at;
      while (text[this.at] >= '0' && text[this.at] <= '9') this.at++;
      return this.at > start;
    };
    if (text[this.at] === '-') {
      this.at++;
      if (!(text[this.at] >= '0' && text[this.at] <= '9')) this.fail('No number after minus sign');
    }
    if (text[this.at] === '0') {
      this.at++;
      if (text[this.at] >= '0' && text[this.at] <= '9') this.fail('Unexpected number');
    } else digits();
    if (text[this.at] === '.') {
      this.at++;
      if (!digits()) this.fail('Unterminated fractional number');
    }
    if (text[this.at] === 'e' || text[this.at] === 'E') {
      this.at++;
      if (text[this.at] === '+' || text[this.at] === '-') this.at++;
      if (!digits()) this.fail('Exponent part is missing a number');
    }
  }
  string() {
    const { text } = this;
    for (this.at++; ; this.at++) {
      const letter = text[this.at];
      if (letter === undefined) this.fail('Unterminated string');
      if (letter === '"') break;
      if (letter < ' ') this.fail('Bad control character in string literal');
      if (letter !== '\\') continue;
      const escaped = text[++this.at];
      if (escaped === undefined) throw 'Unexpected end of JSON input';
      if (escaped === 'u') {
        for (let digit = 0; digit < 4; digit++) {
          this.at++;
          if (!/^[0-9A-Fa-f]$/.test(text[this.at] ?? '')) this.fail('Bad Unicode escape');
        }
      } else if (!'"\\/bfnrt'.includes(escaped)) this.fail('Bad escaped character');
    }
    this.at++;
  }
  object() {
    this.at++;
    this.blanks();
    if (this.text[this.at] === '}') return void this.at++;
    if (this.text[this.at] !== '"') this.unexpected("Expected property name or '}'");
    for (;;) {
      this.string();
      this.blanks();
      if (this.text[this.at] !== ':') this.unexpected("Expected ':' after property name");
      this.at++;
      this.value();
      this.blanks();
      if (this.text[this.at] === '}') return void this.at++;
      if (this.text[this.at] !== ',') this.unexpected("Expected ',' or '}' after property value");
      this.at++;
      this.blanks();
      if (this.text[this.at] !== '"') this.unexpected('Expected double-quoted property name');
    }
  }
  array() {
    this.at++;
    this.blanks();
    if (this.text[this.at] === ']') return void this.at++;
    for (;;) {
      this.value();
      this.blanks();
      if (this.text[this.at] === ']') return void this.at++;
      if (this.text[this.at] !== ',') this.unexpected("Expected ',' or ']' after array element");
      this.at++;
    }
  }
}

// What is wrong with a text; undefined where nothing is.
module.exports = function fault(text) {
  const reader = new Reader(text);
  try {
    reader.value();
    reader.blanks();
    if (reader.at < text.length) reader.fail('Unexpected non-whitespace character after JSON');
  } catch (message) {
    if (typeof message === 'string') return message.replace(' after JSON in JSON at', ' after JSON at');
    throw message;
  }
  return undefined;
};
