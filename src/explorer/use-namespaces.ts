import { useEffect, useState } from 'preact/hooks'
import type { KronosClient } from '../index.ts'

/** The namespaces that the token may know: none of a server that doesn't list them. */
export function useNamespaces(client: KronosClient, version: number): string[] | undefined {
  const [names, setNames] = useState<string[]>()
  useEffect(() => {
    collect(client.getNamespaces()).then(setNames, () => setNames([]))
  }, [client, version])
  return names
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}
