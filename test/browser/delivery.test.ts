import { setTimeout } from 'node:timers/promises'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type * as Kronos from '../../src/global.ts'
import { Dice } from '../faults/random.ts'
import { startChromium } from './chromium.ts'
import { type Site, servePages } from './page-server.ts'
import { startWatchedServer } from './watched-server.ts'

declare const kronos: typeof Kronos
declare const client: Kronos.KronosClient<Kronos.AnyStreams, 'bigint', false>

let browser: Browser
let site: Site
let server: Awaited<ReturnType<typeof startWatchedServer>>
let context: BrowserContext

beforeAll(async () => {
  browser = await startChromium()
  site = await servePages()
  server = await startWatchedServer([site.origin])
}, 60_000)
afterAll(async () => {
  await browser.close()
  await site.close()
  server.close()
})
beforeEach(async () => {
  server.requests.length = 0
  context = await browser.newContext()
  return () => context.close()
})

interface Setup {
  queue?: 'indexedDB'
  flushInterval?: number
}

/** Opens a page with a non-blocking client as its global `client`; lost events are noted in `localStorage`. */
async function open(setup: Setup = {}): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${site.origin}/a`)
  await page.evaluate(
    async ([url, { queue, flushInterval = 60_000 }]) => {
      const client = new kronos.KronosClient(url, {
        blocking: false,
        flushInterval,
        ...(queue && { queue: kronos.indexedDBQueue() }),
        retry: { minDelay: 50, maxDelay: 200 },
        onError: (error, events) => {
          const told = JSON.parse(localStorage['told'] ?? '[]')
          localStorage['told'] = JSON.stringify([...told, [error.message, events.length]])
        },
      })
      Object.assign(globalThis, { client })
      // The database is open then.
      if (queue) await client.flush({ timeout: 1000 })
    },
    [server.url, setup] as const,
  )
  return page
}

const told = (page: Page): Promise<[string, number][]> =>
  page.evaluate(() => JSON.parse(localStorage['told'] ?? '[]'))

/** Puts events of a given size in one turn, and leaves the page in the same one. */
async function putAndLeave(page: Page, stream: string, count: number, bytes: number): Promise<void> {
  await page.evaluate(
    ([stream, count, bytes]) => {
      for (let n = 0; n < count; n++) client.put(stream, { n, text: 'x'.repeat(bytes) })
      location.href = '/b'
    },
    [stream, count, bytes] as const,
  )
  await page.waitForURL('**/b')
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

async function expectStored(stream: string, count: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const stored = await server.stored(stream)
      expect(
        upTo(count).filter((n) => !stored.includes(n)),
        'missing',
      ).toEqual([])
      expect(stored).toHaveLength(count)
    },
    { timeout: 10_000 },
  )
}

describe('what was put right before', () => {
  it('a navigation arrives, without a preflight', async () => {
    await putAndLeave(await open(), 'navigation', 20, 500)
    await expectStored('navigation', 20)
    expect(server.requests.map(({ method, type }) => [method, type])).toContainEqual([
      'POST',
      'text/plain;charset=UTF-8',
    ])
    expect(server.requests.map(({ method }) => method)).not.toContain('OPTIONS')
  })

  it('a reload arrives', async () => {
    const page = await open()
    await page.evaluate(() => {
      for (let n = 0; n < 20; n++) client.put('reload', { n })
      location.reload()
    })
    await expectStored('reload', 20)
  })

  it('the tab is closed arrives', async () => {
    const page = await open()
    await page.evaluate(() => {
      for (let n = 0; n < 20; n++) client.put('close', { n })
    })
    await page.close()
    await expectStored('close', 20)
  })

  it('goes by fetch where the browser refuses beacons', async () => {
    const page = await open()
    await page.evaluate(() => {
      navigator.sendBeacon = () => false
    })
    await putAndLeave(page, 'refused', 20, 500)
    await expectStored('refused', 20)
  })

  it('goes into what is left of the quota, in smaller pieces', async () => {
    const page = await open()
    const release = server.hold()
    await page.evaluate(() => {
      addEventListener('visibilitychange', () => {}, { once: true })
      navigator.sendBeacon('/elsewhere', 'x'.repeat(40_000))
    })
    await putAndLeave(page, 'quota', 30, 500)
    release()
    await expectStored('quota', 30)
  })
})

describe('200 kB', () => {
  it('that wait: up to the quota they arrive, and the rest is counted as lost', async () => {
    const page = await open()
    await putAndLeave(page, 'memory', 200, 1000)
    // All that arrives is under way by now.
    const [[message, lost]] = (await told(page)) as [[string, number]]
    expect(message).toBe(`${lost} not delivered: unload`)
    await vi.waitFor(async () => expect(await server.stored('memory')).toEqual(upTo(200 - lost)))
    expect(200 - lost).toBeGreaterThan(50)
  })

  it('that wait in a durable queue: the rest arrives at the next visit', async () => {
    const page = await open({ queue: 'indexedDB' })
    await putAndLeave(page, 'durable', 200, 1000)
    await vi.waitFor(async () => expect((await server.stored('durable')).length).toBeGreaterThan(50))
    expect((await server.stored('durable')).length).toBeLessThan(70)
    await page.close()
    await open({ queue: 'indexedDB' })
    await expectStored('durable', 200)
  })

  it('that are on their way: they go by beacons too, under the same key', async () => {
    const release = server.hold()
    const page = await open({ queue: 'indexedDB', flushInterval: 0 })
    await page.evaluate(() => {
      for (let n = 0; n < 200; n++) client.put('flight', { n, text: 'x'.repeat(1000) })
    })
    await vi.waitFor(() => expect(server.requests).toHaveLength(1))
    await page.evaluate(() => {
      location.href = '/b'
    })
    await page.waitForURL('**/b')
    await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(1))
    release()
    expect(new Set(server.requests.map(({ key }) => key)).size).toBe(1)
    await page.close()
    await open({ queue: 'indexedDB' })
    await expectStored('flight', 200)
  })
})

describe.each(['memory', 'indexedDB'] as const)('a page with its queue in %s', (queue) => {
  const setup = queue === 'indexedDB' ? { queue } : {}

  it('comes back from the back/forward cache, goes on, and everything is stored once', async () => {
    const stream = `cached.${queue}`
    const page = await open(setup)
    await page.evaluate(() => {
      addEventListener('pageshow', ({ persisted }) => Object.assign(globalThis, { persisted }))
    })
    await putAndLeave(page, stream, 200, 1000)
    await page.goBack({ waitUntil: 'commit' })
    await page.waitForFunction(() => 'persisted' in globalThis)
    expect(await page.evaluate(() => (globalThis as { persisted?: boolean }).persisted)).toBe(true)
    const [report, stats] = await page.evaluate(async (stream) => {
      for (let n = 200; n < 220; n++) client.put(stream, { n })
      return [await client.flush(), client.stats()]
    }, stream)
    expect(report).toEqual({ queued: 0, dropped: 0 })
    expect(stats).toMatchObject({ delivered: 220, queued: 0, dropped: { unload: 0 } })
    expect(await server.stored(stream)).toEqual(upTo(220))
  })

  it('delivers when the network is back', async () => {
    const stream = `offline.${queue}`
    const page = await open({ ...setup, flushInterval: 10 })
    await context.setOffline(true)
    await page.evaluate((stream) => {
      for (let n = 0; n < 50; n++) client.put(stream, { n })
    }, stream)
    await setTimeout(300)
    await context.setOffline(false)
    await expectStored(stream, 50)
    await vi.waitFor(async () =>
      expect(await page.evaluate(() => client.stats())).toMatchObject({ delivered: 50, queued: 0 }),
    )
  })
})

it.each(['Web Locks', 'none'])(
  'twenty tabs share a queue and are closed at random, locks: %s',
  async (locks) => {
    const stream = `tabs.${locks.replace(' ', '')}`
    const dice = new Dice(7)
    if (locks === 'none') {
      await context.addInitScript(() =>
        Object.defineProperty(Navigator.prototype, 'locks', { value: undefined }),
      )
    }
    let next = 0
    const tabs: Page[] = []
    for (let i = 0; i < 20; i++) tabs.push(await open({ queue: 'indexedDB', flushInterval: 20 }))
    while (tabs.length > 0) {
      for (const page of tabs) {
        const count = dice.integer(1, 30)
        await page.evaluate(
          ([stream, first, count]) => {
            for (let n = first; n < first + count; n++) client.put(stream, { n, text: 'x'.repeat(n % 500) })
          },
          [stream, next, count] as const,
        )
        next += count
      }
      await tabs.splice(dice.integer(0, tabs.length - 1), 1)[0]!.close()
    }
    const last = await open({ queue: 'indexedDB' })
    await expectStored(stream, next)
    // The queue is empty then.
    await vi.waitFor(async () => expect(await last.evaluate(() => client.stats().queued)).toBe(0))
  },
  60_000,
)

describe('a storage that takes nothing', () => {
  async function putAll(page: Page, stream: string) {
    return page.evaluate(async (stream) => {
      for (let n = 0; n < 100; n++) client.put(stream, { n, text: 'x'.repeat(1000) })
      await client.flush()
      return client.stats()
    }, stream)
  }

  it('is full: events go on from memory, and the application is told', async () => {
    const page = await open()
    const session = await context.newCDPSession(page)
    await session.send('Storage.overrideQuotaForOrigin', { origin: site.origin, quotaSize: 1 })
    onTestFinished(
      () => void session.send('Storage.overrideQuotaForOrigin', { origin: site.origin }).catch(() => {}),
    )
    const full = await open({ queue: 'indexedDB' })
    expect(await putAll(full, 'full')).toMatchObject({ delivered: 100, queued: 0 })
    expect(await server.stored('full')).toEqual(upTo(100))
    expect(JSON.stringify(await told(full))).toMatch(/quota/i)
  })

  it('is forbidden, and so are locks', async () => {
    await context.addInitScript(() => {
      LockManager.prototype.request = async () => {
        throw new DOMException('The request was denied.', 'SecurityError')
      }
      IDBFactory.prototype.open = () => {
        throw new DOMException('The operation is insecure.', 'SecurityError')
      }
    })
    const page = await open({ queue: 'indexedDB' })
    expect(await putAll(page, 'forbidden')).toMatchObject({ delivered: 100, queued: 0 })
    expect(await server.stored('forbidden')).toEqual(upTo(100))
    expect(JSON.stringify(await told(page))).toContain('The operation is insecure')
  })
})

it('an event that a storage has lost leaves those after it what they were', async () => {
  const release = server.hold()
  const page = await open({ queue: 'indexedDB', flushInterval: 0 })
  await page.evaluate(() => {
    for (let n = 0; n < 10; n++) client.put('gap', { n })
  })
  await vi.waitFor(() => expect(server.requests).toHaveLength(1))
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        const request = indexedDB.open('kronos')
        request.onsuccess = () => {
          const transaction = request.result.transaction('events', 'readwrite')
          const events = transaction.objectStore('events')
          events.getAllKeys().onsuccess = ({ target }) => {
            events.delete((target as IDBRequest<IDBValidKey[]>).result[4]!)
          }
          transaction.oncomplete = resolve
        }
      }),
  )
  await page.close()
  release()
  const next = await open({ queue: 'indexedDB' })
  await vi.waitFor(async () =>
    expect(await next.evaluate(() => client.stats())).toMatchObject({ recovered: 9, delivered: 9 }),
  )
  await expectStored('gap', 10)
})

it('listens to no unload event', async () => {
  const page = await open()
  const session = await context.newCDPSession(page)
  const { result } = await session.send('Runtime.evaluate', { expression: 'window' })
  const { listeners } = await session.send('DOMDebugger.getEventListeners', { objectId: result.objectId! })
  const types = listeners.map(({ type }) => type)
  expect(types).toContain('pagehide')
  expect(types.filter((type) => /unload/.test(type))).toEqual([])
})
