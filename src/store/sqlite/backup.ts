import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { KronosValidationError } from '../../protocol/errors.ts'
import type { Connection } from './driver.ts'

/**
 * Writes a copy of a database as it is at one moment; others read and write meanwhile. The copy has its name
 * once it is whole and on disk.
 *
 * @throws {KronosValidationError} when there is something at `path` already
 */
export async function backUp(connection: Connection, path: string): Promise<void> {
  if (existsSync(path)) throw new KronosValidationError('path', 'a file that is not there yet', path)
  const unfinished = `${path}.unfinished`
  await rm(unfinished, { force: true })
  try {
    connection.prepare('VACUUM INTO ?').run(unfinished)
    // SQLite leaves that to the caller.
    await sync(unfinished)
    await rename(unfinished, path)
    await sync(dirname(path))
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
