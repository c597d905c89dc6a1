import { expect, it } from 'vitest'
import { simulate } from './simulation.ts'

/** The long run: a million faults. */
const FAULTS = process.env['KRONOS_SOAK'] ? 1_000_000 : 10_000
const FAULTS_A_RUN = 100
/** Plays one run again. */
const SEED = process.env['KRONOS_SEED']

it(`stores every accepted event exactly once, through ${FAULTS} faults`, { timeout: 3_600_000 }, async () => {
  let faults = 0
  for (let seed = Number(SEED ?? 1); faults < (SEED ? 1 : FAULTS); seed++) {
    const outcome = await simulate(seed, FAULTS_A_RUN)
    expect(outcome.wrong.slice(0, 10), `KRONOS_SEED=${seed}`).toEqual([])
    faults += outcome.faults
  }
})
