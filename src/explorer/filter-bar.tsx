import type { Ref } from 'preact'
import { useState } from 'preact/hooks'
import type { Column } from './columns.ts'
import { type Filter, OPERATORS, type Operator } from './filters.ts'

interface FilterBarProps {
  columns: readonly Column[]
  filters: readonly Filter[]
  /** The field's input. */
  field: Ref<HTMLInputElement>
  onChange: (filters: readonly Filter[]) => void
}

/** Which events are shown, by their fields. */
export function FilterBar({ columns, filters, field, onChange }: FilterBarProps) {
  const [name, setName] = useState('')
  const [operator, setOperator] = useState<Operator>('=')
  const [value, setValue] = useState('')
  const submit = (event: Event) => {
    event.preventDefault()
    if (!name.trim()) return
    onChange([...filters, [name.trim(), operator, value]])
    setName('')
    setOperator('=')
    setValue('')
  }
  return (
    <form class="filters" aria-label="Filters" onSubmit={submit}>
      <input
        ref={field}
        list="fields"
        placeholder="Filter by field…"
        aria-label="Field"
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <datalist id="fields">
        {columns.map((column) => (
          <option key={column.name} value={column.name} />
        ))}
      </datalist>
      <select
        aria-label="Comparison"
        value={operator}
        onChange={(event) => setOperator(event.currentTarget.value as Operator)}
      >
        {OPERATORS.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <input
        placeholder="value"
        aria-label="Value"
        value={value}
        onInput={(event) => setValue(event.currentTarget.value)}
      />
      <button type="submit">Add</button>
      {filters.map((filter) => (
        <button
          key={filter.join(' ')}
          type="button"
          class="chip"
          aria-label={`Remove the filter ${filter.join(' ')}`}
          onClick={() => onChange(filters.filter((other) => other !== filter))}
        >
          {filter.join(' ')} <span aria-hidden="true">✕</span>
        </button>
      ))}
    </form>
  )
}
