import { Refusal } from './refusal.ts'

/** Whether a server that listens there can be reached from its own machine only. */
export function isLoopback(host: string): boolean {
  return /^(?:127\.\d+\.\d+\.\d+|::1|\[::1\]|(?:.+\.)?localhost)$/i.test(host)
}

/**
 * Refuses what a browser sends here in the belief that this machine is somebody else's: a page may point its
 * own name at 127.0.0.1, and would then be of this server's origin (DNS rebinding).
 *
 * @param given the `Host` header; a request of HTTP/1.0 has none, and no browser sends one
 * @throws {Refusal}
 */
export function checkHost(given: string | null, origins: readonly string[]): void {
  if (given === null || origins.includes('*')) return
  const name = hostName(`http://${given}`)
  const listed = origins.some((origin) => hostName(origin) === name)
  if (name === undefined || !(listed || isLoopback(name))) {
    throw new Refusal(403, 'this server answers only by its own name')
  }
}

function hostName(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined
}
