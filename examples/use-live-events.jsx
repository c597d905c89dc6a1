// A React hook for a live stream: the newest events, as they arrive, for as long as the component is there.
import { KronosClient } from 'kronos-js'
import { useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'

export function useLiveEvents(client, stream, count = 10) {
  const [events, setEvents] = useState([])
  const [error, setError] = useState()
  useEffect(() => {
    const live = client.tail(stream, { pollInterval: 500, times: 'iso' })
    const read = async () => {
      for await (const batch of live.batches()) {
        setEvents((before) => [...before, ...batch].slice(-count))
      }
    }
    read().catch(setError)
    return () => live.cancel()
  }, [client, stream, count])
  return { events, error }
}

// One for the whole app: made anew at each render it would begin anew.
const client = new KronosClient(new URLSearchParams(location.search).get('kronos') ?? 'http://localhost:8151')

function Clicks() {
  const { events, error } = useLiveEvents(client, 'site.clicks')
  if (error) return <p role="alert">{error.message}</p>
  return (
    <ol>
      {events.map((event) => (
        <li key={event['@id']}>
          {event['@time']} {event.user}
        </li>
      ))}
    </ol>
  )
}

createRoot(document.getElementById('app')).render(<Clicks />)
