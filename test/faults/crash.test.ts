import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeFolder, post, readNumbers, SOAK, startServer } from './server-process.ts'

const ROUNDS = SOAK ? 1000 : 40
/** Writers at a time, each with a stream of its own and one for all. */
const WRITERS = 8
const PUT = '/1.0/events/put'
const DELETE = '/1.0/events/delete'

/** What a writer knows of the events of its stream, each by its number, which is its time too. */
class Ledger {
  readonly stream: string
  /** Acknowledged, and not deleted since. */
  readonly stored = new Set<number>()
  /** Acknowledged to be deleted. */
  readonly deleted = new Set<number>()
  /** Sent without an answer: they may be there or not. */
  readonly unknown = new Set<number>()
  #next = 0

  constructor(stream: string) {
    this.stream = stream
  }

  /** Puts and deletes in turn until the server goes away. */
  async write(url: string): Promise<void> {
    for (;;) {
      const numbers = Array.from({ length: 1 + (this.#next % 7) }, () => this.#next++)
      for (const n of numbers) this.unknown.add(n)
      const events = numbers.map((n) => ({ '@time': n, n, filler: 'x'.repeat(200) }))
      if (!(await this.#send(url, PUT, { events: { [this.stream]: events } }))) return
      this.#move(numbers, this.stored)
      if (Math.random() < 0.4 && !(await this.#delete(url))) return
    }
  }

  async #delete(url: string): Promise<boolean> {
    const all = [...this.stored]
    const start = all[Math.floor(Math.random() * all.length)]!
    const end = start + Math.floor(Math.random() * 10)
    const numbers = all.filter((n) => n >= start && n <= end)
    for (const n of numbers) {
      this.stored.delete(n)
      this.unknown.add(n)
    }
    if (!(await this.#send(url, DELETE, { stream: this.stream, start_time: start, end_time: end })))
      return false
    this.#move(numbers, this.deleted)
    return true
  }

  async #send(url: string, path: string, body: object): Promise<boolean> {
    const answer = await post(url, path, body)
    if (answer)
      expect([answer.status, answer.body]).toEqual([200, expect.stringContaining('"@success":true')])
    return answer !== undefined
  }

  #move(numbers: readonly number[], to: Set<number>): void {
    for (const n of numbers) {
      this.unknown.delete(n)
      to.add(n)
    }
  }

  /** Compares with what is there. */
  async check(url: string): Promise<void> {
    const there = await readNumbers(url, this.stream)
    const set = new Set(there)
    expect(there).toEqual([...set].sort((a, b) => a - b))
    expect([...this.stored].filter((n) => !set.has(n))).toEqual([])
    expect([...this.deleted].filter((n) => set.has(n))).toEqual([])
    for (const n of this.unknown) (set.has(n) ? this.stored : this.deleted).add(n)
    this.unknown.clear()
  }
}

it(
  `loses no acknowledged event and brings no deleted one back: kill -9, ${ROUNDS} times`,
  async () => {
    const file = join(makeFolder(), 'k.db')
    const ledgers = Array.from({ length: WRITERS }, (_, n) => new Ledger(`s${n}`))
    for (let round = 0; round < ROUNDS; round++) {
      const server = await startServer(['--file', file])
      for (const ledger of ledgers) await ledger.check(server.url)
      const writing = Promise.all(ledgers.map((ledger) => ledger.write(server.url)))
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 150))
      await server.kill('SIGKILL')
      await writing
    }
    const server = await startServer(['--file', file])
    for (const ledger of ledgers) await ledger.check(server.url)
    // The rounds have got somewhere.
    expect(ledgers.reduce((sum, { stored }) => sum + stored.size, 0)).toBeGreaterThan(ROUNDS)
    expect(ledgers.reduce((sum, { deleted }) => sum + deleted.size, 0)).toBeGreaterThan(ROUNDS)
  },
  ROUNDS * 5000,
)
