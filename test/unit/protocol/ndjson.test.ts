import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LineDecoder } from '../../../src/protocol/ndjson.ts'

/** Cuts bytes at the given places and decodes them piece by piece. */
function decode(bytes: Uint8Array, cuts: number[]): string {
  const lines = new LineDecoder()
  let text = ''
  let from = 0
  for (const cut of [...cuts.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    const block = lines.push(bytes.subarray(from, cut))
    expect(block === '' || block.endsWith('\n')).toBe(true)
    text += block
    from = cut
  }
  return text + lines.rest()
}

it('gives the same text at any split', () => {
  const line = fc.string({ unit: 'binary' }).map((text) => JSON.stringify({ text }))
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat()), fc.boolean(), (lines, cuts, ended) => {
      const text = lines.join('\r\n') + (ended ? '\r\n' : '')
      expect(decode(new TextEncoder().encode(text), cuts)).toBe(text)
    }),
  )
})

it('gives the same text at every single split', () => {
  const text = '{"a":"é"}\r\n{"b":"😀"}\r\n\r\n{"c":"\u2028"}\n{"d":1'
  const bytes = new TextEncoder().encode(text)
  for (let cut = 0; cut <= bytes.length; cut++) expect(decode(bytes, [cut])).toBe(text)
})

it('refuses what is not UTF-8', () => {
  expect(() => new LineDecoder().push(new Uint8Array([0xff, 0x0a]))).toThrow()
})

it('gives up on a line without an end', () => {
  const lines = new LineDecoder()
  const megabyte = new Uint8Array(2 ** 20).fill(0x61)
  expect(() => {
    for (let i = 0; i < 65; i++) lines.push(megabyte)
  }).toThrow('a line without an end')
})

it('keeps a byte order mark, also one that a cut puts at the beginning of a block', () => {
  const text = 'a\n\ufeffb\n\ufeffc'
  for (let cut = 0; cut <= 6; cut++) expect(decode(new TextEncoder().encode(text), [cut])).toBe(text)
})
