import { useEffect, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import type { Bucket } from '../index.ts'
import { HEIGHT, makeOptions } from './histogram-plot.ts'
import { type Range, showTime } from './ranges.ts'

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
