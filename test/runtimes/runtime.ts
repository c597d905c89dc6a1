import type { Project } from './project.ts'

/** What ran on a runtime. */
export interface Outcome {
  /** Which parts of the package. */
  ran: string[]
  /** What failed, as text. */
  failures: string[]
}

/** Somewhere that the package runs. */
export interface Runtime {
  readonly name: string
  /**
   * Runs the scenario there.
   *
   * @param site a page's origin, which the server lets call it
   * @throws {Unavailable} where the machine hasn't got it
   */
  run(at: { project: Project; url: string; origin: string }): Promise<Outcome & { version: string }>
}
