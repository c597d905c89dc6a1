import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../../dist/bin.js', import.meta.url))

/** Starts `kronos serve` in a process of its own. */
export async function startServer(args) {
  const child = spawn(process.execPath, [BIN, 'serve', '--port', '0', ...args, '--log', 'off'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [line] = await once(child.stderr, 'data')
  const stop = async () => {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  return { url: /http:\S+\d/.exec(String(line))[0], pid: child.pid, stop }
}
