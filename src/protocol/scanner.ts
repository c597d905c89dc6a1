/**
 * Walks a JSON text once, strictly, and hands out where things are instead of building values: what is
 * never parsed can't lose a digit. It accepts exactly what `JSON.parse` accepts, up to a depth.
 *
 * Each method consumes one thing at the cursor. The callbacks of `object` and `array` are called with the
 * cursor before a value, and must consume it.
 */
export class JSONScanner {
  readonly text: string
  /** Where the cursor is. */
  at = 0
  #depth = 0
  readonly #maxDepth: number

  constructor(text: string, maxDepth: number) {
    this.text = text
    this.#maxDepth = maxDepth
  }

  /** Skips white space and says which UTF-16 code stands there, NaN at the end. */
  #peek(): number {
    let code = this.text.charCodeAt(this.at)
    while (code === SPACE || code === LF || code === CR || code === TAB)
      code = this.text.charCodeAt(++this.at)
    return code
  }

  /** Whether an object comes next. */
  atObject(): boolean {
    return this.#peek() === OPEN_BRACE
  }

  /** Whether an array comes next. */
  atArray(): boolean {
    return this.#peek() === OPEN_BRACKET
  }

  /** Consumes an object; `member` is given where each key's text stands, quotes included. */
  object(member: (keyStart: number, keyEnd: number) => void): void {
    this.#open(OPEN_BRACE)
    if (this.#peek() !== CLOSE_BRACE) {
      do {
        if (this.#peek() !== QUOTE) this.#fail()
        const start = this.at
        this.#string()
        const end = this.at
        if (this.#peek() !== COLON) this.#fail()
        this.at++
        member(start, end)
      } while (this.#comma())
    }
    this.#close(CLOSE_BRACE)
  }

  /** Consumes an array; `element` is called once for each. */
  array(element: () => void): void {
    this.#open(OPEN_BRACKET)
    if (this.#peek() !== CLOSE_BRACKET) {
      do element()
      while (this.#comma())
    }
    this.#close(CLOSE_BRACKET)
  }

  /** Consumes a value of any kind. */
  skip = (): void => {
    const code = this.#peek()
    if (code === QUOTE) this.#string()
    else if (code === OPEN_BRACE) this.object(this.skip)
    else if (code === OPEN_BRACKET) this.array(this.skip)
    else if (code === MINUS || (code >= ZERO && code <= NINE)) this.#number(code)
    else this.#literal()
  }

  /** Consumes a value of any kind and returns its text. */
  raw(): string {
    this.#peek()
    const start = this.at
    this.skip()
    return this.text.slice(start, this.at)
  }

  /** Checks that nothing but white space is left. */
  end(): void {
    this.#peek()
    if (this.at < this.text.length) this.#fail()
  }

  #open(code: number): void {
    if (this.#peek() !== code) this.#fail()
    if (++this.#depth > this.#maxDepth) throw new SyntaxError(`more than ${this.#maxDepth} levels of nesting`)
    this.at++
  }

  #close(code: number): void {
    if (this.#peek() !== code) this.#fail()
    this.#depth--
    this.at++
  }

  #comma(): boolean {
    if (this.#peek() !== COMMA) return false
    this.at++
    return true
  }

  #string(): void {
    const { text } = this
    let at = this.at + 1
    for (;;) {
      const code = text.charCodeAt(at++)
      if (code === QUOTE) break
      if (code === BACKSLASH) {
        const escaped = text[at++]
        if (escaped === 'u') {
          if (!HEX4.test(text.slice(at, at + 4))) this.#fail(at)
          at += 4
        } else if (!escaped || !ESCAPES.includes(escaped)) this.#fail(at)
      } else if (!(code >= SPACE)) this.#fail(at)
    }
    this.at = at
  }

  #number(first: number): void {
    if (first === MINUS) this.at++
    if (this.text.charCodeAt(this.at) === ZERO) this.at++
    else this.#digits()
    if (this.text[this.at] === '.') {
      this.at++
      this.#digits()
    }
    if (this.text[this.at] === 'e' || this.text[this.at] === 'E') {
      this.at++
      if (this.text[this.at] === '+' || this.text[this.at] === '-') this.at++
      this.#digits()
    }
  }

  #digits(): void {
    const start = this.at
    let code = this.text.charCodeAt(this.at)
    while (code >= ZERO && code <= NINE) code = this.text.charCodeAt(++this.at)
    if (this.at === start) this.#fail()
  }

  #literal(): void {
    for (const literal of LITERALS) {
      if (this.text.startsWith(literal, this.at)) {
        this.at += literal.length
        return
      }
    }
    this.#fail()
  }

  #fail(at = this.at): never {
    throw new SyntaxError(`not valid JSON at character ${Math.min(at, this.text.length)}`)
  }
}

const LITERALS = ['true', 'false', 'null']
const ESCAPES = '"\\/bfnrt'
const HEX4 = /^[\da-fA-F]{4}$/
const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
