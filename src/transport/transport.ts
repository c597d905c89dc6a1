/**
 * Carries a request to a server and answers it: the platform's `fetch`, a Kronos handler's `fetch` in the same
 * process, a service binding, a Hono app, or a function of your own.
 */
export type Transport = (request: Request) => Promise<Response>

/** Stands in for a server's URL where a transport takes the requests. */
export const TRANSPORT_URL = 'http://kronos.local'
