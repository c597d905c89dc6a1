import { useEffect, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import type { Bucket } from '../index.ts'
import { type Range, showTime } from './ranges.ts'

const HEIGHT = 120
const TICKS_PER_MS = 10_000

interface HistogramProps {
  buckets: readonly Bucket[]
  onZoom: (range: Range) => void
}

/** How many events there are over time. A part that is dragged over becomes the range. */
export function Histogram({ buckets, onZoom }: HistogramProps) {
  const element = useRef<HTMLDivElement>(null)
  const [hovered, setHovered] = useState<Bucket>()
  const latest = useRef({ buckets, onZoom })
  latest.current = { buckets, onZoom }

  useEffect(() => {
    const plot = new uPlot(
      makeOptions(element.current!.clientWidth, {
        hover: (index) => setHovered(index === undefined ? undefined : latest.current.buckets[index]),
        span: () => spanOf(latest.current.buckets),
        select: (from, to) => latest.current.onZoom(snap(latest.current.buckets, from, to)),
      }),
      readData(latest.current.buckets),
      element.current!,
    )
    drawn.current = plot
    const sizes = new ResizeObserver(([entry]) =>
      plot.setSize({ width: entry!.contentRect.width, height: HEIGHT }),
    )
    sizes.observe(element.current!)
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    const redraw = () => plot.redraw()
    scheme.addEventListener('change', redraw)
    return () => {
      sizes.disconnect()
      scheme.removeEventListener('change', redraw)
      plot.destroy()
    }
  }, [])
  const drawn = useRef<uPlot>(undefined)
  useEffect(() => drawn.current!.setData(readData(buckets)), [buckets])

  const shown = hovered && buckets.includes(hovered) ? hovered : undefined
  return (
    <figure class="histogram">
      <div ref={element} role="img" aria-label={summarize(buckets)} />
      <figcaption>
        {shown ? (
          <>
            <strong>{shown.count.toLocaleString('en')}</strong> {showTime(shown.start)} –{' '}
            {showTime(shown.end + 1n)}
          </>
        ) : (
          'Drag to zoom in'
        )}
      </figcaption>
    </figure>
  )
}

function readData(buckets: readonly Bucket[]): uPlot.AlignedData {
  return [buckets.map(({ start }) => toMs(start)), buckets.map(({ count }) => count || null)]
}

const toMs = (ticks: bigint) => Number(ticks) / TICKS_PER_MS

function spanOf(buckets: readonly Bucket[]): [number, number] {
  const [first, second = { start: first!.end + 1n }] = buckets
  const width = second.start - first!.start
  return [toMs(first!.start), toMs(buckets.at(-1)!.start + width)]
}

/** What a drag from one place to another means: whole buckets. */
function snap(buckets: readonly Bucket[], from: number, to: number): Range {
  const inside = buckets.filter(({ start, end }) => toMs(end + 1n) > from && toMs(start) < to)
  return { start: (inside[0] ?? buckets[0]!).start, end: (inside.at(-1) ?? buckets.at(-1)!).end }
}

function summarize(buckets: readonly Bucket[]): string {
  const total = buckets.reduce((sum, { count }) => sum + count, 0)
  const highest = buckets.reduce((most, bucket) => (bucket.count > most.count ? bucket : most))
  const range = `${showTime(buckets[0]!.start)} to ${showTime(buckets.at(-1)!.end)} UTC`
  return `${total} events from ${range}; at most ${highest.count} in a bar, at ${showTime(highest.start)}`
}

interface Handlers {
  hover: (index: number | undefined) => void
  select: (fromMs: number, toMs: number) => void
  /** From where to where the axis goes. */
  span: () => [fromMs: number, toMs: number]
}

function makeOptions(width: number, { hover, select, span }: Handlers): uPlot.Options {
  const color = (name: string) => () => getComputedStyle(document.documentElement).getPropertyValue(name)
  const axis = { stroke: color('--muted'), font: '11px system-ui', ticks: { show: false } }
  return {
    width,
    height: HEIGHT,
    ms: 1,
    padding: [8, 8, 0, 0],
    tzDate: (ms) => uPlot.tzDate(new Date(ms), 'UTC'),
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
    scales: {
      x: {
        time: true,
        // Of the data alone: the last bar begins at the last value, and has its width too.
        range: () => span(),
      },
      y: { range: (_, __, high) => [0, Math.max(1, high) * 1.08] },
    },
    series: [
      {},
      {
        fill: color('--bar'),
        width: 0,
        points: { show: false },
        paths: uPlot.paths.bars!({ size: [0.86, 64], align: 1, radius: 0.15 }),
      },
    ],
    axes: [
      {
        ...axis,
        size: 24,
        gap: 4,
        space: 70,
        grid: { show: false },
        values: (_, times, __, ___, step) => times.map((time) => describeTick(time, step)),
      },
      {
        ...axis,
        size: 52,
        gap: 6,
        space: 28,
        grid: { stroke: color('--line'), width: 1 },
        incrs: [1, 2, 5, 10, 20, 50]
          .flatMap((n) => [n, n * 100, n * 1e4, n * 1e6, n * 1e8])
          .sort((a, b) => a - b),
        values: (_, values) =>
          values.map((value) => Intl.NumberFormat('en', { notation: 'compact' }).format(value)),
      },
    ],
    hooks: {
      setCursor: [({ cursor }) => hover(cursor.idx ?? undefined)],
      setSelect: [
        (plot) => {
          const { left, width: wide } = plot.select
          if (wide < 3) return
          select(plot.posToVal(left, 'x'), plot.posToVal(left + wide, 'x'))
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
        },
      ],
    },
  }
}

const DAY_MS = 86_400_000

/** A time on the axis, in UTC: as much of it as the steps are long. */
function describeTick(ms: number, stepMs: number): string {
  const date = new Date(ms)
  const [day, clock] = date.toISOString().split('T') as [string, string]
  if (stepMs >= 365 * DAY_MS) return day.slice(0, -6)
  if (stepMs >= 28 * DAY_MS) return day.slice(0, -3)
  if (stepMs >= DAY_MS || ms % DAY_MS === 0) return day.slice(-5)
  return clock.slice(0, stepMs >= 60_000 ? 5 : stepMs >= 1000 ? 8 : 12)
}
