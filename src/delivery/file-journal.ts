import type * as FS from 'node:fs'
import { KronosValidationError } from '../protocol/errors.ts'

/** What a record says: an event that is added, or that those of a batch up to a position are gone. */
export type JournalRecord =
  | readonly [
      'add',
      key: string,
      position: number,
      namespace: string,
      stream: string,
      index: number,
      text: string,
    ]
  | readonly ['remove', key: string, position: number]

const HEADER = 'kronos-queue 1\n'
const SMALLEST_COMPACTION_BYTES = 2 ** 20
const COPY_BYTES = 2 ** 20

/**
 * An append-only file of records, one a line: the CRC-32 of the rest in 8 hexadecimal digits, a space, and the
 * fields, separated by spaces, a text last. A record whose sum is wrong was torn by a crash or a full disk: it is
 * passed over, and what follows it is still good.
 *
 * A record is written when it is appended, so it survives the death of the process; `sync` makes it survive that
 * of the machine.
 */
export class Journal {
  readonly #fs: typeof FS
  readonly #crc32: (bytes: string) => number
  readonly #path: string
  #file: number
  #size = HEADER.length
  /** Whether the last line has no end. */
  #torn = false
  #compactAt = SMALLEST_COMPACTION_BYTES
  /** Where the first record of each batch is that has events left. */
  readonly #live = new Map<string, { offset: number; position: number }>()

  /** @throws {KronosValidationError} for a file that is something else */
  constructor(
    fs: typeof FS,
    crc32: (bytes: string) => number,
    path: string,
    visit: (record: JournalRecord) => void,
  ) {
    this.#fs = fs
    this.#crc32 = crc32
    this.#path = path
    this.#file = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600)
    const bytes = fs.readFileSync(path)
    if (bytes.toString('latin1', 0, HEADER.length) === HEADER) this.#replay(bytes, visit)
    // Not even the header was whole.
    else if (HEADER.startsWith(bytes.toString('latin1')))
      fs.writeSync(this.#file, Buffer.from(HEADER), 0, HEADER.length, 0)
    else {
      fs.closeSync(this.#file)
      throw new KronosValidationError('path', 'a new file, or one of a queue', path)
    }
  }

  /** @throws if it can't be written; then the journal is as it was */
  append(record: JournalRecord): void {
    // A line's end in the text of an event can only be white space between its parts.
    const body = record.join(' ').replace(/[\r\n]/g, ' ')
    const line = `${this.#torn ? '\n' : ''}${this.#sum(body)} ${body}\n`
    const bytes = Buffer.from(line)
    let written = 0
    try {
      while (written < bytes.length) {
        written += this.#fs.writeSync(
          this.#file,
          bytes,
          written,
          bytes.length - written,
          this.#size + written,
        )
      }
    } catch (error) {
      this.#torn ||= written > 0
      this.#cut(this.#size)
      throw error
    }
    this.#torn = false
    this.#note(record, this.#size)
    this.#size += bytes.length
    this.#shrink()
  }

  /** Resolves when all that was appended would survive a power cut. */
  sync(): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#fs.fdatasync(this.#file, (error) => (error ? reject(error) : resolve())),
    )
  }

  close(): void {
    this.#fs.closeSync(this.#file)
  }

  #sum(body: string): string {
    return this.#crc32(body).toString(16).padStart(8, '0')
  }

  #replay(bytes: Buffer, visit: (record: JournalRecord) => void): void {
    for (let from = HEADER.length; from < bytes.length; ) {
      const end = bytes.indexOf(10, from)
      if (end < 0) break
      const line = bytes.toString('utf8', from, end)
      const body = line.slice(9)
      if (line.slice(0, 8) === this.#sum(body)) {
        const record = parseRecord(body)
        this.#note(record, from)
        visit(record)
      }
      from = end + 1
      this.#size = from
    }
    this.#cut(this.#size)
    this.#shrink()
  }

  /** Keeps account of where the records are that count. */
  #note([kind, key, position]: JournalRecord, offset: number): void {
    const batch = this.#live.get(key)
    if (kind === 'add') this.#live.set(key, { offset: batch?.offset ?? offset, position })
    else if (batch && position >= batch.position) this.#live.delete(key)
  }

  /** Frees what is before the first record that counts. Batches end in their order, so that is nearly all. */
  #shrink(): void {
    if (this.#live.size === 0) {
      if (this.#size > HEADER.length) this.#cut(HEADER.length)
    } else if (this.#size > this.#compactAt) {
      let first = this.#size
      for (const { offset } of this.#live.values()) first = Math.min(first, offset)
      if (first - HEADER.length > this.#size / 2) this.#moveTo(first)
      this.#compactAt = Math.max(SMALLEST_COMPACTION_BYTES, 2 * this.#size)
    }
  }

  /** Writes what begins there to a new file, which takes the old one's place all at once. */
  #moveTo(first: number): void {
    const fs = this.#fs
    const next = `${this.#path}.next`
    try {
      const file = fs.openSync(next, 'w+', 0o600)
      fs.writeSync(file, Buffer.from(HEADER))
      const chunk = Buffer.allocUnsafe(COPY_BYTES)
      for (let from = first; from < this.#size; ) {
        const count = fs.readSync(this.#file, chunk, 0, Math.min(COPY_BYTES, this.#size - from), from)
        let written = 0
        while (written < count) written += fs.writeSync(file, chunk, written, count - written)
        from += count
      }
      fs.fdatasyncSync(file)
      fs.renameSync(next, this.#path)
      fs.closeSync(this.#file)
      this.#file = file
      const moved = first - HEADER.length
      this.#size -= moved
      for (const batch of this.#live.values()) batch.offset -= moved
    } catch {
      // No room for a second file: the old one is whole, and goes on.
      fs.rmSync(next, { force: true })
    }
  }

  #cut(size: number): void {
    try {
      this.#fs.ftruncateSync(this.#file, size)
      this.#size = size
      this.#torn = false
    } catch {
      // The next record begins a line of its own.
      this.#torn = true
    }
  }
}

function parseRecord(body: string): JournalRecord {
  const [kind, key, position, namespace, stream, index, ...text] = body.split(' ')
  if (kind === 'remove') return [kind, key!, Number(position)]
  return ['add', key!, Number(position), namespace!, stream!, Number(index), text.join(' ')]
}
