declare const __EXPLORER_HTML__: string
declare const __EXPLORER_POLICY__: string

/** The explorer as one HTML file, and its Content-Security-Policy, put in by the build. */
export const page = { html: __EXPLORER_HTML__, policy: __EXPLORER_POLICY__ }
