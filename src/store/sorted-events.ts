/** An event where it sorts. */
export interface Entry {
  /** Its id's `sortKey`. */
  readonly key: string
  readonly text: string
}

/** Small enough that inserting into a block costs nothing, large enough that blocks are few. */
const MAX_BLOCK = 1024

/**
 * The events of a stream, sorted by key, in blocks of at most {@link MAX_BLOCK}: an event that comes late
 * moves the rest of its block and not the rest of the stream, and the oldest go without moving the others.
 */
export class SortedEvents {
  /** None of them is empty. */
  readonly #blocks: Entry[][] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Adds an event, unless there is one with its key. */
  add(entry: Entry): void {
    const last = this.#blocks.at(-1)
    if (!last || entry.key > last.at(-1)!.key) this.#append(last, entry)
    else this.#insert(entry)
  }

  #append(last: Entry[] | undefined, entry: Entry): void {
    if (last && last.length < MAX_BLOCK) last.push(entry)
    else this.#blocks.push([entry])
    this.#size++
  }

  #insert(entry: Entry): void {
    const at = this.#blockOf(entry.key)
    const block = this.#blocks[at]!
    const index = countBelow(block, (other) => other.key < entry.key)
    if (block[index]?.key === entry.key) return
    block.splice(index, 0, entry)
    this.#size++
    if (block.length > MAX_BLOCK) this.#blocks.splice(at + 1, 0, block.splice(MAX_BLOCK / 2))
  }

  /** Where the last block is that starts at or below a key, else the first. */
  #blockOf(key: string): number {
    return Math.max(0, countBelow(this.#blocks, (block) => block[0]!.key <= key) - 1)
  }

  /** The entries between two keys, both exclusive, upwards. Not to be held while entries come or go. */
  *ascending(after: string, before: string): Generator<Entry> {
    for (let at = this.#blockOf(after); at < this.#blocks.length; at++) {
      const block = this.#blocks[at]!
      for (let i = countBelow(block, ({ key }) => key <= after); i < block.length; i++) {
        if (block[i]!.key >= before) return
        yield block[i]!
      }
    }
  }

  /** The entries between two keys, both exclusive, downwards. Not to be held while entries come or go. */
  *descending(after: string, before: string): Generator<Entry> {
    for (let at = this.#blockOf(before); at >= 0; at--) {
      const block = this.#blocks[at] ?? []
      for (let i = countBelow(block, ({ key }) => key < before) - 1; i >= 0; i--) {
        if (block[i]!.key <= after) return
        yield block[i]!
      }
    }
  }

  /** How many entries are below a key. */
  countBelow(key: string): number {
    const at = this.#blockOf(key)
    let count = countBelow(this.#blocks[at] ?? [], (entry) => entry.key < key)
    for (let before = 0; before < at; before++) count += this.#blocks[before]!.length
    return count
  }

  /** Deletes the entries between two keys, both exclusive, and says how many there were. */
  delete(after: string, before: string): number {
    const first = this.#blockOf(after)
    const kept: Entry[][] = []
    let deleted = 0
    let at = first
    for (; at < this.#blocks.length && this.#blocks[at]![0]!.key < before; at++) {
      const block = this.#blocks[at]!
      const start = countBelow(block, ({ key }) => key <= after)
      const end = countBelow(block, ({ key }) => key < before)
      deleted += block.splice(start, Math.max(0, end - start)).length
      if (block.length > 0) kept.push(block)
    }
    this.#blocks.splice(first, at - first, ...kept)
    this.#size -= deleted
    return deleted
  }

  /** Drops the lowest entries until at most so many are left. */
  keepNewest(count: number): void {
    let excess = this.#size - count
    if (excess <= 0) return
    this.#size = count
    let whole = 0
    while (excess > 0 && excess >= this.#blocks[whole]!.length) excess -= this.#blocks[whole++]!.length
    this.#blocks.splice(0, whole)
    this.#blocks[0]?.splice(0, excess)
  }
}

/** How many items at the start of a sorted array are below a place, by halving. */
function countBelow<Item>(items: readonly Item[], isBelow: (item: Item) => boolean): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBelow(items[middle]!)) low = middle + 1
    else high = middle
  }
  return low
}
