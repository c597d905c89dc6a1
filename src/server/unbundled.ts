/**
 * Imports a package by a name that bundlers don't see: they would carry it, and Node's modules, to runtimes
 * without a listener.
 */
export function importUnbundled<Module>(name: string): Promise<Module> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ name)
}
