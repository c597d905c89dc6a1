import { useCallback, useEffect, useState } from 'preact/hooks'
import { toISOString } from '../index.ts'
import { type Filter, OPERATORS } from './filters.ts'
import { type Choice, PRESETS, type Preset, readTime } from './ranges.ts'

/** All that the page shows, as its address holds it: a link shows the same. */
export interface View {
  /** Absent until one is chosen. */
  namespace?: string | undefined
  stream?: string | undefined
  /** The search among the streams. */
  search: string
  range: Choice
  order: 'ascending' | 'descending'
  filters: readonly Filter[]
  live: boolean
  /** The `@id` of the event that is open. */
  event?: string | undefined
  tab: 'events' | 'schema'
}

/** Reads a view from an address's hash. What makes no sense is as if it weren't there. */
export function readView(hash: string): View {
  const fields = new URLSearchParams(hash.replace(/^#/, ''))
  const range = readChoice(fields)
  // What comes now is in no range that has ended, and it comes on top.
  const live = fields.has('live') && typeof range === 'string'
  return {
    namespace: readName(fields.get('namespace')),
    stream: readName(fields.get('stream')),
    search: fields.get('search') ?? '',
    range,
    order: fields.get('order') === 'ascending' && !live ? 'ascending' : 'descending',
    filters: fields.getAll('filter').flatMap(readFilter),
    live,
    event: fields.get('event') || undefined,
    tab: fields.get('tab') === 'schema' ? 'schema' : 'events',
  }
}

/** Writes a view as a hash; what is as by default is left out. */
export function writeView(view: View): string {
  const fields = new URLSearchParams()
  if (view.namespace) fields.set('namespace', view.namespace)
  if (view.stream) fields.set('stream', view.stream)
  if (view.search) fields.set('search', view.search)
  if (typeof view.range === 'object') {
    fields.set('from', toISOString(view.range.from))
    fields.set('to', toISOString(view.range.to))
  } else if (view.range !== 'all') {
    fields.set('range', view.range)
  }
  if (view.order === 'ascending') fields.set('order', view.order)
  for (const filter of view.filters) fields.append('filter', JSON.stringify(filter))
  if (view.live) fields.set('live', '1')
  if (view.tab === 'schema') fields.set('tab', view.tab)
  if (view.event) fields.set('event', view.event)
  return `#${fields}`
}

function readName(text: string | null): string | undefined {
  return text && /^[\w.-]{1,2048}$/.test(text) ? text : undefined
}

function readChoice(fields: URLSearchParams): Choice {
  try {
    const [from, to] = [fields.get('from'), fields.get('to')]
    if (from && to) return { from: readTime(from, 'from'), to: readTime(to, 'to') }
  } catch {
    // Somebody has edited the address.
  }
  const range = fields.get('range') ?? ''
  return Object.hasOwn(PRESETS, range) ? (range as Preset) : 'all'
}

function readFilter(text: string): Filter[] {
  try {
    const [field, operator, value] = JSON.parse(text)
    const good = OPERATORS.includes(operator) && typeof field === 'string' && typeof value === 'string'
    return good ? [[field, operator, value]] : []
  } catch {
    return []
  }
}

/** How a view is changed: with `replace` the browser's Back doesn't come by here. */
export type Change = (fields: Partial<View>, replace?: boolean) => void

/** The view of the address, and what changes both. */
export function useAddress(): [View, Change] {
  const [view, setView] = useState(() => readView(location.hash))
  useEffect(() => {
    const read = () => setView(readView(location.hash))
    addEventListener('popstate', read)
    return () => removeEventListener('popstate', read)
  }, [])
  const change = useCallback<Change>((fields, replace) => {
    setView((before) => {
      const next = { ...before, ...fields }
      const hash = writeView(next)
      if (hash !== location.hash) history[replace ? 'replaceState' : 'pushState'](null, '', hash)
      return next
    })
  }, [])
  return [view, change]
}
