// Inserts rows like a server's into a SQLite file, with nothing else to do: FILE, ROWS A COMMIT, ROWS.
import Database from 'libsql'

const [file, perCommit, count] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])]
const database = new Database(file)
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = full')
database.exec(
  'CREATE TABLE event (stream INTEGER NOT NULL, time INTEGER NOT NULL, tail INTEGER NOT NULL, text TEXT NOT NULL, UNIQUE (stream, time, tail)) STRICT',
)
const insert = database.prepare('INSERT INTO event VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING')
const rows = Array.from({ length: count }, (_, n) => {
  const low = (0xd1e8c001 + n).toString(16)
  const text = `{"@id":"${low}-eb87-11f1-805c-b095040549ef","@time":${17959104000000000n + BigInt(n)},"user":${n * 7},"page":"/products/${n % 1000}","agent":"Mozilla/5.0 (X11; Linux x86_64)","duration":${n / 7}}`
  return [1n, 140152032000000000n + BigInt(n), BigInt(n), text]
})
const startedAt = performance.now()
for (let at = 0; at < count; ) {
  database.exec('BEGIN IMMEDIATE')
  for (const end = Math.min(at + perCommit, count); at < end; at++) insert.run(...rows[at])
  database.exec('COMMIT')
}
const seconds = (performance.now() - startedAt) / 1000
database.close()
process.send(seconds, () => process.disconnect())
