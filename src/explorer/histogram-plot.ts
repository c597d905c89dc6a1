import uPlot from 'uplot'

/** The height of the whole, in pixels. */
export const HEIGHT = 120

/** What the plot asks and tells of; times are in milliseconds. */
export interface PlotHandlers {
  /** Told which bar is under the pointer. */
  hover: (index: number | undefined) => void
  /** Told what was dragged over. */
  select: (fromMs: number, toMs: number) => void
  /** From where to where the axis goes. */
  span: () => [fromMs: number, toMs: number]
}

/** Bars over time in UTC, in the page's colours. */
export function makeOptions(width: number, { hover, select, span }: PlotHandlers): uPlot.Options {
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
