import { type Log, measure } from './log.ts'

/** Options of `logFunction`. */
export interface LogFunctionOptions<Args extends unknown[] = unknown[]> {
  /** Members of the event, each made of the call's arguments, before the call. */
  properties?: Readonly<Record<string, (...args: Args) => unknown>> | undefined
  /** @default the client's */
  namespace?: string | undefined
}

// biome-ignore lint/suspicious/noExplicitAny: any function there is
export type AnyFunction = (this: any, ...args: any[]) => any

/** The same function, each call of which is put: to who calls it nothing has changed. */
export function wrapFunction<F extends AnyFunction>(
  log: Log,
  fn: F,
  properties: LogFunctionOptions['properties'] = {},
): F {
  return new Proxy(fn, {
    apply(target, self, args) {
      const event: Record<string, unknown> = {}
      for (const [name, read] of Object.entries(properties)) {
        try {
          event[name] = Reflect.apply(read, self, args)
        } catch (error) {
          log.report(error)
        }
      }
      return measure(
        log,
        () => event,
        () => Reflect.apply(target, self, args),
      )
    },
  })
}
