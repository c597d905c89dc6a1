declare const __VERSION__: string

/** The version of this package, set by the build. */
export const VERSION = __VERSION__
