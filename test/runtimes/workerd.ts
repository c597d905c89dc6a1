import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'
import { installRuntime } from './project.ts'
import type { Runtime } from './runtime.ts'

// A worker may call only addresses that its network allows: here this machine's.
const CONFIG = `
  using Workerd = import "/workerd/workerd.capnp";
  const config :Workerd.Config = (
    services = [
      (name = "main", worker = (
        modules = [(name = "worker.js", esModule = embed "workerd.js")],
        compatibilityDate = "2026-01-01",
        globalOutbound = "local",
      )),
      (name = "local", network = (allow = ["local"])),
    ],
    sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
  );`

/** Cloudflare's runtime, without Node's modules. */
export const WORKERD: Runtime = {
  name: 'workerd',
  async run({ project: { directory }, url }) {
    const modules = installRuntime('workerd')
    await build({
      entryPoints: [join(directory, 'worker.mjs')],
      outfile: join(directory, 'workerd.js'),
      bundle: true,
      format: 'esm',
      conditions: ['workerd', 'worker'],
      logLevel: 'error',
    })
    const config = join(directory, 'workerd.capnp')
    writeFileSync(config, CONFIG)
    const { default: binary, version } = createRequire(join(modules, 'x.js'))('workerd')
    const child = spawn(binary, ['serve', config, '--control-fd=1'], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const [line] = await Promise.race([
        once(child.stdout.setEncoding('utf8'), 'data'),
        once(child, 'exit').then(([code]) => Promise.reject(new Error(`workerd ended with ${code}`))),
      ])
      const { port } = JSON.parse(line.split('\n')[0])
      const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: url })
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
      return { ...((await answer.json()) as { ran: string[]; failures: string[] }), version }
    } finally {
      child.kill()
    }
  },
}
