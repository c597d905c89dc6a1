import { useEffect, useState } from 'preact/hooks'
import { type Choice, PRESETS, type Preset, type Range, readTime, showTime } from './ranges.ts'
import { describe } from './session.ts'

interface RangeBarProps {
  choice: Choice
  range: Range | undefined
  onChoose: (choice: Choice) => void
}

/** Which range of time: presets, and exact ends. */
export function RangeBar({ choice, range, onChoose }: RangeBarProps) {
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const [error, setError] = useState('')
  useEffect(() => {
    setFrom(range ? showTime(range.start) : '')
    setTo(range ? showTime(range.end) : '')
    setError('')
  }, [range])
  const submit = (event: Event) => {
    event.preventDefault()
    try {
      const chosen = { from: readTime(from, 'from'), to: readTime(to, 'to') }
      if (chosen.from > chosen.to) throw new Error('The range ends before it begins')
      setError('')
      onChoose(chosen)
    } catch (problem) {
      setError(describe(problem))
    }
  }
  return (
    <div class="range">
      <fieldset class="segments">
        <legend class="hidden">Range</legend>
        {(['all', ...Object.keys(PRESETS)] as ('all' | Preset)[]).map((preset) => (
          <button
            key={preset}
            type="button"
            aria-pressed={choice === preset}
            title={preset === 'all' ? 'All there is' : `The last ${preset}`}
            onClick={() => onChoose(preset)}
          >
            {preset === 'all' ? 'All' : preset}
          </button>
        ))}
      </fieldset>
      <form onSubmit={submit}>
        <TimeInput label="From" value={from} onInput={setFrom} invalid={error !== ''} />
        <span aria-hidden="true">–</span>
        <TimeInput label="To" value={to} onInput={setTo} invalid={error !== ''} />
        <span class="hint">UTC</span>
        <button type="submit">Apply</button>
      </form>
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
    </div>
  )
}

interface TimeInputProps {
  label: string
  value: string
  invalid: boolean
  onInput: (value: string) => void
}

function TimeInput({ label, value, invalid, onInput }: TimeInputProps) {
  return (
    <input
      class="time"
      aria-label={`${label}, UTC`}
      aria-invalid={invalid}
      placeholder="2026-11-24 12:00"
      size={22}
      value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  )
}
