import { type Command, Option } from 'commander'
import { KronosClient } from '../index.ts'

/** Which server, and as whom. */
export interface Connection {
  url: string
  namespace: string
  token?: string
}

/** Adds the flags that say which server to ask; the environment says it too. */
export function addConnection(command: Command): Command {
  return command
    .addOption(new Option('--url <url>', 'the server').env('KRONOS_URL').default('http://localhost:8151'))
    .addOption(new Option('--namespace <name>', 'its namespace').env('KRONOS_NAMESPACE').default('kronos'))
    .addOption(new Option('--token <token>', 'the access token; shows in ps, so rather').env('KRONOS_TOKEN'))
}

/** Adds the flags that name a second server. */
export function addTarget(command: Command): Command {
  return command
    .option('--to <url>', 'the other server (default: the same)')
    .option('--to-namespace <name>', 'its namespace (default: the same)')
    .addOption(new Option('--to-token <token>', 'its access token').env('KRONOS_TO_TOKEN'))
}

export function connect({ url, namespace, token }: Connection): KronosClient {
  return new KronosClient(url, { namespace, ...(token && { token }) })
}

/** Two clients, of what is read and of what it is copied to or compared with. */
export function connectBoth(
  flags: Connection & { to?: string; toNamespace?: string; toToken?: string },
  command: Command,
): [KronosClient, KronosClient] {
  const { url, namespace, token, to = url, toNamespace = namespace, toToken } = flags
  if (to === url && toNamespace === namespace) {
    command.error('error: --to or --to-namespace must name another server or namespace')
  }
  // A token is for the server that it was given for.
  const theirs = toToken ?? (to === url ? token : undefined)
  return [connect(flags), connect({ url: to, namespace: toNamespace, ...(theirs && { token: theirs }) })]
}

/** The streams that are named, or all there are. */
export async function listStreams(client: KronosClient, names: readonly string[]): Promise<string[]> {
  if (names.length > 0) return [...names]
  const found: string[] = []
  for await (const name of client.getStreams()) found.push(name)
  return found.sort()
}
